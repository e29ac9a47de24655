//! Messages of HTTP/1.1, read and written byte by byte: what proxies and servers that misbehave need.

use std::io::{self, Read, Write};
use std::sync::Arc;

/// What a connection is, with or without TLS.
pub(crate) trait Duplex: Read + Write {}
impl<T: Read + Write> Duplex for T {}

/// What takes connections, each in a thread of its own.
pub(crate) trait Server: Send + Sync + 'static {
    type Stream: Send + 'static;

    /// Whether the next connection only ends the server.
    fn ends(&self) -> bool;

    /// Serves a connection to its end.
    fn connection(&self, stream: Self::Stream) -> io::Result<()>;
}

/// Takes connections until the server ends.
pub(crate) fn serve<S: Server>(
    accept: impl Fn() -> io::Result<S::Stream> + Send + 'static,
    server: &Arc<S>,
) {
    let server = Arc::clone(server);
    std::thread::spawn(move || {
        while let Ok(stream) = accept() {
            if server.ends() {
                return;
            }
            let server = Arc::clone(&server);
            std::thread::spawn(move || drop(server.connection(stream)));
        }
    });
}

/// A request or an answer.
#[derive(Debug, Clone, Default)]
pub(crate) struct Message {
    /// With the blank line at its end.
    pub(crate) head: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// Reads one whose length is announced. `None`: the other end has closed the connection.
    pub(crate) fn read(stream: &mut dyn Duplex) -> io::Result<Option<Self>> {
        let mut bytes = Vec::new();
        let mut buffer = [0; 64 << 10];
        let end = loop {
            if let Some(end) = end_of_head(&bytes) {
                break end;
            }
            match stream.read(&mut buffer)? {
                0 => return Ok(None),
                count => bytes.extend_from_slice(&buffer[..count]),
            }
        };
        let body = bytes.split_off(end);
        let mut message = Self { head: bytes, body };
        let length = message
            .get("content-length")
            .and_then(|text| text.parse().ok())
            .unwrap_or(0);
        while message.body.len() < length {
            match stream.read(&mut buffer)? {
                0 => return Ok(None),
                count => message.body.extend_from_slice(&buffer[..count]),
            }
        }
        Ok(Some(message))
    }

    pub(crate) fn parse(mut bytes: Vec<u8>) -> Option<Self> {
        let body = bytes.split_off(end_of_head(&bytes)?);
        Some(Self { head: bytes, body })
    }

    pub(crate) fn line(&self) -> &str {
        let end = self
            .head
            .iter()
            .position(|byte| *byte == b'\r')
            .unwrap_or(0);
        std::str::from_utf8(&self.head[..end]).unwrap_or_default()
    }

    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let head = String::from_utf8_lossy(&self.head);
        let mut fields = head.lines().filter_map(|line| line.split_once(':'));
        let field = fields.find(|(field, _)| field.eq_ignore_ascii_case(name));
        field.map(|(_, value)| value.trim().to_owned())
    }

    pub(crate) fn remove(&mut self, name: &str) {
        let head = String::from_utf8_lossy(&self.head).into_owned();
        let is_other = |line: &&str| {
            line.split_once(':')
                .is_none_or(|(field, _)| !field.eq_ignore_ascii_case(name))
        };
        let mut kept: String = head
            .lines()
            .filter(is_other)
            .filter(|line| !line.is_empty())
            .map(|line| format!("{line}\r\n"))
            .collect();
        kept.push_str("\r\n");
        self.head = kept.into_bytes();
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.remove(name);
        self.head.truncate(self.head.len() - 2);
        self.head
            .extend_from_slice(format!("{name}: {value}\r\n\r\n").as_bytes());
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        [self.head.as_slice(), self.body.as_slice()].concat()
    }
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let at = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    Some(at + 4)
}
