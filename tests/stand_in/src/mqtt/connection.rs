//! One connection, from TLS to its end.

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_tungstenite::bytes::{ByteReader, ByteWriter};
use async_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::BytesMut;
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use rumqttc::mqttbytes::v4::{
    ConnAck, Connect, ConnectAuth, ConnectReturnCode, Packet, PubAck, SubAck, SubscribeReasonCode,
    UnsubAck,
};
use rumqttc::mqttbytes::{Error, QoS};
use sha2::Sha256;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;

use super::events::FrontEvent;
use super::front::Front;
use super::setup::Proof;

/// The hub's limits.
const MAX_PACKET_BYTES: usize = 256 * 1024;
const MAX_ANSWER_BYTES: usize = 128 * 1024;
const MAX_SUBSCRIPTIONS: usize = 5;

/// How long a client may take to send CONNECT.
const CONNECT_WITHIN: Duration = Duration::from_secs(60);

type Reads = Box<dyn AsyncRead + Send + Unpin>;
type Writes = Box<dyn AsyncWrite + Send + Unpin>;

pub(super) async fn serve(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    front: Arc<Front>,
    websocket: bool,
) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let _ = stream.set_nodelay(true);
        let (acceptor, front) = (acceptor.clone(), front.clone());
        tokio::spawn(async move {
            // What fails here is the client's to tell.
            let _ = accept(stream, &acceptor, front, websocket).await;
        });
    }
}

async fn accept(
    stream: TcpStream,
    acceptor: &TlsAcceptor,
    front: Arc<Front>,
    websocket: bool,
) -> std::io::Result<()> {
    let stream = acceptor.accept(stream).await?;
    let (_, tls) = stream.get_ref();
    let version = tls.protocol_version().map(|version| format!("{version:?}"));
    front
        .events
        .push(FrontEvent::Tls(version.unwrap_or_default()));
    let certified = tls.peer_certificates().is_some();
    let (reads, writes): (Reads, Writes) = if websocket {
        #[expect(
            clippy::result_large_err,
            reason = "the crate wants the response as it is"
        )]
        let checked = |request: &Request,
                       mut response: Response|
         -> Result<Response, ErrorResponse> {
            let header = |name: &str| request.headers().get(name).and_then(|it| it.to_str().ok());
            let fits = request.uri().path() == "/$iothub/websocket"
                && header("sec-websocket-protocol") == Some("mqtt");
            if !fits {
                let mut refusal = ErrorResponse::new(None);
                *refusal.status_mut() = "404".parse().expect("a status");
                return Err(refusal);
            }
            let protocol = "mqtt".parse().expect("a header");
            response
                .headers_mut()
                .insert("sec-websocket-protocol", protocol);
            Ok(response)
        };
        let socket = async_tungstenite::tokio::accept_hdr_async(stream, checked).await;
        let (sender, receiver) = socket.map_err(std::io::Error::other)?.split();
        (
            Box::new(ByteReader::new(receiver)),
            Box::new(ByteWriter::new(sender)),
        )
    } else {
        let (reads, writes) = tokio::io::split(stream);
        (Box::new(reads), Box::new(writes))
    };
    let mut reader = Reader {
        reads,
        buffer: BytesMut::new(),
    };
    let packet = tokio::time::timeout(CONNECT_WITHIN, reader.packet()).await;
    let Ok(Some(Packet::Connect(connect))) = packet else {
        return Ok(());
    };
    session(reader, writes, &connect, &front, websocket, certified).await;
    Ok(())
}

async fn session(
    mut reader: Reader,
    mut writes: Writes,
    connect: &Connect,
    front: &Arc<Front>,
    websocket: bool,
    certified: bool,
) {
    if front.silent.load(Ordering::Relaxed) {
        // The CONNECT is lost: the client waits.
        while reader.packet().await.is_some() {}
        return;
    }
    let pause = *front
        .connack_after
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    tokio::time::sleep(pause).await;
    let client = connect.client_id.clone();
    let lasts = match admitted(front, connect, certified) {
        Ok(lasts) => lasts,
        Err(reason) => {
            front.events.push(FrontEvent::Refused(reason));
            let refused = ConnAck::new(ConnectReturnCode::NotAuthorized, false);
            let _ = write(&mut writes, &Packet::ConnAck(refused)).await;
            return;
        }
    };
    let (sends, mut queued) = mpsc::unbounded_channel();
    let (number, closes) = front.connected(&client, sends.clone());
    front.events.push(FrontEvent::Connected {
        client: client.clone(),
        connection: number,
        keep_alive: connect.keep_alive,
        clean_session: connect.clean_session,
        websocket,
    });
    let accepted = ConnAck::new(ConnectReturnCode::Success, false);
    let _ = sends.send(Packet::ConnAck(accepted));
    let writer = tokio::spawn(async move {
        while let Some(packet) = queued.recv().await {
            if write(&mut writes, &packet).await.is_err() {
                break;
            }
        }
    });
    let expires = tokio::time::sleep(lasts);
    tokio::pin!(expires);
    let silence = Duration::from_secs(u64::from(connect.keep_alive)).mul_f64(1.5);
    let mut subscriptions = 0;
    loop {
        let packet = tokio::select! {
            packet = tokio::time::timeout(silence, reader.packet()) => packet,
            () = closes.notified() => break,
            () = &mut expires => {
                front.events.push(FrontEvent::Expired(number));
                break;
            }
        };
        let Ok(Some(packet)) = packet else { break };
        let replies = match packet {
            Packet::Subscribe(subscribe) => {
                subscriptions += subscribe.filters.len();
                let outside = subscribe
                    .filters
                    .iter()
                    .find(|filter| !filter.path.starts_with("$iothub/"));
                if let Some(filter) = outside {
                    violation(front, format!("subscription to {}", filter.path));
                    break;
                }
                if subscriptions > MAX_SUBSCRIPTIONS {
                    violation(front, "a sixth subscription".to_owned());
                    break;
                }
                let refuses = front.refuses_subscriptions.load(Ordering::Relaxed);
                let codes = subscribe.filters.iter().map(|filter| match refuses {
                    true => SubscribeReasonCode::Failure,
                    // QoS 2 is granted as 1.
                    false if filter.qos == QoS::ExactlyOnce => {
                        SubscribeReasonCode::Success(QoS::AtLeastOnce)
                    }
                    false => SubscribeReasonCode::Success(filter.qos),
                });
                let acknowledged = SubAck::new(subscribe.pkid, codes.collect());
                let _ = sends.send(Packet::SubAck(acknowledged));
                let methods = |path: &str| path == "$iothub/methods/POST/#";
                if !refuses && subscribe.filters.iter().any(|filter| methods(&filter.path)) {
                    front.set_subscribed(&client, number, true);
                    front.events.push(FrontEvent::Subscribed(number));
                }
                continue;
            }
            Packet::Unsubscribe(unsubscribe) => {
                front.set_subscribed(&client, number, false);
                front.events.push(FrontEvent::Unsubscribed(number));
                Packet::UnsubAck(UnsubAck::new(unsubscribe.pkid))
            }
            Packet::PingReq => Packet::PingResp,
            Packet::Publish(publish) => {
                let topic = String::from_utf8_lossy(&publish.topic).into_owned();
                if publish.qos == QoS::ExactlyOnce {
                    violation(front, format!("QoS 2 to {topic}"));
                    break;
                }
                if !topic.starts_with("$iothub/") && !topic.starts_with("devices/") {
                    violation(front, format!("a message to {topic}"));
                    break;
                }
                if let Some((status, rid)) = answer_of(&topic) {
                    if publish.payload.len() > MAX_ANSWER_BYTES {
                        violation(
                            front,
                            format!("an answer of {} bytes", publish.payload.len()),
                        );
                        break;
                    }
                    front.answered(number, rid, status, publish.payload.to_vec());
                }
                match publish.qos {
                    QoS::AtLeastOnce => Packet::PubAck(PubAck::new(publish.pkid)),
                    _ => continue,
                }
            }
            Packet::Disconnect => {
                front.events.push(FrontEvent::Disconnected(number));
                break;
            }
            _ => continue,
        };
        let _ = sends.send(replies);
    }
    front.ended(&client, number);
    writer.abort();
}

fn violation(front: &Front, what: String) {
    front.events.push(FrontEvent::Violation(what));
}

/// `$iothub/methods/res/{status}/?$rid={rid}`
fn answer_of(topic: &str) -> Option<(i32, &str)> {
    let (status, query) = topic
        .strip_prefix("$iothub/methods/res/")?
        .split_once("/?")?;
    Some((status.parse().ok()?, query.strip_prefix("$rid=")?))
}

/// How long the identity may stay connected, or why it may not connect.
fn admitted(front: &Front, connect: &Connect, certified: bool) -> Result<Duration, String> {
    let client = &connect.client_id;
    let proof = front.identities.get(client);
    let proof = proof.ok_or_else(|| format!("client id {client} is not registered"))?;
    let (user, password) = match &connect.auth {
        ConnectAuth::UsernamePassword { username, password } => (username, password.clone()),
        ConnectAuth::Username { username } => (username, bytes::Bytes::new()),
        _ => return Err("no user name".to_owned()),
    };
    let (name, query) = user
        .split_once("/?")
        .ok_or_else(|| format!("user name {user}"))?;
    let (host, ids) = name
        .split_once('/')
        .ok_or_else(|| format!("user name {user}"))?;
    if ids != client || !front.hub.contains(&host) {
        return Err(format!("user name {user} for client id {client}"));
    }
    if !query
        .split('&')
        .any(|pair| pair.starts_with("api-version=2"))
    {
        return Err(format!("no api-version in {user}"));
    }
    match proof {
        Proof::Certificate if certified && password.is_empty() => Ok(Duration::from_secs(86_400)),
        Proof::Certificate => Err("no certificate, or a password".to_owned()),
        Proof::Key(key) => {
            let password = String::from_utf8_lossy(&password).into_owned();
            let ids = match client.split_once('/') {
                Some((device, module)) => format!("devices/{device}/modules/{module}"),
                None => format!("devices/{client}"),
            };
            token_lasts(&password, &format!("{host}/{ids}"), key)
                .ok_or_else(|| "the token does not hold".to_owned())
        }
    }
}

/// How long a token for a resource holds.
fn token_lasts(token: &str, resource: &str, key: &str) -> Option<Duration> {
    let fields = token.strip_prefix("SharedAccessSignature ")?;
    let raw = |name: &str| {
        let mut pairs = fields.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let decoded = |name: &str| percent_decode_str(raw(name)?).decode_utf8().ok();
    let expiry: i64 = decoded("se")?.parse().ok()?;
    let signature = BASE64_STANDARD.decode(&*decoded("sig")?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&BASE64_STANDARD.decode(key).ok()?).ok()?;
    mac.update(format!("{}\n{expiry}", raw("sr")?).as_bytes());
    mac.verify_slice(&signature).ok()?;
    let left = expiry - Timestamp::now().as_second();
    let fits = decoded("sr")? == resource && raw("skn").is_none_or(str::is_empty);
    (fits && left > 0).then(|| Duration::from_secs(left.unsigned_abs()))
}

struct Reader {
    reads: Reads,
    buffer: BytesMut,
}

impl Reader {
    /// The next packet; none at the end, or after something that is not a packet.
    async fn packet(&mut self) -> Option<Packet> {
        loop {
            match Packet::read(&mut self.buffer, MAX_PACKET_BYTES) {
                Ok(packet) => return Some(packet),
                Err(Error::InsufficientBytes(_)) => {}
                Err(_) => return None,
            }
            match self.reads.read_buf(&mut self.buffer).await {
                Ok(0) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }
}

async fn write(writes: &mut Writes, packet: &Packet) -> std::io::Result<()> {
    let mut buffer = BytesMut::new();
    packet
        .write(&mut buffer, MAX_PACKET_BYTES)
        .map_err(std::io::Error::other)?;
    writes.write_all(&buffer).await?;
    writes.flush().await
}
