//! The tasks of a device: what was started, how far it is, and how it went.
//!
//! A task is known on disk before its id is given out, so that a restart turns no finished task into
//! an unknown one, and one that it interrupted into a failed one. The shipped agent keeps its tasks
//! in memory and forgets them.

mod folder;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

use crate::lock::lock;
use crate::methods::{CorrelationId, TaskProgress, TaskStatus, TaskStatusResponse};
use folder::TaskFolder;

/// The tasks of one device.
#[derive(Debug)]
pub(super) struct TaskTable {
    /// Those of this process that are under way, and the ended ones that no folder keeps.
    live: Arc<Mutex<HashMap<CorrelationId, TaskRecord>>>,
    folder: Option<Arc<TaskFolder>>,
    /// One permit for each task that may run at once; the others wait, NotStarted.
    turns: Arc<Semaphore>,
    /// How long a task may take.
    longest: Duration,
}

/// A task as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct TaskRecord {
    #[serde(flatten)]
    response: TaskStatusResponse,
    /// When it was started and when it ended.
    started: Timestamp,
    ended: Option<Timestamp>,
    /// The process that runs it.
    run: uuid::Uuid,
}

/// How a task tells how far it is.
#[derive(Debug, Clone)]
pub(super) struct TaskReporter {
    id: CorrelationId,
    live: Arc<Mutex<HashMap<CorrelationId, TaskRecord>>>,
    folder: Option<Arc<TaskFolder>>,
    /// Held while the task is written down, so that no older state of it replaces a newer one.
    writing: Arc<tokio::sync::Mutex<()>>,
}

/// Why a task was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "The device has {MAX_UNDER_WAY} tasks under way already. Nothing was done; try again when some have ended."
)]
pub(super) struct TooManyTasks;

/// How many ended tasks are kept in memory where no folder keeps them.
const MAX_IN_MEMORY: usize = 1000;

/// How many tasks run at once. Each takes up to 30 MB of memory.
const MAX_RUNNING: usize = 4;

/// How many tasks there may be that have not ended. Whoever can call methods could fill the memory
/// with waiting ones otherwise.
const MAX_UNDER_WAY: usize = 100;

/// How long a task may take: a source that never ends must not keep the others waiting for ever.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

impl TaskTable {
    /// A table that forgets everything with the process.
    pub(super) fn in_memory() -> Self {
        Self {
            live: Arc::default(),
            folder: None,
            turns: Arc::new(Semaphore::new(MAX_RUNNING)),
            longest: LONGEST,
        }
    }

    /// A table that is kept in this folder, which only its owner may read.
    pub(super) fn kept_in(folder: PathBuf) -> Self {
        Self {
            folder: Some(Arc::new(TaskFolder::new(folder))),
            ..Self::in_memory()
        }
    }

    /// Starts a task and answers as soon as it is known. The work's error becomes the message of a
    /// failed task.
    ///
    /// # Errors
    /// Too many tasks are under way.
    pub(super) async fn start<W, F>(&self, work: W) -> Result<TaskStatusResponse, TooManyTasks>
    where
        W: FnOnce(TaskReporter) -> F,
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        let turn = self.turns.clone().try_acquire_owned().ok();
        let status = match turn {
            Some(_) => TaskStatus::Running,
            None => TaskStatus::NotStarted,
        };
        let response = TaskStatusResponse::new(CorrelationId::random(), status, String::new());
        let id = response.correlation_id.clone();
        let run = self
            .folder
            .as_ref()
            .map_or_else(uuid::Uuid::nil, |folder| folder.run());
        let record = TaskRecord {
            response: response.clone(),
            started: Timestamp::now(),
            ended: None,
            run,
        };
        {
            let mut live = lock(&self.live);
            let under_way = |record: &&TaskRecord| record.response.status.is_under_way();
            if live.values().filter(under_way).count() >= MAX_UNDER_WAY {
                return Err(TooManyTasks);
            }
            if live.len() >= MAX_IN_MEMORY {
                forget_oldest(&mut live);
            }
            live.insert(id.clone(), record.clone());
        }
        if let Some(folder) = &self.folder {
            folder.begin(record).await;
        }
        let reporter = TaskReporter {
            id,
            live: self.live.clone(),
            folder: self.folder.clone(),
            writing: Arc::default(),
        };
        let work = work(reporter.clone());
        let (turns, longest) = (self.turns.clone(), self.longest);
        tokio::spawn(async move {
            let _turn = match turn {
                Some(turn) => Some(turn),
                None => turns.acquire_owned().await.ok(),
            };
            reporter.running();
            // A panic of the work must not leave the task running for ever.
            let work = tokio::spawn(tokio::time::timeout(longest, work));
            let (status, message) = match work.await {
                Ok(Ok(Ok(()))) => (TaskStatus::Completed, String::new()),
                Ok(Ok(Err(message))) => (TaskStatus::Failed, message),
                Ok(Err(_)) => (
                    TaskStatus::Cancelled,
                    format!(
                        "stopped after {}, the longest that a task may take",
                        humantime::format_duration(longest)
                    ),
                ),
                Err(error) => (TaskStatus::Failed, format!("the task broke off: {error}")),
            };
            reporter.end(status, message).await;
        });
        Ok(response)
    }

    /// How a task stands; an unknown id is no error, as with the shipped agent.
    pub(super) async fn status(&self, id: &CorrelationId) -> TaskStatusResponse {
        let live = lock(&self.live)
            .get(id)
            .map(|record| record.response.clone());
        if let Some(response) = live {
            return response;
        }
        let kept = match &self.folder {
            Some(folder) => folder.read(id.clone()).await,
            None => None,
        };
        kept.map_or_else(
            || TaskStatusResponse::new(id.clone(), TaskStatus::Unknown, String::new()),
            |record| record.response,
        )
    }
}

impl TaskReporter {
    /// How many modules there are to do.
    pub(super) fn expect_modules(&self, modules: usize) {
        self.update(|progress| progress.modules = modules as u64);
    }

    /// One more module is done, well or not.
    pub(super) fn module_done(&self) {
        self.update(|progress| progress.modules_done += 1);
    }

    /// So many bytes more were written.
    pub(super) fn written(&self, bytes: usize) {
        self.update(|progress| progress.bytes += bytes as u64);
    }

    /// So many bytes that were written will be written once more.
    pub(super) fn taken_back(&self, bytes: usize) {
        self.update(|progress| progress.bytes = progress.bytes.saturating_sub(bytes as u64));
    }

    /// A blob is whole. It is noted on disk at once: the name is told nowhere else.
    pub(super) async fn landed(&self, blob: &str) {
        let _writing = self.writing.lock().await;
        let record = {
            let mut live = lock(&self.live);
            let Some(record) = live.get_mut(&self.id) else {
                return;
            };
            record.response.blobs.push(blob.to_owned());
            record.clone()
        };
        if let Some(folder) = &self.folder {
            folder.write(record).await;
        }
    }

    fn update(&self, change: impl FnOnce(&mut TaskProgress)) {
        if let Some(record) = lock(&self.live).get_mut(&self.id) {
            change(record.response.progress.get_or_insert_default());
        }
    }

    /// The task's turn has come.
    fn running(&self) {
        if let Some(record) = lock(&self.live).get_mut(&self.id) {
            record.response.status = TaskStatus::Running;
        }
    }

    /// The task has ended. That is told only when it is written down, since after a restart it must
    /// not be told otherwise.
    async fn end(self, status: TaskStatus, message: String) {
        let _writing = self.writing.lock().await;
        let Some(mut record) = lock(&self.live).get(&self.id).cloned() else {
            return;
        };
        record.response.status = status;
        record.response.message = message;
        record.ended = Some(Timestamp::now());
        if let Some(folder) = &self.folder
            && folder.write(record.clone()).await
        {
            lock(&self.live).remove(&self.id);
        } else {
            lock(&self.live).insert(self.id.clone(), record);
        }
    }
}

fn forget_oldest(live: &mut HashMap<CorrelationId, TaskRecord>) {
    let oldest = live
        .values()
        .filter(|record| !record.response.status.is_under_way())
        .min_by_key(|record| record.started)
        .map(|record| record.response.correlation_id.clone());
    if let Some(id) = oldest {
        live.remove(&id);
    }
}
