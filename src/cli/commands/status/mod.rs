//! `edgelogs status`: the status of tasks, and a list of recent ones.

mod task_ref;

use std::path::Path;

use clap::Args;

use crate::cli::args::call::HubArgs;
use crate::cli::args::files::{MAX_LIST_BYTES, read_text, refuse_url};
use crate::cli::args::target::LOCAL_DEVICE;
use crate::cli::args::task::{TaskFormat, WaitArgs};
use crate::cli::commands::status::task_ref::{TaskRef, parse_records};
use crate::cli::context::Context;
use crate::cli::run::dry_run;
use crate::cli::run::ledger::{Ledger, LedgerEntry};
use crate::cli::run::session::Session;
use crate::cli::run::summary::summarize;
use crate::cli::run::task::FOLLOWED_AT_A_TIME;
use crate::cli::run::task_report::{Task, TaskReport};
use crate::cli::settings::loaded::Settings;
use crate::error::Error;
use crate::error::resume_command;
use crate::exit::Exit;
use crate::fetch::{EdgeAgent, Waiting, for_each_device};
use crate::hub::check_device_id;
use crate::invalid_input::InvalidInput;
use crate::methods::{
    CorrelationId, GetTaskStatus, MethodRequest, TaskStatus, TaskStatusResponse, UploadModuleLogs,
    UploadSupportBundle,
};
use crate::output::{Console, ListFormat, ListRow, print_list, shown_time};

/// Show or await the status of uploads and support bundles
///
/// Prints only the status: NotStarted, Running, Completed, Failed, Cancelled or Unknown. For several
/// tasks, device and id follow it. Without an id, it lists the recent tasks of this machine and
/// calls no hub.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs status 3fa85f64-5717-4562-b3fc-2c963f66afa6
  edgelogs status \"$id\" --wait -d press-07
  edgelogs upload --sas @sas.txt --where \"tags.site = 'oslo'\" --no-wait -o jsonl | edgelogs status --wait -
  edgelogs status")]
pub(crate) struct StatusArgs {
    /// The id that `upload` or `bundle` printed, or - for their records on stdin
    #[arg(value_name = "CORRELATION_ID", help_heading = "Task")]
    correlation_id: Option<String>,

    /// Wait for the task to end
    #[arg(long, help_heading = "Task")]
    wait: bool,

    #[command(flatten)]
    waiting: WaitArgs,

    /// The device that runs the task
    ///
    /// Not needed for tasks that were started on this machine. For others, EDGELOGS_DEVICE and then
    /// the profile's `device` are used if they name a single device.
    #[arg(short, long, value_name = "ID", help_heading = "Target")]
    device: Option<String>,

    #[command(flatten)]
    hub: HubArgs,

    /// Print the request and send nothing
    #[arg(long, help_heading = "Output")]
    dry_run: bool,
}

impl StatusArgs {
    pub(crate) async fn run(&self, context: &Context, settings: &Settings) -> Result<Exit, Error> {
        let console = context.console;
        let waiting = self.waiting.waiting();
        let reads_stdin = self.correlation_id.as_deref() == Some("-");
        self.hub.connection.share_stdin(&[reads_stdin])?;
        if let Some(device) = &self.device {
            refuse_url("a device", device)?;
            check_device_id("--device", device)?;
        }
        if reads_stdin && self.device.is_some() {
            return Err(InvalidInput::new(
                "--device can't be used with -: the records on stdin name their devices",
            )
            .into());
        }
        let Some(typed) = &self.correlation_id else {
            return self.list(console);
        };
        let refs = if reads_stdin {
            parse_records(&read_text(Path::new("-"), MAX_LIST_BYTES).await?)?
        } else {
            let id = CorrelationId::parse(typed)?;
            vec![match self.hub.connection.is_local() {
                true => TaskRef::new(id, self.device.clone()),
                false => TaskRef::find(id, self.device.as_deref(), settings, console)?,
            }]
        };
        if self.dry_run {
            return dry_runs(console, &refs);
        }
        let connection = self
            .hub
            .connection
            .resolve_or(context, settings, one_hub(&refs))
            .await?;
        let options = self.hub.options();
        let session = Session::connect(context, connection, options, self.local_device()).await?;
        let tasks = self.tasks(&session, refs)?;
        // Tasks of `--local` end with this process.
        if self.wait && !session.is_local() {
            let command = match &tasks[..] {
                [task] => resume_command(&task.device, &task.id),
                _ => Some("pipe the same records again to: edgelogs status --wait -".to_owned()),
            };
            if let Some(command) = command {
                context.set_resume(command);
            }
        }
        let report = TaskReport::new(console, self.waiting.output, tasks.len());
        let at_a_time = session.concurrency().max(FOLLOWED_AT_A_TIME);
        let fleet = for_each_device(&tasks, at_a_time, async |task| {
            let agent = session.agent(&task.device);
            let result = if self.wait {
                await_end(&report, &agent, task, waiting).await
            } else {
                ask_once(&report, &agent, task).await
            };
            report.step();
            result
        })
        .await?;
        report.finish(&fleet)?;
        summarize(&session, console, fleet, "task").await
    }

    /// The device of `--local`.
    fn local_device(&self) -> &str {
        self.device.as_deref().unwrap_or(LOCAL_DEVICE)
    }

    /// The tasks with their devices. All of them must belong to this hub.
    fn tasks(&self, session: &Session, refs: Vec<TaskRef>) -> Result<Vec<Task>, Error> {
        if refs.is_empty() {
            return Err(Error::NoDeviceSelected {
                selection: "the records on stdin".to_owned(),
            });
        }
        refs.into_iter()
            .map(|task| {
                let local = || session.is_local().then(|| self.local_device().to_owned());
                let Some(device) = task.device.or_else(local) else {
                    return Err(Error::UnknownTask { id: task.id });
                };
                match task.hub {
                    Some(hub) if !session.is_of_hub(&hub) => Err(Error::OtherHub {
                        id: task.id,
                        device,
                        hub,
                        current: session.hub().to_owned(),
                    }),
                    _ => Ok(Task {
                        device,
                        id: task.id,
                        method: task.method,
                    }),
                }
            })
            .collect()
    }

    /// Lists the recent tasks of this machine, latest last.
    fn list(&self, console: Console) -> Result<Exit, Error> {
        if self.wait {
            return Err(InvalidInput::new("--wait needs a task to wait for")
                .hint("to wait for all recent ones: edgelogs status -o jsonl | edgelogs status --wait -")
                .into());
        }
        let mut entries = Ledger::entries(console)?;
        entries.retain(|entry| self.device.as_ref().is_none_or(|id| *id == entry.device));
        if entries.is_empty() {
            console.note("this machine remembers no tasks");
        }
        let format = match self.waiting.output {
            TaskFormat::Text | TaskFormat::Raw => ListFormat::Table,
            TaskFormat::Json => ListFormat::Json,
            TaskFormat::Jsonl => ListFormat::Jsonl,
        };
        print_list(&mut console.data(), format, &entries, &[])?;
        Ok(Exit::Success)
    }
}

impl ListRow for LedgerEntry {
    const COLUMNS: &'static [&'static str] = &["TIME", "DEVICE", "METHOD", "CORRELATION ID", "HUB"];
    const MAY_SHRINK: &'static [&'static str] = &["HUB"];

    fn cells(&self, for_people: bool) -> Vec<String> {
        let method = match self.method.as_str() {
            UploadModuleLogs::NAME if for_people => "upload",
            UploadSupportBundle::NAME if for_people => "bundle",
            method => method,
        };
        vec![
            shown_time(self.time, for_people),
            self.device.clone(),
            method.to_owned(),
            self.correlation_id.to_string(),
            self.hub.clone(),
        ]
    }

    fn name(&self) -> String {
        self.correlation_id.to_string()
    }
}

/// The hub that all of these tasks have in common.
fn one_hub(refs: &[TaskRef]) -> Option<&str> {
    let hub = refs.first()?.hub.as_deref()?;
    let same = |task: &TaskRef| {
        task.hub
            .as_deref()
            .is_some_and(|other| other.eq_ignore_ascii_case(hub))
    };
    refs.iter().all(same).then_some(hub)
}

fn dry_runs(console: Console, refs: &[TaskRef]) -> Result<Exit, Error> {
    for task in refs {
        let devices: Vec<String> = task.device.iter().cloned().collect();
        let request = GetTaskStatus::new(task.id.clone());
        dry_run::print(console, &devices, &request, None)?;
    }
    Ok(Exit::Success)
}

async fn await_end(
    report: &TaskReport,
    agent: &EdgeAgent,
    task: &Task,
    waiting: Waiting,
) -> Result<(), Error> {
    match report.wait(agent, task, waiting).await {
        Ok(response) => {
            report.status(task, response.status)?;
            report.ended(task, response.status, &response.message)
        }
        Err(error) => {
            if let Error::Task { status, .. } = &error {
                report.status(task, *status)?;
            }
            Err(error)
        }
    }
}

async fn ask_once(report: &TaskReport, agent: &EdgeAgent, task: &Task) -> Result<(), Error> {
    let request = GetTaskStatus::new(task.id.clone());
    let response: TaskStatusResponse = agent.call(&request).await?;
    report.status(task, response.status)?;
    report.ended(task, response.status, &response.message)?;
    if response.status.is_under_way() || response.status == TaskStatus::Completed {
        return Ok(());
    }
    Err(Error::Task {
        device: task.device.clone(),
        id: task.id.clone(),
        status: response.status,
        message: response.message,
    })
}
