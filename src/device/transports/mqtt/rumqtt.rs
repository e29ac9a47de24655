//! The crate `rumqttc` behind our trait.
//!
//! It would connect again by itself, and might then send on the new connection what was meant for the
//! old one. So each of its event loops gets one connection, and ends with it.

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::Secret;
use bytes::Bytes;
use rumqttc::{
    AsyncClient, Broker, ConnectionError, Event, EventLoop, MqttOptions, Packet, PublishOptions,
    PublishResult, QoS, StateError, SubscribeReasonCode,
};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use super::identity::Identity;
use super::socket::Socket;
use super::topic::FILTER;
use super::wire::{Link, LinkError, Message, Opened, Upstream};
use crate::error_chain::innermost_cause;
use crate::lock::lock;

/// How often to send something, in seconds: short enough for what keeps track of connections on the
/// way. IoT Hub and edgeHub wait half as long again.
const KEEP_ALIVE: u16 = 60;

/// How long an answer to CONNECT may take, and the sending of what was written.
const ANSWERS_WITHIN: Duration = Duration::from_secs(60);

/// The limit of IoT Hub and edgeHub for a packet.
const MAX_PACKET_BYTES: usize = 256 << 10;

/// The path of IoT Hub and edgeHub for WebSocket.
const WEBSOCKET_PATH: &str = "/$iothub/websocket";

/// How many messages may wait to be taken. They are taken without waiting for anything, so more only
/// come where this process does not run; then TCP holds back the other end.
const MAX_WAITING: usize = 256;

/// Opens connections with `rumqttc`.
pub(super) struct Rumqtt {
    pub(super) identity: Arc<Identity>,
    pub(super) socket: Socket,
    pub(super) websocket: bool,
}

struct OpenedSocket {
    identity: Arc<Identity>,
    place: String,
    host: String,
    websocket: bool,
    stream: TlsStream<TcpStream>,
}

struct RumqttLink {
    client: AsyncClient,
    arrives: tokio::sync::Mutex<mpsc::Receiver<Message>>,
    /// Why it ended.
    ended: Arc<Mutex<Option<LinkError>>>,
    polls: JoinHandle<()>,
}

#[async_trait]
impl Upstream for Rumqtt {
    async fn open(&self) -> Result<Box<dyn Opened>, LinkError> {
        Ok(Box::new(OpenedSocket {
            identity: self.identity.clone(),
            place: self.socket.place.to_string(),
            host: self.socket.place.host.clone(),
            websocket: self.websocket,
            stream: self.socket.open().await?,
        }))
    }
}

impl OpenedSocket {
    fn options(self, password: Option<&Secret>) -> Result<MqttOptions, rumqttc::OptionError> {
        let broker = match self.websocket {
            false => Broker::tcp(self.host.as_str(), 0),
            // TLS is ours: to the crate, it is a plain connection.
            true => Broker::websocket(format!("ws://localhost:443{WEBSOCKET_PATH}"))?,
        };
        let mut options = MqttOptions::new(self.identity.client_id(), broker);
        if self.websocket {
            let host = self.host;
            options.set_request_modifier(move |mut request| {
                if let Ok(host) = host.parse() {
                    request.headers_mut().insert("Host", host);
                }
                std::future::ready(request)
            });
        }
        match password {
            Some(password) => options.set_credentials(
                self.identity.user_name(),
                Bytes::copy_from_slice(password.secret().as_bytes()),
            ),
            None => options.set_username(self.identity.user_name()),
        };
        options
            .set_keep_alive(KEEP_ALIVE)
            .set_max_packet_size(MAX_PACKET_BYTES, MAX_PACKET_BYTES)
            // As all SDKs: the other end keeps the subscription while a connection takes over.
            .set_clean_session(false);
        let stream = Mutex::new(Some(self.stream));
        options.set_socket_connector(move |_, _| {
            let stream = lock(&stream).take();
            std::future::ready(stream.ok_or_else(|| io::Error::other("one connection only")))
        });
        Ok(options)
    }
}

#[async_trait]
impl Opened for OpenedSocket {
    async fn connect(
        self: Box<Self>,
        password: Option<&Secret>,
    ) -> Result<Arc<dyn Link>, LinkError> {
        let (place, client_id) = (self.place.clone(), self.identity.client_id());
        let dropped = |reason: String| LinkError::Dropped {
            place: place.clone(),
            reason,
        };
        let options = self
            .options(password)
            .map_err(|error| dropped(error.to_string()))?;
        let (client, mut events) = AsyncClient::builder(options)
            .unbounded()
            .try_build()
            .map_err(|error| dropped(error.to_string()))?;
        let mut network = events.network_options();
        network.set_connection_timeout(2 * ANSWERS_WITHIN.as_secs());
        events.set_network_options(network);
        match timeout(ANSWERS_WITHIN, events.poll()).await {
            Err(_) => {
                return Err(LinkError::NoConnack {
                    place,
                    waited: ANSWERS_WITHIN,
                });
            }
            Ok(Err(ConnectionError::ConnectionRefused(code))) => {
                return Err(LinkError::Refused {
                    place,
                    client: client_id,
                    reason: reason_of(code).to_owned(),
                });
            }
            Ok(Err(error)) => return Err(dropped(lost(&error))),
            Ok(Ok(_)) => {}
        }
        let (sends, arrives) = mpsc::channel(MAX_WAITING);
        let ended = Arc::default();
        let polls = tokio::spawn(poll(events, sends, Arc::clone(&ended)));
        Ok(Arc::new(RumqttLink {
            client,
            arrives: arrives.into(),
            ended,
            polls,
        }))
    }
}

/// Does nothing but read and write, so that no slow method ever keeps it from sending a ping.
async fn poll(
    mut events: EventLoop,
    sends: mpsc::Sender<Message>,
    ended: Arc<Mutex<Option<LinkError>>>,
) {
    loop {
        match events.poll().await {
            Ok(Event::Incoming(Packet::Publish(publish))) => {
                let message = Message {
                    topic: String::from_utf8_lossy(&publish.topic).into_owned(),
                    body: publish.payload,
                };
                if sends.send(message).await.is_err() {
                    break;
                }
            }
            Ok(_) => {}
            Err(error) => {
                *lock(&ended) = Some(LinkError::Lost(lost(&error)));
                break;
            }
        }
    }
}

impl RumqttLink {
    fn ended(&self) -> LinkError {
        let ended = lock(&self.ended).clone();
        ended.unwrap_or(LinkError::Closed)
    }
}

#[async_trait]
impl Link for RumqttLink {
    async fn subscribe(&self) -> Result<(), LinkError> {
        // Messages at most once: edgeHub would repeat others.
        let queued = self.client.try_subscribe_tracked(FILTER, QoS::AtMostOnce);
        let notice = queued.map_err(|_| self.ended())?;
        match timeout(ANSWERS_WITHIN, notice.wait_async()).await {
            Ok(Ok(acknowledged)) => match acknowledged.return_codes.first() {
                Some(SubscribeReasonCode::Success(_)) => Ok(()),
                _ => Err(LinkError::SubscriptionRefused),
            },
            Ok(Err(_)) => Err(self.ended()),
            Err(_) => Err(LinkError::Lost(format!(
                "SUBSCRIBE was not answered within {} s",
                ANSWERS_WITHIN.as_secs()
            ))),
        }
    }

    async fn unsubscribe(&self) -> Result<(), LinkError> {
        let queued = self.client.try_unsubscribe_tracked(FILTER);
        let notice = queued.map_err(|_| self.ended())?;
        notice.wait_async().await.map_err(|_| self.ended())?;
        Ok(())
    }

    async fn next(&self) -> Result<Message, LinkError> {
        let next = self.arrives.lock().await.recv().await;
        next.ok_or_else(|| self.ended())
    }

    async fn publish(&self, topic: String, body: Bytes) -> Result<(), LinkError> {
        let queued = self
            .client
            .try_publish_tracked(topic, body, PublishOptions::at_most_once());
        let notice = queued.map_err(|_| LinkError::Closed)?;
        match notice.wait_async().await {
            Ok(PublishResult::Qos0Flushed) => Ok(()),
            _ => Err(LinkError::Closed),
        }
    }

    async fn close(&self) {
        let _ = self.client.try_disconnect();
        // The event loop ends once DISCONNECT is sent.
        let mut arrives = self.arrives.lock().await;
        while arrives.recv().await.is_some() {}
    }
}

impl Drop for RumqttLink {
    fn drop(&mut self) {
        self.polls.abort();
    }
}

const CLOSED: &str = "the other end closed the connection";

/// Why a connection ended, in words for a log.
fn lost(error: &ConnectionError) -> String {
    let closed = |error: &io::Error| {
        matches!(
            error.kind(),
            io::ErrorKind::UnexpectedEof
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::BrokenPipe
        )
    };
    match error {
        ConnectionError::Io(error) | ConnectionError::MqttState(StateError::Io(error))
            if closed(error) =>
        {
            CLOSED.to_owned()
        }
        ConnectionError::MqttState(StateError::ConnectionAborted)
        | ConnectionError::RequestsDone => CLOSED.to_owned(),
        ConnectionError::MqttState(StateError::AwaitPingResp) => {
            format!("the other end answered nothing for {KEEP_ALIVE} s")
        }
        ConnectionError::FlushTimeout => {
            format!(
                "nothing could be sent for {} s",
                2 * ANSWERS_WITHIN.as_secs()
            )
        }
        error => innermost_cause(error),
    }
}

/// The refusals of MQTT 3.1.1, as IoT Hub uses them.
fn reason_of(code: rumqttc::ConnectReturnCode) -> &'static str {
    use rumqttc::ConnectReturnCode as Code;
    match code {
        Code::RefusedProtocolVersion => "it does not speak MQTT 3.1.1",
        Code::BadClientId => "it does not take the client id",
        Code::ServiceUnavailable => "it is not available at the moment",
        Code::BadUserNamePassword => "it does not take the user name or the password",
        Code::NotAuthorized => "it is not authorised",
        _ => "it gives no reason",
    }
}
