//! The agent's background tasks: a table in memory that an agent's restart empties.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How a task ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskEnd {
    /// As far as the agent knows, all is well.
    Completed,
    /// With the agent's words after "Task … failed because of error ".
    Failed(String),
    /// With an empty message, as a time-out towards `aziot-edged` ends.
    Cancelled,
    /// It runs for ever.
    Never,
}

/// What becomes of the tasks of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskPlan {
    /// How long a task runs.
    pub runs_for: Duration,
    /// How it ends.
    pub ends: TaskEnd,
}

impl Default for TaskPlan {
    fn default() -> Self {
        Self {
            runs_for: Duration::ZERO,
            ends: TaskEnd::Completed,
        }
    }
}

impl TaskPlan {
    /// A task that ends in this way, after this time.
    pub fn new(runs_for: Duration, ends: TaskEnd) -> Self {
        Self { runs_for, ends }
    }
}

struct Task {
    what: &'static str,
    started: Instant,
    plan: TaskPlan,
}

/// The table. Nothing ever leaves it but by a restart.
#[derive(Default)]
pub(crate) struct Tasks(HashMap<String, Task>);

impl Tasks {
    /// Starts a task. The first answer is always "Running".
    pub(crate) fn start(&mut self, what: &'static str, plan: TaskPlan) -> Value {
        let id = uuid::Uuid::new_v4().to_string();
        let task = Task {
            what,
            started: Instant::now(),
            plan,
        };
        self.0.insert(id.clone(), task);
        status("Running", "", &id)
    }

    /// Where a task stands. An unknown id is no error, and no GUID is asked for.
    pub(crate) fn status(&self, id: &str) -> Value {
        let Some(task) = self.0.get(id) else {
            return status("Unknown", "", id);
        };
        let runs = task.started.elapsed() < task.plan.runs_for;
        match &task.plan.ends {
            TaskEnd::Never => status("Running", "", id),
            _ if runs => status("Running", "", id),
            TaskEnd::Completed => status("Completed", "", id),
            TaskEnd::Cancelled => status("Cancelled", "", id),
            TaskEnd::Failed(error) => {
                let message = format!("Task {} failed because of error {error}", task.what);
                status("Failed", &message, id)
            }
        }
    }
}

fn status(status: &str, message: &str, id: &str) -> Value {
    json!({ "status": status, "message": message, "correlationId": id })
}
