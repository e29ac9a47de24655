//! A server on a Unix socket that sends what the management API of aziot-edged 1.6 was seen to send.

use std::sync::{Arc, Mutex};

use edgelogs::device::sources::EdgedSource;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};

const MODULES: &str = r#"{"modules":[{"id":"id","name":"ticker","type":"docker","config":{"settings":{"createOptions":{"Labels":{"net.azure-devices.edge.original-image":"mcr.example.net/ticker:1.0"}},"image":"mcr.example.net/ticker:1.0","imageHash":"sha256:51c0"},"env":[]},"status":{"startTime":"2026-11-22T08:44:45.626685029Z","runtimeStatus":{"status":"running"}}},{"id":"id","name":"crasher","type":"docker","config":{"settings":{"createOptions":{},"image":"crasher"},"env":[]},"status":{"startTime":"2026-11-22T08:44:45.7Z","exitStatus":{"exitTime":"2026-11-22T08:44:45.69Z","statusCode":"3"},"runtimeStatus":{"status":"failed"}}},{"id":"id","name":"created","type":"docker","config":{"settings":{"createOptions":{}},"env":[]},"status":{"runtimeStatus":{"status":"stopped"}}}]}"#;

/// A server on its own socket, which records the first line of each request.
pub(crate) struct Server {
    folder: TempDir,
    requests: Arc<Mutex<Vec<String>>>,
    answer: Arc<Mutex<Vec<u8>>>,
}

impl Server {
    pub(crate) fn start(answer: Vec<u8>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("mgmt.sock")).unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(Mutex::new(answer));
        let server = Self {
            folder,
            requests: Arc::clone(&requests),
            answer: Arc::clone(&answer),
        };
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(
                    connection,
                    Arc::clone(&requests),
                    Arc::clone(&answer),
                ));
            }
        });
        server
    }

    pub(crate) fn source(&self) -> EdgedSource {
        let socket = self.folder.path().join("mgmt.sock");
        EdgedSource::new(socket).unwrap()
    }

    pub(crate) fn set(&self, answer: Vec<u8>) {
        *self.answer.lock().unwrap() = answer;
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve(
    mut connection: UnixStream,
    requests: Arc<Mutex<Vec<String>>>,
    answer: Arc<Mutex<Vec<u8>>>,
) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = connection.read_u8().await else {
            return;
        };
        head.push(byte);
    }
    let head = String::from_utf8(head).unwrap();
    let line = head.lines().next().unwrap().to_owned();
    requests.lock().unwrap().push(line.clone());
    let answer = if line.starts_with("GET /modules?") {
        plain("200 OK", MODULES)
    } else {
        answer.lock().unwrap().clone()
    };
    _ = connection.write_all(&answer).await;
}

pub(crate) fn plain(status: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\ndate: Sun, 22 Nov 2026 08:47:08 GMT\r\n\r\n{body}")
        .into_bytes()
}

pub(crate) const LOG_HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\ndate: Sun, 22 Nov 2026 08:47:08 GMT\r\n\r\n";

pub(crate) fn chunk(bytes: &[u8]) -> Vec<u8> {
    if bytes.is_empty() {
        return Vec::new();
    }
    [format!("{:X}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

/// A whole answer in these chunks.
pub(crate) fn log(chunks: &[&[u8]]) -> Vec<u8> {
    let chunks: Vec<_> = chunks.iter().map(|bytes| chunk(bytes)).collect();
    [LOG_HEAD, &chunks.concat(), b"0\r\n\r\n"].concat()
}

pub(crate) fn frame(kind: u8, payload: &str) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&[kind, 0, 0, 0][..], &length, payload.as_bytes()].concat()
}
