//! Lines on stdout: as they come, device by device, or in order of time once all devices have answered.

use std::collections::{HashMap, HashSet, VecDeque};

use tokio::time::Instant;

use crate::checkpoint::Collected;
use crate::cli::commands::get::consume::{Failure, Sink};
use crate::error::Error;
use crate::exit::Exit;
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
    /// Whether there were too many lines to hold all of them.
    is_sorted_in_parts: bool,
}

/// Prints lines, and notes how far that came.
struct Printer {
    printer: LogPrinter<DataOut>,
    /// The modules of each device.
    sources: Vec<Vec<Source>>,
    collected: Option<Collected>,
    /// How far each log has come on its way through the lines that wait, by device and module.
    under_way: HashMap<(usize, usize), UnderWay>,
    /// Whether what is printed makes sense only once all of it is there.
    is_document: bool,
    /// How many lines were printed since what is printed went out.
    printed: usize,
}

/// The lines of a log that have come and been printed, and the places between those that wait, each with
/// how many lines come before it.
#[derive(Default)]
struct UnderWay {
    come: u64,
    printed: u64,
    places: VecDeque<(u64, Place)>,
}

impl UnderWay {
    /// All lines that have come so far end at a place. It is told when these are printed.
    fn reach(&mut self, place: Place) -> Option<Place> {
        if self.printed == self.come {
            return Some(place);
        }
        self.places.push_back((self.come, place));
        None
    }

    /// The next line is printed. The place behind it, if there is one.
    fn print(&mut self) -> Option<Place> {
        self.printed += 1;
        let mut last = None;
        let printed = self.printed;
        while self
            .places
            .front()
            .is_some_and(|(come, _)| *come <= printed)
        {
            last = self.places.pop_front();
        }
        last.map(|(_, place)| place)
    }
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
        let uid = collected.print(&source.device, &source.module, passed);
        self.printer.record(source, record, severity, Some(&uid))?;
        let log = self.under_way.entry((device, line.module)).or_default();
        if let Some(place) = log.print() {
            collected.reached(&source.device, &source.module, place);
        }
        self.printed += 1;
        match self.printed >= MAX_PRINTED && self.printer.due().is_none() {
            true => self.flush(),
            false => Ok(()),
        }
    }

    /// A line has come that will be printed.
    fn comes(&mut self, device: usize, line: &Line) {
        if line.passed().is_some() {
            self.under_way
                .entry((device, line.module))
                .or_default()
                .come += 1;
        }
    }

    /// All lines of a log that have come so far end at a place.
    fn reached(&mut self, device: usize, module: usize, place: Place) {
        let Some(collected) = &self.collected else {
            return;
        };
        let log = self.under_way.entry((device, module)).or_default();
        if let Some(place) = log.reach(place) {
            let source = &self.sources[device][module];
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
                under_way: HashMap::new(),
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
            is_sorted_in_parts: false,
        }
    }

    /// Prints lines that waited, those of a device and a module at a time in their order.
    fn print_all(&mut self, held: &mut HeldLines) -> Result<(), Error> {
        let printer = &mut self.printer;
        held.take(&self.devices, |device, line| printer.line(device, &line))?;
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
                self.print_all(&mut held)?;
                self.held = Held::ByTime(held);
            }
            Held::ByDevice { mut later, .. } => {
                let mut devices: Vec<usize> = later.keys().copied().collect();
                devices.sort_unstable();
                for device in devices {
                    if let Some(held) = later.get_mut(&device) {
                        self.print_all(held)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Prints the lines of a moment that is over.
    fn print_recent(&mut self) -> Result<(), Error> {
        let Held::Recent(recent) = &mut self.held else {
            return Ok(());
        };
        while let Some((device, line)) = recent.pop_due() {
            self.printer.line(device, &line)?;
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
            self.printer.sources.resize(device + 1, Vec::new());
        }
        self.devices[device] = id.to_owned();
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
        self.printer.comes(device, &line);
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
        self.printer.reached(device, module, place);
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
    ) -> Result<Vec<Exit>, Error> {
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
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_counts_once_the_lines_before_it_are_printed_and_before_those_after_it() {
        let place = |tail| Place {
            tail,
            ..Place::default()
        };
        let mut log = UnderWay::default();
        assert_eq!(log.reach(place(0)), Some(place(0)));
        log.come = 2;
        assert_eq!(log.reach(place(1)), None);
        log.come = 3;
        assert_eq!(log.print(), None);
        assert_eq!(log.print(), Some(place(1)));
        assert_eq!(log.reach(place(2)), None);
        assert_eq!(log.reach(place(3)), None);
        assert_eq!(log.print(), Some(place(3)));
        assert_eq!(log.reach(place(4)), Some(place(4)));
    }
}
