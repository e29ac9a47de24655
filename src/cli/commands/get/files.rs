//! Lines in files: one for each device and module.

use std::io;

use crate::cli::commands::get::consume::Sink;
use crate::error::Error;
use crate::fetch::{DeviceFailure, Line};
use crate::output::{
    Capabilities, Console, DataOut, LogPrinter, LogStyle, OutDir, OutFile, Source,
};

/// Writes the files of a folder, and prints the path of each that is done.
pub(crate) struct Files<'a> {
    /// The hub's name, as devices call it.
    hub: &'a str,
    devices: &'a [String],
    folder: OutDir,
    style: LogStyle,
    out: DataOut,
    /// Those of each device, by module; none where a file can't be written.
    files: Vec<Vec<Option<ModuleFile>>>,
}

impl<'a> Files<'a> {
    pub(crate) fn new(
        hub: &'a str,
        devices: &'a [String],
        folder: OutDir,
        out: DataOut,
        style: LogStyle,
    ) -> Self {
        Self {
            hub,
            devices,
            folder,
            style,
            out,
            files: devices.iter().map(|_| Vec::new()).collect(),
        }
    }
}

impl Sink for Files<'_> {
    const IS_STDOUT: bool = false;

    fn modules(&mut self, device: usize, modules: Vec<String>) -> Vec<(usize, Error)> {
        let mut failures = Vec::new();
        for module in modules {
            let source = Source {
                iothub: self.hub.to_owned(),
                device: self.devices[device].clone(),
                module,
            };
            let file = ModuleFile::create(source, self.style.clone(), &self.folder);
            let files = &mut self.files[device];
            match file {
                Ok(file) => files.push(Some(file)),
                Err(error) => {
                    failures.push((files.len(), error));
                    files.push(None);
                }
            }
        }
        failures
    }

    fn line(&mut self, device: usize, line: Line) -> Result<(), Error> {
        let file = &mut self.files[device][line.module];
        let Some(written) = file.as_mut().map(|file| file.line(&line)) else {
            return Ok(());
        };
        if written.is_err() {
            *file = None;
        }
        written
    }

    fn failed(&mut self, device: usize, module: usize, error: &Error) {
        if let Some(file) = &mut self.files[device][module] {
            file.is_whole = false;
            file.printer.failure(Some(&self.devices[device]), error);
        }
    }

    fn ended(&mut self, device: usize) -> Result<Vec<(usize, Error)>, Error> {
        let mut failures = Vec::new();
        let files = std::mem::take(&mut self.files[device]);
        for (module, file) in files.into_iter().enumerate() {
            match file.map(ModuleFile::finish) {
                Some(Ok(path)) => self.out.text_line(&path)?,
                Some(Err(error)) => failures.push((module, error)),
                None => {}
            }
        }
        Ok(failures)
    }

    fn finish(
        self,
        _console: Console,
        _failures: &[DeviceFailure],
        _nowhere: Option<&Error>,
    ) -> Result<(), Error> {
        Ok(())
    }
}

struct ModuleFile {
    source: Source,
    path: String,
    printer: LogPrinter<OutFile>,
    is_whole: bool,
}

impl ModuleFile {
    fn create(source: Source, style: LogStyle, folder: &OutDir) -> Result<Self, Error> {
        let file = folder.create(&source.device, &source.module)?;
        let path = file.path().display().to_string();
        let printer = LogPrinter::new(file, style, Capabilities::PLAIN);
        Ok(Self {
            source,
            path,
            printer,
            is_whole: true,
        })
    }

    fn line(&mut self, line: &Line) -> Result<(), Error> {
        let written = self.printer.record(&self.source, line.record());
        written.map_err(|error| in_file(&self.path, error))
    }

    /// The path under which the file is kept, which shows whether it is whole.
    fn finish(self) -> Result<String, Error> {
        let written = self.printer.finish();
        let file = written.map_err(|error| in_file(&self.path, error))?;
        Ok(file.finish(self.is_whole)?.display().to_string())
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
