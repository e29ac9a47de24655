//! The engine's only ways out: one device's agent, the clock, and the one who reports.
//!
//! The simulation in `tests/simulation` puts a model behind each of them.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::error::Error;
use crate::methods::{GetModuleLogs, ModuleLogs};
use crate::output::Console;

/// What the engine asks of one device.
#[async_trait]
pub trait LogAgent: Debug + Send + Sync {
    /// The hub's name, as devices call it.
    fn hub(&self) -> &str;

    /// The device's id.
    fn device(&self) -> &str;

    /// Calls `GetModuleLogs`.
    ///
    /// Lost answers are asked for again within the limits of the run. Silence (504101) is not with
    /// [`Silence::Final`]: the log may be too large for the hub, and asking again costs the whole
    /// response timeout.
    ///
    /// # Errors
    /// The hub relays nothing, the agent's status is not 200, or the payload has another form.
    async fn get_module_logs(
        &self,
        request: &GetModuleLogs,
        silence: Silence,
    ) -> Result<Vec<ModuleLogs>, Error>;

    /// The names of the device's modules, from the agent's twin. The device is not called.
    ///
    /// # Errors
    /// The hub can't be asked.
    async fn module_names(&self) -> Result<Vec<String>, Error>;

    /// Whether the device is still one of those that are to be followed.
    fn is_selected(&self) -> bool {
        true
    }

    /// How often an answer that arrives damaged is asked for again (`--retries`).
    fn retries(&self) -> u32;
}

/// What the hub's silence (504101) means to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// It is an answer.
    Final,
    /// The answer was lost, and is asked for again.
    Lost,
}

/// Time, as the engine knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// What the wall clock showed at `start`; none for that of this machine.
    fixed: Option<(Timestamp, Instant)>,
}

impl Clock {
    /// This machine's clock.
    pub const SYSTEM: Self = Self { fixed: None };

    /// A wall clock that shows `now` at this moment, and goes on with tokio's time, which a
    /// simulation may have paused.
    pub fn starting_at(now: Timestamp) -> Self {
        Self {
            fixed: Some((now, Instant::now())),
        }
    }

    /// What the wall clock shows.
    pub fn now(self) -> Timestamp {
        match self.fixed {
            None => Timestamp::now(),
            Some((then, start)) => then + start.elapsed(),
        }
    }

    /// Waits.
    pub async fn sleep(self, pause: Duration) {
        tokio::time::sleep(pause).await;
    }
}

/// Who hears of what is not a line.
pub trait Report: Debug + Send + Sync {
    /// Something that is good to know.
    fn note(&self, text: &str);

    /// Something that is missing, or not what was asked for.
    fn warn(&self, text: &str);
}

impl Report for Console {
    fn note(&self, text: &str) {
        Self::note(self, text);
    }

    fn warn(&self, text: &str) {
        Self::warn(self, text);
    }
}
