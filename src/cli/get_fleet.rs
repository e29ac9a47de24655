//! `edgelogs get` for many devices, and into files.

use std::cell::RefCell;

use super::fleet_print::{FleetPrint, MAX_KEPT_BYTES, Order};
use super::outcome::conclude;
use super::session::{Context, Session};
use crate::fetch::{EdgeAgent, FleetOutcome, KeptLog, by_time, for_each_device};
use crate::logs::{DecodeError, Records};
use crate::methods::{ContentType, GetModuleLogs, ModuleLogs};
use crate::output::{Format, LogPrinter, OutDir, Prefix, Source};
use crate::{Error, Exit};

/// A run over many devices.
pub(super) struct FleetGet<'a> {
    pub(super) session: &'a Session,
    pub(super) request: &'a GetModuleLogs,
    pub(super) content_type: ContentType,
    /// The ids that were asked for, for messages.
    pub(super) patterns: &'a str,
    pub(super) format: Format,
}

/// What is wrong with modules of devices that worked otherwise, while the run goes on.
type InPart = RefCell<Vec<(String, Error)>>;

impl FleetGet<'_> {
    /// Fetches the logs of all devices and prints them in order of time; `raw` device by device.
    pub(super) async fn print_lines(
        &self,
        context: &Context,
        prefix: Prefix,
    ) -> Result<Exit, Error> {
        let console = context.console;
        let devices = self.session.devices();
        let hub = self.session.agent(&devices[0]);
        let print = FleetPrint::new(hub.hub(), console.data(), self.format, prefix);
        let print = RefCell::new(print);
        let in_part = InPart::default();
        let progress = console.fleet_progress(devices.len());
        let mut fleet = for_each_device(devices, self.session.concurrency(), async |device| {
            let line = progress.target(&format!("asking {device}"));
            let result = self.ask(&self.session.agent(device)).await;
            drop(line);
            progress.step();
            let log = self.keep(device, &result?, &in_part);
            progress.beside(|| print.borrow_mut().add(device, log))
        })
        .await?;
        drop(progress);
        add_in_part(&mut fleet, in_part);
        if print.into_inner().finish(&fleet)? == Order::InParts {
            console.warn(&format!(
                "the logs take more than {} MiB, so that their lines are in order of time in parts only",
                MAX_KEPT_BYTES >> 20
            ));
        }
        conclude(console, fleet, "device")
    }

    /// Fetches the logs of all devices into the files of a folder, and prints their paths.
    pub(super) async fn write_files(
        &self,
        context: &Context,
        folder: &OutDir,
    ) -> Result<Exit, Error> {
        let console = context.console;
        let devices = self.session.devices();
        let in_part = InPart::default();
        let progress = console.fleet_progress(devices.len());
        let mut fleet = for_each_device(devices, self.session.concurrency(), async |device| {
            let agent = self.session.agent(device);
            let line = progress.target(&format!("asking {device}"));
            let result = self.ask(&agent).await;
            drop(line);
            progress.step();
            let mut written = self.write(&agent, &result?, folder);
            for path in &written.paths {
                progress.beside(|| console.data().line(path))?;
            }
            if written.paths.is_empty() && !written.failures.is_empty() {
                return Err(written.failures.remove(0));
            }
            let named = written.failures.into_iter();
            let named = named.map(|error| (device.clone(), error));
            in_part.borrow_mut().extend(named);
            Ok(())
        })
        .await?;
        drop(progress);
        add_in_part(&mut fleet, in_part);
        conclude(console, fleet, "device")
    }

    /// What one device has of what was asked for. This is the place where a device's answer is made
    /// complete.
    async fn ask(&self, agent: &EdgeAgent) -> Result<Vec<ModuleLogs>, Error> {
        let logs: Vec<ModuleLogs> = agent.call(self.request).await?;
        if logs.is_empty() {
            return Err(Error::NoModule {
                device: agent.device().to_owned(),
                patterns: self.patterns.to_owned(),
            });
        }
        Ok(logs)
    }

    /// The lines of one device in the order in which they are printed.
    fn keep(&self, device: &str, logs: &[ModuleLogs], in_part: &InPart) -> KeptLog {
        let mut kept = KeptLog::new(logs.iter().map(|logs| logs.id.clone()).collect());
        let mut take = |module: usize, record: Result<_, DecodeError>| match record {
            Ok(record) => kept.push(module, &record),
            Err(error) => {
                let error = undecodable(device, &logs[module].id, error);
                in_part.borrow_mut().push((device.to_owned(), error));
            }
        };
        let records = logs
            .iter()
            .map(|logs| Records::new(logs, self.content_type));
        if self.format == Format::Raw {
            for (module, records) in records.enumerate() {
                records.for_each(|record| take(module, record));
            }
        } else {
            by_time(records.collect()).for_each(|(module, record)| take(module, record));
        }
        kept
    }

    /// Writes the file of each module; what goes wrong with one leaves the others alone.
    fn write(&self, agent: &EdgeAgent, logs: &[ModuleLogs], folder: &OutDir) -> Written {
        let mut written = Written::default();
        for logs in logs {
            let source = Source {
                iothub: agent.hub().to_owned(),
                device: agent.device().to_owned(),
                module: logs.id.clone(),
            };
            let records = Records::new(logs, self.content_type);
            match self.fill(&source, records, folder) {
                Ok((path, broken)) => {
                    written.paths.push(path);
                    written.failures.extend(broken);
                    written.failures.extend(unreadable(&source.device, logs));
                }
                Err(error) => written.failures.push(error),
            }
        }
        written
    }

    /// Writes one module's records to its file; with its path comes where they break off.
    fn fill(
        &self,
        source: &Source,
        records: Records<'_>,
        folder: &OutDir,
    ) -> Result<(String, Option<Error>), Error> {
        let (path, file) = folder.create(&source.device, &source.module)?;
        let path = path.display().to_string();
        let mut printer = LogPrinter::new(file, self.format, false, false);
        let mut broken = None;
        let print = || {
            for record in records {
                match record {
                    Ok(record) => printer.record(source, &record)?,
                    Err(error) => {
                        broken = Some(undecodable(&source.device, &source.module, error));
                    }
                }
            }
            if let Some(error) = &broken {
                printer.failure(&source.device, error);
            }
            printer.finish()
        };
        match print() {
            Ok(()) => Ok((path, broken)),
            // The printer takes every writer for stdout.
            Err(Error::System { source, .. }) => Err(Error::Unwritable { path, source }),
            Err(error) => Err(error),
        }
    }
}

/// The files of one device.
#[derive(Default)]
struct Written {
    paths: Vec<String>,
    failures: Vec<Error>,
}

fn add_in_part(fleet: &mut FleetOutcome, in_part: InPart) {
    for (device, error) in in_part.into_inner() {
        fleet.worked_in_part(device, error);
    }
}

/// The failure to read a module's log to its end.
fn undecodable(device: &str, module: &str, error: DecodeError) -> Error {
    Error::Undecodable {
        device: device.to_owned(),
        module: module.to_owned(),
        source: error,
    }
}

/// What the device itself says is wrong with a module's log. The shipped agent never says so.
fn unreadable(device: &str, logs: &ModuleLogs) -> Option<Error> {
    logs.error.as_ref().map(|message| Error::Unreadable {
        device: device.to_owned(),
        module: logs.id.clone(),
        message: message.clone(),
    })
}
