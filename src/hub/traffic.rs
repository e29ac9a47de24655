//! Counts the traffic of calls, and reports each call to an observer.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::error::{HubError, HubErrorKind};

/// IoT Hub bills requests and responses in blocks of this size (Standard tier).
const MESSAGE_BYTES: usize = 4096;

/// Counters for calls, bytes and billed messages.
#[derive(Debug, Default)]
pub struct Traffic {
    calls: AtomicU64,
    bytes_received: AtomicU64,
    messages: AtomicU64,
}

/// A snapshot of a [`Traffic`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TrafficTotals {
    /// Requests sent, including retries.
    pub calls: u64,
    /// Bytes of all response bodies.
    pub bytes_received: u64,
    /// Messages of 4 KB that count towards the hub's daily quota. An estimate, since the hub counts
    /// payloads and we count bodies.
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
    /// The totals so far.
    pub fn totals(&self) -> TrafficTotals {
        TrafficTotals {
            calls: self.calls.load(Ordering::Relaxed),
            bytes_received: self.bytes_received.load(Ordering::Relaxed),
            billed_messages: self.messages.load(Ordering::Relaxed),
        }
    }

    /// Counts one call, successful or not.
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

/// The number of messages billed for a request or a response of this size: at least one.
pub fn billed_messages(bytes: usize) -> u64 {
    bytes.div_ceil(MESSAGE_BYTES).max(1) as u64
}

/// Whether a failed call is billed. A call to an offline device is; a call rejected by the hub is not.
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
    /// The device, if any.
    pub device: Option<&'a str>,
    /// The request body, which may contain secrets.
    pub body: &'a [u8],
    /// The method's status, or the HTTP status if it was not a method.
    pub outcome: Result<i32, &'a HubError>,
    /// The time from sending to the last byte of the response.
    pub elapsed: Duration,
    /// The size of the response body.
    pub bytes_received: usize,
    /// The pause before the call is retried; `None` if it is not.
    pub repeated_after: Option<Duration>,
}

/// Receives a report of every request.
pub trait CallObserver: fmt::Debug + Send + Sync {
    /// Called when a request has succeeded or failed.
    fn call_ended(&self, report: &CallReport<'_>);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_blocks_of_4_kb_and_at_least_one() {
        assert_eq!(billed_messages(0), 1);
        assert_eq!(billed_messages(4096), 1);
        assert_eq!(billed_messages(4097), 2);
        assert_eq!(billed_messages(120 * 1024), 30);
    }

    #[test]
    fn calls_rejected_by_the_hub_are_not_billed() {
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
