//! `edgelogs checkpoint`: where the collecting of each log stands.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde::Serialize;

use crate::checkpoint::{Folder, Found, Stored};
use crate::cli::context::Context;
use crate::error::Error;
use crate::exit::Exit;
use crate::output::{ListFormat, ListRow, or_dash, print_list, shown_time};

/// Show or reset where `get --checkpoint` goes on
#[derive(Debug, Args)]
pub(crate) struct CheckpointArgs {
    #[command(subcommand)]
    command: CheckpointCommand,
}

#[derive(Debug, Subcommand)]
enum CheckpointCommand {
    Show(ShowArgs),
    Reset(ResetArgs),
}

/// List the logs of a checkpoint, with the time of the last line that was printed
///
/// READ UNTIL is when the container engine received that line, STORED when the run noted it.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs checkpoint show /var/lib/edgelogs
  edgelogs checkpoint show /var/lib/edgelogs -d press-07 -o jsonl")]
struct ShowArgs {
    #[command(flatten)]
    logs: LogsArgs,

    /// Output format
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = ListFormat::Auto, help_heading = "Output")]
    output: ListFormat,
}

/// Forget where logs stand, so that the next run reads them from --since or from their first line
///
/// Prints the logs that were forgotten.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs checkpoint reset /var/lib/edgelogs -d press-07
  edgelogs checkpoint reset /var/lib/edgelogs")]
struct ResetArgs {
    #[command(flatten)]
    logs: LogsArgs,

    /// Wait for a run that uses the checkpoint
    #[arg(long)]
    wait_lock: bool,

    /// Output format
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = ListFormat::Auto, help_heading = "Output")]
    output: ListFormat,
}

#[derive(Debug, Args)]
struct LogsArgs {
    /// The folder of the checkpoint
    #[arg(value_name = "DIR")]
    folder: PathBuf,

    /// Only the logs of a device; repeatable
    #[arg(short, long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    device: Vec<String>,

    /// Only the logs of a module, by its exact name; repeatable
    #[arg(short, long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    module: Vec<String>,
}

/// A log, for a list.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LogRow {
    device: String,
    module: String,
    /// The engine's stamp of the last line; none where the log was empty.
    read_until: Option<Timestamp>,
    stored: Timestamp,
    iothub: String,
    answered_by: String,
}

impl CheckpointArgs {
    pub(crate) async fn run(&self, context: &Context) -> Result<Exit, Error> {
        match &self.command {
            CheckpointCommand::Show(args) => {
                let found = args.logs.find()?;
                let shown = args.logs.print(context, args.output, &found)?;
                let damaged = found.iter().filter_map(|found| found.stored.as_ref().err());
                let exits = damaged.map(|error| {
                    context.console.error(error);
                    error.exit()
                });
                let exits: Vec<Exit> = exits.collect();
                match exits.is_empty() {
                    true => Ok(shown),
                    false => Ok(Exit::of_targets(found.len() - exits.len(), exits)),
                }
            }
            CheckpointCommand::Reset(args) => {
                // One that does not exist is not made only to be empty.
                args.logs.find()?;
                let folder = Folder::new(args.logs.folder.clone());
                let says = |text: &str| context.console.note(text);
                let locked = folder.lock(args.wait_lock, None, says).await?;
                let found = args.logs.find()?;
                for found in &found {
                    locked.forget(found)?;
                    if found.stored.is_err() {
                        let path = found.path().display();
                        context
                            .console
                            .note(&format!("removed `{path}`, which can't be read"));
                    }
                }
                args.logs.print(context, args.output, &found)
            }
        }
    }
}

impl LogsArgs {
    fn find(&self) -> Result<Vec<Found>, Error> {
        let mut found = Folder::new(self.folder.clone()).all()?;
        found.retain(|found| found.is_of(&self.device, &self.module));
        Ok(found)
    }

    fn print(&self, context: &Context, format: ListFormat, found: &[Found]) -> Result<Exit, Error> {
        let stored = found.iter().filter_map(|found| found.stored.as_ref().ok());
        let rows: Vec<LogRow> = stored.map(LogRow::of).collect();
        print_list(&mut context.console.data(), format, &rows, &[])?;
        if !found.is_empty() {
            return Ok(Exit::Success);
        }
        let of_devices = self.device.iter().map(|id| format!(" of device `{id}`"));
        let of_modules = self
            .module
            .iter()
            .map(|name| format!(" of module `{name}`"));
        let which: String = of_devices.chain(of_modules).collect();
        context
            .console
            .warn(&format!("the checkpoint has no log{which}"));
        Ok(Exit::NothingSelected)
    }
}

impl LogRow {
    fn of(stored: &Stored) -> Self {
        Self {
            device: stored.log.device.clone(),
            module: stored.log.module.clone(),
            read_until: stored.time(),
            stored: stored.saved,
            iothub: stored.log.hub.clone(),
            answered_by: stored.log.answered_by.clone(),
        }
    }
}

impl ListRow for LogRow {
    const COLUMNS: &'static [&'static str] = &["DEVICE", "MODULE", "READ UNTIL", "STORED", "HUB"];
    const MAY_SHRINK: &'static [&'static str] = &["HUB"];

    fn cells(&self, for_people: bool) -> Vec<String> {
        let time = |time: Timestamp| shown_time(time, for_people);
        vec![
            self.device.clone(),
            self.module.clone(),
            or_dash(self.read_until.map(time), for_people),
            time(self.stored),
            self.iothub.clone(),
        ]
    }
}
