//! What happened on the front, for a test to check and to wait for.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FrontEvent {
    /// TLS stands: its version, such as `TLSv1_2`.
    Tls(String),
    /// A CONNECT was accepted.
    Connected {
        /// The client id.
        client: String,
        /// Counts from 1.
        connection: usize,
        /// In seconds.
        keep_alive: u16,
        /// The flag of the same name.
        clean_session: bool,
        /// Whether it came over WebSocket.
        websocket: bool,
    },
    /// A CONNECT was refused.
    Refused(String),
    /// Methods can be called.
    Subscribed(usize),
    /// A newer connection of the same identity took over.
    Kicked(usize),
    /// The token's life is over.
    Expired(usize),
    /// DISCONNECT.
    Disconnected(usize),
    /// UNSUBSCRIBE.
    Unsubscribed(usize),
    /// An answer to a request that the connection was not asked, or not any more.
    UnknownAnswer(String),
    /// Something for which a hub closes the connection.
    Violation(String),
}

/// How long a test waits, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(90);

#[derive(Debug, Default)]
pub(super) struct EventLog {
    events: Mutex<Vec<(Instant, FrontEvent)>>,
    changed: Condvar,
}

impl EventLog {
    fn events(&self) -> MutexGuard<'_, Vec<(Instant, FrontEvent)>> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, event: FrontEvent) {
        self.events().push((Instant::now(), event));
        self.changed.notify_all();
    }

    pub(super) fn all(&self) -> Vec<(Instant, FrontEvent)> {
        self.events().clone()
    }

    pub(super) fn wait_until(&self, enough: impl Fn(&[(Instant, FrontEvent)]) -> bool) {
        let waits = |events: &mut Vec<(Instant, FrontEvent)>| !enough(events);
        let (events, result) = self
            .changed
            .wait_timeout_while(self.events(), PATIENCE, waits)
            .unwrap_or_else(PoisonError::into_inner);
        assert!(!result.timed_out(), "never came: {events:#?}");
    }
}
