//! Passes what happens on to the log and to the metrics.

use std::sync::{Arc, OnceLock};

use super::events::{Event, Events, Level};
use super::keeper::Shared;
use super::metrics::Metrics;

/// Takes the lines of a log.
pub trait ServiceLog: Send + Sync {
    /// Writes a line, if its level is wanted.
    fn line(&self, level: Level, text: &str);
}

/// The log and the metrics of one device module.
pub(super) struct Telemetry {
    log: Arc<dyn ServiceLog>,
    metrics: Metrics,
    shared: OnceLock<Arc<Shared>>,
}

impl Telemetry {
    pub(super) fn new(log: Arc<dyn ServiceLog>) -> Self {
        Self {
            log,
            metrics: Metrics::default(),
            shared: OnceLock::new(),
        }
    }

    /// From now on, what is running is counted too.
    pub(super) fn watch(&self, shared: Arc<Shared>) {
        let _ = self.shared.set(shared);
    }

    pub(super) fn metrics(&self) -> String {
        let shared = self.shared.get();
        let requests = shared.map_or(0, |shared| shared.running.count());
        let tasks = shared.map_or(0, |shared| shared.handler.running_tasks());
        self.metrics.text(requests, tasks)
    }

    pub(super) fn is_connected(&self) -> bool {
        self.metrics.is_connected()
    }
}

impl Events for Telemetry {
    fn event(&self, event: &Event<'_>) {
        self.metrics.count(event);
        self.log.line(event.level(), &event.to_string());
    }
}
