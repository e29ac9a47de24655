//! Waiting for the tasks that `upload` and `bundle` start.

use std::time::Duration;

use clap::Args;

use crate::cli::args::download::DownloadArgs;
use crate::cli::args::timing::{duration, interval};
use crate::cli::settings::loaded::Settings;
use crate::error::Error;
use crate::fetch::Waiting;
use crate::invalid_input::InvalidInput;

/// How to print tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum TaskFormat {
    /// The correlation id or the status; for several devices a list; with --download, paths
    Text,
    /// The same as text
    Raw,
    /// One JSON document
    Json,
    /// One JSON object per task
    Jsonl,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Task")]
pub(crate) struct WaitArgs {
    /// Give up waiting after this long; the task keeps running
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration)]
    wait_timeout: Duration,

    /// How often to poll the task
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = interval)]
    interval: Duration,

    /// Output format
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = TaskFormat::Text, help_heading = "Output")]
    pub(crate) output: TaskFormat,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Task")]
pub(crate) struct StartArgs {
    /// Wait for the task to end (the default)
    #[arg(long, overrides_with = "no_wait")]
    wait: bool,

    /// Print the correlation id and don't wait
    #[arg(long, overrides_with = "wait")]
    no_wait: bool,

    #[command(flatten)]
    waiting: WaitArgs,

    #[command(flatten)]
    pub(crate) download: DownloadArgs,

    /// Print the request and send nothing
    #[arg(long, help_heading = "Output")]
    pub(crate) dry_run: bool,
}

/// What to do after a task was started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AfterStart {
    /// How to wait for its end; none with `--no-wait`.
    pub(crate) waiting: Option<Waiting>,
    pub(crate) format: TaskFormat,
}

impl WaitArgs {
    /// How to wait; none if the run doesn't, for a reason to put behind the name of a flag that says how.
    ///
    /// # Errors
    /// Such a flag was typed.
    pub(crate) fn waiting(
        &self,
        refusal: Option<&str>,
        settings: &Settings,
    ) -> Result<Option<Waiting>, InvalidInput> {
        let Some(refusal) = refusal else {
            return Ok(Some(Waiting {
                timeout: self.wait_timeout,
                interval: self.interval,
                reached: false,
            }));
        };
        let is_typed = |name: &&str| settings.selection.is_flag_typed(name);
        match ["wait-timeout", "interval"].into_iter().find(is_typed) {
            None => Ok(None),
            Some(name) => Err(InvalidInput::new(format!("--{name} {refusal}"))),
        }
    }
}

impl StartArgs {
    /// # Errors
    /// The task would end with this process, or there is nothing to wait for.
    pub(crate) fn resolve(&self, local: bool, settings: &Settings) -> Result<AfterStart, Error> {
        if local && self.no_wait {
            return Err(InvalidInput::new(
                "--local with --no-wait would end the task with this process",
            )
            .hint("omit --no-wait, or start `edgelogs device serve` and call that")
            .into());
        }
        Ok(AfterStart {
            waiting: self.waiting.waiting(
                self.no_wait.then_some("can't be used with --no-wait"),
                settings,
            )?,
            format: self.waiting.output,
        })
    }
}
