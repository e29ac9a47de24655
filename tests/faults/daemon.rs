//! The management API of `aziot-edged` on a Unix socket, with everything that engines have been seen to do,
//! and worse.

use std::collections::HashMap;
use std::io::{self, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;

use crate::http::{Message, Server, serve};

/// A module: what its log holds, and what is wrong with reading it.
#[derive(Debug, Clone)]
pub(crate) struct Module {
    pub(crate) name: String,
    pub(crate) entries: Arc<Vec<Entry>>,
    pub(crate) trouble: Trouble,
    /// How often its log is read well before the trouble begins.
    pub(crate) after: usize,
}

/// The `kind` of an entry without a frame.
pub(crate) const NO_FRAME: u8 = 255;

/// One entry of a log.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The type of its frame; [`NO_FRAME`]: it has none, as those of a module with a TTY.
    pub(crate) kind: u8,
    pub(crate) stamp: String,
    pub(crate) bytes: Bytes,
}

/// What is wrong with reading a log.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Trouble {
    None,
    /// The connection is closed without an answer.
    Close,
    /// An error of the daemon.
    Status(u16),
    /// Nothing comes for so long, before the head or within the body; then the connection is closed.
    Stall {
        within: bool,
        lasts: Duration,
    },
    /// The body ends in the middle, with or without the last chunk.
    Cut {
        proper: bool,
    },
    /// A frame announces more bytes than there are, or than there can be.
    Lies(u32),
    /// A frame of a type that does not exist.
    BadKind(u8),
    /// The engine's own words in the middle: "Error grabbing logs".
    Grabbing,
    /// The same again and again for many megabytes, and then no end.
    Endless,
    /// Bytes of chance.
    Garbage(u64),
    /// Little by little.
    Drip,
}

/// What is wrong with the list of modules.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ListTrouble {
    None,
    Close,
    Status(u16),
    Garbage,
    WrongType,
    Stall(Duration),
    Huge,
}

/// The running daemon; it ends with the value.
pub(crate) struct Daemon {
    socket: PathBuf,
    shared: Arc<Shared>,
}

struct Shared {
    modules: Vec<Module>,
    list: ListTrouble,
    state: Mutex<State>,
    ends: AtomicBool,
}

#[derive(Default)]
struct State {
    lists: usize,
    reads: HashMap<String, usize>,
    restarts: HashMap<String, usize>,
}

/// How many lists of modules are given well before the trouble with them begins.
const GOOD_LISTS: usize = 3;

impl Daemon {
    pub(crate) fn start(folder: &Path, modules: Vec<Module>, list: ListTrouble) -> Self {
        let socket = folder.join("mgmt.sock");
        let listener = UnixListener::bind(&socket).expect("a socket");
        let shared = Arc::new(Shared {
            modules,
            list,
            state: Mutex::default(),
            ends: AtomicBool::new(false),
        });
        serve(move || Ok(listener.accept()?.0), &shared);
        Self { socket, shared }
    }

    pub(crate) fn source(&self) -> String {
        format!("edged:{}", self.socket.display())
    }

    /// How often a module was restarted.
    pub(crate) fn restarts(&self, module: &str) -> usize {
        let state = self
            .shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        state.restarts.get(module).copied().unwrap_or(0)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::Relaxed);
        drop(UnixStream::connect(&self.socket));
    }
}

fn json(stream: &mut UnixStream, status: u16, body: &str) -> io::Result<()> {
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} Words\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
}

fn chunk(stream: &mut UnixStream, bytes: &[u8]) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    write!(stream, "{:x}\r\n", bytes.len())?;
    stream.write_all(bytes)?;
    stream.write_all(b"\r\n")
}

fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&[kind, 0, 0, 0][..], &length, payload].concat()
}

impl Entry {
    fn frame(&self) -> Vec<u8> {
        let payload = [self.stamp.as_bytes(), b" ", &self.bytes].concat();
        match self.kind {
            NO_FRAME => payload,
            kind => frame(kind, &payload),
        }
    }
}

impl Shared {
    /// Whether the connection goes on.
    fn list(&self, stream: &mut UnixStream) -> io::Result<bool> {
        let modules: Vec<String> = self
            .modules
            .iter()
            .map(|module| {
                format!(
                    r#"{{"id":"id","name":"{}","type":"docker","config":{{"settings":{{"image":"x/y:1"}},"env":[]}},"status":{{"startTime":"2026-11-22T08:44:45.6Z","runtimeStatus":{{"status":"running"}}}}}}"#,
                    module.name
                )
            })
            .collect();
        let good = format!(r#"{{"modules":[{}]}}"#, modules.join(","));
        let number = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.lists += 1;
            state.lists
        };
        let trouble = match number > GOOD_LISTS && number % 3 == 0 {
            true => self.list,
            false => ListTrouble::None,
        };
        match trouble {
            ListTrouble::None => json(stream, 200, &good)?,
            ListTrouble::Close => return Ok(false),
            ListTrouble::Status(status) => {
                json(
                    stream,
                    status,
                    r#"{"message":"runtime operation error: list modules"}"#,
                )?;
            }
            ListTrouble::Garbage => json(stream, 200, "\u{0}\u{1}{\"modules\":[{\"na")?,
            ListTrouble::WrongType => json(stream, 200, r#"{"modules":{"edgeHub":7}}"#)?,
            ListTrouble::Stall(lasts) => {
                std::thread::sleep(lasts);
                return Ok(false);
            }
            ListTrouble::Huge => {
                let body = format!(r#"{{"modules":[],"x":"{}"}}"#, "no ".repeat(6 << 20));
                json(stream, 200, &body)?;
            }
        }
        Ok(true)
    }

    fn log(&self, stream: &mut UnixStream, name: &str, tail: Option<usize>) -> io::Result<()> {
        let Some(module) = self.modules.iter().find(|module| module.name == name) else {
            return json(stream, 404, r#"{"message":"container runtime error"}"#);
        };
        let number = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let reads = state.reads.entry(name.to_owned()).or_default();
            *reads += 1;
            *reads
        };
        let trouble = match number > module.after {
            true => module.trouble,
            false => Trouble::None,
        };
        match trouble {
            Trouble::Close => return Ok(()),
            Trouble::Status(status) => {
                return json(stream, status, r#"{"message":"container runtime error"}"#);
            }
            Trouble::Stall {
                within: false,
                lasts,
            } => {
                std::thread::sleep(lasts);
                return Ok(());
            }
            _ => {}
        }
        stream.write_all(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n",
        )?;
        let entries = &module.entries;
        let first = tail.map_or(0, |tail| entries.len().saturating_sub(tail));
        let entries = &entries[first..];
        let middle = entries.len() / 2;
        let mut buffer = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            if at == middle {
                match trouble {
                    Trouble::Stall { lasts, .. } => {
                        chunk(stream, &std::mem::take(&mut buffer))?;
                        stream.flush()?;
                        std::thread::sleep(lasts);
                        return Ok(());
                    }
                    Trouble::Cut { proper } => {
                        buffer.extend_from_slice(&entry.frame()[..20.min(entry.bytes.len() + 8)]);
                        chunk(stream, &buffer)?;
                        if proper {
                            stream.write_all(b"0\r\n\r\n")?;
                        }
                        return Ok(());
                    }
                    Trouble::Lies(length) => {
                        buffer.extend_from_slice(&[1, 0, 0, 0]);
                        buffer.extend_from_slice(&length.to_be_bytes());
                        buffer.extend_from_slice(entry.stamp.as_bytes());
                        chunk(stream, &buffer)?;
                        stream.write_all(b"0\r\n\r\n")?;
                        return Ok(());
                    }
                    Trouble::BadKind(kind) => {
                        buffer.extend(frame(kind, b"2026-11-22T08:44:48.148000988Z x\n"))
                    }
                    Trouble::Grabbing => {
                        buffer.extend(frame(
                            3,
                            b"Error grabbing logs: invalid character 'x' looking for value",
                        ));
                        chunk(stream, &buffer)?;
                        stream.write_all(b"0\r\n\r\n")?;
                        return Ok(());
                    }
                    Trouble::Endless => {
                        for _ in 0..300 {
                            chunk(stream, &entry.frame().repeat(50))?;
                        }
                        return Ok(());
                    }
                    Trouble::Garbage(seed) => {
                        let mut rng = fastrand::Rng::with_seed(seed);
                        buffer.extend((0..5000).map(|_| rng.u8(4..)));
                    }
                    _ => {}
                }
            }
            buffer.extend(entry.frame());
            let is_drip = trouble == Trouble::Drip;
            if buffer.len() > 30_000 || is_drip {
                chunk(stream, &std::mem::take(&mut buffer))?;
            }
            if is_drip {
                std::thread::sleep(Duration::from_millis(3));
            }
        }
        chunk(stream, &buffer)?;
        stream.write_all(b"0\r\n\r\n")
    }
}

impl Server for Shared {
    type Stream = UnixStream;

    fn ends(&self) -> bool {
        self.ends.load(Ordering::Relaxed)
    }

    fn connection(&self, mut stream: UnixStream) -> io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(300)))?;
        while let Some(request) = Message::read(&mut stream)? {
            let line = request.line().to_owned();
            let mut words = line.split(' ');
            let method = words.next().unwrap_or_default();
            let target = words.next().unwrap_or_default();
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            let segments: Vec<&str> = path.split('/').skip(1).collect();
            match (method, &segments[..]) {
                ("GET", ["modules"]) => {
                    if !self.list(&mut stream)? {
                        return Ok(());
                    }
                }
                ("GET", ["modules", name, "logs"]) => {
                    let tail = query.split('&').find_map(|pair| pair.strip_prefix("tail="));
                    let tail = tail.and_then(|text| text.parse().ok());
                    return self.log(&mut stream, name, tail);
                }
                ("POST", ["modules", name, "restart"]) => {
                    let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
                    *state.restarts.entry((*name).to_owned()).or_default() += 1;
                    drop(state);
                    write!(stream, "HTTP/1.1 204 No Content\r\n\r\n")?;
                }
                _ => json(&mut stream, 404, r#"{"message":"not found"}"#)?,
            }
        }
        Ok(())
    }
}
