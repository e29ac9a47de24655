//! `edgelogs get` for many devices, and into files.

use std::cell::RefCell;
use std::io::Write;

use super::fleet_print::{Answer, FleetPrint, MAX_KEPT_BYTES, Order, source_of, undecodable};
use super::outcome::conclude;
use super::session::{Context, Session};
use crate::fetch::{EdgeAgent, for_each_device};
use crate::logs::Records;
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
}

impl FleetGet<'_> {
    /// Fetches the logs of all devices into the files of a folder, and prints their paths.
    pub(super) async fn write_files(
        &self,
        context: &Context,
        format: Format,
        folder: &OutDir,
    ) -> Result<Exit, Error> {
        let console = context.console;
        let devices = self.session.devices();
        let progress = console.fleet_progress(devices.len());
        let in_part = RefCell::new(Vec::new());
        let mut fleet = for_each_device(devices, self.session.concurrency(), async |device| {
            let agent = self.session.agent(device);
            let result = async {
                let logs = {
                    let _line = progress.target(&format!("asking {device}"));
                    self.ask(&agent).await?
                };
                let written = self.write(&agent, &logs, format, folder);
                for path in &written.paths {
                    progress.beside(|| console.data().line(path))?;
                }
                // Nothing of the device was written: that is its failure.
                match written.failures {
                    mut failures if written.paths.is_empty() && !failures.is_empty() => {
                        return Err(failures.remove(0));
                    }
                    failures => {
                        let named = failures.into_iter().map(|error| (device.clone(), error));
                        in_part.borrow_mut().extend(named);
                    }
                }
                Ok(())
            }
            .await;
            progress.step();
            result
        })
        .await?;
        drop(progress);
        for (device, error) in in_part.into_inner() {
            fleet.worked_in_part(device, error);
        }
        conclude(console, fleet, "device")
    }

    /// Fetches the logs of all devices and prints them in order of time; `raw` device by device.
    pub(super) async fn print_lines(
        &self,
        context: &Context,
        format: Format,
        prefix: Prefix,
    ) -> Result<Exit, Error> {
        let console = context.console;
        let devices = self.session.devices();
        let print = RefCell::new(FleetPrint::new(
            console.data(),
            format,
            prefix,
            self.content_type,
        ));
        let progress = console.fleet_progress(devices.len());
        let mut fleet = for_each_device(devices, self.session.concurrency(), async |device| {
            let agent = self.session.agent(device);
            let result = async {
                let _line = progress.target(&format!("asking {device}"));
                self.ask(&agent).await
            }
            .await;
            progress.step();
            let answer = Answer {
                hub: agent.hub().to_owned(),
                device: device.clone(),
                logs: result?,
            };
            progress.beside(|| print.borrow_mut().add(answer))
        })
        .await?;
        drop(progress);
        let ended = print.into_inner().finish(&mut fleet)?;
        if ended == Order::InParts {
            console.warn(&format!(
                "the answers hold more than {} MiB, so that their lines are in order of time in parts only",
                MAX_KEPT_BYTES >> 20
            ));
        }
        conclude(console, fleet, "device")
    }

    /// What one device has of what was asked for. This is where a device's answer is made complete.
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

    /// Writes the file of each module; what goes wrong with one leaves the others alone.
    fn write(
        &self,
        agent: &EdgeAgent,
        logs: &[ModuleLogs],
        format: Format,
        folder: &OutDir,
    ) -> Written {
        let mut written = Written::default();
        for logs in logs {
            let source = source_of(agent.hub(), agent.device(), logs);
            let (path, file) = match folder.create(&source.device, &source.module) {
                Ok(created) => created,
                Err(error) => {
                    written.failures.push(error);
                    continue;
                }
            };
            let path = path.display().to_string();
            let printer = LogPrinter::new(file, format, false, false);
            let records = Records::new(logs, self.content_type);
            match fill(printer, &source, records) {
                Ok(None) => {}
                Ok(Some(error)) => written.failures.push(error),
                // The printer takes every writer for stdout.
                Err(Error::System { source, .. }) => {
                    written.failures.push(Error::Unwritable { path, source });
                    continue;
                }
                Err(error) => {
                    written.failures.push(error);
                    continue;
                }
            }
            written.paths.push(path);
        }
        written
    }
}

/// The files of one device.
#[derive(Default)]
struct Written {
    paths: Vec<String>,
    failures: Vec<Error>,
}

/// Prints one module's records; the error is where they break off.
fn fill<W: Write>(
    mut printer: LogPrinter<W>,
    source: &Source,
    records: Records<'_>,
) -> Result<Option<Error>, Error> {
    let mut broken = None;
    for record in records {
        match record {
            Ok(record) => printer.record(source, &record)?,
            Err(error) => broken = Some(undecodable(source, error)),
        }
    }
    if let Some(error) = &broken {
        printer.failure(&source.device, error);
    }
    printer.finish()?;
    Ok(broken)
}
