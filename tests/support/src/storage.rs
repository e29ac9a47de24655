//! A stand-in for the storage as a reader sees it, with pages of any size and with faults. What a
//! task writes is there from the second listing on, as the first one is made before its start.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::{Request, Response, StatusCode};
use jiff::{SignedDuration, Timestamp};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::http_server;

/// The signature of its SAS, encoded and not.
const SIGNATURES: [&str; 2] = [
    "c3RvcmFnZS1zaWduYXR1cmUtdGhpcnR5LXR3by1ieXQ%3D",
    "c3RvcmFnZS1zaWduYXR1cmUtdGhpcnR5LXR3by1ieXQ=",
];

const CONTAINER: &str = "/acct/logs";

/// The running stand-in; it ends with the value.
pub struct Storage {
    authority: String,
    state: Arc<Mutex<State>>,
    _runtime: tokio::runtime::Runtime,
}

/// What a test may change.
pub struct State {
    /// How many names a page holds.
    pub page: usize,
    /// Every answer with a blob's bytes breaks off after so many, so often.
    pub break_after: usize,
    /// How often answers break off.
    pub breaks: usize,
    /// No answer goes on after so many bytes.
    pub stalls_after: Option<usize>,
    /// A blob's bytes come one by one, with this pause before each.
    pub drips: Option<Duration>,
    /// Each page of a listing names another one.
    pub endless_listing: bool,
    /// How many blanks each page of a listing holds.
    pub padding: usize,
    /// Listings tell so many bytes less than a blob holds.
    pub hides: usize,
    /// Answers with a blob's bytes have no length, and other bytes follow without end.
    pub endless: bool,
    /// Requests whose path and query hold the text are refused with this status and code.
    pub refused: Option<(&'static str, u16, &'static str)>,
    /// How many of them.
    pub refusals: usize,
    /// Methods, paths and queries, as they came.
    pub requests: Vec<String>,
    blobs: Vec<StoredBlob>,
    listings: HashMap<String, usize>,
    /// Whether the blob of this name that a task writes is there, if not from the second listing on.
    started: Option<HasStarted>,
}

type HasStarted = Box<dyn Fn(&str) -> bool + Send>;

#[derive(Clone)]
struct StoredBlob {
    name: String,
    bytes: Bytes,
    md5: String,
    /// Only from a task on.
    later: bool,
    created: Option<Timestamp>,
}

type Body = UnsyncBoxBody<Bytes, io::Error>;

impl Storage {
    /// Starts one on a free port of loopback.
    pub fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let state = Arc::new(Mutex::new(State {
            page: 5000,
            break_after: 0,
            breaks: 0,
            stalls_after: None,
            drips: None,
            endless_listing: false,
            padding: 0,
            hides: 0,
            endless: false,
            refused: None,
            refusals: usize::MAX,
            requests: Vec::new(),
            blobs: Vec::new(),
            listings: HashMap::new(),
            started: None,
        }));
        let served = Arc::clone(&state);
        let authority = runtime.block_on(http_server::serve(move |request| {
            let answer = lock(&served).answer(&request);
            async move { Ok::<_, Infallible>(answer) }
        }));
        Self {
            authority,
            state,
            _runtime: runtime,
        }
    }

    /// `127.0.0.1:PORT`
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The container with these rights.
    pub fn sas(&self, rights: &str) -> String {
        format!(
            "http://{}{CONTAINER}?sv=2021-12-02&sr=c&sp={rights}&se=2126-01-01T00%3A00Z&sig={}",
            self.authority, SIGNATURES[0]
        )
    }

    /// What it holds and does, for as long as it is looked at.
    pub fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// A blob that is there before any task, made so long ago.
    pub fn old(&self, name: &str, bytes: &[u8], ago: SignedDuration) {
        let created = Some(Timestamp::now() - ago);
        self.add(name, bytes, "", false, created);
    }

    /// A blob that a task writes.
    pub fn written(&self, name: &str, bytes: &[u8]) {
        self.add(name, bytes, "", true, None);
    }

    /// The same with a checksum, in base64.
    pub fn with_md5(&self, name: &str, bytes: &[u8], md5: &str) {
        self.add(name, bytes, md5, true, None);
    }

    fn add(&self, name: &str, bytes: &[u8], md5: &str, later: bool, created: Option<Timestamp>) {
        self.state().blobs.push(StoredBlob {
            name: name.to_owned(),
            bytes: Bytes::copy_from_slice(bytes),
            md5: md5.to_owned(),
            later,
            created,
        });
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// What tasks write is not there any more, until the next one.
    pub fn before_a_task(&mut self) {
        self.listings.clear();
    }

    /// The blob of a name that a task writes is there once this says so, however often the container was
    /// listed.
    pub fn appear_when(&mut self, started: impl Fn(&str) -> bool + Send + 'static) {
        self.started = Some(Box::new(started));
    }

    /// How often the bytes of blobs were asked for.
    pub fn reads(&self) -> usize {
        let read = |request: &&String| !request.contains("comp=list");
        self.requests.iter().filter(read).count()
    }

    fn answer(&mut self, request: &Request<Incoming>) -> Response<Body> {
        let target = request.uri().to_string();
        self.requests.push(format!("{} {target}", request.method()));
        let path = percent_decode_str(request.uri().path()).decode_utf8_lossy();
        let query: HashMap<String, String> =
            url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect();
        if let Some((part, status, code)) = self.refused
            && target.contains(part)
            && self.refusals > 0
        {
            self.refusals -= 1;
            return refusal(status, code);
        }
        // Both are what Azure would refuse.
        if query.get("sig").map(String::as_str) != Some(SIGNATURES[1])
            || request.headers().get("x-ms-version").is_none()
        {
            return refusal(403, "AuthenticationFailed");
        }
        if query.get("comp").is_some_and(|comp| comp == "list") {
            return self.list(&query);
        }
        let name = path
            .strip_prefix(CONTAINER)
            .and_then(|name| name.strip_prefix('/'));
        let range = request
            .headers()
            .get("range")
            .and_then(|range| range.to_str().ok());
        self.read(name.unwrap_or_default(), range.unwrap_or_default())
    }

    fn list(&mut self, query: &HashMap<String, String>) -> Response<Body> {
        let prefix = query.get("prefix").cloned().unwrap_or_default();
        let marker = query.get("marker").and_then(|marker| marker.parse().ok());
        let listings = self.listings.entry(prefix.clone()).or_default();
        if marker.is_none() {
            *listings += 1;
        }
        // When the device names its blobs, the program lists each one by its full name.
        let exact = self.blobs.iter().any(|blob| blob.name == prefix);
        let listed_before = *listings > 1 || exact;
        let is_there = |blob: &StoredBlob| match &self.started {
            _ if !blob.later => true,
            Some(started) => started(&blob.name),
            None => listed_before,
        };
        let mut there: Vec<&StoredBlob> = self
            .blobs
            .iter()
            .filter(|blob| blob.name.starts_with(&prefix) && is_there(blob))
            .collect();
        there.sort_by(|a, b| a.name.cmp(&b.name));
        let start: usize = marker.unwrap_or(0);
        let items: String = there
            .iter()
            .skip(start)
            .take(self.page)
            .map(|blob| item(blob, self.hides))
            .collect();
        let next = match start + self.page < there.len() {
            true => (start + self.page).to_string(),
            false if self.endless_listing => start.to_string(),
            false => String::new(),
        };
        let padding = " ".repeat(self.padding);
        let xml = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>{padding}<EnumerationResults ServiceEndpoint=\"x\" ContainerName=\"logs\"><Blobs>{items}</Blobs><NextMarker>{next}</NextMarker></EnumerationResults>"
        );
        Response::builder()
            .header("content-type", "application/xml")
            .header("date", http_date(Timestamp::now()))
            .body(full(xml.into()))
            .unwrap()
    }

    fn read(&mut self, name: &str, range: &str) -> Response<Body> {
        let Some(blob) = self.blobs.iter().find(|blob| blob.name == name) else {
            return refusal(404, "BlobNotFound");
        };
        let (start, end) = range
            .strip_prefix("bytes=")
            .and_then(|range| range.split_once('-'))
            .map(|(start, end)| (start.parse().unwrap(), end.parse::<usize>().unwrap() + 1))
            .unwrap_or((0, usize::MAX));
        let end = end.min(blob.bytes.len());
        if blob.bytes.is_empty() || range.is_empty() {
            return Response::builder()
                .header("etag", "\"1\"")
                .header("content-length", blob.bytes.len())
                .body(full(blob.bytes.clone()))
                .unwrap();
        }
        let part = blob.bytes.slice(start..end);
        let mut response = Response::builder()
            .status(StatusCode::PARTIAL_CONTENT)
            .header("etag", "\"1\"")
            .header(
                "content-range",
                format!("bytes {start}-{}/{}", end - 1, blob.bytes.len()),
            )
            // No client may take this for a reason to unpack.
            .header("content-encoding", "gzip");
        if self.endless {
            let more = futures::stream::repeat(Bytes::from_static(&[b'?'; 4096]));
            let pieces = futures::stream::iter([part]).chain(more);
            let pieces = pieces.map(|piece| Ok(Frame::data(piece)));
            return response
                .body(StreamBody::new(pieces).boxed_unsync())
                .unwrap();
        }
        response = response.header("content-length", part.len());
        if let Some(pause) = self.drips {
            let bytes = part.into_iter().collect::<Vec<u8>>();
            let pieces = futures::stream::iter(bytes).then(move |byte| async move {
                tokio::time::sleep(pause).await;
                Ok(Frame::data(Bytes::from(vec![byte])))
            });
            return response
                .body(StreamBody::new(pieces).boxed_unsync())
                .unwrap();
        }
        if let Some(stall) = self.stalls_after {
            let piece =
                futures::stream::iter([Ok(Frame::data(part.slice(..stall.min(part.len()))))]);
            let pieces = piece.chain(futures::stream::pending());
            return response
                .body(StreamBody::new(pieces).boxed_unsync())
                .unwrap();
        }
        let breaks = self.breaks > 0 && part.len() > self.break_after;
        if !breaks {
            return response.body(full(part)).unwrap();
        }
        self.breaks -= 1;
        let pieces = [
            Ok(Frame::data(part.slice(..self.break_after))),
            Err(io::Error::from(io::ErrorKind::ConnectionReset)),
        ];
        // What was written goes out before the connection ends.
        let pieces = futures::stream::iter(pieces).then(|piece| async move {
            if piece.is_err() {
                tokio::task::yield_now().await;
            }
            piece
        });
        response
            .body(StreamBody::new(pieces).boxed_unsync())
            .unwrap()
    }
}

fn item(blob: &StoredBlob, hides: usize) -> String {
    let created = http_date(blob.created.unwrap_or_else(Timestamp::now));
    // Blob Storage does the same where XML has no form for a name.
    let name = match blob.name.contains(char::is_control) {
        true => {
            let encoded = utf8_percent_encode(&blob.name, NON_ALPHANUMERIC);
            format!("<Name Encoded=\"true\">{encoded}</Name>")
        }
        false => format!(
            "<Name>{}</Name>",
            blob.name.replace('&', "&amp;").replace('<', "&lt;")
        ),
    };
    let md5 = match blob.md5.as_str() {
        "" => String::new(),
        md5 => format!("<Content-MD5>{md5}</Content-MD5>"),
    };
    format!(
        "<Blob>{name}<Properties><Creation-Time>{created}</Creation-Time><Last-Modified>{created}</Last-Modified><Etag>\"1\"</Etag><Content-Length>{}</Content-Length>{md5}<BlobType>BlockBlob</BlobType></Properties></Blob>",
        blob.bytes.len() - hides.min(blob.bytes.len())
    )
}

fn http_date(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

fn full(bytes: Bytes) -> Body {
    Full::new(bytes)
        .map_err(|never| match never {})
        .boxed_unsync()
}

fn refusal(status: u16, code: &str) -> Response<Body> {
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>{code}</Code><Message>The words of the storage.</Message></Error>"
    );
    Response::builder()
        .status(status)
        .header("content-type", "application/xml")
        .header("x-ms-error-code", code)
        .body(full(xml.into()))
        .unwrap()
}
