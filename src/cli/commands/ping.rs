//! `edgelogs ping`: check that edge agents respond.

use clap::Args;
use serde::Serialize;

use crate::cli::args::call::{CallArgs, NamedDevices};
use crate::cli::args::module_id::ModuleIdArgs;
use crate::cli::context::Context;
use crate::cli::run::dry_run;
use crate::cli::run::fleet_rows::{DeviceRow, list_fleet};
use crate::cli::run::session::Session;
use crate::cli::run::summary::summarize;
use crate::cli::settings::loaded::Settings;
use crate::error::Error;
use crate::exit::Exit;
use crate::methods::Ping;
use crate::output::{ListFormat, ListRow, or_dash};
use crate::redact::redact;

/// Check that edge agents respond
///
/// ANSWER is ok, or one word for what went wrong: offline, unknown, silent, refused, throttled and
/// more; stderr has the whole error. MS is the time until the answer. -o text prints only the
/// devices that answered. Unlike the hub's own connection states, the result is reliable.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs ping press-07
  edgelogs ping --where \"tags.site = 'oslo'\" --timeout 10s
  edgelogs ping --where \"tags.site = 'oslo'\" -o text | edgelogs get --since 1h --devices-from -")]
pub(crate) struct PingArgs {
    #[command(flatten)]
    named: NamedDevices,

    #[command(flatten)]
    calls: CallArgs,

    #[command(flatten)]
    module: ModuleIdArgs,

    /// Output format
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = ListFormat::Auto, help_heading = "Output")]
    output: ListFormat,

    /// Print the request and send nothing
    #[arg(long, help_heading = "Output")]
    dry_run: bool,
}

#[derive(Debug, Serialize)]
struct PingRecord {
    device: String,
    /// `ok`, or the word for what went wrong.
    answer: &'static str,
    /// Milliseconds until the answer.
    ms: Option<u64>,
}

impl PingArgs {
    pub(crate) async fn run(&self, context: &Context, settings: &Settings) -> Result<Exit, Error> {
        let console = context.console;
        let calls = self.calls.with(&self.named)?;
        calls.check_together(false)?;
        let module = self.module.get()?;
        if self.dry_run {
            let devices = calls.dry_run_devices(console, settings).await?;
            return dry_run::print(console, &devices, module, &Ping::default(), None);
        }
        let session = Session::open(context, calls.resolve(context, settings).await?).await?;
        let session = session.answered_by(module);
        let listed = list_fleet(console, &session, self.output, async |device| {
            let row = |answer, ms| {
                let device = redact(device);
                vec![PingRecord { device, answer, ms }]
            };
            match session.agent(device).ping().await {
                Ok(took) => (row("ok", u64::try_from(took.as_millis()).ok()), Ok(())),
                Err(error) => (row(error.summary_label(), None), Err(error)),
            }
        })
        .await?;
        summarize(&session, console, listed.fleet, "device").await
    }
}

impl ListRow for PingRecord {
    const COLUMNS: &'static [&'static str] = &["DEVICE", "ANSWER", "MS"];

    fn cells(&self, for_people: bool) -> Vec<String> {
        vec![
            self.device.clone(),
            self.answer.to_owned(),
            or_dash(self.ms.map(|ms| ms.to_string()), for_people),
        ]
    }
}

impl DeviceRow for PingRecord {
    fn device(&self) -> &str {
        &self.device
    }

    fn is_listed(&self) -> bool {
        self.answer == "ok"
    }
}
