//! Who is connected, and the requests on their way.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rumqttc::mqttbytes::QoS;
use rumqttc::mqttbytes::v4::{Packet, Publish};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc, oneshot};

use super::certificates::Certificates;
use super::connection;
use super::events::{EventLog, FrontEvent};
use super::setup::{MqttSetup, Proof};

/// How often an identity that a call waits for is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// The front while it runs.
pub(crate) struct Front {
    /// The hub's name in user names and in tokens.
    pub(super) hub: &'static [&'static str],
    pub(super) identities: HashMap<String, Proof>,
    pub(super) events: EventLog,
    pub(super) silent: AtomicBool,
    pub(super) refuses_subscriptions: AtomicBool,
    pub(super) connack_after: Mutex<Duration>,
    twice: AtomicBool,
    state: Mutex<State>,
}

/// Status and body.
type Answer = (i32, Vec<u8>);

#[derive(Default)]
struct State {
    connections: HashMap<String, Connection>,
    count: usize,
    /// By connection and id.
    waiting: HashMap<(usize, String), oneshot::Sender<Answer>>,
    last: Option<(String, String, Vec<u8>)>,
}

struct Connection {
    number: usize,
    sends: mpsc::UnboundedSender<Packet>,
    subscribed: bool,
    next_rid: usize,
    closes: Arc<Notify>,
}

/// What became of a method.
pub(crate) enum Outcome {
    Answered(i32, Vec<u8>),
    NotOnline,
    NoAnswer,
}

/// A handle for a test.
#[derive(Clone)]
pub struct MqttFront {
    front: Arc<Front>,
    certificates: Arc<Certificates>,
    mqtt: SocketAddr,
    websocket: SocketAddr,
}

/// What the hub is called.
const NAMES: &[&str] = &["localhost", "127.0.0.1", "127.0.88.83", "plant.example.net"];

impl Front {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this identity connects here.
    pub(crate) fn knows(&self, device: &str, module: &str) -> bool {
        self.identities.contains_key(&client_id(device, module))
    }

    /// Registers a connection whose CONNECT is accepted; an older one of the same identity is dropped.
    pub(super) fn connected(
        &self,
        client: &str,
        sends: mpsc::UnboundedSender<Packet>,
    ) -> (usize, Arc<Notify>) {
        let mut state = self.state();
        state.count += 1;
        let number = state.count;
        let closes = Arc::new(Notify::new());
        let connection = Connection {
            number,
            sends,
            subscribed: false,
            next_rid: 0,
            closes: closes.clone(),
        };
        if let Some(older) = state.connections.insert(client.to_owned(), connection) {
            self.events.push(FrontEvent::Kicked(older.number));
            older.closes.notify_one();
        }
        (number, closes)
    }

    pub(super) fn set_subscribed(&self, client: &str, number: usize, subscribed: bool) {
        let mut state = self.state();
        if let Some(connection) = state.connections.get_mut(client)
            && connection.number == number
        {
            connection.subscribed = subscribed;
        }
    }

    /// A connection ended: its requests get no answer.
    pub(super) fn ended(&self, client: &str, number: usize) {
        let mut state = self.state();
        if state
            .connections
            .get(client)
            .is_some_and(|it| it.number == number)
        {
            state.connections.remove(client);
        }
        state.waiting.retain(|(of, _), _| *of != number);
    }

    /// An answer arrived.
    pub(super) fn answered(&self, number: usize, rid: &str, status: i32, body: Vec<u8>) {
        let waiting = self.state().waiting.remove(&(number, rid.to_owned()));
        match waiting {
            Some(waiting) => {
                // The caller may have given up.
                let _ = waiting.send((status, body));
            }
            None => self.events.push(FrontEvent::UnknownAnswer(rid.to_owned())),
        }
    }

    /// Calls a method of a connected module.
    pub(crate) async fn call(
        &self,
        device: &str,
        module: &str,
        method: &str,
        payload: Option<&str>,
        connect: Duration,
        response: Duration,
    ) -> Outcome {
        let client = client_id(device, module);
        let until = Instant::now() + connect;
        let waiting = loop {
            let body = payload.unwrap_or_default().as_bytes().to_vec();
            match self.publish(&client, method, body) {
                Some(waiting) => break waiting,
                None if Instant::now() < until => tokio::time::sleep(LOOK).await,
                None => return Outcome::NotOnline,
            }
        };
        match tokio::time::timeout(response, waiting).await {
            Ok(Ok((status, body))) => Outcome::Answered(status, body),
            _ => Outcome::NoAnswer,
        }
    }

    fn publish(
        &self,
        client: &str,
        method: &str,
        body: Vec<u8>,
    ) -> Option<oneshot::Receiver<(i32, Vec<u8>)>> {
        let rid = {
            let mut state = self.state();
            let connection = state.connections.get_mut(client)?;
            connection.next_rid += 1;
            format!("{:x}", connection.next_rid)
        };
        self.send(client, method, &rid, body)
    }

    fn send(
        &self,
        client: &str,
        method: &str,
        rid: &str,
        body: Vec<u8>,
    ) -> Option<oneshot::Receiver<(i32, Vec<u8>)>> {
        let mut state = self.state();
        let connection = state.connections.get(client).filter(|it| it.subscribed)?;
        let name =
            percent_encoding::utf8_percent_encode(method, percent_encoding::NON_ALPHANUMERIC);
        let topic = format!("$iothub/methods/POST/{name}/?$rid={rid}");
        let publish = Packet::Publish(Publish::new(topic, QoS::AtMostOnce, body.clone()));
        let (number, times) = (
            connection.number,
            1 + usize::from(self.twice.load(Ordering::Relaxed)),
        );
        for _ in 0..times {
            // A connection that has just ended loses it, as on a real hub.
            let _ = connection.sends.send(publish.clone());
        }
        let (sends, waiting) = oneshot::channel();
        state.waiting.insert((number, rid.to_owned()), sends);
        state.last = Some((method.to_owned(), rid.to_owned(), body));
        Some(waiting)
    }
}

fn client_id(device: &str, module: &str) -> String {
    match module {
        "" => device.to_owned(),
        module => format!("{device}/{module}"),
    }
}

impl MqttFront {
    /// Starts to listen.
    pub(crate) async fn start(setup: MqttSetup) -> Self {
        let certificates = Certificates::default();
        let acceptor = certificates.acceptor(setup.address, setup.tls);
        let identities = setup.identities.iter();
        let front = Arc::new(Front {
            hub: NAMES,
            identities: identities
                .map(|(device, module, proof)| {
                    let module = module.as_deref().unwrap_or_default();
                    (client_id(device, module), proof.clone())
                })
                .collect(),
            events: EventLog::default(),
            silent: AtomicBool::new(false),
            refuses_subscriptions: AtomicBool::new(false),
            connack_after: Mutex::default(),
            twice: AtomicBool::new(false),
            state: Mutex::default(),
        });
        let mut places = Vec::new();
        for (websocket, port) in [(false, setup.port), (true, 0)] {
            let listener = TcpListener::bind((setup.address, port)).await;
            let listener = listener.expect("the address and the port");
            places.push(listener.local_addr().expect("a listener has an address"));
            let (front, acceptor) = (front.clone(), acceptor.clone());
            tokio::spawn(connection::serve(listener, acceptor, front, websocket));
        }
        Self {
            front,
            certificates: Arc::new(certificates),
            mqtt: places[0],
            websocket: places[1],
        }
    }

    pub(crate) fn front(&self) -> Arc<Front> {
        self.front.clone()
    }

    /// The port of MQTT over TLS.
    pub fn port(&self) -> u16 {
        self.mqtt.port()
    }

    /// The port of MQTT over WebSocket.
    pub fn websocket_port(&self) -> u16 {
        self.websocket.port()
    }

    /// Its authority, which issued its certificate.
    pub fn certificates(&self) -> &Certificates {
        &self.certificates
    }

    /// What happened so far, in order.
    pub fn events(&self) -> Vec<FrontEvent> {
        let all = self.front.events.all();
        all.into_iter().map(|(_, event)| event).collect()
    }

    /// The same with the moments.
    pub fn timed_events(&self) -> Vec<(Instant, FrontEvent)> {
        self.front.events.all()
    }

    /// Waits until what happened is enough.
    ///
    /// # Panics
    /// It is not after a minute and a half.
    pub fn wait_until(&self, enough: impl Fn(&[(Instant, FrontEvent)]) -> bool) {
        self.front.events.wait_until(enough);
    }

    /// Waits until so many subscriptions were made.
    ///
    /// # Panics
    /// They are not after a minute and a half.
    pub fn wait_subscribed(&self, times: usize) {
        let made = |(_, event): &&(Instant, FrontEvent)| matches!(event, FrontEvent::Subscribed(_));
        self.wait_until(|events| events.iter().filter(made).count() >= times);
    }

    /// From now on, nothing is answered to CONNECT, as by edgeHub 1.6.0.
    pub fn set_silent(&self, silent: bool) {
        self.front.silent.store(silent, Ordering::Relaxed);
    }

    /// From now on, CONNACK comes late.
    pub fn set_connack_after(&self, pause: Duration) {
        let mut after = self.front.connack_after.lock();
        **after.as_mut().unwrap_or_else(|error| error.get_mut()) = pause;
    }

    /// From now on, subscriptions are refused.
    pub fn set_refuses_subscriptions(&self, refuses: bool) {
        self.front
            .refuses_subscriptions
            .store(refuses, Ordering::Relaxed);
    }

    /// From now on, each request is delivered twice.
    pub fn set_twice(&self, twice: bool) {
        self.front.twice.store(twice, Ordering::Relaxed);
    }

    /// Drops the connection of a module.
    pub fn drop_connection(&self, device: &str, module: &str) {
        let state = self.front.state();
        if let Some(connection) = state.connections.get(&client_id(device, module)) {
            connection.closes.notify_one();
        }
    }

    /// Calls a method as the hub does; none: nobody answered.
    pub async fn call(
        &self,
        device: &str,
        module: &str,
        method: &str,
        payload: Option<&str>,
    ) -> Option<(i32, String)> {
        let limit = Duration::from_secs(30);
        let called = self
            .front
            .call(device, module, method, payload, limit, limit);
        match called.await {
            Outcome::Answered(status, body) => Some((status, String::from_utf8(body).ok()?)),
            _ => None,
        }
    }

    /// Calls a method as the hub does for a caller who does not wait for a connection.
    ///
    /// # Errors
    /// `404103` where nobody is subscribed, `504101` where nobody answers within 10 s.
    pub async fn call_now(
        &self,
        device: &str,
        module: &str,
        method: &str,
        payload: Option<&str>,
    ) -> Result<(i32, String), u32> {
        let limit = Duration::from_secs(10);
        let called = self
            .front
            .call(device, module, method, payload, Duration::ZERO, limit);
        match called.await {
            Outcome::Answered(status, body) => {
                Ok((status, String::from_utf8_lossy(&body).into_owned()))
            }
            Outcome::NotOnline => Err(404_103),
            Outcome::NoAnswer => Err(504_101),
        }
    }

    /// Delivers the last request again on the connection that is there now, with the same id, and
    /// returns the status and the payload of the answer.
    ///
    /// # Panics
    /// There is no connection, or no answer within 30 s.
    pub async fn deliver_again(&self, device: &str, module: &str) -> (i32, String) {
        let last = self.front.state().last.clone();
        let (method, rid, body) = last.expect("a request");
        let client = client_id(device, module);
        let waiting = self.front.send(&client, &method, &rid, body);
        let waiting = waiting.expect("a connection that is subscribed");
        let answer = tokio::time::timeout(Duration::from_secs(30), waiting).await;
        let (status, body) = answer.expect("an answer in time").expect("an answer");
        (status, String::from_utf8(body).expect("text"))
    }
}
