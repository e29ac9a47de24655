//! `edgelogs modules`: the modules of a device, as its edge agent last reported them.

use std::cell::RefCell;

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use crate::cli::args::call::{FleetArgs, NamedDevices};
use crate::cli::context::Context;
use crate::cli::run::fleet_rows::{DeviceRow, list_fleet};
use crate::cli::run::session::Session;
use crate::cli::run::summary::summarize;
use crate::cli::settings::loaded::Settings;
use crate::error::Error;
use crate::exit::Exit;
use crate::fetch::ReportedDevice;
use crate::methods::ReportedModule;
use crate::output::{
    Console, DataOut, ListFormat, ListRow, or_dash, print_list, shown_minute, shown_time,
};
use crate::redact::redact;

/// List modules and their state
///
/// Reads the twin of the edge agent, which the agent updates on every change; the device itself is
/// not called. For an offline device, it is the last report. SINCE is the last start of a running
/// module, and the last exit of any other. Environment variables and create options are never shown.
/// Piped, columns are separated by tabs, and DEVICE is always the first.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs modules press-07
  edgelogs modules --where \"tags.site = 'oslo'\"
  edgelogs modules -d press-07 -o jsonl | jq -r 'select(.state != \"running\") | .module'")]
pub(crate) struct ModulesArgs {
    #[command(flatten)]
    named: NamedDevices,

    #[command(flatten)]
    fleet: FleetArgs,

    /// Output format
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = ListFormat::Auto, help_heading = "Output")]
    output: ListFormat,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct ModuleRecord {
    device: String,
    module: String,
    state: Option<String>,
    exit_code: Option<i64>,
    restarts: Option<u64>,
    /// The start of a running module, the exit of any other.
    since: Option<Timestamp>,
    started: Option<Timestamp>,
    exited: Option<Timestamp>,
    image: Option<String>,
    version: Option<String>,
}

/// The same for people, with fewer columns.
#[derive(Serialize)]
struct ShownModule<'a>(&'a ModuleRecord);

/// The same without the device.
#[derive(Serialize)]
struct OwnModule<'a>(ShownModule<'a>);

impl ModulesArgs {
    pub(crate) async fn run(&self, context: &Context, settings: &Settings) -> Result<Exit, Error> {
        let console = context.console;
        let fleet = self.fleet.with(&self.named)?;
        fleet.check_together(false)?;
        let session = Session::open(context, fleet.resolve(context, settings).await?).await?;
        let reported = RefCell::new(Vec::new());
        let listed = list_fleet(console, &session, self.output, async |device| match session
            .agent(device)
            .reported()
            .await
        {
            Ok(mut answer) => {
                let modules = std::mem::take(&mut answer.report.modules);
                reported.borrow_mut().push((device.to_owned(), answer));
                let row = |module| ModuleRecord::of(device, module);
                (modules.into_iter().map(row).collect(), Ok(()))
            }
            Err(error) => (Vec::new(), Err(error)),
        })
        .await?;
        print_notes(console, &reported.into_inner());
        if listed.rows == 0 && listed.fleet.failures.is_empty() {
            console
                .warn("no modules reported: an edge agent that has never connected reports none");
            return Ok(Exit::NothingSelected);
        }
        summarize(&session, console, listed.fleet, "device").await
    }
}

/// What the rows don't show: failed deployments, and reports that may be old.
fn print_notes(console: Console, reported: &[(String, ReportedDevice)]) {
    for (device, answer) in reported {
        if let Some(status) = answer.report.failed_deployment() {
            let mut warning = format!(
                "the edge agent of device `{device}` could not apply its deployment: status {}",
                status.code
            );
            if !status.description.is_empty() {
                warning = format!("{warning}: {}", status.description);
            }
            console.warn(&warning);
        }
    }
    let mut disconnected = reported.iter().filter(|(_, answer)| answer.is_disconnected);
    match (disconnected.next(), disconnected.count()) {
        (None, _) => {}
        (Some((device, answer)), 0) => {
            let when = answer.report.updated.map_or(String::new(), |time| {
                format!(" of {}", shown_time(time, false))
            });
            console.note(&format!(
                "the hub reports device `{device}` as disconnected, so this may be its last report{when}; the hub is often wrong: check with `edgelogs ping`"
            ));
        }
        (Some(_), more) => console.note(&format!(
            "the hub reports {} devices as disconnected, so these may be their last reports; the hub is often wrong: check with `edgelogs ping`",
            more + 1
        )),
    }
}

impl ModuleRecord {
    fn of(device: &str, module: ReportedModule) -> Self {
        Self {
            device: redact(device),
            since: module.since(),
            module: module.name,
            state: module.state,
            exit_code: module.exit_code,
            restarts: module.restarts,
            started: module.started,
            exited: module.exited,
            image: module.image.map(|image| redact(&image)),
            version: module.version.map(|version| redact(&version)),
        }
    }
}

impl ListRow for ModuleRecord {
    const COLUMNS: &'static [&'static str] = &[
        "DEVICE",
        "MODULE",
        "STATE",
        "EXIT CODE",
        "RESTARTS",
        "SINCE",
        "IMAGE",
        "VERSION",
    ];
    const MAY_SHRINK: &'static [&'static str] = &["IMAGE", "VERSION"];
    const KEEPS_END: &'static [&'static str] = &["IMAGE"];

    fn cells(&self, for_people: bool) -> Vec<String> {
        let cell = |text: Option<String>| or_dash(text, for_people);
        vec![
            self.device.clone(),
            self.module.clone(),
            cell(self.state.clone()),
            cell(self.exit_code.map(|code| code.to_string())),
            cell(self.restarts.map(|count| count.to_string())),
            cell(self.since.map(|time| shown_time(time, for_people))),
            cell(self.image.clone()),
            cell(self.version.clone()),
        ]
    }

    fn name(&self) -> String {
        self.module.clone()
    }
}

impl DeviceRow for ModuleRecord {
    fn device(&self) -> &str {
        &self.device
    }

    /// A terminal omits the device if there is only one; programs always get the same columns.
    fn print(
        out: &mut DataOut,
        format: ListFormat,
        rows: &[Self],
        errors: &[String],
        several: bool,
    ) -> Result<(), Error> {
        let is_for_people = match format {
            ListFormat::Table => true,
            ListFormat::Auto => out.is_terminal(),
            _ => false,
        };
        if !is_for_people {
            return print_list(out, format, rows, errors);
        }
        let rows = rows.iter().map(ShownModule);
        if several {
            let rows: Vec<ShownModule<'_>> = rows.collect();
            return print_list(out, format, &rows, errors);
        }
        let rows: Vec<OwnModule<'_>> = rows.map(OwnModule).collect();
        print_list(out, format, &rows, errors)
    }
}

impl ListRow for ShownModule<'_> {
    const COLUMNS: &'static [&'static str] = &[
        "DEVICE", "MODULE", "STATE", "RESTARTS", "SINCE", "IMAGE", "VERSION",
    ];
    const MAY_SHRINK: &'static [&'static str] = &["IMAGE", "VERSION"];
    const KEEPS_END: &'static [&'static str] = &["IMAGE"];

    fn cells(&self, for_people: bool) -> Vec<String> {
        let record = self.0;
        let cell = |text: Option<String>| or_dash(text, for_people);
        let state = match (&record.state, record.exit_code) {
            (Some(state), Some(code)) if state != "running" => Some(format!("{state} ({code})")),
            (state, _) => state.clone(),
        };
        vec![
            record.device.clone(),
            record.module.clone(),
            cell(state),
            cell(record.restarts.map(|count| count.to_string())),
            cell(record.since.map(shown_minute)),
            cell(record.image.clone()),
            cell(record.version.clone()),
        ]
    }
}

impl ListRow for OwnModule<'_> {
    const COLUMNS: &'static [&'static str] = ShownModule::COLUMNS.split_at(1).1;
    const MAY_SHRINK: &'static [&'static str] = ShownModule::MAY_SHRINK;
    const KEEPS_END: &'static [&'static str] = ShownModule::KEEPS_END;

    fn cells(&self, for_people: bool) -> Vec<String> {
        self.0.cells(for_people).split_off(1)
    }
}
