//! The answer of the methods that start a task or ask after one.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::correlation_id::CorrelationId;

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TaskStatus {
    /// Accepted, not begun. edgeAgent 1.6 never says so.
    NotStarted,
    /// Under way.
    Running,
    /// Ended well, as far as the device knows.
    Completed,
    /// Ended by an error, which the message tells.
    Failed,
    /// Ended by a time-out or a stop. The public documentation leaves this one out, and edgeAgent
    /// 1.6 gives no message with it.
    Cancelled,
    /// The device does not know the task: the shipped agent forgets all of them when it restarts.
    #[serde(other)]
    Unknown,
}

impl TaskStatus {
    /// Whether the task goes on, so that asking again makes sense.
    pub fn is_under_way(self) -> bool {
        matches!(self, Self::NotStarted | Self::Running)
    }

    /// The name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotStarted => "NotStarted",
            Self::Running => "Running",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
            Self::Unknown => "Unknown",
        }
    }
}

impl fmt::Display for TaskStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The answer of `UploadModuleLogs`, `UploadSupportBundle` and `GetTaskStatus`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskStatusResponse {
    /// Where the task stands.
    pub status: TaskStatus,
    /// Why it failed; empty otherwise.
    #[serde(default)]
    pub message: String,
    /// The id to ask with.
    pub correlation_id: CorrelationId,
    /// How far it is. Only our own device module tells; other clients ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<TaskProgress>,
    /// The names of the blobs that are whole. Only our own device module tells; the shipped agent
    /// writes them to its own log.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blobs: Vec<String>,
}

/// How far a task is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskProgress {
    /// How many modules are done, well or not.
    pub modules_done: u64,
    /// How many there are to do.
    pub modules: u64,
    /// How many bytes were written so far, as they were sent.
    pub bytes: u64,
}

impl TaskStatusResponse {
    /// An answer with the documented fields only.
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
    fn a_status_nobody_knows_reads_as_unknown() {
        let response: TaskStatusResponse =
            serde_json::from_str(r#"{"status":"Paused","correlationId":"x"}"#).unwrap();
        assert_eq!(response.status, TaskStatus::Unknown);
        assert_eq!(response.message, "");
    }
}
