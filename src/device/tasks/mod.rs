//! The tasks of a device: what was started, how far it is, and how it went.
//!
//! A task is known on disk before its id is given out, so that a restart turns no finished task into
//! an unknown one, and one that it interrupted into a failed one. The shipped agent keeps its tasks
//! in memory and forgets them.

mod folder;

use std::collections::HashMap;
use std::future::Future;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::methods::{CorrelationId, TaskProgress, TaskStatus, TaskStatusResponse};
use folder::TaskFolder;

/// The tasks of one device.
#[derive(Debug)]
pub(super) struct TaskTable {
    /// Those of this process that are under way, and the ended ones that no folder keeps.
    live: Arc<Mutex<HashMap<CorrelationId, TaskRecord>>>,
    folder: Option<Arc<TaskFolder>>,
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
}

/// How many ended tasks are kept in memory where no folder keeps them.
const MAX_IN_MEMORY: usize = 1000;

impl TaskTable {
    /// A table that forgets everything with the process.
    pub(super) fn in_memory() -> Self {
        Self {
            live: Arc::default(),
            folder: None,
        }
    }

    /// A table that is kept in this folder, which only its owner may read.
    pub(super) fn kept_in(folder: PathBuf) -> Self {
        Self {
            live: Arc::default(),
            folder: Some(Arc::new(TaskFolder::new(folder))),
        }
    }

    /// Starts a task and answers as soon as it is known. The work's error becomes the message of a
    /// failed task.
    pub(super) async fn start<W, F>(&self, work: W) -> TaskStatusResponse
    where
        W: FnOnce(TaskReporter) -> F,
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        let response =
            TaskStatusResponse::new(CorrelationId::random(), TaskStatus::Running, String::new());
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
        if let Some(folder) = &self.folder {
            folder.begin(record.clone()).await;
        }
        {
            let mut live = lock(&self.live);
            if live.len() >= MAX_IN_MEMORY {
                forget_oldest(&mut live);
            }
            live.insert(id.clone(), record);
        }
        let reporter = TaskReporter {
            id,
            live: self.live.clone(),
            folder: self.folder.clone(),
        };
        let work = tokio::spawn(work(reporter.clone()));
        tokio::spawn(async move {
            // A panic of the work must not leave the task running for ever.
            let (status, message) = match work.await {
                Ok(Ok(())) => (TaskStatus::Completed, String::new()),
                Ok(Err(message)) => (TaskStatus::Failed, message),
                Err(error) => (TaskStatus::Failed, format!("the task broke off: {error}")),
            };
            reporter.end(status, message).await;
        });
        response
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

    /// A blob is whole. It is noted on disk at once: the name is told nowhere else.
    pub(super) async fn landed(&self, blob: &str) {
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

    async fn end(self, status: TaskStatus, message: String) {
        let record = {
            let mut live = lock(&self.live);
            let Some(record) = live.get_mut(&self.id) else {
                return;
            };
            record.response.status = status;
            record.response.message = message;
            record.ended = Some(Timestamp::now());
            record.clone()
        };
        if let Some(folder) = &self.folder
            && folder.write(record).await
        {
            lock(&self.live).remove(&self.id);
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ended(table: &TaskTable, id: &CorrelationId) -> TaskStatusResponse {
        for _ in 0..500 {
            let response = table.status(id).await;
            if !response.status.is_under_way() {
                return response;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("task {id} does not end");
    }

    #[tokio::test]
    async fn a_finished_task_is_still_known_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let table = TaskTable::kept_in(folder.path().to_owned());
        let work = |reporter: TaskReporter| async move {
            reporter.expect_modules(2);
            reporter.module_done();
            reporter.written(7);
            reporter.landed("h/d/m-1.log").await;
            Ok(())
        };
        let id = table.start(work).await.correlation_id;
        ended(&table, &id).await;
        drop(table);
        let response = TaskTable::kept_in(folder.path().to_owned())
            .status(&id)
            .await;
        assert_eq!(response.status, TaskStatus::Completed);
        assert_eq!(response.message, "");
        assert_eq!(response.blobs, ["h/d/m-1.log"]);
        assert_eq!(
            response.progress,
            Some(TaskProgress {
                modules_done: 1,
                modules: 2,
                bytes: 7
            })
        );
    }

    #[tokio::test]
    async fn a_task_of_a_process_that_is_gone_has_failed_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let table = TaskTable::kept_in(folder.path().to_owned());
        let id = table.start(|_| std::future::pending()).await.correlation_id;
        // Another process beside this one sees it run.
        let other = TaskTable::kept_in(folder.path().to_owned());
        assert_eq!(other.status(&id).await.status, TaskStatus::Running);
        // The lock goes with the process.
        table.folder.as_ref().unwrap().unlock();
        let response = other.status(&id).await;
        assert_eq!(response.status, TaskStatus::Failed);
        assert!(
            response.message.contains("restarted"),
            "{}",
            response.message
        );
    }

    #[tokio::test]
    async fn work_that_panics_or_fails_ends_as_failed() {
        let table = TaskTable::in_memory();
        let id = table
            .start(|_| async { panic!("oops") })
            .await
            .correlation_id;
        assert_eq!(ended(&table, &id).await.status, TaskStatus::Failed);
        let id = table
            .start(|_| async { Err("no such container".to_owned()) })
            .await
            .correlation_id;
        assert_eq!(ended(&table, &id).await.message, "no such container");
    }

    #[tokio::test]
    async fn an_id_that_is_no_guid_never_becomes_a_path() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("x.json"), "{}").unwrap();
        let table = TaskTable::kept_in(folder.path().join("tasks"));
        for id in ["../x", "nope", ""] {
            let response = table.status(&CorrelationId::from_wire(id)).await;
            assert_eq!(response.status, TaskStatus::Unknown);
        }
    }
}
