//! The requests of one connection.

use std::collections::{HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::value::to_raw_value;
use tokio::time::{Instant, timeout};

use super::events::Event;
use super::keeper::Shared;
use super::topic::{RequestTopic, answer_topic};
use super::wire::{Link, Message};
use crate::device::running::{Running, Runs};
use crate::hub::MAX_PAYLOAD_BYTES;
use crate::lock::lock;
use crate::methods::{ErrorBody, MethodAnswer, too_large_message};

/// Maximum number of requests that run at once. The handler has a limit of its own for those that read
/// logs; this one is for what waits there.
pub(super) const MAX_METHODS: usize = 64;

/// How long a method may take: no caller of IoT Hub waits longer.
const LONGEST: Duration = Duration::from_secs(300);

/// How many ids a connection remembers, to recognise a request that is delivered again.
const MOST_IDS: usize = 4096;

/// The requests of one connection. Their answers go out on it, or not at all.
pub(super) struct Session {
    pub(super) link: Arc<dyn Link>,
    shared: Arc<Shared>,
    ids: Ids,
    running: Running,
    refusing: bool,
}

/// The hashes of the latest ids.
#[derive(Debug, Default)]
struct Ids {
    known: HashSet<u64>,
    order: VecDeque<u64>,
}

/// A request that is being answered.
struct Request {
    link: Arc<dyn Link>,
    shared: Arc<Shared>,
    method: String,
    rid: String,
    arrived: Instant,
    /// Counted until it is answered: by the connection, and by the process.
    _runs: [Option<Runs>; 2],
}

impl Session {
    pub(super) fn new(link: Arc<dyn Link>, shared: Arc<Shared>) -> Self {
        Self {
            link,
            shared,
            ids: Ids::default(),
            running: Running::default(),
            refusing: false,
        }
    }

    /// From now on, requests are refused.
    pub(super) fn refuse(&mut self) {
        self.refusing = true;
    }

    /// Waits until all requests of this connection are answered.
    pub(super) async fn idle(&self) {
        self.running.none().await;
    }

    /// Answers a request, without waiting for it.
    pub(super) fn take(&mut self, message: Message) {
        let events = &self.shared.events;
        let Some(RequestTopic { method, rid }) = RequestTopic::parse(&message.topic) else {
            events.event(&Event::Ignored {
                topic: &message.topic,
            });
            return;
        };
        if !self.ids.insert(&rid) {
            events.event(&Event::Repeated {
                method: &method,
                rid: &rid,
            });
            return;
        }
        events.event(&Event::Requested {
            method: &method,
            rid: &rid,
            bytes: message.body.len(),
        });
        let slot = self.shared.running.enter(MAX_METHODS);
        let refusal = if self.refusing {
            Some((
                503,
                "The device module is stopping. Nothing was done.".to_owned(),
            ))
        } else if slot.is_none() {
            Some((
                429,
                format!(
                    "The device is already working on {MAX_METHODS} requests. Nothing was done; try again."
                ),
            ))
        } else {
            lock(&self.shared.acted)
                .again(&rid, &method, &message.body)
                .map(|ago| {
                    (
                        409,
                        format!(
                            "The same request, with the same id, arrived {} s ago on an earlier connection, and was \
                             run then. It was not run again; if that was meant, send a new request.",
                            ago.as_secs()
                        ),
                    )
                })
        };
        let request = Request {
            link: self.link.clone(),
            shared: self.shared.clone(),
            method,
            rid,
            arrived: Instant::now(),
            _runs: [slot, self.running.enter(usize::MAX)],
        };
        tokio::spawn(async move {
            let answer = match refusal {
                Some((status, message)) => refused(status, message),
                None => request.run(message.body).await,
            };
            request.answer(answer).await;
        });
    }
}

impl Ids {
    /// Whether the id is new.
    fn insert(&mut self, id: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        let id = hasher.finish();
        if !self.known.insert(id) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > MOST_IDS
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

impl Request {
    async fn run(&self, body: Bytes) -> MethodAnswer {
        let Ok(text) = String::from_utf8(body.into()) else {
            return refused(400, "The payload is not UTF-8.".to_owned());
        };
        let (handler, method) = (self.shared.handler.clone(), self.method.clone());
        // In a task of its own, so that a crash is answered.
        let run = tokio::spawn(async move {
            // The hub delivers a payload of null as an empty body, or as it is.
            let payload = Some(text.as_str()).filter(|text| !matches!(text.trim(), "" | "null"));
            timeout(LONGEST, handler.handle(&method, payload)).await
        });
        match run.await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => {
                let limit = LONGEST.as_secs();
                refused(
                    504,
                    format!("The method did not end within {limit} seconds."),
                )
            }
            Err(error) => refused(500, format!("The method crashed: {error}")),
        }
    }

    async fn answer(self, answer: MethodAnswer) {
        let mut status = answer.status;
        let mut body = body_of(answer);
        if body.len() > MAX_PAYLOAD_BYTES {
            let bytes = u64::try_from(body.len()).unwrap_or(u64::MAX);
            status = 400;
            body = body_of(refused(status, too_large_message(bytes)));
        }
        let bytes = body.len();
        let topic = answer_topic(status, &self.rid);
        let sent = self.link.publish(topic, body).await;
        let (method, rid) = (self.method.as_str(), self.rid.as_str());
        self.shared.events.event(&match &sent {
            Ok(()) => Event::Answered {
                method,
                rid,
                status,
                took: self.arrived.elapsed(),
                bytes,
            },
            Err(error) => Event::AnswerLost {
                method,
                rid,
                status,
                error,
            },
        });
    }
}

/// The shipped agent sends nothing where there is no payload, which the hub relays as it is: as JSON
/// that can't be read. The SDKs send `null`.
fn body_of(answer: MethodAnswer) -> Bytes {
    match answer.payload {
        Some(payload) => Bytes::from(Box::<str>::from(payload).into_string()),
        None => Bytes::from_static(b"null"),
    }
}

fn refused(status: i32, message: String) -> MethodAnswer {
    MethodAnswer {
        status,
        payload: to_raw_value(&ErrorBody { message }).ok(),
    }
}
