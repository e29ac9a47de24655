//! Calls `GetModuleLogs` on one device, a few calls at a time, counts them, and recognises every form
//! of 'too large'.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::edge_agent::EdgeAgent;
use super::entries::EntryForm;
use super::notices;
use crate::error::Error;
use crate::hub::{HubErrorKind, TrafficTotals, billed_messages};
use crate::lock::lock;
use crate::methods::{ContentType, Encoding, GetModuleLogs, LogItem, ModuleLogs, too_large_bytes};
use crate::output::Console;

/// How many calls one device gets at a time: `aziot-edged` serves five of its agent's at the most,
/// and hubs bound them as well (403800).
const CALLS_AT_A_TIME: usize = 3;

/// Why a call returned no logs.
#[derive(Debug)]
pub(super) enum CallFailure {
    /// The logs exceed what one answer carries. The agent says how many bytes they are, the hub does
    /// not.
    TooLarge(Option<u64>),
    /// Any other failure.
    Failed(Error),
}

impl From<Error> for CallFailure {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Calls one device's agent for logs.
#[derive(Debug)]
pub(super) struct LogCalls {
    agent: EdgeAgent,
    console: Console,
    encoding: Encoding,
    /// Whether to fetch JSON records: requested, or the agent sends no timestamps with text.
    json: AtomicBool,
    /// Whether the request has no limit.
    unbounded: bool,
    permits: Semaphore,
    /// When durations began to count.
    started: Instant,
    traffic: Mutex<TrafficTotals>,
}

impl LogCalls {
    pub(super) fn new(
        agent: EdgeAgent,
        console: Console,
        encoding: Encoding,
        content_type: ContentType,
        unbounded: bool,
    ) -> Self {
        Self {
            agent,
            console,
            encoding,
            json: AtomicBool::new(content_type == ContentType::Json),
            unbounded,
            permits: Semaphore::new(CALLS_AT_A_TIME),
            started: Instant::now(),
            traffic: Mutex::default(),
        }
    }

    pub(super) fn agent(&self) -> &EdgeAgent {
        &self.agent
    }

    pub(super) fn device(&self) -> &str {
        self.agent.device()
    }

    pub(super) fn console(&self) -> Console {
        self.console
    }

    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// How long ago durations began to count.
    pub(super) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The form in which entries come with their stamps.
    pub(super) fn stamped_form(&self) -> EntryForm {
        if self.json.load(Ordering::Relaxed) {
            EntryForm::Json
        } else {
            EntryForm::Stamped
        }
    }

    /// Switches to JSON records, because the agent sent text without the requested timestamps.
    pub(super) fn give_up_stamps(&self) {
        if !self.json.swap(true, Ordering::Relaxed) {
            let text = notices::served_through_json(self.device());
            self.console.warn(&text);
        }
    }

    /// Asks for logs.
    ///
    /// The hub's silence (504101) may mean that the answer is too large for the hub, or that the
    /// agent is gone; whether a single line of the same modules arrives tells which.
    pub(super) async fn get_logs(
        &self,
        items: Vec<LogItem>,
    ) -> Result<Vec<ModuleLogs>, CallFailure> {
        let content_type = match self.json.load(Ordering::Relaxed) {
            true => ContentType::Json,
            false => ContentType::Text,
        };
        // A call ends, one way or the other; the semaphore is never closed.
        let _permit = self.permits.acquire().await;
        let request = GetModuleLogs::new(items, self.encoding, content_type);
        let called = self
            .agent
            .call_once_if_silent::<_, Vec<ModuleLogs>>(&request);
        let error = match called.await {
            Ok(answer) => {
                self.count(&answer);
                return refused_in_payload(answer);
            }
            Err(error) => error,
        };
        self.count(&[]);
        match &error {
            Error::Refused { message, .. } => match too_large_bytes(message) {
                Some(bytes) => Err(CallFailure::TooLarge(bytes)),
                None => Err(CallFailure::Failed(error)),
            },
            Error::Hub { source, .. } if source.kind == HubErrorKind::TooLarge => {
                Err(CallFailure::TooLarge(None))
            }
            Error::Hub { source, .. } if source.kind == HubErrorKind::NoAnswer => {
                let probe = last_line_of(request.items());
                let probe = GetModuleLogs::new(probe, self.encoding, content_type);
                self.count(&[]);
                match self.agent.call::<_, Vec<ModuleLogs>>(&probe).await {
                    Ok(_) => Err(CallFailure::TooLarge(None)),
                    Err(_) => Err(CallFailure::Failed(error)),
                }
            }
            _ => Err(CallFailure::Failed(error)),
        }
    }

    fn count(&self, answer: &[ModuleLogs]) {
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let bytes: usize = answer
            .iter()
            .map(|logs| length(&logs.payload) + length(&logs.payload_bytes))
            .sum();
        let mut traffic = lock(&self.traffic);
        traffic.calls += 1;
        traffic.bytes_received += bytes as u64;
        // A request fits one message; a refusal is not counted.
        traffic.billed_messages += 1;
        if bytes > 0 {
            traffic.billed_messages += billed_messages(bytes);
        }
        if self.unbounded && traffic.calls == notices::TRAFFIC_AFTER_CALLS {
            self.console
                .note(&notices::traffic(self.device(), *traffic));
        }
    }
}

/// The same modules, one line each.
fn last_line_of(items: &[LogItem]) -> Vec<LogItem> {
    let probe = |item: &LogItem| LogItem {
        id: item.id.clone(),
        // One line is never more than the agent can count to.
        filter: item.filter.clone().with_tail(1).unwrap_or_default(),
    };
    items.iter().map(probe).collect()
}

/// Older agents answer 200 and put their refusal where the log would be.
fn refused_in_payload(answer: Vec<ModuleLogs>) -> Result<Vec<ModuleLogs>, CallFailure> {
    let refusals = answer
        .iter()
        .filter(|logs| logs.payload_bytes.is_none())
        .filter_map(|logs| too_large_bytes(logs.payload.as_deref()?));
    let sum = refusals.reduce(|sum, bytes| Some(sum? + bytes?));
    match sum {
        Some(bytes) => Err(CallFailure::TooLarge(bytes)),
        None => Ok(answer),
    }
}
