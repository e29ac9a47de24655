//! `edgelogs restart`: stop a module's container and start it again.

use clap::Args;
use serde::Serialize;

use crate::cli::args::call::CallArgs;
use crate::cli::args::files::refuse_url;
use crate::cli::args::module_id::ModuleIdArgs;
use crate::cli::context::Context;
use crate::cli::run::dry_run;
use crate::cli::run::fleet_rows::{DeviceRow, list_fleet};
use crate::cli::run::session::Session;
use crate::cli::run::summary::summarize;
use crate::cli::settings::loaded::Settings;
use crate::error::Error;
use crate::exit::Exit;
use crate::hub::MethodCall;
use crate::invalid_input::InvalidInput;
use crate::methods::{MethodRequest, RestartModule, is_runtime_module};
use crate::output::{Console, ListFormat, ListRow};
use crate::redact::redact;
use crate::shell_word::shell_word;

/// Restart a module
///
/// Asks for confirmation on a terminal, and needs --yes elsewhere. RESULT is restarted, or one word for what
/// went wrong. An unanswered call is not repeated, since the module may have restarted. A
/// restarting edgeAgent can't answer, so its restart always ends as unanswered. -o text prints only
/// the devices whose module restarted.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs restart tempSensor -d press-07
  edgelogs restart tempSensor -d press-07 --yes --timeout 2m
  edgelogs restart filter --where \"tags.site = 'oslo'\" --dry-run")]
pub(crate) struct RestartArgs {
    /// The module's exact, case-sensitive name, as `edgelogs modules` shows it
    #[arg(value_name = "MODULE", help_heading = "Method")]
    module: String,

    #[command(flatten)]
    calls: CallArgs,

    #[command(flatten)]
    answers: ModuleIdArgs,

    /// Output format
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = ListFormat::Auto, help_heading = "Output")]
    output: ListFormat,

    /// Print the request and send nothing
    #[arg(long, help_heading = "Output")]
    dry_run: bool,
}

#[derive(Debug, Serialize)]
struct RestartRecord {
    device: String,
    module: String,
    /// `restarted`, or the word for what went wrong.
    result: &'static str,
}

const RESTARTED: &str = "restarted";

/// How many devices the question names.
const NAMED_DEVICES: usize = 8;

impl RestartArgs {
    pub(crate) async fn run(&self, context: &Context, settings: &Settings) -> Result<Exit, Error> {
        let console = context.console;
        self.calls.check_together(false)?;
        let request = self.request(settings)?;
        let answers = self.answers.get()?;
        if self.dry_run {
            let devices = self.calls.dry_run_devices(console, settings).await?;
            return dry_run::print(console, &devices, answers, &request, None);
        }
        // Without a terminal, fail before anything is sent.
        if !self.calls.fleet.target.says_yes() && !console.can_ask() {
            return Err(self.unconfirmed(settings, "restart needs --yes when there is no terminal"));
        }
        let session = Session::open(context, self.calls.resolve(context, settings).await?).await?;
        let session = session.answered_by(answers);
        if !self.calls.fleet.target.says_yes() {
            self.confirm(console, settings, session.devices()).await?;
        }
        let call = MethodCall::of(&request);
        let listed = list_fleet(console, &session, self.output, async |device| {
            let result = restart(&session, device, &call).await;
            let record = RestartRecord {
                device: redact(device),
                module: redact(&self.module),
                result: result
                    .as_ref()
                    .map_or_else(Error::summary_label, |()| RESTARTED),
            };
            (vec![record], result)
        })
        .await?;
        summarize(&session, console, listed.fleet, "device").await
    }

    fn request(&self, settings: &Settings) -> Result<RestartModule, Error> {
        if self.module.trim().is_empty() {
            return Err(InvalidInput::new("the module name is blank")
                .hint("the shell expands $edgeAgent as a variable; the module's name is edgeAgent")
                .into());
        }
        refuse_url("a module", &self.module)?;
        if let Some(name) = self.module.strip_prefix('$')
            && is_runtime_module(name)
        {
            return Err(
                InvalidInput::new(format!("`${name}` is an identity, not a module name"))
                    .hint(format!(
                        "edgelogs restart {name}{}",
                        self.calls.fleet.target.as_typed(settings)
                    ))
                    .into(),
            );
        }
        Ok(RestartModule::new(&self.module)?)
    }

    async fn confirm(
        &self,
        console: Console,
        settings: &Settings,
        devices: &[String],
    ) -> Result<(), Error> {
        let question = question(&self.module, devices);
        match console.confirm(question).await {
            Some(true) => Ok(()),
            _ => Err(self.unconfirmed(settings, "not confirmed; nothing was restarted")),
        }
    }

    fn unconfirmed(&self, settings: &Settings, message: &str) -> Error {
        let hint = format!(
            "edgelogs restart {}{} --yes",
            shell_word(&self.module),
            self.calls.fleet.target.as_typed(settings)
        );
        InvalidInput::new(message).hint(hint).into()
    }
}

async fn restart(session: &Session, device: &str, call: &MethodCall) -> Result<(), Error> {
    let answer = session.call_once(device, call).await?;
    if answer.is_success() {
        return Ok(());
    }
    Err(Error::Refused {
        device: device.to_owned(),
        method: RestartModule::NAME,
        status: answer.status,
        message: answer.refusal(),
    })
}

fn question(module: &str, devices: &[String]) -> String {
    let mut named = devices[..devices.len().min(NAMED_DEVICES)].join(", ");
    if let Some(more @ 1..) = devices.len().checked_sub(NAMED_DEVICES) {
        named = format!("{named} and {more} more");
    }
    format!("Restart module {module} on {named}?")
}

impl ListRow for RestartRecord {
    const COLUMNS: &'static [&'static str] = &["DEVICE", "MODULE", "RESULT"];

    fn cells(&self, _for_people: bool) -> Vec<String> {
        vec![
            self.device.clone(),
            self.module.clone(),
            self.result.to_owned(),
        ]
    }
}

impl DeviceRow for RestartRecord {
    fn device(&self) -> &str {
        &self.device
    }

    fn is_listed(&self) -> bool {
        self.result == RESTARTED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_question_names_the_module_and_the_first_devices() {
        let ids: Vec<String> = (0..10).map(|number| format!("d{number}")).collect();
        assert_eq!(question("m", &ids[..2]), "Restart module m on d0, d1?");
        assert_eq!(
            question("m", &ids),
            "Restart module m on d0, d1, d2, d3, d4, d5, d6, d7 and 2 more?"
        );
        assert!(question("m", &ids[..8]).ends_with("d7?"));
    }
}
