//! `edgelogs doctor`: one check after the other, from the settings to the device.
//!
//! ```text
//! mod.rs     the order of the checks, and what each of them needs
//! checks.rs  the checks up to the device
//! agent.rs   the checks of its agent
//! report.rs  the lines that are printed
//! ```

mod agent;
mod checks;
mod report;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::cli::args::connection::ConnectionArgs;
use crate::cli::args::files::refuse_url;
use crate::cli::args::target::{LOCAL_DEVICE, device_behind_arguments};
use crate::cli::context::Context;
use crate::cli::settings::loaded::Settings;
use crate::error::Error;
use crate::exit::Exit;
use crate::output::ListFormat;
use report::{Finding, Report};

/// How long a check may take.
const LIMIT: Duration = Duration::from_secs(10);
/// The same for the connection: a command that prints the connection string has 30 s.
const CONNECTION_LIMIT: Duration = Duration::from_secs(35);
/// The same for signing in: `az` and `azd` have 30 s each.
const SIGN_IN_LIMIT: Duration = Duration::from_secs(65);

/// Check settings, hub, sign-in and device, one after the other
///
/// Each check prints a line: ok, warning, failed, or skipped where it needs one that failed. What
/// to try against a failure is told at the end, on stderr. It ends with 0 if nothing failed, and
/// otherwise with the exit code of the first failure: 2 for settings, 5 for signing in, 6 for what
/// is out of reach.
///
/// A device is checked where -d, EDGELOGS_DEVICE or the profile names one. Nothing is changed.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs doctor
  edgelogs doctor -d press-07
  edgelogs doctor -p plant-a -d press-07 -o json")]
pub(crate) struct DoctorArgs {
    /// The device to check as well
    #[arg(short, long, value_name = "ID", help_heading = "Target")]
    device: Option<String>,

    #[command(flatten)]
    connection: ConnectionArgs,

    /// The form of the output
    #[arg(short, long, value_name = "FORMAT", default_value = "table", value_parser = ListFormat::without_names(), help_heading = "Output")]
    output: ListFormat,
}

const CONFIG: &str = "config";
const CONNECTION: &str = "connection";
const DNS: &str = "DNS";
const TLS: &str = "TLS";
const SIGN_IN: &str = "sign-in";
const HUB: &str = "hub";
const CLOCK: &str = "clock";
const DEVICE: &str = "device";
const AGENT: &str = "agent";
const VERSION: &str = "agent version";

impl DoctorArgs {
    pub(crate) async fn run(&self, context: &Context, settings: &Settings) -> Result<Exit, Error> {
        self.connection.share_stdin(&[])?;
        if let Some(device) = &self.device {
            refuse_url("a device", device)?;
        }
        let mut visit = Visit {
            report: Report::new(context.console, self.output),
            away_hint: None,
        };
        self.checks(context, settings, &mut visit).await?;
        visit.report.finish()
    }

    /// All checks in their order. A check returns what the next ones need of it.
    async fn checks(
        &self,
        context: &Context,
        settings: &Settings,
        visit: &mut Visit,
    ) -> Result<(), Error> {
        let usable = visit
            .check(CONFIG, LIMIT, async {
                let tree = (context.tree)();
                checks::settings(&settings.selection, &tree, self.connection.is_local())
            })
            .await?;
        let hub = match usable {
            None => visit.skip(CONNECTION, CONFIG)?,
            Some(()) => {
                let device = self.device.as_deref().unwrap_or(LOCAL_DEVICE);
                let work = checks::connection(context, settings, &self.connection, device);
                visit.check(CONNECTION, CONNECTION_LIMIT, work).await?
            }
        };
        let Some(hub) = hub else {
            for check in [DNS, TLS, SIGN_IN, HUB, CLOCK, DEVICE, AGENT, VERSION] {
                visit.skip::<()>(check, CONNECTION)?;
            }
            return Ok(());
        };
        let client = &hub.client;
        visit.away_hint = Some(checks::away_hint(client.endpoint()));
        let found = visit.check(DNS, LIMIT, checks::addresses(client)).await?;
        let answer = match found {
            None => visit.skip(TLS, DNS)?,
            Some(()) => visit.check(TLS, LIMIT, checks::reach(client)).await?,
        };
        // An identity is asked elsewhere, so that it can be checked without the hub.
        let signed_in = visit
            .check(SIGN_IN, SIGN_IN_LIMIT, checks::sign_in(client))
            .await?;
        let answers = match (&answer, signed_in) {
            (None, _) => visit.skip(HUB, TLS)?,
            (_, None) => visit.skip(HUB, SIGN_IN)?,
            _ => visit.check(HUB, LIMIT, checks::hub(client)).await?,
        };
        match answer {
            None => visit.skip(CLOCK, TLS)?,
            Some(answer) => {
                let work = async move { checks::clock(answer) };
                visit.check(CLOCK, LIMIT, work).await?
            }
        };
        let device = match &self.device {
            Some(device) => Some(device.clone()),
            None if self.connection.is_local() => Some(LOCAL_DEVICE.to_owned()),
            None => device_behind_arguments(settings),
        };
        let Some(device) = device else {
            for check in [DEVICE, AGENT, VERSION] {
                let missing = "no device given: name one with -d ID";
                visit.report.tell(check, Ok(Finding::skipped(missing)))?;
            }
            return Ok(());
        };
        let twin = match answers {
            None => visit.skip(DEVICE, HUB)?,
            Some(()) => {
                visit
                    .check(DEVICE, LIMIT, checks::device(client, &device))
                    .await?
            }
        };
        let Some(twin) = twin else {
            visit.skip::<()>(AGENT, DEVICE)?;
            visit.skip::<()>(VERSION, DEVICE)?;
            return Ok(());
        };
        let ping = agent::ping(Arc::clone(client), &device);
        visit.check(AGENT, LIMIT, ping).await?;
        let version = async { agent::version(&twin, &device) };
        visit.check(VERSION, LIMIT, version).await?;
        Ok(())
    }
}

/// A run of the checks.
struct Visit {
    report: Report,
    /// What to try where the hub does not answer, as soon as it is known which hub is meant.
    away_hint: Option<&'static str>,
}

impl Visit {
    /// Runs a check and tells of it. Returns nothing where it failed.
    ///
    /// # Errors
    /// stdout is closed or full.
    async fn check<T>(
        &mut self,
        check: &'static str,
        limit: Duration,
        work: impl Future<Output = Result<(Finding, T), Error>>,
    ) -> Result<Option<T>, Error> {
        let ended = tokio::time::timeout(limit, work).await;
        let found = ended.unwrap_or_else(|_| Err(self.too_slow(check, limit)));
        match found {
            Ok((finding, value)) => {
                self.report.tell(check, Ok(finding))?;
                Ok(Some(value))
            }
            Err(error) if error.ends_run() => Err(error),
            Err(error) => {
                self.report.tell(check, Err(error))?;
                Ok(None)
            }
        }
    }

    /// The failure of a check that is given up.
    fn too_slow(&self, check: &'static str, limit: Duration) -> Error {
        let (cause, hint, exit) = match check {
            CONFIG | CONNECTION => ("what the settings name does not end", None, Exit::Usage),
            SIGN_IN => (
                "no source of a token has given one, or said why not",
                Some("see whether `az account get-access-token` answers"),
                Exit::Unreachable,
            ),
            DNS => (
                "nothing answers for the name of the hub",
                self.away_hint,
                Exit::Unreachable,
            ),
            _ => ("the hub does not answer", self.away_hint, Exit::Unreachable),
        };
        Error::Check {
            message: format!("`{check}` takes longer than {} s", limit.as_secs()),
            cause: Some(cause.to_owned()),
            hint: hint.map(str::to_owned),
            exit,
        }
    }

    /// Tells that a check is left out since `needed` failed, or was left out itself.
    ///
    /// # Errors
    /// stdout is closed or full.
    fn skip<T>(&mut self, check: &'static str, needed: &str) -> Result<Option<T>, Error> {
        let finding = Finding::skipped(format!("needs `{needed}`"));
        self.report.tell(check, Ok(finding))?;
        Ok(None)
    }
}
