//! `edgelogs get` for many devices, and into files.

use std::cell::RefCell;
use std::sync::Arc;

use crate::cli::args::exclude::Exclude;
use crate::cli::commands::get::fleet_print::{FleetPrint, MAX_KEPT_BYTES};
use crate::cli::commands::get::unmatched::{UnmatchedCounts, unmatched_items, with_names};
use crate::cli::context::Context;
use crate::cli::run::session::Session;
use crate::cli::run::summary::summarize;
use crate::error::Error;
use crate::exit::Exit;
use crate::fetch::{
    DeviceLogs, EdgeAgent, FleetOutcome, LogQuery, Order, PackedLog, for_each_device,
};
use crate::output::{Capabilities, Console, Format, LogPrinter, LogStyle, OutDir, OutFile, Source};

pub(crate) struct FleetGet<'a> {
    pub(crate) session: &'a Session,
    pub(crate) query: Arc<LogQuery>,
    pub(crate) exclude: Exclude,
    pub(crate) style: LogStyle,
}

/// Failures of modules whose device succeeded otherwise.
type InPart = RefCell<Vec<(String, Error)>>;

/// How many bytes of one device's packed lines to keep before passing them on, so that a large log
/// does not fill the memory while other devices answer.
const MAX_KEPT_OF_DEVICE: usize = MAX_KEPT_BYTES / 8;

impl FleetGet<'_> {
    /// Fetches the logs of all devices and prints them in order of time; `raw` device by device.
    pub(crate) async fn print_lines(&self, context: &Context) -> Result<Exit, Error> {
        let console = context.console;
        let devices = self.session.devices();
        let hub = self.session.agent(&devices[0]);
        let print = FleetPrint::new(hub.hub(), console.data(), self.style);
        let print = RefCell::new(print);
        let in_part = InPart::default();
        let counts = UnmatchedCounts::of(&self.query);
        let progress = console.fleet_progress(devices.len());
        // Raw bytes of two devices must not mix, and one device's may not fit into memory.
        let at_a_time = match self.style.format {
            Format::Raw => 1,
            _ => self.session.concurrency(),
        };
        let mut fleet = for_each_device(devices, at_a_time, async |device| {
            let line = progress.target(&format!("calling {device}"));
            let pass_on = |log| progress.suspend(|| print.borrow_mut().add(device, log));
            let result = self.read(console, device, &counts, pass_on).await;
            drop(line);
            progress.step();
            device_result(device, result?, &in_part)
        })
        .await?;
        drop(progress);
        add_in_part(&mut fleet, in_part);
        if !print.into_inner().finish(&fleet)? {
            console.warn(&format!(
                "the logs exceed {} MiB, so their lines are sorted by time only in parts",
                MAX_KEPT_BYTES >> 20
            ));
        }
        self.end(console, fleet, counts).await
    }

    /// Fetches the logs of all devices into the files of a folder, and prints their paths.
    pub(crate) async fn write_files(
        &self,
        context: &Context,
        folder: &OutDir,
    ) -> Result<Exit, Error> {
        let console = context.console;
        let devices = self.session.devices();
        let in_part = InPart::default();
        let counts = UnmatchedCounts::of(&self.query);
        let progress = console.fleet_progress(devices.len());
        let mut fleet = for_each_device(devices, self.session.concurrency(), async |device| {
            let line = progress.target(&format!("calling {device}"));
            let result = self.write(console, device, &counts, folder).await;
            drop(line);
            progress.step();
            let (paths, read) = result?;
            for path in &paths {
                progress.suspend(|| console.data().text_line(path))?;
            }
            device_result(device, read, &in_part)
        })
        .await?;
        drop(progress);
        add_in_part(&mut fleet, in_part);
        self.end(console, fleet, counts).await
    }

    /// Prints the summary, and what matched no module.
    async fn end(
        &self,
        console: Console,
        fleet: FleetOutcome,
        counts: UnmatchedCounts,
    ) -> Result<Exit, Error> {
        let exit = summarize(console, fleet, "device")?;
        let unmatched = counts.summarize(console, self.session, &self.query);
        Ok(match unmatched.await {
            Some(error) => {
                console.error(&error);
                match (exit, self.session.devices().len()) {
                    (Exit::Success, 1) => Exit::Partial,
                    (Exit::Success, _) => error.exit(),
                    (exit, _) => exit,
                }
            }
            None => exit,
        })
    }

    async fn open(
        &self,
        console: Console,
        agent: EdgeAgent,
        counts: &UnmatchedCounts,
    ) -> Result<DeviceLogs, Error> {
        match DeviceLogs::open(agent.clone(), Arc::clone(&self.query), console).await {
            Ok(logs) => {
                counts.add(&unmatched_items(&agent, &self.query, logs.modules()).await?);
                Ok(logs)
            }
            Err(error) if self.session.devices().len() == 1 => {
                Err(with_names(error, self.session, &agent, &self.query).await)
            }
            Err(error) => Err(error),
        }
    }

    /// Reads the logs of one device in printing order, and passes them on in parts that fit into
    /// memory.
    async fn read(
        &self,
        console: Console,
        device: &str,
        counts: &UnmatchedCounts,
        mut pass_on: impl FnMut(PackedLog) -> Result<(), Error>,
    ) -> Result<ReadModules, Error> {
        let logs = self
            .open(console, self.session.agent(device), counts)
            .await?;
        let modules = logs.modules().to_vec();
        let mut read = ReadModules::of(modules.len());
        let (mut merged, _under_way) = logs.into_merged(printing_order(self.style.format));
        let mut kept = PackedLog::new(modules.clone());
        while let Some((module, record)) = merged.next().await {
            match record {
                Ok(record) if self.exclude.drops(&record) => {}
                Ok(record) => kept.push(module, &record),
                Err(error) => read.failed(module, error),
            }
            if kept.size() > MAX_KEPT_OF_DEVICE {
                pass_on(std::mem::replace(
                    &mut kept,
                    PackedLog::new(modules.clone()),
                ))?;
            }
        }
        pass_on(kept)?;
        Ok(read)
    }

    /// Writes the files of one device's modules; a failure of one does not affect the others.
    async fn write(
        &self,
        console: Console,
        device: &str,
        counts: &UnmatchedCounts,
        folder: &OutDir,
    ) -> Result<(Vec<String>, ReadModules), Error> {
        let agent = self.session.agent(device);
        let hub = agent.hub().to_owned();
        let logs = self.open(console, agent, counts).await?;
        let modules = logs.modules().to_vec();
        let mut read = ReadModules::of(modules.len());
        let mut files: Vec<Option<ModuleFile>> = Vec::new();
        for (index, module) in modules.into_iter().enumerate() {
            let source = Source {
                iothub: hub.clone(),
                device: device.to_owned(),
                module,
            };
            match ModuleFile::create(source, self.style, folder) {
                Ok(file) => files.push(Some(file)),
                Err(error) => {
                    files.push(None);
                    read.failed(index, error);
                }
            }
        }
        let (mut merged, _under_way) = logs.into_merged(Order::Source);
        while let Some((module, record)) = merged.next().await {
            let written = match (record, &mut files[module]) {
                (Ok(record), _) if self.exclude.drops(&record) => Ok(()),
                (Ok(record), Some(file)) => {
                    file.print(|printer, source| printer.record(source, &record))
                }
                (Ok(_), None) => Ok(()),
                (Err(error), file) => {
                    if let Some(file) = file {
                        file.printer.failure(device, &error);
                    }
                    Err(error)
                }
            };
            if let Err(error) = written {
                // Give up a file that can't be written.
                if matches!(error, Error::Unwritable { .. }) {
                    files[module] = None;
                }
                read.failed(module, error);
            }
        }
        let mut paths = Vec::new();
        for (module, file) in files.into_iter().enumerate() {
            let whole = !read.has_failed[module];
            match file.map(|file| file.finish(whole)) {
                Some(Ok(path)) => paths.push(path),
                Some(Err(error)) => read.failed(module, error),
                None => {}
            }
        }
        Ok((paths, read))
    }
}

/// The order in which the lines of one device are printed.
pub(crate) fn printing_order(format: Format) -> Order {
    match format {
        Format::Raw => Order::Source,
        Format::Text | Format::Json | Format::Jsonl => Order::Time,
    }
}

struct ReadModules {
    /// For each module, whether it failed, at least in part.
    has_failed: Vec<bool>,
    failures: Vec<Error>,
}

impl ReadModules {
    fn of(modules: usize) -> Self {
        Self {
            has_failed: vec![false; modules],
            failures: Vec::new(),
        }
    }

    fn failed(&mut self, module: usize, error: Error) {
        self.has_failed[module] = true;
        self.failures.push(error);
    }
}

/// A device has failed if all its modules have; otherwise it worked in part.
fn device_result(device: &str, mut read: ReadModules, in_part: &InPart) -> Result<(), Error> {
    if !read.failures.is_empty() && read.has_failed.iter().all(|failed| *failed) {
        return Err(read.failures.remove(0));
    }
    let named = read
        .failures
        .into_iter()
        .map(|error| (device.to_owned(), error));
    in_part.borrow_mut().extend(named);
    Ok(())
}

fn add_in_part(fleet: &mut FleetOutcome, in_part: InPart) {
    for (device, error) in in_part.into_inner() {
        fleet.worked_in_part(device, error);
    }
}

struct ModuleFile {
    source: Source,
    path: String,
    printer: LogPrinter<OutFile>,
}

impl ModuleFile {
    fn create(source: Source, style: LogStyle, folder: &OutDir) -> Result<Self, Error> {
        let file = folder.create(&source.device, &source.module)?;
        let path = file.path().display().to_string();
        let printer = LogPrinter::new(file, style, false, Capabilities::PLAIN);
        Ok(Self {
            source,
            path,
            printer,
        })
    }

    fn print(
        &mut self,
        print: impl FnOnce(&mut LogPrinter<OutFile>, &Source) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let written = print(&mut self.printer, &self.source);
        written.map_err(|error| in_file(&self.path, error))
    }

    /// The path under which the file is kept, which shows whether it is `whole`.
    fn finish(self, whole: bool) -> Result<String, Error> {
        let written = self.printer.finish();
        let file = written.map_err(|error| in_file(&self.path, error))?;
        Ok(file.finish(whole)?.display().to_string())
    }
}

/// The printer reports every write error as one of stdout.
fn in_file(path: &str, error: Error) -> Error {
    match error {
        Error::System { source, .. } => Error::Unwritable {
            path: path.to_owned(),
            source,
        },
        other => other,
    }
}
