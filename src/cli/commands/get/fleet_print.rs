//! The logs of many devices on one stdout, in order of time as far as memory allows.

use crate::error::Error;
use crate::fetch::{FleetOutcome, PackedLine, PackedLog, in_order_of_time};
use crate::output::{DataOut, Format, LogPrinter, LogStyle, Source};

/// How many bytes of packed lines to keep for sorting by time.
pub(crate) const MAX_KEPT_BYTES: usize = 32 << 20;

/// Prints the logs of many devices.
///
/// Lines can be sorted by time only when the last device has answered, so they are kept until then.
/// When they exceed [`MAX_KEPT_BYTES`], the lines so far are sorted and printed. `raw` keeps nothing,
/// since it prints devices one after the other.
#[derive(Debug)]
pub(crate) struct FleetPrint {
    /// The hub's name, as devices call it.
    hub: String,
    printer: LogPrinter<DataOut>,
    merges: bool,
    /// The lines of each device.
    kept: Vec<(String, PackedLog)>,
    kept_bytes: usize,
    /// Whether one merge held all lines so far.
    is_sorted: bool,
}

impl FleetPrint {
    pub(crate) fn new(hub: &str, out: DataOut, style: LogStyle) -> Self {
        let capabilities = out.capabilities();
        let prefixed = style.is_prefixed(true);
        Self {
            hub: hub.to_owned(),
            printer: LogPrinter::new(out, style, prefixed, capabilities).naming_devices(),
            merges: style.format != Format::Raw,
            kept: Vec::new(),
            kept_bytes: 0,
            is_sorted: true,
        }
    }

    /// Adds the log of one device.
    pub(crate) fn add(&mut self, device: &str, log: PackedLog) -> Result<(), Error> {
        if self.merges && self.kept_bytes + log.size() > MAX_KEPT_BYTES && !self.kept.is_empty() {
            self.is_sorted = false;
            self.print_kept()?;
        }
        self.kept_bytes += log.size();
        self.kept.push((device.to_owned(), log));
        if self.merges {
            return Ok(());
        }
        self.print_kept()
    }

    /// Prints what is kept and ends the `json` document with the failures. Returns whether all lines
    /// are in order of time; false where there was too much for one merge.
    pub(crate) fn finish(mut self, fleet: &FleetOutcome) -> Result<bool, Error> {
        self.print_kept()?;
        for failure in &fleet.failures {
            self.printer.failure(&failure.device, &failure.error);
        }
        self.printer.finish()?;
        Ok(self.is_sorted)
    }

    fn print_kept(&mut self) -> Result<(), Error> {
        let mut kept = std::mem::take(&mut self.kept);
        self.kept_bytes = 0;
        // Lines with the same time are printed in order of device id, not in order of arrival.
        kept.sort_by(|(device, _), (other, _)| device.cmp(other));
        let (devices, logs): (Vec<String>, Vec<PackedLog>) = kept.into_iter().unzip();
        let sources: Vec<Vec<Source>> = devices
            .iter()
            .zip(&logs)
            .map(|(device, log)| self.sources(device, log))
            .collect();
        let printer = &mut self.printer;
        let mut print =
            |log: usize, line: PackedLine| printer.record(&sources[log][line.module], &line.record);
        if self.merges {
            in_order_of_time(&logs).try_for_each(|(log, line)| print(log, line))?;
        } else {
            for (index, log) in logs.iter().enumerate() {
                log.lines().try_for_each(|line| print(index, line))?;
            }
        }
        self.printer.flush()
    }

    fn sources(&self, device: &str, log: &PackedLog) -> Vec<Source> {
        let source = |module: &String| Source {
            iothub: self.hub.clone(),
            device: device.to_owned(),
            module: module.clone(),
        };
        log.modules().iter().map(source).collect()
    }
}
