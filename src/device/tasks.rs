//! The tasks of a device: what was started, and how it went.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::methods::{CorrelationId, TaskStatus, TaskStatusResponse};

/// How many tasks are remembered; the oldest ended ones are forgotten first.
const MAX_TASKS: usize = 1000;

/// The tasks that were started since the process began.
#[derive(Debug, Default)]
pub(super) struct TaskTable {
    tasks: Arc<Mutex<VecDeque<TaskStatusResponse>>>,
}

impl TaskTable {
    /// Starts a task and answers at once. The work's error becomes the message of a failed task.
    pub(super) fn start<F>(&self, work: F) -> TaskStatusResponse
    where
        F: Future<Output = Result<(), String>> + Send + 'static,
    {
        let started = TaskStatusResponse {
            status: TaskStatus::Running,
            message: String::new(),
            correlation_id: CorrelationId::random(),
        };
        {
            let mut tasks = lock(&self.tasks);
            if tasks.len() >= MAX_TASKS
                && let Some(ended) = tasks.iter().position(|task| !task.status.is_under_way())
            {
                tasks.remove(ended);
            }
            tasks.push_back(started.clone());
        }
        let (tasks, id) = (self.tasks.clone(), started.correlation_id.clone());
        tokio::spawn(async move {
            // A panic of the work must not leave the task running for ever.
            let (status, message) = match tokio::spawn(work).await {
                Ok(Ok(())) => (TaskStatus::Completed, String::new()),
                Ok(Err(message)) => (TaskStatus::Failed, message),
                Err(error) => (TaskStatus::Failed, format!("the task broke off: {error}")),
            };
            if let Some(task) = lock(&tasks)
                .iter_mut()
                .find(|task| task.correlation_id == id)
            {
                task.status = status;
                task.message = message;
            }
        });
        started
    }

    /// How a task stands; an unknown id is no error, as with the shipped agent.
    pub(super) fn status(&self, id: &CorrelationId) -> TaskStatusResponse {
        let known = lock(&self.tasks)
            .iter()
            .find(|task| task.correlation_id == *id)
            .cloned();
        known.unwrap_or_else(|| TaskStatusResponse {
            status: TaskStatus::Unknown,
            message: String::new(),
            correlation_id: id.clone(),
        })
    }
}

fn lock(
    tasks: &Mutex<VecDeque<TaskStatusResponse>>,
) -> MutexGuard<'_, VecDeque<TaskStatusResponse>> {
    tasks.lock().unwrap_or_else(PoisonError::into_inner)
}
