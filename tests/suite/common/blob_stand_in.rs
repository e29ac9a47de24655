//! A stand-in for Blob Storage that accepts and records everything, for tests of uploads
//! without a server. The tests with Azurite show that a real storage accepts them.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response, StatusCode};

use support::http_server;

/// The running stand-in; it ends with its runtime.
#[derive(Debug, Clone)]
pub(crate) struct BlobStandIn {
    /// Of a container, without a query.
    pub(crate) container: String,
    blobs: Arc<Mutex<HashMap<String, StoredBlob>>>,
    requests: Arc<AtomicUsize>,
}

/// A blob as it was written.
#[derive(Debug, Clone, Default)]
pub(crate) struct StoredBlob {
    /// Below the container.
    pub(crate) name: String,
    /// `AppendBlob` or `BlockBlob`.
    pub(crate) kind: String,
    pub(crate) content_type: String,
    pub(crate) content_encoding: String,
    pub(crate) bytes: Vec<u8>,
    /// Whether it can be read: a block blob can when its blocks are committed.
    complete: bool,
}

impl BlobStandIn {
    /// Starts one on a free port of loopback.
    pub(crate) async fn start() -> Self {
        let mut stand_in = Self {
            container: String::new(),
            blobs: Arc::default(),
            requests: Arc::default(),
        };
        let server = stand_in.clone();
        let authority = http_server::serve(move |request| {
            let server = server.clone();
            async move { Ok::<_, Infallible>(server.take(request).await) }
        });
        stand_in.container = format!("http://{}/acct/cont", authority.await);
        stand_in
    }

    /// How many requests came.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    /// The blobs that are complete.
    pub(crate) fn blobs(&self) -> Vec<StoredBlob> {
        let blobs = self.blobs.lock().unwrap_or_else(PoisonError::into_inner);
        blobs
            .values()
            .filter(|blob| blob.complete)
            .cloned()
            .collect()
    }

    async fn take(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let (head, body) = request.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        let header = |name: &str| {
            let value = head.headers.get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let query = head.uri.query().unwrap_or_default();
        let name = head.uri.path().trim_start_matches("/acct/cont/").to_owned();
        let mut blobs = self.blobs.lock().unwrap_or_else(PoisonError::into_inner);
        let blob = blobs.entry(name.clone()).or_default();
        blob.name = name;
        if query.contains("comp=appendblock") {
            blob.bytes.extend_from_slice(&body);
        } else if query.contains("comp=blocklist") {
            blob.complete = true;
            blob.kind = "BlockBlob".to_owned();
            blob.content_type = header("x-ms-blob-content-type");
            blob.content_encoding = header("x-ms-blob-content-encoding");
        } else if query.contains("comp=block") {
            blob.bytes.extend_from_slice(&body);
        } else {
            blob.complete = true;
            blob.kind = header("x-ms-blob-type");
            blob.content_type = header("x-ms-blob-content-type");
            blob.content_encoding = header("x-ms-blob-content-encoding");
            blob.bytes = body.to_vec();
        }
        let mut response = Response::new(Full::default());
        *response.status_mut() = StatusCode::CREATED;
        response
    }
}
