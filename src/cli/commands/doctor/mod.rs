//! `edgelogs doctor`: checks everything from the settings to the device, in order.

mod agent;
mod checks;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::cli::args::connection::ConnectionArgs;
use crate::cli::args::files::refuse_url;
use crate::cli::args::module_id::ModuleIdArgs;
use crate::cli::args::target::{LOCAL_DEVICE, default_device};
use crate::cli::context::Context;
use crate::cli::run::check_report::{Finding, Report};
use crate::cli::settings::loaded::Settings;
use crate::error::Error;
use crate::exit::Exit;
use crate::hub::check_device_id;
use crate::methods::EDGE_AGENT;
use crate::output::ListFormat;

/// The time limit of a check.
const LIMIT: Duration = Duration::from_secs(10);
/// A command that prints the connection string may take 30 s.
const CONNECTION_LIMIT: Duration = Duration::from_secs(35);
/// `az` and `azd` may take 30 s each.
const SIGN_IN_LIMIT: Duration = Duration::from_secs(65);

/// Check settings, hub, sign-in and device, in order
///
/// Each check prints a line: ok, warning, failed, or skipped if an earlier check failed. Hints for
/// failures follow at the end, on stderr. The exit code is 0 if nothing failed, otherwise that of
/// the first failure: 2 for settings, 5 for sign-in, 6 for something unreachable.
///
/// A device is checked if an argument, EDGELOGS_DEVICE or the profile names one. Nothing is changed.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs doctor
  edgelogs doctor press-07
  edgelogs doctor -p plant-a -d press-07 -o json")]
pub(crate) struct DoctorArgs {
    /// Device to check; the same as -d
    #[arg(
        value_name = "DEVICE",
        conflicts_with = "device",
        help_heading = "Target"
    )]
    named: Option<String>,

    /// Device to check
    #[arg(short, long, value_name = "ID", help_heading = "Target")]
    device: Option<String>,

    #[command(flatten)]
    module: ModuleIdArgs,

    #[command(flatten)]
    connection: ConnectionArgs,

    /// Output format
    #[arg(short, long, value_name = "FORMAT", default_value = "auto", value_parser = ListFormat::without_names(), help_heading = "Output")]
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
        self.connection.check_together(&[])?;
        if let Some(device) = self.device() {
            refuse_url("a device", device)?;
            let origin = match self.device {
                Some(_) => "--device",
                None => "DEVICE",
            };
            check_device_id(origin, device)?;
        }
        self.module.get()?;
        let mut run = CheckRun {
            report: Report::new(context.console, self.output),
            unreachable_hint: None,
        };
        self.checks(context, settings, &mut run).await?;
        run.report.finish()
    }

    fn device(&self) -> Option<&String> {
        self.device.as_ref().or(self.named.as_ref())
    }

    /// Runs all checks in order. A check returns what later ones need.
    async fn checks(
        &self,
        context: &Context,
        settings: &Settings,
        run: &mut CheckRun,
    ) -> Result<(), Error> {
        let usable = run
            .check(CONFIG, LIMIT, async {
                checks::settings(
                    &settings.selection,
                    &context.tree,
                    self.connection.is_local(),
                )
            })
            .await?;
        let hub = match usable {
            None => run.skip(CONNECTION, CONFIG)?,
            Some(()) => {
                let device = self.device().map_or(LOCAL_DEVICE, String::as_str);
                let work = checks::connection(context, settings, &self.connection, device);
                run.check(CONNECTION, CONNECTION_LIMIT, work).await?
            }
        };
        let Some(hub) = hub else {
            for check in [DNS, TLS, SIGN_IN, HUB, CLOCK, DEVICE, AGENT, VERSION] {
                run.skip::<()>(check, CONNECTION)?;
            }
            return Ok(());
        };
        let client = &hub.client;
        run.unreachable_hint = Some(checks::unreachable_hint(client.endpoint()));
        let found = run.check(DNS, LIMIT, checks::addresses(client)).await?;
        let answer = match found {
            None => run.skip(TLS, DNS)?,
            Some(()) => run.check(TLS, LIMIT, checks::reach(client)).await?,
        };
        // Signing in doesn't need the hub.
        let signed_in = run
            .check(SIGN_IN, SIGN_IN_LIMIT, checks::sign_in(client))
            .await?;
        let answers = match (&answer, signed_in) {
            (None, _) => run.skip(HUB, TLS)?,
            (_, None) => run.skip(HUB, SIGN_IN)?,
            _ => run.check(HUB, LIMIT, checks::hub(client)).await?,
        };
        match answer {
            None => run.skip(CLOCK, TLS)?,
            Some(answer) => {
                let work = async move { checks::clock(answer) };
                run.check(CLOCK, LIMIT, work).await?
            }
        };
        let device = match self.device() {
            Some(device) => Some(device.clone()),
            None if self.connection.is_local() => Some(LOCAL_DEVICE.to_owned()),
            None => default_device(settings),
        };
        let Some(device) = device else {
            for check in [DEVICE, AGENT, VERSION] {
                let missing = "no device given; name one: edgelogs doctor DEVICE";
                run.report.record(check, Ok(Finding::skipped(missing)))?;
            }
            return Ok(());
        };
        let twin = match answers {
            None => run.skip(DEVICE, HUB)?,
            Some(()) => {
                run.check(DEVICE, LIMIT, checks::device(client, &device))
                    .await?
            }
        };
        let Some(twin) = twin else {
            run.skip::<()>(AGENT, DEVICE)?;
            run.skip::<()>(VERSION, DEVICE)?;
            return Ok(());
        };
        let module = self.module.get()?;
        let ping = agent::ping(Arc::clone(client), &device, module);
        run.check(AGENT, LIMIT, ping).await?;
        if module != EDGE_AGENT {
            let other = Finding::skipped(format!("module `{module}` answers instead"));
            return run.report.record(VERSION, Ok(other));
        }
        let version = async { agent::version(&twin, &device) };
        run.check(VERSION, LIMIT, version).await?;
        Ok(())
    }
}

/// What the checks find, as JSON rows. Nothing is printed.
///
/// # Errors
/// Only what ends any run.
pub(crate) async fn collect(
    context: &Context,
    settings: &Settings,
    connection: &ConnectionArgs,
    device: &str,
    module: &ModuleIdArgs,
) -> Result<Vec<serde_json::Value>, Error> {
    let args = DoctorArgs {
        named: None,
        device: Some(device.to_owned()),
        module: module.clone(),
        connection: connection.clone(),
        output: ListFormat::Json,
    };
    let mut run = CheckRun {
        report: Report::collecting(context.console),
        unreachable_hint: None,
    };
    args.checks(context, settings, &mut run).await?;
    Ok(run.report.into_rows())
}

struct CheckRun {
    report: Report,
    /// The hint for an unreachable hub, once the hub is known.
    unreachable_hint: Option<&'static str>,
}

impl CheckRun {
    /// Runs and reports a check. Returns none if it failed.
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
                self.report.record(check, Ok(finding))?;
                Ok(Some(value))
            }
            Err(error) if error.ends_run() => Err(error),
            Err(error) => {
                self.report.record(check, Err(error))?;
                Ok(None)
            }
        }
    }

    /// The failure of a check that timed out.
    fn too_slow(&self, check: &'static str, limit: Duration) -> Error {
        let (cause, hint, exit) = match check {
            CONFIG | CONNECTION => (
                "reading the connection string or the certificates did not finish",
                None,
                Exit::Usage,
            ),
            SIGN_IN => (
                "no identity answered with a token or an error",
                Some("check that `az account get-access-token` answers"),
                Exit::Unreachable,
            ),
            DNS => (
                "name resolution does not answer",
                self.unreachable_hint,
                Exit::Unreachable,
            ),
            _ => (
                "the hub does not answer",
                self.unreachable_hint,
                Exit::Unreachable,
            ),
        };
        Error::Check {
            message: format!("`{check}` took longer than {} s", limit.as_secs()),
            cause: Some(cause.to_owned()),
            hint: hint.map(str::to_owned),
            exit,
        }
    }

    /// Reports a check as skipped because `needed` failed or was skipped.
    ///
    /// # Errors
    /// stdout is closed or full.
    fn skip<T>(&mut self, check: &'static str, needed: &str) -> Result<Option<T>, Error> {
        let finding = Finding::skipped(format!("needs `{needed}`"));
        self.report.record(check, Ok(finding))?;
        Ok(None)
    }
}
