//! Lines on stdout: as they come, device by device, or in order of time once all devices have answered.

use std::collections::{HashMap, HashSet};

use tokio::time::Instant;

use crate::checkpoint::Collected;
use crate::cli::commands::get::consume::{Failure, Sink};
use crate::error::Error;
use crate::fetch::{DeviceFailure, Gap, HeldLines, Line, Place, RecentLines};
use crate::output::{Console, DataOut, Format, LogPrinter, LogStyle, Order, Source};

/// After so many lines, what is printed goes out, so that a checkpoint can tell how far that was.
const MAX_PRINTED: usize = 64;

/// Prints lines.
pub(crate) struct Lines<'a> {
    /// The hub's name, as devices call it.
    hub: &'a str,
    devices: Vec<String>,
    /// Whether there is one device only.
    is_alone: bool,
    printer: Printer,
    /// Lines that wait for those of other devices.
    held: Held,
    /// Places behind lines that wait, by device and module.
    waiting: HashMap<(usize, usize), Place>,
    /// Whether there were too many lines to hold all of them.
    is_sorted_in_parts: bool,
}

/// Prints lines, and notes how far that came.
struct Printer {
    printer: LogPrinter<DataOut>,
    /// The modules of each device.
    sources: Vec<Vec<Source>>,
    collected: Option<Collected>,
    /// Whether what is printed makes sense only once all of it is there.
    is_document: bool,
    /// How many lines were printed since what is printed went out.
    printed: usize,
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

impl Printer {
    fn line(&mut self, device: usize, line: &Line) -> Result<(), Error> {
        let source = &self.sources[device][line.module];
        let (record, severity) = (line.record(), line.severity());
        let (Some(collected), Some(passed)) = (&self.collected, line.passed()) else {
            return self.printer.record(source, record, severity, None);
        };
        let uid = collected.uid(&source.device, &source.module, passed);
        self.printer.record(source, record, severity, Some(&uid))?;
        collected.printed(&source.device, &source.module, passed);
        self.printed += 1;
        match self.printed >= MAX_PRINTED && self.printer.due().is_none() {
            true => self.flush(),
            false => Ok(()),
        }
    }

    fn reached(&self, device: usize, module: usize, place: Place) {
        let source = &self.sources[device][module];
        if let Some(collected) = &self.collected {
            collected.reached(&source.device, &source.module, place);
        }
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.printed = 0;
        self.printer.flush()?;
        match &self.collected {
            Some(collected) if !self.is_document => {
                collected.taken();
                collected.store_if_due()
            }
            _ => Ok(()),
        }
    }

    fn due(&self) -> Option<Instant> {
        let stored = self.collected.as_ref().and_then(Collected::due);
        [self.printer.due(), stored].into_iter().flatten().min()
    }
}

impl<'a> Lines<'a> {
    pub(crate) fn new(
        hub: &'a str,
        (is_alone, is_followed): (bool, bool),
        out: DataOut,
        style: LogStyle,
        order: Order,
        collected: Option<Collected>,
    ) -> Self {
        let capabilities = out.capabilities();
        let is_raw = style.format == Format::Raw;
        let is_document = style.format == Format::Json;
        let mut printer = LogPrinter::new(out, style, capabilities);
        if !is_alone {
            printer.mixes_sources(true);
        }
        Self {
            hub,
            devices: Vec::new(),
            is_alone,
            printer: Printer {
                printer,
                sources: Vec::new(),
                collected,
                is_document,
                printed: 0,
            },
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
            waiting: HashMap::new(),
            is_sorted_in_parts: false,
        }
    }

    /// Prints lines that waited, those of a device and a module at a time in their order, and goes to the
    /// places behind those of some devices.
    fn print_all(
        &mut self,
        held: &mut HeldLines,
        is_whole: impl Fn(usize) -> bool,
    ) -> Result<(), Error> {
        let printer = &mut self.printer;
        held.take(&self.devices, |device, line| printer.line(device, &line))?;
        for ((device, module), place) in self.waiting.extract_if(|(of, _), _| is_whole(*of)) {
            self.printer.reached(device, module, place);
        }
        self.printer.flush()
    }

    fn print_held(&mut self) -> Result<(), Error> {
        match std::mem::replace(&mut self.held, Held::Nothing) {
            Held::Nothing => {}
            Held::Recent(mut recent) => {
                while let Some((device, line)) = recent.pop() {
                    self.printer.line(device, &line)?;
                }
            }
            Held::ByTime(mut held) => {
                self.print_all(&mut held, |_| true)?;
                self.held = Held::ByTime(held);
            }
            Held::ByDevice { mut later, .. } => {
                let mut devices: Vec<usize> = later.keys().copied().collect();
                devices.sort_unstable();
                for device in devices {
                    if let Some(held) = later.get_mut(&device) {
                        self.print_all(held, |of| of == device)?;
                    }
                }
            }
        }
        for ((device, module), place) in std::mem::take(&mut self.waiting) {
            self.printer.reached(device, module, place);
        }
        Ok(())
    }

    /// Prints the lines of a moment that is over.
    fn print_recent(&mut self) -> Result<(), Error> {
        let Held::Recent(recent) = &mut self.held else {
            return Ok(());
        };
        let mut has_printed = false;
        while let Some((device, line)) = recent.pop_due() {
            self.printer.line(device, &line)?;
            has_printed = true;
        }
        if has_printed {
            let is_behind = |(device, module): &(usize, usize)| !recent.holds(*device, *module);
            let behind = self.waiting.extract_if(|of, _| is_behind(of));
            for ((device, module), place) in behind {
                self.printer.reached(device, module, place);
            }
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
        let printed = *printed;
        for mut held in turn {
            self.print_all(&mut held, |of| of <= printed)?;
        }
        Ok(())
    }
}

impl Sink for Lines<'_> {
    const IS_STDOUT: bool = true;

    fn device(&mut self, device: usize, id: &str) -> Result<(), Error> {
        if self.devices.len() <= device {
            self.devices.resize(device + 1, String::new());
            self.printer.sources.resize(device + 1, Vec::new());
        }
        self.devices[device] = id.to_owned();
        match &self.printer.collected {
            Some(collected) => collected.begin(id),
            None => Ok(()),
        }
    }

    fn modules(&mut self, device: usize, modules: Vec<String>) -> Vec<(usize, Error)> {
        let known = &mut self.printer.sources[device];
        if known.len() + modules.len() > 1 && self.is_alone {
            self.printer.printer.mixes_sources(false);
        }
        let source = |module| Source {
            iothub: self.hub.to_owned(),
            device: self.devices[device].clone(),
            module,
        };
        known.extend(modules.into_iter().map(source));
        Vec::new()
    }

    fn line(&mut self, device: usize, line: Line) -> Result<Vec<Failure>, Error> {
        let held = match &mut self.held {
            Held::ByTime(held) => held,
            Held::ByDevice { printed, later, .. } if device != *printed => {
                // What it takes in memory is bounded for each device.
                later.entry(device).or_default().push(device, line)?;
                return Ok(Vec::new());
            }
            Held::Recent(recent) => {
                recent.push(device, line);
                self.print_recent()?;
                return Ok(Vec::new());
            }
            Held::Nothing | Held::ByDevice { .. } => {
                self.printer.line(device, &line)?;
                return Ok(Vec::new());
            }
        };
        if held.push(device, line)? {
            self.is_sorted_in_parts = true;
            self.print_held()?;
        }
        Ok(Vec::new())
    }

    fn flush(&mut self) -> Result<Vec<Failure>, Error> {
        self.print_recent()?;
        match (self.printer.printer.due(), &self.printer.collected) {
            // Records that share a line wait for others.
            (Some(due), collected) if due > Instant::now() => {
                collected.as_ref().map_or(Ok(()), Collected::store_if_due)?;
            }
            _ => self.printer.flush()?,
        }
        Ok(Vec::new())
    }

    fn due(&mut self) -> Option<Instant> {
        let held = match &mut self.held {
            Held::Recent(recent) => recent.due(),
            Held::Nothing | Held::ByTime(_) | Held::ByDevice { .. } => None,
        };
        [held, self.printer.due()].into_iter().flatten().min()
    }

    fn gap(&mut self, device: usize, module: usize, gap: &Gap) -> Result<(), Error> {
        if self.printer.collected.is_none() {
            return Ok(());
        }
        let source = &self.printer.sources[device][module];
        let times = (gap.from, gap.to);
        self.printer.printer.gap(source, times, gap.reason())
    }

    fn reached(&mut self, device: usize, module: usize, place: Place) {
        let waits = match &self.held {
            Held::Nothing => false,
            Held::ByTime(_) => true,
            Held::Recent(recent) => recent.holds(device, module),
            Held::ByDevice { printed, .. } => device != *printed,
        };
        match waits {
            true => {
                self.waiting.insert((device, module), place);
            }
            false => self.printer.reached(device, module, place),
        }
    }

    fn ended(&mut self, device: usize) -> Result<Vec<Failure>, Error> {
        let modules = self.printer.sources[device].len();
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
        let mut printer = self.printer.printer;
        for failure in failures {
            printer.failure(Some(&failure.device), &failure.error);
        }
        if let Some(error) = nowhere {
            printer.failure(None, error);
        }
        printer.finish()?;
        if let Some(collected) = self.printer.collected {
            collected.taken();
        }
        if self.is_sorted_in_parts {
            console.warn(
                "there are too many logs to hold all lines, so they are sorted by time only in parts",
            );
        }
        Ok(())
    }
}
