//! What is printed about tasks: ids, statuses and records on stdout, progress on stderr.

use std::borrow::Cow;
use std::cell::RefCell;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::cli::args::task::TaskFormat;
use crate::cli::run::summary::error_objects;
use crate::error::Error;
use crate::fetch::{EdgeAgent, FleetOutcome, Waiting, completed, follow};
use crate::methods::{CorrelationId, TaskStatus, TaskStatusResponse};
use crate::output::{
    Console, FleetProgress, ListFormat, ListRow, Progress, RowPrinter, error_object,
};
use crate::redact::redact;

/// A task on a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) device: String,
    pub(crate) id: CorrelationId,
    /// The method that started it, if known.
    pub(crate) method: Option<String>,
    /// The module that runs it; none for the edge agent.
    pub(crate) module: Option<String>,
}

impl AsRef<str> for Task {
    fn as_ref(&self) -> &str {
        &self.device
    }
}

/// Prints the tasks of a run.
#[derive(Debug)]
pub(crate) struct TaskReport {
    console: Console,
    format: TaskFormat,
    progress: FleetProgress,
    /// Whether a status is printed with its device and id.
    several: bool,
    /// What the text forms print of tasks that are started.
    prints: Prints,
    /// Tasks that were accepted and have no row yet.
    pending: RefCell<Vec<Task>>,
    /// The rows of a list.
    rows: RefCell<RowPrinter<TaskRow>>,
    /// The records of the `json` document.
    records: RefCell<Vec<String>>,
}

/// What the text forms print of tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prints {
    /// The status of each, when it is asked for.
    Status,
    /// The id of the only one, as soon as it is known.
    Id,
    /// A row of a list for each.
    Rows,
    /// The paths of what was downloaded.
    Paths,
}

impl Drop for TaskReport {
    /// A run that is interrupted prints the tasks that it leaves behind.
    fn drop(&mut self) {
        if matches!(self.format, TaskFormat::Text | TaskFormat::Raw) {
            for task in self.pending.take() {
                let _ = self.row(&task, TaskStatus::Running);
            }
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TaskRow {
    device: String,
    correlation_id: String,
    status: String,
}

impl ListRow for TaskRow {
    const COLUMNS: &'static [&'static str] = &["DEVICE", "CORRELATION ID", "STATUS"];

    fn cells(&self, _for_people: bool) -> Vec<String> {
        vec![
            self.device.clone(),
            self.correlation_id.clone(),
            self.status.clone(),
        ]
    }
}

/// The widths of a list on a terminal.
const WIDTHS: &[usize] = &[16, 36];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TaskRecord<'a> {
    device: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<&'a str>,
    method: Option<&'a str>,
    correlation_id: &'a CorrelationId,
    status: TaskStatus,
    message: &'a str,
    /// With `--download`: the fetched files.
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<Vec<Cow<'a, str>>>,
}

impl TaskReport {
    pub(crate) fn new(console: Console, format: TaskFormat, tasks: usize, prints: Prints) -> Self {
        Self {
            prints,
            pending: RefCell::default(),
            rows: RefCell::new(RowPrinter::new(ListFormat::Auto, WIDTHS)),
            console,
            format,
            progress: console.fleet_progress(tasks),
            several: tasks > 1,
            records: RefCell::default(),
        }
    }

    /// Prints the id of the only task, in the text forms.
    pub(crate) fn accepted(&self, task: &Task) -> Result<(), Error> {
        self.pending.borrow_mut().push(task.clone());
        let id = &task.id;
        match self.format {
            TaskFormat::Text | TaskFormat::Raw if self.prints == Prints::Id => {
                self.line(id.as_str())
            }
            _ => Ok(()),
        }
    }

    /// Says how the only task ended, and which blobs it reports.
    pub(crate) fn completed(&self, response: &TaskStatusResponse, took: Duration) {
        if self.several {
            return;
        }
        let took = humantime::format_duration(Duration::from_secs(took.as_secs().max(1)));
        let blobs = match response.blobs.len() {
            0 => String::new(),
            1 => format!(": 1 blob\n{}", response.blobs[0]),
            count => format!(": {count} blobs\n{}", response.blobs.join("\n")),
        };
        self.suspend(|| self.console.note(&format!("Completed in {took}{blobs}")));
    }

    /// Prints the row of a task whose end is not known, for this reason. One that ended has its row.
    pub(crate) fn left(&self, task: &Task, error: &Error) -> Result<(), Error> {
        let status = match error {
            Error::StillRunning { .. } => TaskStatus::Running,
            _ => TaskStatus::Unknown,
        };
        let has_no_row = self.pending.borrow().contains(task);
        match self.format {
            TaskFormat::Text | TaskFormat::Raw if has_no_row => self.row(task, status),
            _ => Ok(()),
        }
    }

    fn row(&self, task: &Task, status: TaskStatus) -> Result<(), Error> {
        if self.prints != Prints::Rows {
            return Ok(());
        }
        self.pending.borrow_mut().retain(|other| other != task);
        let row = TaskRow {
            device: redact(&task.device),
            correlation_id: task.id.to_string(),
            status: status.to_string(),
        };
        let mut rows = self.rows.borrow_mut();
        let out = &mut self.console.data();
        self.progress.suspend(|| rows.row(out, row))
    }

    /// Prints the status, in the text forms; with several tasks, device and id follow it.
    pub(crate) fn status(&self, task: &Task, status: TaskStatus) -> Result<(), Error> {
        match self.format {
            TaskFormat::Text | TaskFormat::Raw if self.several => {
                self.line(&format!("{status}\t{}\t{}", task.device, task.id))
            }
            TaskFormat::Text | TaskFormat::Raw => self.line(&status.to_string()),
            TaskFormat::Json | TaskFormat::Jsonl => Ok(()),
        }
    }

    /// Prints the record, in the JSON forms.
    pub(crate) fn ended(
        &self,
        task: &Task,
        status: TaskStatus,
        message: &str,
    ) -> Result<(), Error> {
        self.ended_with(task, status, message, None)
    }

    /// The same, with the fetched files.
    pub(crate) fn ended_with(
        &self,
        task: &Task,
        status: TaskStatus,
        message: &str,
        files: Option<&[PathBuf]>,
    ) -> Result<(), Error> {
        let record = TaskRecord {
            device: &task.device,
            module: task.module.as_deref(),
            method: task.method.as_deref(),
            correlation_id: &task.id,
            status,
            message: &crate::redact::redact_message(message),
            files: files.map(|files| files.iter().map(|file| file.to_string_lossy()).collect()),
        };
        let json = || serde_json::to_string(&record).unwrap_or_default();
        match self.format {
            TaskFormat::Text | TaskFormat::Raw => self.row(task, status),
            TaskFormat::Jsonl => self.line(&json()),
            TaskFormat::Json => {
                self.records.borrow_mut().push(json());
                Ok(())
            }
        }
    }

    /// Waits for a task to complete, and prints the record of one that does not.
    ///
    /// # Errors
    /// The task did not end Completed, the time is up, or the device can't be called.
    pub(crate) async fn wait(
        &self,
        agent: &EdgeAgent,
        task: &Task,
        waiting: Waiting,
    ) -> Result<TaskStatusResponse, Error> {
        let response = self.follow(agent, task, waiting).await?;
        if response.status != TaskStatus::Completed {
            self.ended(task, response.status, &response.message)?;
        }
        completed(&task.device, &task.id, response)
    }

    /// Waits for a task to end, successful or not.
    ///
    /// # Errors
    /// The time is up, or the device can't be called.
    pub(crate) async fn follow(
        &self,
        agent: &EdgeAgent,
        task: &Task,
        waiting: Waiting,
    ) -> Result<TaskStatusResponse, Error> {
        let progress = self.target(&format!("waiting for {}: task {}", task.device, task.id));
        follow(agent, &task.id, waiting, &progress).await
    }

    /// Shows progress for one device.
    pub(crate) fn target(&self, what: &str) -> Progress {
        self.progress.target(what)
    }

    /// Prints the paths of the fetched files, in the text forms; a record holds them already.
    pub(crate) fn files(&self, files: &[PathBuf]) -> Result<(), Error> {
        if matches!(self.format, TaskFormat::Json | TaskFormat::Jsonl) {
            return Ok(());
        }
        let mut paths = files.iter();
        paths.try_for_each(|path| self.line(&path.display().to_string()))
    }

    /// Writes while the progress is hidden.
    pub(crate) fn suspend(&self, write: impl FnOnce()) {
        self.progress.suspend(write);
    }

    /// Counts one more finished task.
    pub(crate) fn step(&self) {
        self.progress.step();
    }

    /// Prints the `json` document. `nowhere` is the failure of what matches no module anywhere.
    pub(crate) fn finish(
        &self,
        fleet: &FleetOutcome,
        nowhere: Option<&Error>,
    ) -> Result<(), Error> {
        if self.format != TaskFormat::Json {
            return Ok(());
        }
        let mut errors = error_objects(fleet);
        errors.extend(nowhere.map(|error| error_object(None, error)));
        self.line(&format!(
            "{{\"records\":[{}],\"errors\":[{}]}}",
            self.records.borrow().join(","),
            errors.join(",")
        ))
    }

    fn line(&self, text: &str) -> Result<(), Error> {
        self.progress.suspend(|| match self.format {
            TaskFormat::Text | TaskFormat::Raw => self.console.data().text_line(text),
            TaskFormat::Json | TaskFormat::Jsonl => self.console.data().json_line(text),
        })
    }
}
