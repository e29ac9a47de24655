//! A storage as a writer sees it: create, append and commit with the conditions of Blob Storage. Faults
//! are in the proxy in front of it.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;

use crate::http::{Message, Server, serve};

/// The running storage; it ends with the value.
pub(crate) struct Blobs {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    blobs: Mutex<BTreeMap<String, Blob>>,
    ends: AtomicBool,
}

#[derive(Default)]
struct Blob {
    bytes: Vec<u8>,
    /// Blocks that are not committed.
    blocks: BTreeMap<String, Vec<u8>>,
    exists: bool,
}

const CONTAINER: &str = "/acct/logs/";

/// The signature in its SAS.
pub(crate) const SIGNATURE: &str = "ZmF1bHRzLW9mLXRoZS1kZXZpY2Utc2lkZS1zaWduYXQ%3D";

impl Blobs {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared::default());
        serve(move || Ok(listener.accept()?.0), &shared);
        Self { address, shared }
    }

    pub(crate) fn authority(&self) -> String {
        self.address.to_string()
    }

    /// The container behind this address.
    pub(crate) fn sas(authority: &str) -> String {
        format!(
            "http://{authority}/acct/logs?sv=2021-12-02&sr=c&sp=racw&se=2126-01-01T00%3A00Z&sig={SIGNATURE}"
        )
    }

    /// What a blob holds; `None`: it can't be read.
    pub(crate) fn read(&self, name: &str) -> Option<Vec<u8>> {
        let blobs = self
            .shared
            .blobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        blobs
            .get(name)
            .filter(|blob| blob.exists)
            .map(|blob| blob.bytes.clone())
    }
}

impl Drop for Blobs {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(self.address));
    }
}

impl Shared {
    /// The status and the storage's code of what a request comes to.
    fn take(&self, request: &Message) -> (u16, &'static str) {
        let line = request.line();
        let target = line.split(' ').nth(1).unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        if !query.contains(&format!("sig={SIGNATURE}")) {
            return (403, "AuthenticationFailed");
        }
        let path = percent_decode_str(path).decode_utf8_lossy();
        let Some(name) = path.strip_prefix(CONTAINER) else {
            return (404, "ContainerNotFound");
        };
        let number = |name: &str| {
            request
                .get(name)
                .and_then(|text| text.parse::<usize>().ok())
        };
        let unless_there = request
            .get("if-none-match")
            .is_some_and(|value| value == "*");
        let mut blobs = self.blobs.lock().unwrap_or_else(PoisonError::into_inner);
        let blob = blobs.entry(name.to_owned()).or_default();
        if query.contains("comp=appendblock") {
            if !blob.exists {
                return (404, "BlobNotFound");
            }
            let end = blob.bytes.len();
            // Azure looks at the position first.
            if number("x-ms-blob-condition-appendpos").is_some_and(|position| position != end) {
                return (412, "AppendPositionConditionNotMet");
            }
            let most = number("x-ms-blob-condition-maxsize");
            if most.is_some_and(|most| end + request.body.len() > most) {
                return (412, "MaxBlobSizeConditionNotMet");
            }
            blob.bytes.extend_from_slice(&request.body);
        } else if query.contains("comp=blocklist") {
            if unless_there && blob.exists {
                return (409, "BlobAlreadyExists");
            }
            let list = String::from_utf8_lossy(&request.body).into_owned();
            let mut bytes = Vec::new();
            for part in list.split("<Latest>").skip(1) {
                let id = part.split('<').next().unwrap_or_default();
                match blob.blocks.get(id) {
                    Some(block) => bytes.extend_from_slice(block),
                    None => return (400, "InvalidBlockList"),
                }
            }
            blob.bytes = bytes;
            blob.exists = true;
        } else if query.contains("comp=block") {
            let id = query
                .split('&')
                .find_map(|pair| pair.strip_prefix("blockid="));
            let id = percent_decode_str(id.unwrap_or_default())
                .decode_utf8_lossy()
                .into_owned();
            if BASE64_STANDARD.decode(&id).is_err() {
                return (400, "InvalidQueryParameterValue");
            }
            blob.blocks.insert(id, request.body.clone());
        } else if line.starts_with("PUT ") {
            if unless_there && blob.exists {
                return (409, "BlobAlreadyExists");
            }
            blob.bytes = request.body.clone();
            blob.exists = true;
        } else {
            return (400, "UnsupportedHttpVerb");
        }
        (201, "")
    }
}

impl Server for Shared {
    type Stream = TcpStream;

    fn ends(&self) -> bool {
        self.ends.load(Ordering::Relaxed)
    }

    fn connection(&self, mut stream: TcpStream) -> std::io::Result<()> {
        use std::io::Write;
        while let Some(request) = Message::read(&mut stream)? {
            let (status, code) = self.take(&request);
            let body = match code {
                "" => String::new(),
                code => format!(
                    "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>Words.</Message></Error>"
                ),
            };
            let code = match code {
                "" => String::new(),
                code => format!("x-ms-error-code: {code}\r\n"),
            };
            let date = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT");
            let closes = request
                .get("connection")
                .is_some_and(|value| value == "close");
            let head = format!(
                "HTTP/1.1 {status} Words\r\ndate: {date}\r\netag: \"1\"\r\nlast-modified: {date}\r\n{code}content-type: application/xml\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all(head.as_bytes())?;
            stream.write_all(body.as_bytes())?;
            if closes {
                return Ok(());
            }
        }
        Ok(())
    }
}
