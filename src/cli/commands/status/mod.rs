//! `edgelogs status`: the status of tasks, and a list of recent ones.

mod task_ref;

use std::cell::RefCell;
use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::Path;

use clap::Args;

use crate::cli::args::call::HubArgs;
use crate::cli::args::files::{MAX_LIST_BYTES, read_text, refuse_url};
use crate::cli::args::module_id::ModuleIdArgs;
use crate::cli::args::target::LOCAL_DEVICE;
use crate::cli::args::task::{TaskFormat, WaitArgs};
use crate::cli::args::timing::{TimingArgs, at_least_one};
use crate::cli::commands::status::task_ref::{TaskRef, parse_records};
use crate::cli::context::Context;
use crate::cli::run::dry_run;
use crate::cli::run::ledger::{Ledger, LedgerEntry};
use crate::cli::run::session::Session;
use crate::cli::run::summary::summarize;
use crate::cli::run::task::FOLLOWED_AT_A_TIME;
use crate::cli::run::task_report::{Prints, Task, TaskReport};
use crate::cli::settings::loaded::Settings;
use crate::error::Error;
use crate::error::resume_command;
use crate::exit::Exit;
use crate::fetch::{EdgeAgent, Waiting, for_each_device};
use crate::hub::check_device_id;
use crate::invalid_input::InvalidInput;
use crate::methods::{
    CorrelationId, EDGE_AGENT, GetTaskStatus, MethodRequest, TaskStatus, TaskStatusResponse,
    UploadModuleLogs, UploadSupportBundle,
};
use crate::output::{Console, ListFormat, ListRow, or_dash, print_list, shown_time};

/// Show or await the status of uploads and support bundles
///
/// Prints only the status: NotStarted, Running, Completed, Failed, Cancelled or Unknown. For several
/// tasks, device and id follow it. Without an id, it lists the recent tasks of this machine; those that
/// had not ended are asked once more.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs status
  edgelogs status 3fa8
  edgelogs status --wait --last
  edgelogs status \"$id\" --wait -d press-07
  edgelogs upload --sas @sas.txt --where \"tags.site = 'oslo'\" --no-wait -o jsonl | edgelogs status --wait -")]
pub(crate) struct StatusArgs {
    /// The id that `upload` or `bundle` printed, or - for their records on stdin
    ///
    /// It may be cut to 4 or more characters if only one task of this machine begins with them.
    #[arg(value_name = "CORRELATION_ID", help_heading = "Task")]
    correlation_id: Option<String>,

    /// The last N tasks of this machine [default: 1]
    #[arg(
        long,
        value_name = "N",
        num_args = 0..=1,
        default_missing_value = "1",
        conflicts_with = "correlation_id",
        value_parser = at_least_one,
        help_heading = "Task"
    )]
    last: Option<NonZeroUsize>,

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
    module: ModuleIdArgs,

    #[command(flatten)]
    hub: HubArgs,

    #[command(flatten)]
    timing: TimingArgs,

    /// Print the request and send nothing
    #[arg(long, help_heading = "Output")]
    dry_run: bool,
}

impl StatusArgs {
    pub(crate) async fn run(&self, context: &Context, settings: &Settings) -> Result<Exit, Error> {
        let console = context.console;
        let reads_stdin = self.correlation_id.as_deref() == Some("-");
        self.hub.connection.check_together(&[reads_stdin])?;
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
        let module = self.module.get()?;
        let waiting = self
            .waiting
            .waiting((!self.wait).then_some("needs --wait"), settings)?;
        let mut refs = if let Some(last) = self.last {
            let entries = self.remembered(console)?;
            let first = entries.len().saturating_sub(last.get());
            if entries.is_empty() {
                return Err(Error::NoDeviceSelected {
                    selection: "--last: this machine remembers no tasks".to_owned(),
                });
            }
            entries.into_iter().skip(first).map(TaskRef::from).collect()
        } else if reads_stdin {
            parse_records(&read_text(Path::new("-"), MAX_LIST_BYTES).await?)?
        } else {
            let Some(typed) = &self.correlation_id else {
                return self.list(context, settings, module).await;
            };
            let id = self.id(typed, console)?;
            vec![match self.hub.connection.is_local() {
                true => TaskRef::new(id, self.device.clone()),
                false => TaskRef::find(id, self.device.as_deref(), settings, console)?,
            }]
        };
        set_modules(&mut refs, settings, module);
        if self.dry_run {
            return dry_runs(console, &refs);
        }
        let session = self.connect(context, settings, &refs).await?;
        let tasks = self.tasks(&session, refs)?;
        // Tasks of `--local` end with this process.
        if self.wait && !session.is_local() {
            let command = match &tasks[..] {
                [task] => resume_command(&task.device, &task.id),
                _ => Some(match self.last {
                    Some(last) => format!("edgelogs status --wait --last {last}"),
                    None => "pipe the same records again to: edgelogs status --wait -".to_owned(),
                }),
            };
            if let Some(command) = command {
                context.set_resume(command);
            }
        }
        let report = TaskReport::new(console, self.waiting.output, tasks.len(), Prints::Status);
        let at_a_time = session.concurrency().max(FOLLOWED_AT_A_TIME);
        let fleet = for_each_device(&tasks, at_a_time, async |task| {
            let agent = agent_of(&session, task);
            let result = match waiting {
                Some(waiting) => await_end(&report, &agent, task, waiting).await,
                None => ask_once(&report, &agent, task).await,
            };
            report.step();
            result
        })
        .await?;
        report.finish(&fleet, None)?;
        summarize(&session, console, fleet, "task").await
    }

    /// Connects to the hub that is named, or to that of the tasks.
    async fn connect(
        &self,
        context: &Context,
        settings: &Settings,
        refs: &[TaskRef],
    ) -> Result<Session, Error> {
        let connection = &self.hub.connection;
        let connection = connection
            .resolve_or(context, settings, one_hub(refs))
            .await?;
        let mut options = self.hub.options();
        options.timeouts = self.timing.timeouts();
        Session::connect(context, connection, options, self.local_device()).await
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
                        module: task.module.filter(|module| module != EDGE_AGENT),
                    }),
                }
            })
            .collect()
    }

    /// The tasks of this machine, of the typed device if there is one.
    fn remembered(&self, console: Console) -> Result<Vec<LedgerEntry>, Error> {
        let mut entries = Ledger::entries(console)?;
        entries.retain(|entry| self.device.as_ref().is_none_or(|id| *id == entry.device));
        Ok(entries)
    }

    /// The id that was typed, in whole or in part.
    fn id(&self, typed: &str, console: Console) -> Result<CorrelationId, Error> {
        let is_part = (LEAST_PART..36).contains(&typed.len())
            && typed
                .bytes()
                .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        if !is_part || self.hub.connection.is_local() {
            return Ok(CorrelationId::parse(typed)?);
        }
        let part = typed.to_ascii_lowercase();
        let mut found: Vec<CorrelationId> = Vec::new();
        for entry in self.remembered(console)? {
            let id = entry.correlation_id;
            if id.as_str().to_ascii_lowercase().starts_with(&part) && !found.contains(&id) {
                found.push(id);
            }
        }
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => Err(
                InvalidInput::new(format!("no task of this machine begins with `{typed}`"))
                    .hint("list them: edgelogs status")
                    .into(),
            ),
            count => Err(InvalidInput::new(format!(
                "{count} tasks of this machine begin with `{typed}`: give more of the id"
            ))
            .hint("list them: edgelogs status")
            .into()),
        }
    }

    /// Lists the recent tasks of this machine, latest last. Those that had not ended are asked again.
    async fn list(
        &self,
        context: &Context,
        settings: &Settings,
        module: &str,
    ) -> Result<Exit, Error> {
        let console = context.console;
        if self.wait {
            return Err(InvalidInput::new("--wait needs a task to wait for")
                .hint("wait for the last one: edgelogs status --wait --last")
                .into());
        }
        let mut entries = self.remembered(console)?;
        let first = entries.len().saturating_sub(LISTED);
        if first > 0 {
            console.note(&format!(
                "{first} older tasks are not shown; status --last {} asks for all of them",
                entries.len()
            ));
        }
        entries.drain(..first);
        if entries.is_empty() {
            console.note("this machine remembers no tasks");
        }
        let is_open = |entry: &&LedgerEntry| entry.status.is_none_or(TaskStatus::is_under_way);
        let open = entries.iter().filter(is_open).cloned();
        let mut open: Vec<TaskRef> = open.map(TaskRef::from).collect();
        set_modules(&mut open, settings, module);
        if self.dry_run {
            return dry_runs(console, &open);
        }
        if !open.is_empty() {
            self.ask_again(context, settings, &mut entries, open).await;
        }
        let format = match self.waiting.output {
            TaskFormat::Text | TaskFormat::Raw => ListFormat::Auto,
            TaskFormat::Json => ListFormat::Json,
            TaskFormat::Jsonl => ListFormat::Jsonl,
        };
        print_list(&mut console.data(), format, &entries, &[])?;
        Ok(Exit::Success)
    }

    /// Asks for the status of tasks that had not ended, through the hub that is named. What can't be
    /// asked keeps what is known of it, and a note says so.
    async fn ask_again(
        &self,
        context: &Context,
        settings: &Settings,
        entries: &mut [LedgerEntry],
        mut open: Vec<TaskRef>,
    ) {
        let console = context.console;
        let count = open.len();
        let session = match self.connect(context, settings, &open).await {
            Ok(session) => session,
            Err(error) => {
                console.note(&match count {
                    1 => format!("1 task was not asked for its status: {error}"),
                    _ => format!("{count} tasks were not asked for their status: {error}"),
                });
                return;
            }
        };
        open.retain(|task| task.hub.as_ref().is_some_and(|hub| session.is_of_hub(hub)));
        let tasks = self.tasks(&session, open).unwrap_or_default();
        let answers = RefCell::new(HashMap::new());
        let progress = console.fleet_progress(tasks.len());
        let _ = for_each_device(&tasks, session.concurrency(), async |task| {
            let request = GetTaskStatus::new(task.id.clone());
            let answer: Result<TaskStatusResponse, Error> =
                agent_of(&session, task).call(&request).await;
            progress.step();
            let of = (task.device.clone(), task.id.clone());
            let told = (answer?.status, task.module.clone());
            answers.borrow_mut().insert(of, told);
            Ok(())
        })
        .await;
        drop(progress);
        let answers = answers.into_inner();
        for entry in entries.iter_mut() {
            let of = (entry.device.clone(), entry.correlation_id.clone());
            let Some((status, module)) = answers.get(&of) else {
                continue;
            };
            entry.status = Some(*status);
            // Another module than the task's own does not know how it ended.
            if !status.is_under_way() && *module == entry.module {
                Ledger::note_status(entry, *status).await;
            }
        }
        let lost = count - answers.len();
        if lost > 0 {
            let they = match lost {
                1 => "1 task could not be asked for its status; it shows".to_owned(),
                _ => format!("{lost} tasks could not be asked for their status; they show"),
            };
            console.note(&format!("{they} what was last known"));
        }
    }
}

/// The module that a task is asked of: the one that was typed, or else its own, or, where nothing tells
/// that, the one that answers by default.
fn set_modules(refs: &mut [TaskRef], settings: &Settings, module: &str) {
    let is_typed = settings.selection.is_flag_typed("module-id");
    for task in refs.iter_mut().filter(|task| is_typed || task.is_unknown()) {
        task.module = Some(module.to_owned());
    }
}

/// The agent that runs a task.
fn agent_of(session: &Session, task: &Task) -> EdgeAgent {
    match &task.module {
        Some(module) => session.agent_of(&task.device, module),
        None => session.agent(&task.device),
    }
}

/// The fewest characters of an id that name a task.
const LEAST_PART: usize = 4;

/// How many tasks a list shows.
const LISTED: usize = 50;

impl ListRow for LedgerEntry {
    const COLUMNS: &'static [&'static str] = &[
        "TIME",
        "DEVICE",
        "METHOD",
        "CORRELATION ID",
        "STATUS",
        "HUB",
    ];
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
            match for_people {
                // Enough to name it, and half a line less.
                true => self.correlation_id.as_str().chars().take(8).collect(),
                false => self.correlation_id.to_string(),
            },
            or_dash(self.status.map(|status| status.to_string()), for_people),
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
        let module = task.module.as_deref().unwrap_or(EDGE_AGENT);
        dry_run::print(console, &devices, module, &request, None)?;
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
