//! What a source knows about a module.

use jiff::Timestamp;
use serde::Serialize;

/// A module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleInfo {
    /// The name.
    pub name: String,
    /// The state.
    pub state: ModuleState,
    /// The image, where there is one.
    pub image: Option<String>,
    /// The last exit code.
    pub exit_code: Option<i64>,
    /// The last start.
    pub started: Option<Timestamp>,
    /// The last exit.
    pub exited: Option<Timestamp>,
    /// How often it was restarted automatically, if the source counts that.
    pub restarts: Option<u64>,
}

impl ModuleInfo {
    /// A running module of which only the name is known.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            state: ModuleState::Running,
            image: None,
            exit_code: None,
            started: None,
            exited: None,
            restarts: None,
        }
    }
}

/// The state of a module, as in the edge agent's reported properties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ModuleState {
    /// Not known.
    Unknown,
    /// Waiting to be started again.
    Backoff,
    /// Running.
    Running,
    /// Running, and its health check fails.
    Unhealthy,
    /// Ended with exit code 0, paused, or never started.
    Stopped,
    /// Ended with an exit code other than 0.
    Failed,
    /// Can't be restarted.
    Dead,
}
