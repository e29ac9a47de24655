//! A proxy in front of a server that breaks what passes it, as planned. It speaks HTTP/1.1, and reads a
//! whole request before it decides what becomes of it, so that the moment of a fault is the number of
//! a request.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::damage::{self, Damage};
use crate::http::{Duplex, Message, Server, serve};
use crate::tls::Tls;

/// What becomes of a request or its answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fault {
    /// The connection is reset, before or after the server has seen the request.
    Reset { seen: bool },
    /// The connection is closed without an answer, before or after the server has seen the request.
    Close { seen: bool },
    /// Nothing happens for so long, after which the connection is reset; `None`: until the client goes.
    Stall {
        seen: bool,
        after: usize,
        lasts: Option<Duration>,
    },
    /// The answer breaks off after this share of it.
    Cut { percent: usize, resets: bool },
    /// The answer comes later.
    Delay(Duration),
    /// The answer comes in small pieces.
    Drip { pieces: usize, pause: Duration },
    /// The answer comes twice on the connection.
    Repeat,
    /// The head announces so many bytes more than there are.
    TooShort(usize),
    /// Another answer in place of the server's, which does not see the request.
    Instead(Answer),
    /// The server's answer, damaged.
    Damaged(Damage),
    /// From this connection on, the server has a certificate that nobody trusts.
    BadCertificate,
}

/// An answer of something that is not the server.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// A fault and its moment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Planned {
    /// The number of the request, from 0.
    pub(crate) at: usize,
    /// Whether every later request meets it, too.
    pub(crate) lasts: bool,
    pub(crate) fault: Fault,
}

/// A request that arrived whole.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Method and target.
    pub(crate) line: String,
    pub(crate) body: Vec<u8>,
    /// The fault that it met.
    pub(crate) met: Option<Fault>,
}

/// The running proxy; it ends with the value.
pub(crate) struct Wire {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    upstream: String,
    planned: Mutex<Vec<Planned>>,
    seen: Mutex<Vec<Seen>>,
    connections: AtomicUsize,
    ends: AtomicBool,
    tls: Option<Tls>,
}

/// A client that sends nothing for so long has gone.
const PATIENCE: Duration = Duration::from_secs(400);

impl Wire {
    /// Starts one in front of `upstream`; with `tls` it is reached over https.
    pub(crate) fn start(upstream: &str, tls: Option<Tls>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            upstream: upstream.to_owned(),
            planned: Mutex::default(),
            seen: Mutex::default(),
            connections: AtomicUsize::new(0),
            ends: AtomicBool::new(false),
            tls,
        });
        serve(move || Ok(listener.accept()?.0), &shared);
        Self { address, shared }
    }

    /// Sets what is to go wrong. Requests count from here.
    pub(crate) fn plan(&self, planned: Vec<Planned>) {
        lock(&self.shared.seen).clear();
        *lock(&self.shared.planned) = planned;
    }

    /// The host and port that clients connect to: `localhost` over TLS, as certificates have names.
    pub(crate) fn authority(&self) -> String {
        let host = match self.shared.tls {
            Some(_) => "localhost".to_owned(),
            None => self.address.ip().to_string(),
        };
        format!("{host}:{}", self.address.port())
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        lock(&self.shared.seen).clone()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::Relaxed);
        // Wakes the thread that accepts.
        drop(TcpStream::connect(self.address));
    }
}

fn lock<T>(value: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    value.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// Writes the request down, and tells what becomes of it.
    fn enter(&self, request: &Message) -> Option<Fault> {
        let mut seen = lock(&self.seen);
        let number = seen.len();
        let planned = lock(&self.planned);
        let mut fitting = planned.iter().filter(|planned| {
            planned.fault != Fault::BadCertificate
                && (planned.at == number || planned.lasts && number > planned.at)
        });
        let met = fitting.next().map(|planned| planned.fault.clone());
        let line = request.line();
        seen.push(Seen {
            line: line
                .rsplit_once(' ')
                .map_or(line, |(line, _)| line)
                .to_owned(),
            body: request.body.clone(),
            met: met.clone(),
        });
        met
    }

    /// Whether the connection goes on.
    fn answer(
        &self,
        stream: &mut dyn Duplex,
        raw: &TcpStream,
        request: &Message,
        fault: Option<Fault>,
    ) -> io::Result<bool> {
        let is_head = request.line().starts_with("HEAD ");
        let seen = !matches!(
            fault,
            Some(
                Fault::Reset { seen: false }
                    | Fault::Close { seen: false }
                    | Fault::Stall { seen: false, .. }
                    | Fault::Instead(_)
            )
        );
        let mut answer = match seen {
            true => self.forward(request, is_head)?,
            false => Message::default(),
        };
        match fault {
            None => stream.write_all(&answer.bytes())?,
            Some(Fault::Reset { .. }) => return reset(raw),
            Some(Fault::Close { .. }) => return Ok(false),
            Some(Fault::Stall { after, lasts, .. }) => {
                let bytes = answer.bytes();
                stream.write_all(&bytes[..after.min(bytes.len().saturating_sub(1))])?;
                stream.flush()?;
                match lasts {
                    Some(lasts) => std::thread::sleep(lasts),
                    // Its end, or its next request, which it never sends before an answer.
                    None => drop(stream.read(&mut [0])),
                }
                return reset(raw);
            }
            Some(Fault::Cut { percent, resets }) => {
                let bytes = answer.bytes();
                stream.write_all(&bytes[..(bytes.len() * percent / 100).min(bytes.len() - 1)])?;
                stream.flush()?;
                if resets {
                    return reset(raw);
                }
                return Ok(false);
            }
            Some(Fault::Delay(delay)) => {
                std::thread::sleep(delay);
                stream.write_all(&answer.bytes())?;
            }
            Some(Fault::Drip { pieces, pause }) => {
                let bytes = answer.bytes();
                for piece in bytes.chunks(bytes.len() / pieces + 1) {
                    stream.write_all(piece)?;
                    stream.flush()?;
                    std::thread::sleep(pause);
                }
            }
            Some(Fault::Repeat) => {
                let bytes = answer.bytes();
                stream.write_all(&[bytes.as_slice(), bytes.as_slice()].concat())?;
            }
            Some(Fault::TooShort(missing)) => {
                let length = answer.body.len() + missing;
                answer.set("content-length", &length.to_string());
                stream.write_all(&answer.head)?;
                stream.write_all(&answer.body)?;
                stream.flush()?;
                return Ok(false);
            }
            Some(Fault::Instead(instead)) => stream.write_all(&instead.bytes(is_head))?,
            Some(Fault::Damaged(damage)) => {
                if !is_head {
                    answer.body = damage::apply(&damage, std::mem::take(&mut answer.body));
                    answer.set("content-length", &answer.body.len().to_string());
                }
                stream.write_all(&answer.bytes())?;
            }
            Some(Fault::BadCertificate) => unreachable!("it is of a connection"),
        }
        stream.flush()?;
        Ok(true)
    }

    fn forward(&self, request: &Message, is_head: bool) -> io::Result<Message> {
        let mut server = TcpStream::connect(&self.upstream)?;
        server.set_nodelay(true)?;
        let mut request = request.clone();
        request.set("connection", "close");
        server.write_all(&request.bytes())?;
        let mut bytes = Vec::new();
        server.read_to_end(&mut bytes)?;
        let mut answer = Message::parse(bytes)
            .ok_or_else(|| io::Error::other("the server's answer has no head"))?;
        answer.remove("connection");
        if !is_head {
            answer.set("content-length", &answer.body.len().to_string());
        }
        Ok(answer)
    }
}

fn reset(raw: &TcpStream) -> io::Result<bool> {
    // Closing with nothing left to linger for makes a reset of it.
    socket2::SockRef::from(raw).set_linger(Some(Duration::ZERO))?;
    Ok(false)
}

impl Answer {
    fn bytes(&self, is_head: bool) -> Vec<u8> {
        let mut head = format!(
            "HTTP/1.1 {} Words\r\ncontent-length: {}\r\n",
            self.status,
            self.body.len()
        );
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        if !is_head {
            bytes.extend_from_slice(&self.body);
        }
        bytes
    }
}

impl Server for Shared {
    type Stream = TcpStream;

    fn ends(&self) -> bool {
        self.ends.load(Ordering::Relaxed)
    }

    fn connection(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let raw = stream.try_clone()?;
        let number = self.connections.fetch_add(1, Ordering::Relaxed);
        let mut stream: Box<dyn Duplex> = match &self.tls {
            Some(tls) => {
                let bad = lock(&self.planned)
                    .iter()
                    .any(|planned| planned.fault == Fault::BadCertificate && number >= planned.at);
                Box::new(tls.accept(stream, bad)?)
            }
            None => Box::new(stream),
        };
        loop {
            let Some(request) = Message::read(&mut *stream)? else {
                return Ok(());
            };
            let fault = self.enter(&request);
            if !self.answer(&mut *stream, &raw, &request, fault)? {
                return Ok(());
            }
        }
    }
}
