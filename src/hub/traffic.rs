//! What calls cost, and the observer of each call.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::error::{HubError, HubErrorKind};

/// IoT Hub bills requests and answers in blocks of this size (Standard tier).
const MESSAGE_BYTES: usize = 4096;

/// What a run has sent and received, counted while it goes on.
#[derive(Debug, Default)]
pub struct Traffic {
    calls: AtomicU64,
    bytes_received: AtomicU64,
    messages: AtomicU64,
}

/// The sums of a [`Traffic`] at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TrafficTotals {
    /// Requests sent, repetitions included.
    pub calls: u64,
    /// Bytes of all answers' bodies, as they came over the wire.
    pub bytes_received: u64,
    /// Messages of the hub's daily quota: 4 KB each, requests and answers. An estimate, since the
    /// hub counts payloads and we count bodies.
    pub billed_messages: u64,
}

impl fmt::Display for TrafficTotals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} calls, {} bytes received, about {} messages of 4 KB billed",
            self.calls, self.bytes_received, self.billed_messages
        )
    }
}

impl Traffic {
    /// The sums so far.
    pub fn totals(&self) -> TrafficTotals {
        TrafficTotals {
            calls: self.calls.load(Ordering::Relaxed),
            bytes_received: self.bytes_received.load(Ordering::Relaxed),
            billed_messages: self.messages.load(Ordering::Relaxed),
        }
    }

    /// Counts one call, whatever became of it.
    pub(super) fn count(&self, sent: usize, received: usize, error: Option<&HubError>) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.bytes_received
            .fetch_add(received as u64, Ordering::Relaxed);
        if error.is_none_or(|error| is_billed(error.kind)) {
            let messages = billed_messages(sent) + billed_messages(received);
            self.messages.fetch_add(messages, Ordering::Relaxed);
        }
    }
}

/// How many messages a request or an answer of this many bytes is billed as: at least one.
pub fn billed_messages(bytes: usize) -> u64 {
    bytes.div_ceil(MESSAGE_BYTES).max(1) as u64
}

/// A call to an offline device is billed as well; what the hub itself turned away is not.
fn is_billed(kind: HubErrorKind) -> bool {
    matches!(
        kind,
        HubErrorKind::NotConnected
            | HubErrorKind::NoAnswer
            | HubErrorKind::Interrupted
            | HubErrorKind::NotAnAnswer
    )
}

/// One request and its outcome, for an observer.
#[derive(Debug)]
pub struct CallReport<'a> {
    /// A method's name, `twin` or `query`.
    pub operation: &'a str,
    /// The device, where one is called.
    pub device: Option<&'a str>,
    /// What was sent. It may hold secrets.
    pub body: &'a [u8],
    /// The method's status, or the HTTP status of anything but a method.
    pub outcome: Result<i32, &'a HubError>,
    /// From sending to the last byte of the answer.
    pub elapsed: Duration,
    /// The size of the answer's body.
    pub bytes_received: usize,
    /// The pause before the call is repeated; `None` if it is not.
    pub repeated_after: Option<Duration>,
}

/// Is called after every request.
pub trait CallObserver: fmt::Debug + Send + Sync {
    /// A request has ended, well or not.
    fn call_ended(&self, report: &CallReport<'_>);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_blocks_of_4_kb_and_never_none() {
        assert_eq!(billed_messages(0), 1);
        assert_eq!(billed_messages(4096), 1);
        assert_eq!(billed_messages(4097), 2);
        assert_eq!(billed_messages(120 * 1024), 30);
    }

    #[test]
    fn what_the_hub_turned_away_is_not_billed() {
        let traffic = Traffic::default();
        traffic.count(100, 5000, None);
        let throttled = HubError::without_answer(HubErrorKind::Throttled, "x");
        traffic.count(100, 50, Some(&throttled));
        let offline = HubError::without_answer(HubErrorKind::NotConnected, "x");
        traffic.count(100, 50, Some(&offline));
        assert_eq!(
            traffic.totals(),
            TrafficTotals {
                calls: 3,
                bytes_received: 5100,
                billed_messages: 3 + 2,
            }
        );
    }
}
