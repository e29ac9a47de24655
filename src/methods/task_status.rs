//! The status of a task, returned by the methods that start or query one.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::correlation_id::CorrelationId;

/// The status of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TaskStatus {
    /// Accepted but not started. edgeAgent 1.6 never returns this.
    NotStarted,
    /// In progress.
    Running,
    /// Succeeded, as far as the device knows.
    Completed,
    /// Failed; the message has the error.
    Failed,
    /// Timed out or stopped. Undocumented; edgeAgent 1.6 sends no message with it.
    Cancelled,
    /// The device does not know the task: the shipped agent forgets all tasks when it restarts.
    #[serde(other)]
    Unknown,
}

impl TaskStatus {
    /// Whether the task has not ended yet.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::NotStarted | Self::Running)
    }
}

impl fmt::Display for TaskStatus {
    /// The name on the wire.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

/// The response of `UploadModuleLogs`, `UploadSupportBundle` and `GetTaskStatus`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskStatusResponse {
    /// The status of the task.
    pub status: TaskStatus,
    /// Why it failed; empty otherwise.
    #[serde(default)]
    pub message: String,
    /// The task's id.
    pub correlation_id: CorrelationId,
    /// The progress. Only our device module sends this; other clients ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<TaskProgress>,
    /// The names of the complete blobs. Only our device module sends this; the shipped agent writes
    /// them to its log.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blobs: Vec<String>,
}

/// The progress of a task.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskProgress {
    /// The number of modules that succeeded or failed.
    pub modules_done: u64,
    /// The number of all modules.
    pub modules: u64,
    /// The number of bytes sent so far.
    pub bytes: u64,
}

impl TaskStatusResponse {
    /// A response with the documented fields only.
    pub fn new(correlation_id: CorrelationId, status: TaskStatus, message: String) -> Self {
        Self {
            status,
            message,
            correlation_id,
            progress: None,
            blobs: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unrecognised_status_is_unknown() {
        let response: TaskStatusResponse =
            serde_json::from_str(r#"{"status":"Paused","correlationId":"x"}"#).unwrap();
        assert_eq!(response.status, TaskStatus::Unknown);
        assert_eq!(response.message, "");
    }
}
