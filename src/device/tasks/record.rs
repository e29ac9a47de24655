//! A task as it is stored.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::methods::TaskStatusResponse;

/// A task with its times and its process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct TaskRecord {
    #[serde(flatten)]
    pub(super) response: TaskStatusResponse,
    /// When it started and ended.
    pub(super) started: Timestamp,
    pub(super) ended: Option<Timestamp>,
    /// The process that runs it.
    pub(super) run: uuid::Uuid,
}
