//! A hub in memory: one connection for each identity, tokens that expire, ids that begin anew with each
//! connection. It checks every answer.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::Secret;
use bytes::Bytes;
use serde_json::value::RawValue;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};

use super::super::credential::{Password, Passwords, SignError};
use super::super::events::{Event, Events};
use super::super::keeper::{Keeper, Shared};
use super::super::method_handler::MethodHandler;
use super::super::wire::{Link, LinkError, Message, Opened, Upstream};
use crate::lock::lock;
use crate::methods::MethodAnswer;

/// How long every step on the way takes.
const LATENCY: Duration = Duration::from_millis(20);

pub(super) struct Hub {
    pub(super) state: Mutex<State>,
    /// How long tokens last.
    pub(super) lifetime: Duration,
    pub(super) changed: watch::Sender<()>,
    began: Instant,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) down: bool,
    pub(super) silent: bool,
    pub(super) signs_nothing: bool,
    connections: usize,
    current: Option<Current>,
    pub(super) opened: usize,
    pub(super) connected: usize,
    /// Unanswered requests, by connection and id.
    pub(super) open: HashMap<(usize, String), String>,
    pub(super) answered: Vec<(String, i32, String)>,
    pub(super) ran: HashMap<String, usize>,
    /// What the device logged: requests that will not be answered.
    pub(super) lost: HashSet<(String, String)>,
    pub(super) log: Vec<String>,
    /// Requests that met no subscription.
    pub(super) not_online: usize,
    pub(super) renewals: usize,
    pub(super) gaps: Vec<Duration>,
    pub(super) tasks: usize,
    pub(super) unsubscribed: usize,
    pub(super) closed: usize,
}

struct Current {
    number: usize,
    subscribed: bool,
    next_id: usize,
    sends: mpsc::UnboundedSender<Message>,
}

impl Hub {
    pub(super) fn new(lifetime: Duration) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::default(),
            lifetime,
            changed: watch::Sender::new(()),
            began: Instant::now(),
        })
    }

    pub(super) fn keeper(self: &Arc<Self>, grace: Duration) -> Keeper {
        let peer = Arc::new(Peer(self.clone()));
        Keeper {
            upstream: peer.clone(),
            passwords: peer.clone(),
            shared: Shared::new(peer.clone(), peer),
            grace,
        }
    }

    /// The other end drops the connection.
    pub(super) fn drop_connection(&self) {
        lock(&self.state).current = None;
        self.changed.send_replace(());
    }

    pub(super) fn set_down(&self, down: bool) {
        let mut state = lock(&self.state);
        state.down = down;
        if down {
            state.current = None;
        }
        drop(state);
        self.changed.send_replace(());
    }

    pub(super) fn is_subscribed(&self) -> bool {
        lock(&self.state)
            .current
            .as_ref()
            .is_some_and(|current| current.subscribed)
    }

    /// Waits until methods can be called.
    pub(super) async fn subscribed(&self) {
        let mut changed = self.changed.subscribe();
        while !self.is_subscribed() {
            changed.changed().await.unwrap();
        }
    }

    /// Calls a method, and returns its id; none if nobody is subscribed.
    pub(super) fn call(&self, method: &str, payload: &str) -> Option<String> {
        let id = lock(&self.state)
            .current
            .as_ref()
            .map(|current| format!("{:x}", current.next_id + 1));
        self.deliver(method, payload, id.as_deref().unwrap_or_default())
            .then_some(id)?
    }

    /// Delivers a request with this id.
    pub(super) fn deliver(&self, method: &str, payload: &str, id: &str) -> bool {
        let mut state = lock(&self.state);
        let state = &mut *state;
        let Some(current) = state.current.as_mut().filter(|current| current.subscribed) else {
            state.not_online += 1;
            return false;
        };
        current.next_id += 1;
        let key = (current.number, id.to_owned());
        let sent = current.sends.send(Message {
            topic: format!("$iothub/methods/POST/{method}/?$rid={id}"),
            body: Bytes::from(payload.to_owned()),
        });
        if sent.is_ok() {
            state.open.insert(key, format!("{method} {payload}"));
        }
        true
    }
}

/// The device's end.
struct Peer(Arc<Hub>);

struct Opening {
    hub: Arc<Hub>,
    since: Instant,
}

/// How long an open connection may wait for its CONNECT, as at edgeHub.
const CONNECT_ARRIVES_WITHIN: Duration = Duration::from_secs(60);

struct Connected {
    hub: Arc<Hub>,
    number: usize,
    arrives: tokio::sync::Mutex<mpsc::UnboundedReceiver<Message>>,
}

#[async_trait]
impl Upstream for Peer {
    async fn open(&self) -> Result<Box<dyn Opened>, LinkError> {
        sleep(LATENCY).await;
        let mut state = lock(&self.0.state);
        state.opened += 1;
        if state.down {
            return Err(LinkError::Unreachable {
                place: "the hub".to_owned(),
                reason: "it is down".to_owned(),
            });
        }
        Ok(Box::new(Opening {
            hub: self.0.clone(),
            since: Instant::now(),
        }))
    }
}

#[async_trait]
impl Passwords for Peer {
    async fn password(&self) -> Result<Password, SignError> {
        sleep(LATENCY).await;
        if lock(&self.0.state).signs_nothing {
            return Err(SignError("it is restarting".to_owned()));
        }
        // A token is the moment of its end.
        let expires = self.0.began.elapsed() + self.0.lifetime;
        Ok(Password {
            value: Some(Secret::new(expires.as_millis().to_string())),
            lasts: Some(self.0.lifetime),
        })
    }
}

#[async_trait]
impl Opened for Opening {
    async fn connect(
        self: Box<Self>,
        password: Option<&Secret>,
    ) -> Result<Arc<dyn Link>, LinkError> {
        sleep(LATENCY).await;
        let place = "the hub".to_owned();
        if lock(&self.hub.state).silent {
            let waited = Duration::from_secs(60);
            sleep(waited).await;
            return Err(LinkError::NoConnack { place, waited });
        }
        if self.since.elapsed() > CONNECT_ARRIVES_WITHIN {
            let reason = "it waited for CONNECT".to_owned();
            return Err(LinkError::Dropped { place, reason });
        }
        let expires: u64 = password.unwrap().secret().parse().unwrap();
        let left = Duration::from_millis(expires).saturating_sub(self.hub.began.elapsed());
        let (sends, arrives) = mpsc::unbounded_channel();
        let number = {
            let mut state = lock(&self.hub.state);
            if state.down {
                let reason = "it went down".to_owned();
                return Err(LinkError::Dropped { place, reason });
            }
            assert!(left > Duration::ZERO, "an expired token");
            state.connected += 1;
            state.connections += 1;
            let number = state.connections;
            // One connection for each identity: the older one is dropped.
            state.current = Some(Current {
                number,
                subscribed: false,
                next_id: 0,
                sends,
            });
            number
        };
        let hub = self.hub.clone();
        tokio::spawn(async move {
            sleep(left).await;
            let mut state = lock(&hub.state);
            if state.current.as_ref().is_some_and(|it| it.number == number) {
                state.log.push("expired".to_owned());
                state.current = None;
            }
        });
        self.hub.changed.send_replace(());
        sleep(LATENCY).await;
        Ok(Arc::new(Connected {
            hub: self.hub.clone(),
            number,
            arrives: arrives.into(),
        }))
    }
}

impl Connected {
    fn if_current<T>(&self, act: impl FnOnce(&mut Current) -> T) -> Result<T, LinkError> {
        let mut state = lock(&self.hub.state);
        match &mut state.current {
            Some(current) if current.number == self.number => Ok(act(current)),
            _ => Err(LinkError::Closed),
        }
    }
}

#[async_trait]
impl Link for Connected {
    async fn subscribe(&self) -> Result<(), LinkError> {
        sleep(LATENCY).await;
        self.if_current(|current| current.subscribed = true)?;
        self.hub.changed.send_replace(());
        sleep(LATENCY).await;
        Ok(())
    }

    async fn unsubscribe(&self) -> Result<(), LinkError> {
        sleep(LATENCY).await;
        self.if_current(|current| current.subscribed = false)?;
        lock(&self.hub.state).unsubscribed += 1;
        Ok(())
    }

    async fn next(&self) -> Result<Message, LinkError> {
        let lost = || LinkError::Lost("closed by the other end".to_owned());
        self.arrives.lock().await.recv().await.ok_or_else(lost)
    }

    async fn publish(&self, topic: String, body: Bytes) -> Result<(), LinkError> {
        sleep(LATENCY).await;
        self.if_current(|_| ())?;
        let (status, rid) = topic
            .strip_prefix("$iothub/methods/res/")
            .and_then(|rest| rest.split_once("/?$rid="))
            .unwrap();
        let mut state = lock(&self.hub.state);
        let asked = state.open.remove(&(self.number, rid.to_owned()));
        let asked = asked.expect("an answer to what this connection asked, and only one");
        let body = String::from_utf8(body.to_vec()).unwrap();
        state.answered.push((asked, status.parse().unwrap(), body));
        Ok(())
    }

    async fn close(&self) {
        let mut state = lock(&self.hub.state);
        state.closed += 1;
        if state
            .current
            .as_ref()
            .is_some_and(|it| it.number == self.number)
        {
            state.current = None;
        }
    }
}

#[async_trait]
impl MethodHandler for Peer {
    /// `sleep MS TEXT` takes so long; the answer is the payload, as a string.
    async fn handle(&self, method: &str, payload: Option<&str>) -> MethodAnswer {
        let payload = payload.unwrap_or("nothing").to_owned();
        *lock(&self.0.state)
            .ran
            .entry(format!("{method} {payload}"))
            .or_default() += 1;
        if let Some(ms) = payload.strip_prefix("sleep ") {
            let ms = ms.split(' ').next().unwrap().parse().unwrap();
            sleep(Duration::from_millis(ms)).await;
        }
        assert!(payload != "crash", "as asked");
        let answer = match payload.strip_prefix("long ") {
            Some(bytes) => "x".repeat(bytes.parse().unwrap()),
            None => format!("{method} {payload}"),
        };
        MethodAnswer {
            status: 200,
            payload: RawValue::from_string(serde_json::to_string(&answer).unwrap()).ok(),
        }
    }

    fn running_tasks(&self) -> usize {
        lock(&self.0.state).tasks
    }

    async fn tasks_ended(&self) {
        while self.running_tasks() > 0 {
            sleep(LATENCY).await;
        }
    }
}

impl Events for Peer {
    fn event(&self, event: &Event<'_>) {
        let mut state = lock(&self.0.state);
        match event {
            Event::Renewed { gap } => {
                state.renewals += 1;
                state.gaps.push(*gap);
            }
            Event::AnswerLost { method, rid, .. } => {
                state.lost.insert(((*method).to_owned(), (*rid).to_owned()));
            }
            Event::Answered { .. } | Event::Requested { .. } => return,
            _ => {}
        }
        state.log.push(event.to_string());
    }
}
