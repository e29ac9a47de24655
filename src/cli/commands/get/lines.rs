//! Lines on stdout: as they come, device by device, or in order of time once all devices have answered.

use std::collections::{HashMap, HashSet};

use tokio::time::Instant;

use crate::cli::commands::get::consume::Sink;
use crate::error::Error;
use crate::fetch::{DeviceFailure, HeldLines, Line, RecentLines};
use crate::output::{Console, DataOut, Format, LogPrinter, LogStyle, Order, Source};

/// Prints lines.
pub(crate) struct Lines<'a> {
    /// The hub's name, as devices call it.
    hub: &'a str,
    devices: Vec<String>,
    /// Whether there is one device only.
    is_alone: bool,
    printer: LogPrinter<DataOut>,
    /// The modules of each device.
    sources: Vec<Vec<Source>>,
    /// Lines that wait for those of other devices.
    held: Held,
    /// Whether there were too many lines to hold all of them.
    is_sorted_in_parts: bool,
}

/// Which lines wait, and for what.
enum Held {
    /// None: they are printed as they come.
    Nothing,
    /// Those of all devices, for the last one.
    ByTime(HeldLines),
    /// Those of a moment, for others of the same moment.
    Recent(RecentLines),
    /// Those of later devices, for the one that is printed.
    ByDevice {
        printed: usize,
        later: HashMap<usize, HeldLines>,
        ended: HashSet<usize>,
    },
}

impl<'a> Lines<'a> {
    pub(crate) fn new(
        hub: &'a str,
        (is_alone, is_followed): (bool, bool),
        out: DataOut,
        style: LogStyle,
        order: Order,
    ) -> Self {
        let capabilities = out.capabilities();
        let is_raw = style.format == Format::Raw;
        let mut printer = LogPrinter::new(out, style, capabilities);
        if !is_alone {
            printer.mixes_sources(true);
        }
        Self {
            hub,
            devices: Vec::new(),
            is_alone,
            printer,
            sources: Vec::new(),
            // `raw` asks one device after the other.
            held: match order {
                _ if is_alone || is_raw => Held::Nothing,
                Order::Arrival => Held::Nothing,
                _ if is_followed => Held::Recent(RecentLines::default()),
                Order::Time => Held::ByTime(HeldLines::default()),
                Order::Device => Held::ByDevice {
                    printed: 0,
                    later: HashMap::new(),
                    ended: HashSet::new(),
                },
            },
            is_sorted_in_parts: false,
        }
    }

    /// Prints lines that waited, those of a device and a module at a time in their order.
    fn print_all(&mut self, held: &mut HeldLines) -> Result<(), Error> {
        let (printer, sources) = (&mut self.printer, &self.sources);
        held.take(&self.devices, |device, line| {
            printer.record(&sources[device][line.module], line.record())
        })?;
        self.printer.flush()
    }

    fn print_held(&mut self) -> Result<(), Error> {
        match std::mem::replace(&mut self.held, Held::Nothing) {
            Held::Nothing => Ok(()),
            Held::Recent(mut recent) => {
                while let Some((device, line)) = recent.pop() {
                    self.print(device, &line)?;
                }
                Ok(())
            }
            Held::ByTime(mut held) => {
                self.print_all(&mut held)?;
                self.held = Held::ByTime(held);
                Ok(())
            }
            Held::ByDevice { mut later, .. } => {
                let mut devices: Vec<usize> = later.keys().copied().collect();
                devices.sort_unstable();
                for device in devices {
                    if let Some(held) = later.get_mut(&device) {
                        self.print_all(held)?;
                    }
                }
                Ok(())
            }
        }
    }

    fn print(&mut self, device: usize, line: &Line) -> Result<(), Error> {
        let source = &self.sources[device][line.module];
        self.printer.record(source, line.record())
    }

    /// Prints the lines of a moment that is over.
    fn print_recent(&mut self) -> Result<(), Error> {
        while let Held::Recent(recent) = &mut self.held
            && let Some((device, line)) = recent.pop_due()
        {
            self.print(device, &line)?;
        }
        Ok(())
    }

    /// Goes on to the next device that has not ended, if it is its turn.
    fn next_device(&mut self, device: usize) -> Result<(), Error> {
        let Held::ByDevice {
            printed,
            later,
            ended,
        } = &mut self.held
        else {
            return Ok(());
        };
        ended.insert(device);
        let mut turn = Vec::new();
        while ended.remove(printed) {
            *printed += 1;
            turn.extend(later.remove(printed));
        }
        for mut held in turn {
            self.print_all(&mut held)?;
        }
        Ok(())
    }
}

impl Sink for Lines<'_> {
    const IS_STDOUT: bool = true;

    fn device(&mut self, device: usize, id: &str) {
        if self.devices.len() <= device {
            self.devices.resize(device + 1, String::new());
            self.sources.resize(device + 1, Vec::new());
        }
        self.devices[device] = id.to_owned();
    }

    fn modules(&mut self, device: usize, modules: Vec<String>) -> Vec<(usize, Error)> {
        if self.sources[device].len() + modules.len() > 1 && self.is_alone {
            self.printer.mixes_sources(false);
        }
        let source = |module| Source {
            iothub: self.hub.to_owned(),
            device: self.devices[device].clone(),
            module,
        };
        self.sources[device].extend(modules.into_iter().map(source));
        Vec::new()
    }

    fn line(&mut self, device: usize, line: Line) -> Result<(), Error> {
        let held = match &mut self.held {
            Held::ByTime(held) => held,
            Held::ByDevice { printed, later, .. } if device != *printed => {
                // What it takes in memory is bounded for each device.
                later.entry(device).or_default().push(device, line)?;
                return Ok(());
            }
            Held::Recent(recent) => {
                recent.push(device, line);
                return self.print_recent();
            }
            Held::Nothing | Held::ByDevice { .. } => return self.print(device, &line),
        };
        if held.push(device, line)? {
            self.is_sorted_in_parts = true;
            self.print_held()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<Vec<(usize, usize, Error)>, Error> {
        self.print_recent()?;
        self.printer.flush()?;
        Ok(Vec::new())
    }

    fn due(&mut self) -> Option<Instant> {
        match &mut self.held {
            Held::Recent(recent) => recent.due(),
            Held::Nothing | Held::ByTime(_) | Held::ByDevice { .. } => None,
        }
    }

    fn ended(&mut self, device: usize) -> Result<Vec<(usize, Error)>, Error> {
        let modules = self.sources[device].len();
        match &mut self.held {
            Held::Nothing | Held::Recent(_) => {}
            Held::ByTime(held) => held.end(device, modules)?,
            Held::ByDevice { later, .. } => {
                if let Some(held) = later.get_mut(&device) {
                    held.end(device, modules)?;
                }
                self.next_device(device)?;
            }
        }
        Ok(Vec::new())
    }

    fn finish(
        mut self,
        console: Console,
        failures: &[DeviceFailure],
        nowhere: Option<&Error>,
    ) -> Result<(), Error> {
        self.print_held()?;
        for failure in failures {
            self.printer.failure(Some(&failure.device), &failure.error);
        }
        if let Some(error) = nowhere {
            self.printer.failure(None, error);
        }
        self.printer.finish()?;
        if self.is_sorted_in_parts {
            console.warn(
                "there are too many logs to hold all lines, so they are sorted by time only in parts",
            );
        }
        Ok(())
    }
}
