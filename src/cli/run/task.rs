//! Starting tasks and following them to their end.

use std::cell::Cell;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::cli::args::task::AfterStart;
use crate::cli::context::Context;
use crate::cli::run::download;
use crate::cli::run::ledger::{Ledger, LedgerEntry, MAX_TASKS};
use crate::cli::run::session::Session;
use crate::cli::run::summary::summarize;
use crate::cli::run::task_report::{Prints, Task, TaskReport};
use crate::cli::run::unmatched::Unmatched;
use crate::cli::settings::loaded::Settings;
use crate::download::Downloads;
use crate::error::{Error, resume_command, resume_last_command};
use crate::exit::Exit;
use crate::fetch::for_each_device;
use crate::methods::{EDGE_AGENT, MethodRequest, TaskStatusResponse};

/// How many tasks are followed at a time. Their polls share the limits of all calls, so this bounds
/// memory only.
pub(crate) const FOLLOWED_AT_A_TIME: usize = 1000;

/// The progress of a run's tasks.
#[derive(Debug, Default)]
struct TaskCounts {
    started: Cell<usize>,
    ended: Cell<usize>,
    /// Those that `status` can ask for.
    remembered: Cell<usize>,
}

/// Starts a task on each device and prints its id. Unless `--no-wait` is given, follows it to its
/// end and fetches what it has written.
pub(crate) async fn start<R: MethodRequest>(
    context: &Context,
    settings: &Settings,
    session: &Session,
    request: &R,
    after: AfterStart,
    downloads: Option<&Downloads>,
    unmatched: Option<Unmatched<'_>>,
) -> Result<Exit, Error> {
    let console = context.console;
    let devices = session.devices();
    let prints = match (downloads, devices) {
        (Some(_), _) => Prints::Paths,
        (None, [_]) => Prints::Id,
        (None, _) => Prints::Rows,
    };
    let report = TaskReport::new(console, after.format, devices.len(), prints);
    let counts = TaskCounts::default();
    // A running task is not a call in progress, so it does not keep the next one from starting.
    let at_a_time = match after.waiting {
        None => session.concurrency(),
        Some(_) => session.concurrency().max(FOLLOWED_AT_A_TIME),
    };
    let mut fleet = for_each_device(devices, at_a_time, async |device| {
        let result = async {
            if let Some(unmatched) = &unmatched {
                unmatched.check(device).await?;
            }
            let before = match downloads {
                Some(downloads) => Some((downloads, downloads.before(device).await?)),
                None => None,
            };
            let (task, accepted, entry) =
                start_one(context, session, request, device, &counts).await?;
            let began = Instant::now();
            report.accepted(&task)?;
            let Some(mut waiting) = after.waiting else {
                return report.ended(&task, accepted.status, &accepted.message);
            };
            waiting.reached = true;
            let agent = session.agent(device);
            let Some((downloads, before)) = before else {
                let response = report.wait(&agent, &task, waiting).await;
                note_end(entry.as_ref(), &response).await;
                if let Err(Error::StillRunning { .. }) = response {
                    report.still_running(&task)?;
                }
                let response = response?;
                report.completed(&response, began.elapsed());
                return report.ended(&task, response.status, &response.message);
            };
            let start = Instant::now();
            let response = report.follow(&agent, &task, waiting).await;
            note_end(entry.as_ref(), &response).await;
            if let Err(Error::StillRunning { .. }) = response {
                report.suspend(|| {
                    console.note(&format!(
                        "nothing was fetched: task {} is still writing",
                        task.id
                    ));
                });
            }
            let response = response?;
            counts.ended.set(counts.ended.get() + 1);
            if counts.ended == counts.started {
                // No task is left to follow.
                context.set_resume(match counts.ended.get() {
                    1 => format!(
                        "task {} has ended; what was not downloaded is in {}",
                        task.id,
                        downloads.place(Some(device))
                    ),
                    _ => format!(
                        "the tasks have ended; what was not downloaded is in {}",
                        downloads.place(None)
                    ),
                });
            }
            download::fetch(console, &report, downloads, &before, &task, response, start).await
        }
        .await;
        report.step();
        result
    })
    .await?;
    fleet.set_unmatched_aside();
    if after.waiting.is_none()
        && let Some(command) = context.resume()
    {
        let typed = settings.selection.as_typed() + settings.selection.module_as_typed();
        console.note(&match command.starts_with("edgelogs ") {
            true => format!("track it with: {command}{typed}"),
            false => format!("{command}{typed}"),
        });
    }
    let nowhere = match &unmatched {
        Some(unmatched) => unmatched.nowhere(console).await,
        None => None,
    };
    report.finish(&fleet, nowhere.as_ref())?;
    let exit = summarize(session, console, fleet, "device").await?;
    Ok(match unmatched {
        Some(unmatched) => unmatched.finish(nowhere.as_ref(), exit),
        None => exit,
    })
}

/// The module, unless it is the edge agent.
fn other_than_agent(module: &str) -> Option<String> {
    (module != EDGE_AGENT).then(|| module.to_owned())
}

/// Remembers how a task ended.
async fn note_end(entry: Option<&LedgerEntry>, response: &Result<TaskStatusResponse, Error>) {
    let status = match response {
        Ok(response) => response.status,
        Err(Error::Task { status, .. }) => *status,
        Err(_) => return,
    };
    if let Some(entry) = entry {
        Ledger::note_status(entry, status).await;
    }
}

/// Starts the task on one device and remembers it.
async fn start_one<R: MethodRequest>(
    context: &Context,
    session: &Session,
    request: &R,
    device: &str,
    counts: &TaskCounts,
) -> Result<(Task, TaskStatusResponse, Option<LedgerEntry>), Error> {
    let accepted: TaskStatusResponse = session.agent(device).call(request).await?;
    let task = Task {
        device: device.to_owned(),
        id: accepted.correlation_id.clone(),
        method: Some(R::NAME.to_owned()),
        module: other_than_agent(session.module()),
    };
    counts.started.set(counts.started.get() + 1);
    // Tasks of `--local` end with this process.
    if session.is_local() {
        return Ok((task, accepted, None));
    }
    let mut remembered = None;
    if let Some(command) = resume_command(device, &task.id) {
        let entry = LedgerEntry {
            device: device.to_owned(),
            method: R::NAME.to_owned(),
            correlation_id: task.id.clone(),
            hub: session.hub().to_owned(),
            time: Timestamp::now(),
            module: task.module.clone(),
            status: None,
        };
        if Ledger::remember(entry.clone(), context.console).await {
            remembered = Some(entry);
            counts.remembered.set(counts.remembered.get() + 1);
        }
        // The last tasks of the ledger are those of this run only if it has all of them.
        context.set_resume(match counts.remembered.get() {
            tasks if tasks > 1 && tasks == counts.started.get() => {
                resume_last_command(tasks, MAX_TASKS)
            }
            _ => command,
        });
    } else {
        context.console.warn(&format!(
            "device `{device}` named its task `{}`, which is not a GUID, so `status` can't ask for it",
            task.id
        ));
    }
    Ok((task, accepted, remembered))
}
