//! Lines on stdout: as they come, or in order of time once all devices have answered.

use crate::cli::commands::get::consume::Sink;
use crate::error::Error;
use crate::fetch::{DeviceFailure, HeldLines, Line};
use crate::output::{Console, DataOut, Format, LogPrinter, LogStyle, Source};

/// Prints lines.
pub(crate) struct Lines<'a> {
    /// The hub's name, as devices call it.
    hub: &'a str,
    devices: &'a [String],
    printer: LogPrinter<DataOut>,
    /// The modules of each device.
    sources: Vec<Vec<Source>>,
    /// Lines that wait for those of other devices. None where they are printed as they come: of one
    /// device, and `raw`, which prints devices one after the other.
    held: Option<HeldLines>,
    /// Whether there were too many lines to hold all of them.
    is_sorted_in_parts: bool,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(hub: &'a str, devices: &'a [String], out: DataOut, style: LogStyle) -> Self {
        let capabilities = out.capabilities();
        let mut printer = LogPrinter::new(out, style, capabilities);
        let is_alone = devices.len() == 1;
        if !is_alone {
            printer.mixes_sources(true);
        }
        Self {
            hub,
            devices,
            printer,
            sources: vec![Vec::new(); devices.len()],
            held: (!is_alone && style.format != Format::Raw).then(HeldLines::default),
            is_sorted_in_parts: false,
        }
    }

    fn print_held(&mut self) -> Result<(), Error> {
        let Some(held) = &mut self.held else {
            return Ok(());
        };
        let (printer, sources) = (&mut self.printer, &self.sources);
        held.take(self.devices, |device, line| {
            printer.record(&sources[device][line.module], line.record())
        })?;
        self.printer.flush()
    }
}

impl Sink for Lines<'_> {
    const IS_STDOUT: bool = true;

    fn modules(&mut self, device: usize, modules: Vec<String>) -> Vec<(usize, Error)> {
        if self.sources[device].is_empty() && modules.len() > 1 && self.devices.len() == 1 {
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
        let Some(held) = &mut self.held else {
            let source = &self.sources[device][line.module];
            return self.printer.record(source, line.record());
        };
        if held.push(device, line)? {
            self.is_sorted_in_parts = true;
            self.print_held()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.printer.flush()
    }

    fn ended(&mut self, device: usize) -> Result<Vec<(usize, Error)>, Error> {
        if let Some(held) = &mut self.held {
            held.end(device, self.sources[device].len())?;
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
