//! A task as it is stored.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::methods::TaskStatusResponse;

/// A task as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct TaskRecord {
    #[serde(flatten)]
    pub(super) response: TaskStatusResponse,
    /// When it was started and when it ended.
    pub(super) started: Timestamp,
    pub(super) ended: Option<Timestamp>,
    /// The process that runs it.
    pub(super) run: uuid::Uuid,
}
