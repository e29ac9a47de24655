//! How tasks are told of: ids, status words and records on stdout, progress on stderr.

use std::borrow::Cow;
use std::cell::RefCell;
use std::path::PathBuf;

use serde::Serialize;

use crate::cli::run::outcome::error_objects;
use crate::error::Error;
use crate::fetch::{EdgeAgent, FleetOutcome, Waiting, completed, follow};
use crate::methods::{CorrelationId, TaskStatus, TaskStatusResponse};
use crate::output::{Console, FleetProgress, Progress};

/// The form in which a task is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum TaskFormat {
    /// The correlation id, or the status, alone
    Text,
    /// The same as text
    Raw,
    /// One JSON document
    Json,
    /// One JSON object a task
    Jsonl,
}

/// A task on a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) device: String,
    pub(crate) id: CorrelationId,
    /// The method that started it, where that is known.
    pub(crate) method: Option<String>,
}

impl AsRef<str> for Task {
    fn as_ref(&self) -> &str {
        &self.device
    }
}

/// Tells of the tasks of a run.
#[derive(Debug)]
pub(crate) struct TaskReport {
    console: Console,
    format: TaskFormat,
    progress: FleetProgress,
    /// Whether a status word needs its task beside it.
    several: bool,
    /// The records for the one document of `json`.
    records: RefCell<Vec<String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TaskRecord<'a> {
    device: &'a str,
    method: Option<&'a str>,
    correlation_id: &'a CorrelationId,
    status: TaskStatus,
    message: &'a str,
    /// The files that were fetched, where files are.
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<Vec<Cow<'a, str>>>,
}

impl TaskReport {
    /// A report on this many tasks.
    pub(crate) fn new(console: Console, format: TaskFormat, tasks: usize) -> Self {
        Self {
            console,
            format,
            progress: console.fleet_progress(tasks),
            several: tasks > 1,
            records: RefCell::default(),
        }
    }

    /// The id alone, as soon as it is known.
    pub(crate) fn accepted(&self, id: &CorrelationId) -> Result<(), Error> {
        match self.format {
            TaskFormat::Text | TaskFormat::Raw => self.line(id.as_str()),
            TaskFormat::Json | TaskFormat::Jsonl => Ok(()),
        }
    }

    /// The status word: alone where there is one task, otherwise with device and id after it.
    pub(crate) fn word(&self, task: &Task, status: TaskStatus) -> Result<(), Error> {
        match self.format {
            TaskFormat::Text | TaskFormat::Raw if self.several => {
                self.line(&format!("{status}\t{}\t{}", task.device, task.id))
            }
            TaskFormat::Text | TaskFormat::Raw => self.line(status.name()),
            TaskFormat::Json | TaskFormat::Jsonl => Ok(()),
        }
    }

    /// The record, for the forms that have one.
    pub(crate) fn ended(
        &self,
        task: &Task,
        status: TaskStatus,
        message: &str,
    ) -> Result<(), Error> {
        self.ended_with(task, status, message, None)
    }

    /// The record with the files that were fetched.
    pub(crate) fn ended_with(
        &self,
        task: &Task,
        status: TaskStatus,
        message: &str,
        files: Option<&[PathBuf]>,
    ) -> Result<(), Error> {
        let record = TaskRecord {
            device: &task.device,
            method: task.method.as_deref(),
            correlation_id: &task.id,
            status,
            message: &crate::redact::redact(message),
            files: files.map(|files| files.iter().map(|file| file.to_string_lossy()).collect()),
        };
        // Plain data always has a JSON form.
        let json = || serde_json::to_string(&record).unwrap_or_default();
        match self.format {
            TaskFormat::Text | TaskFormat::Raw => Ok(()),
            TaskFormat::Jsonl => self.line(&json()),
            TaskFormat::Json => {
                self.records.borrow_mut().push(json());
                Ok(())
            }
        }
    }

    /// Waits for the end of a task, and gives the record of one that ended badly.
    ///
    /// # Errors
    /// The task ended other than Completed, the time is up, or the device can't be asked.
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

    /// Waits for the end of a task, well or not.
    ///
    /// # Errors
    /// The time is up, or the device can't be asked.
    pub(crate) async fn follow(
        &self,
        agent: &EdgeAgent,
        task: &Task,
        waiting: Waiting,
    ) -> Result<TaskStatusResponse, Error> {
        let progress = self.target(&format!("waiting for {}: task {}", task.device, task.id));
        follow(agent, &task.id, waiting, &progress).await
    }

    /// A line of progress for one device.
    pub(crate) fn target(&self, what: &str) -> Progress {
        self.progress.target(what)
    }

    /// Tells of the files that were fetched, unless the record does.
    pub(crate) fn files(&self, files: &[PathBuf]) {
        if matches!(self.format, TaskFormat::Text | TaskFormat::Raw) {
            for file in files {
                self.beside(|| self.console.note(&format!("fetched {}", file.display())));
            }
        }
    }

    /// Writes while nothing is drawn.
    pub(crate) fn beside(&self, write: impl FnOnce()) {
        self.progress.beside(write);
    }

    /// One more task is done with.
    pub(crate) fn step(&self) {
        self.progress.step();
    }

    /// Ends the document of `json`.
    pub(crate) fn finish(self, fleet: &FleetOutcome) -> Result<(), Error> {
        if self.format != TaskFormat::Json {
            return Ok(());
        }
        self.line(&format!(
            "{{\"records\":[{}],\"errors\":[{}]}}",
            self.records.borrow().join(","),
            error_objects(fleet).join(",")
        ))
    }

    fn line(&self, text: &str) -> Result<(), Error> {
        self.progress.beside(|| self.console.data().line(text))
    }
}
