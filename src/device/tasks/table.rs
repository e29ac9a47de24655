//! The tasks that this process runs, and how they report.

use std::collections::HashMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Semaphore;

use super::folder::TaskFolder;
use super::record::TaskRecord;
use crate::device::running::Running;
use crate::lock::lock;
use crate::methods::{CorrelationId, TaskProgress, TaskStatus, TaskStatusResponse};

/// The tasks of one device.
#[derive(Debug)]
pub(in crate::device) struct TaskTable {
    /// This process's running tasks, and the ended ones that are not on disk.
    live: Arc<Mutex<HashMap<CorrelationId, TaskRecord>>>,
    folder: Option<Arc<TaskFolder>>,
    /// One permit for each task that may run at once; the others wait as `NotStarted`.
    turns: Arc<Semaphore>,
    /// Those that have not ended, waiting ones included.
    running: Running,
    /// How long a task may take.
    longest: Duration,
}

/// Reports the progress of a task.
#[derive(Debug, Clone)]
pub(in crate::device) struct TaskReporter {
    id: CorrelationId,
    live: Arc<Mutex<HashMap<CorrelationId, TaskRecord>>>,
    folder: Option<Arc<TaskFolder>>,
    /// Held while the task is stored, so that an older state never replaces a newer one.
    writing: Arc<tokio::sync::Mutex<()>>,
}

/// Why a task was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "The device already has {MAX_UNDER_WAY} unfinished tasks. Nothing was done; try again when some have ended."
)]
pub(in crate::device) struct TooManyTasks;

/// Maximum number of ended tasks in memory, without a folder.
const MAX_IN_MEMORY: usize = 1000;

/// Maximum number of tasks that run at once. Each takes up to 30 MB of memory.
const MAX_RUNNING: usize = 4;

/// Maximum number of tasks that have not ended: otherwise a caller could fill the memory with
/// waiting ones.
const MAX_UNDER_WAY: usize = 100;

/// How long a task may take: a source that never ends must not block the others forever.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

impl TaskTable {
    /// A table in memory only.
    pub(in crate::device) fn in_memory() -> Self {
        Self {
            live: Arc::default(),
            folder: None,
            turns: Arc::new(Semaphore::new(MAX_RUNNING)),
            running: Running::default(),
            longest: LONGEST,
        }
    }

    /// A table stored in this folder, which only its owner may read.
    pub(in crate::device) fn in_folder(folder: PathBuf) -> Self {
        Self {
            folder: Some(Arc::new(TaskFolder::new(folder))),
            ..Self::in_memory()
        }
    }

    /// Starts a task and returns once it is stored. The work's error becomes the message of a
    /// failed task.
    ///
    /// # Errors
    /// Too many tasks are under way.
    pub(in crate::device) async fn start<W, F>(
        &self,
        work: W,
    ) -> Result<TaskStatusResponse, TooManyTasks>
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
        let runs = self.running.enter(usize::MAX);
        tokio::spawn(async move {
            let _runs = runs;
            let _turn = match turn {
                Some(turn) => Some(turn),
                None => turns.acquire_owned().await.ok(),
            };
            reporter.running();
            // A panic must not leave the task running forever.
            let work = tokio::spawn(tokio::time::timeout(longest, work));
            let (status, message) = match work.await {
                Ok(Ok(Ok(()))) => (TaskStatus::Completed, String::new()),
                Ok(Ok(Err(message))) => (TaskStatus::Failed, message),
                Ok(Err(_)) => (
                    TaskStatus::Cancelled,
                    format!(
                        "stopped after {}, the limit for a task",
                        humantime::format_duration(longest)
                    ),
                ),
                Err(error) => (TaskStatus::Failed, format!("the task crashed: {error}")),
            };
            reporter.end(status, message).await;
        });
        Ok(response)
    }

    /// The tasks that have not ended.
    pub(in crate::device) fn running(&self) -> &Running {
        &self.running
    }

    /// The status of a task. As with the shipped agent, an unknown id is not an error.
    pub(in crate::device) async fn status(&self, id: &CorrelationId) -> TaskStatusResponse {
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
    /// Sets the number of modules to upload.
    pub(in crate::device) fn expect_modules(&self, modules: usize) {
        self.update(|progress| progress.modules = modules as u64);
    }

    /// Counts a module as done, whether it succeeded or not.
    pub(in crate::device) fn module_done(&self) {
        self.update(|progress| progress.modules_done += 1);
    }

    /// Counts bytes as written.
    pub(in crate::device) fn count_bytes(&self, bytes: usize) {
        self.update(|progress| progress.bytes += bytes as u64);
    }

    /// Uncounts bytes that will be written again.
    pub(in crate::device) fn uncount_bytes(&self, bytes: usize) {
        self.update(|progress| progress.bytes = progress.bytes.saturating_sub(bytes as u64));
    }

    /// Records a complete blob, on disk at once: its name is reported nowhere else.
    pub(in crate::device) async fn blob_complete(&self, blob: &str) {
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

    /// Marks the task as running.
    fn running(&self) {
        if let Some(record) = lock(&self.live).get_mut(&self.id) {
            record.response.status = TaskStatus::Running;
        }
    }

    /// Ends the task. The new status is visible only once it is stored, so that a restart can't
    /// undo it.
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

#[cfg(test)]
mod tests;
