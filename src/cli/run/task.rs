//! What `upload`, `bundle` and `status` share: starting tasks and following them.

use crate::invalid_input::InvalidInput;
use std::cell::Cell;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;

use crate::cli::args::timing::duration;
use crate::cli::context::Context;
use crate::cli::run::download::{self, DownloadArgs};
use crate::cli::run::ledger::{Ledger, LedgerEntry, MAX_TASKS};
use crate::cli::run::outcome::conclude;
use crate::cli::run::session::Session;
use crate::cli::run::task_report::{Task, TaskFormat, TaskReport};
use crate::download::Downloads;
use crate::error::Error;
use crate::error::{resume_command, resume_last_command};
use crate::exit::Exit;
use crate::fetch::{Waiting, for_each_device};
use crate::methods::{MethodRequest, TaskStatusResponse};

/// How a task is waited for, apart from whether it is.
#[derive(Debug, Args)]
#[command(next_help_heading = "Task")]
pub(crate) struct WaitArgs {
    /// Give up waiting after this long; the task goes on
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration)]
    wait_timeout: Duration,

    /// The pause between two questions after the task
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = duration)]
    interval: Duration,

    /// The form of the output
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = TaskFormat::Text, help_heading = "Output")]
    pub(crate) output: TaskFormat,
}

/// Whether a command that starts a task waits for it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Task")]
pub(crate) struct StartArgs {
    /// Wait for the end of the task (the default)
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

/// How many tasks are followed at a time. Their questions share the limits of all calls, so that
/// this bounds memory alone.
pub(crate) const FOLLOWED_AT_A_TIME: usize = 1000;

impl WaitArgs {
    pub(crate) fn resolve(&self) -> Result<Waiting, Error> {
        if self.interval.is_zero() {
            return Err(InvalidInput::new("--interval is zero")
                .hint("give a pause such as --interval 5s")
                .into());
        }
        Ok(Waiting {
            timeout: self.wait_timeout,
            interval: self.interval,
        })
    }
}

impl StartArgs {
    /// Refuses what can't be meant before anything is sent.
    pub(crate) fn check(&self, local: bool) -> Result<Waiting, Error> {
        if local && self.no_wait {
            return Err(InvalidInput::new(
                "--local with --no-wait would end the task with this process",
            )
            .hint("leave --no-wait away, or start `edgelogs device serve` and call that")
            .into());
        }
        self.waiting.resolve()
    }

    /// Starts a task on each device, prints its id as soon as there is one, follows it, and fetches
    /// what it has written.
    pub(crate) async fn start<R: MethodRequest>(
        &self,
        context: &Context,
        session: &Session,
        request: &R,
        waiting: Waiting,
        downloads: Option<&Downloads>,
    ) -> Result<Exit, Error> {
        let console = context.console;
        let devices = session.devices();
        let report = TaskReport::new(console, self.waiting.output, devices.len());
        let (started, ended) = (Cell::new(0), Cell::new(0));
        // A task that runs long is no reason not to start the next: it is not a call under way.
        let at_a_time = match self.no_wait {
            true => session.concurrency(),
            false => session.concurrency().max(FOLLOWED_AT_A_TIME),
        };
        let fleet = for_each_device(devices, at_a_time, async |device| {
            let result = async {
                let before = match downloads {
                    Some(downloads) => Some((downloads, downloads.before(device).await?)),
                    None => None,
                };
                let (task, accepted) = begin(context, session, request, device, &started).await?;
                report.accepted(&task.id)?;
                if self.no_wait {
                    return report.ended(&task, accepted.status, &accepted.message);
                }
                let agent = session.agent(device);
                let Some((downloads, before)) = before else {
                    let response = report.wait(&agent, &task, waiting).await?;
                    return report.ended(&task, response.status, &response.message);
                };
                let response = report.follow(&agent, &task, waiting).await;
                if let Err(Error::StillRunning { .. }) = response {
                    report.beside(|| {
                        console.note(&format!(
                            "nothing of task {} is fetched, as it still writes",
                            task.id
                        ));
                    });
                }
                let response = response?;
                ended.set(ended.get() + 1);
                if ended.get() == started.get() {
                    // Nothing is left to follow.
                    context.set_resume(match ended.get() {
                        1 => format!(
                            "task {} has ended; what was not fetched is in {}",
                            task.id,
                            downloads.place(Some(device))
                        ),
                        _ => format!(
                            "the tasks have ended; what was not fetched is in {}",
                            downloads.place(None)
                        ),
                    });
                }
                download::fetch(console, &report, downloads, &before, &task, response).await
            }
            .await;
            report.step();
            result
        })
        .await?;
        if self.no_wait
            && let Some(command) = context.resume()
        {
            let typed = context.choice.as_typed();
            console.note(&match command.starts_with("edgelogs ") {
                true => format!("track it with: {command}{typed}"),
                false => format!("{command}{typed}"),
            });
        }
        report.finish(&fleet)?;
        conclude(console, fleet, "device")
    }
}

/// Has one device take the task, and remembers it.
async fn begin<R: MethodRequest>(
    context: &Context,
    session: &Session,
    request: &R,
    device: &str,
    started: &Cell<usize>,
) -> Result<(Task, TaskStatusResponse), Error> {
    let accepted: TaskStatusResponse = session.agent(device).call(request).await?;
    let task = Task {
        device: device.to_owned(),
        id: accepted.correlation_id.clone(),
        method: Some(R::NAME.to_owned()),
    };
    started.set(started.get() + 1);
    // The tasks of `--local` end with this process.
    if !session.is_local() {
        context.set_resume(match started.get() {
            1 => resume_command(device, &task.id),
            tasks => resume_last_command(tasks, MAX_TASKS),
        });
        let entry = LedgerEntry {
            device: device.to_owned(),
            method: R::NAME.to_owned(),
            correlation_id: task.id.clone(),
            hub: session.hub().to_owned(),
            time: Timestamp::now(),
        };
        Ledger::remember(entry, context.console).await;
    }
    Ok((task, accepted))
}
