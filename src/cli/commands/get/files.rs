//! Lines in files: one for each device and module.

use std::io;
use std::path::Path;

use tokio::time::Instant;

use crate::checkpoint::Collected;
use crate::cli::commands::get::consume::{Failure, Sink};
use crate::error::Error;
use crate::exit::Exit;
use crate::fetch::{DeviceFailure, Gap, Line, Place};
use crate::output::{
    Capabilities, Console, DataOut, GrowingFile, LogPrinter, LogStyle, OutDir, OutFile, Source,
};

/// How many bytes wait at the most to be added to a file that grows.
const MAX_WAITING: usize = 64 << 10;

/// Writes the files of a folder, and prints the path of each: once it is done, or has begun to grow.
pub(crate) struct Files<'a> {
    /// The hub's name, as devices call it.
    hub: &'a str,
    /// Whether files have their names at once, and lines are added as they come.
    grows: bool,
    devices: Vec<String>,
    folder: OutDir,
    style: LogStyle,
    out: DataOut,
    /// Those of each device, by module; none where a file can't be written.
    files: Vec<Vec<Option<ModuleFile>>>,
    /// Those for which lines wait.
    waiting: Vec<(usize, usize)>,
    collected: Option<Collected>,
}

impl<'a> Files<'a> {
    pub(crate) fn new(
        hub: &'a str,
        grows: bool,
        folder: OutDir,
        out: DataOut,
        style: LogStyle,
        collected: Option<Collected>,
    ) -> Self {
        Self {
            hub,
            grows,
            devices: Vec::new(),
            folder,
            style,
            out,
            files: Vec::new(),
            waiting: Vec::new(),
            collected,
        }
    }

    /// A module whose lines can't be written stays where it is.
    fn give_up(&self, device: usize, module: &str) {
        if let Some(collected) = &self.collected {
            collected.give_up(&self.devices[device], module);
        }
    }

    /// Adds the lines that wait to their files. Returns those that can't be written, and why.
    fn add_waiting(&mut self) -> Result<Vec<Failure>, Error> {
        let mut failures = Vec::new();
        let mut grown = Vec::new();
        for (device, module) in std::mem::take(&mut self.waiting) {
            let file = &mut self.files[device][module];
            let Some(growing) = file else { continue };
            match growing.add() {
                Ok(path) => grown.extend(path),
                Err(error) => {
                    let name = growing.source.module.clone();
                    *file = None;
                    self.give_up(device, &name);
                    failures.push((device, module, error));
                }
            }
        }
        if let Some(collected) = &self.collected {
            collected.taken();
            collected.store_if_due()?;
        }
        // The files hold the lines whether or not somebody reads this.
        for path in grown {
            self.out.text_line(&path)?;
        }
        Ok(failures)
    }
}

impl Sink for Files<'_> {
    const IS_STDOUT: bool = false;

    fn device(&mut self, device: usize, id: &str) {
        if self.devices.len() <= device {
            self.devices.resize(device + 1, String::new());
            self.files.resize_with(device + 1, Vec::new);
        }
        self.devices[device] = id.to_owned();
    }

    fn modules(&mut self, device: usize, modules: Vec<String>) -> Vec<(usize, Error)> {
        let mut failures = Vec::new();
        for module in modules {
            let source = Source {
                iothub: self.hub.to_owned(),
                device: self.devices[device].clone(),
                module: module.clone(),
            };
            let file = ModuleFile::create(source, self.style.clone(), &self.folder, self.grows);
            let files = &mut self.files[device];
            match file {
                Ok(file) => {
                    if let Some(collected) = &self.collected {
                        let device = &self.devices[device];
                        collected.is_in_file(device, &module, Path::new(&file.path));
                    }
                    files.push(Some(file));
                }
                Err(error) => {
                    failures.push((files.len(), error));
                    files.push(None);
                    self.give_up(device, &module);
                }
            }
        }
        failures
    }

    fn line(&mut self, device: usize, line: Line) -> Result<Vec<Failure>, Error> {
        let module = line.module;
        let collected = self.collected.as_ref();
        let file = &mut self.files[device][module];
        let Some(written) = file.as_mut().map(|file| file.line(&line, collected)) else {
            return Ok(Vec::new());
        };
        match written {
            Ok(Waits::No) => Ok(Vec::new()),
            Ok(Waits::First) => {
                self.waiting.push((device, module));
                Ok(Vec::new())
            }
            Ok(Waits::Long) => self.add_waiting(),
            Err(error) => {
                *file = None;
                Err(error)
            }
        }
    }

    fn due(&mut self) -> Option<Instant> {
        self.collected.as_ref().and_then(Collected::due)
    }

    fn gap(&mut self, device: usize, module: usize, gap: &Gap) -> Result<(), Error> {
        let file = self.files[device][module].as_mut();
        if let Some(ModuleFile {
            source,
            printer: Printer::Growing { printer, .. },
            ..
        }) = file.filter(|_| self.collected.is_some())
        {
            printer.gap(source, (gap.from, gap.to), gap.reason())?;
            self.waiting.push((device, module));
        }
        Ok(())
    }

    fn reached(&mut self, device: usize, module: usize, place: Place) {
        let file = self.files[device][module].as_ref();
        if let (Some(collected), Some(file)) = (&self.collected, file) {
            let source = &file.source;
            collected.reached(&source.device, &source.module, place);
        }
    }

    fn flush(&mut self) -> Result<Vec<Failure>, Error> {
        self.add_waiting()
    }

    fn failed(&mut self, device: usize, module: usize, error: &Error) {
        if let Some(file) = &mut self.files[device][module] {
            file.is_whole = false;
            if let Printer::Whole(printer) = &mut file.printer {
                printer.failure(Some(&self.devices[device]), error);
            }
        }
    }

    fn ended(&mut self, device: usize) -> Result<Vec<Failure>, Error> {
        let mut failures = self.add_waiting()?;
        let files = std::mem::take(&mut self.files[device]);
        for (module, file) in files.into_iter().enumerate() {
            match file.map(ModuleFile::finish) {
                Some(Ok(Some(path))) => self.out.text_line(&path)?,
                Some(Err(error)) => failures.push((device, module, error)),
                Some(Ok(None)) | None => {}
            }
        }
        Ok(failures)
    }

    fn finish(
        mut self,
        console: Console,
        _failures: &[DeviceFailure],
        _nowhere: Option<&Error>,
    ) -> Result<Vec<Exit>, Error> {
        let failures = self.add_waiting()?.into_iter();
        let failures = failures.map(|(_, _, error)| error);
        let mut exits = Vec::new();
        let mut tell = |error: Error| {
            console.error(&error);
            exits.push(error.exit());
        };
        failures.for_each(&mut tell);
        // Those of devices that are still being read, as a run leaves them that is interrupted.
        for mut file in self.files.into_iter().flatten().flatten() {
            file.is_whole = false;
            if !file.has_lines {
                continue;
            }
            match file.finish() {
                Ok(Some(path)) => self.out.text_line(&path)?,
                Ok(None) => {}
                Err(error) => tell(error),
            }
        }
        Ok(exits)
    }
}

struct ModuleFile {
    source: Source,
    path: String,
    printer: Printer,
    is_whole: bool,
    has_lines: bool,
}

enum Printer {
    /// Of a file that gets its name at the end.
    Whole(LogPrinter<OutFile>),
    /// Of one that grows, and whether it has got a line of this run.
    Growing {
        file: GrowingFile,
        printer: LogPrinter<Vec<u8>>,
        waiting: usize,
        has_grown: bool,
    },
}

/// Whether lines wait to be added to a file.
enum Waits {
    No,
    /// This is the first one.
    First,
    /// They should not wait any longer.
    Long,
}

impl ModuleFile {
    fn create(
        source: Source,
        style: LogStyle,
        folder: &OutDir,
        grows: bool,
    ) -> Result<Self, Error> {
        let (device, module) = (&source.device, &source.module);
        let (path, printer) = match grows {
            true => {
                let file = folder.grow(device, module)?;
                let path = file.path().display().to_string();
                let printer = Printer::Growing {
                    file,
                    printer: LogPrinter::new(Vec::new(), style, Capabilities::PLAIN),
                    waiting: 0,
                    has_grown: false,
                };
                (path, printer)
            }
            false => {
                let file = folder.create(device, module)?;
                let path = file.path().display().to_string();
                let printer = LogPrinter::new(file, style, Capabilities::PLAIN);
                (path, Printer::Whole(printer))
            }
        };
        Ok(Self {
            source,
            path,
            printer,
            is_whole: true,
            has_lines: false,
        })
    }

    fn line(&mut self, line: &Line, collected: Option<&Collected>) -> Result<Waits, Error> {
        let (record, severity) = (line.record(), line.severity());
        self.has_lines = true;
        match &mut self.printer {
            Printer::Whole(printer) => {
                let written = printer.record(&self.source, record, severity, None);
                written.map_err(|error| in_file(&self.path, error))?;
                Ok(Waits::No)
            }
            Printer::Growing {
                printer, waiting, ..
            } => {
                let is_first = *waiting == 0;
                let Source { device, module, .. } = &self.source;
                match collected.zip(line.passed()) {
                    Some((collected, passed)) => {
                        let uid = collected.print(device, module, passed);
                        printer.record(&self.source, record, severity, Some(&uid))?;
                    }
                    None => printer.record(&self.source, record, severity, None)?,
                }
                *waiting += record.line().len() + 1;
                Ok(match *waiting > MAX_WAITING {
                    true if !is_first => Waits::Long,
                    _ if is_first => Waits::First,
                    _ => Waits::No,
                })
            }
        }
    }

    /// Adds the lines that wait. The path, if they are the first ones.
    fn add(&mut self) -> Result<Option<String>, Error> {
        let Printer::Growing {
            file,
            printer,
            waiting,
            has_grown,
        } = &mut self.printer
        else {
            return Ok(None);
        };
        *waiting = 0;
        printer.flush()?;
        file.append(&printer.take())?;
        let is_first = !std::mem::replace(has_grown, true);
        Ok(is_first.then(|| self.path.clone()))
    }

    /// The path under which the file is kept, which shows whether it is whole; none if it has been told.
    fn finish(self) -> Result<Option<String>, Error> {
        match self.printer {
            Printer::Growing { .. } => Ok(None),
            Printer::Whole(printer) => {
                let written = printer.finish();
                let file = written.map_err(|error| in_file(&self.path, error))?;
                Ok(Some(file.finish(self.is_whole)?.display().to_string()))
            }
        }
    }
}

/// The printer reports every write error as one of stdout.
fn in_file(path: &str, error: Error) -> Error {
    let source = match error {
        Error::System { source, .. } => source,
        Error::ClosedPipe => io::ErrorKind::BrokenPipe.into(),
        other => return other,
    };
    Error::Unwritable {
        path: path.to_owned(),
        source,
    }
}
