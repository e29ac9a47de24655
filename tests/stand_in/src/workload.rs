//! IoT Edge's workload API on a Unix socket: it signs with a module's key, and gives out the trust
//! bundle.

use std::convert::Infallible;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use hmac::{Hmac, Mac};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use sha2::Sha256;
use tokio::net::UnixListener;
use tokio::runtime::{Builder, Runtime};

/// The API while it runs, in a thread of its own.
pub struct WorkloadApi {
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
}

struct Shared {
    key: String,
    bundle: String,
    module: String,
    generation: String,
    signed: AtomicUsize,
    fails: AtomicUsize,
    calls: Mutex<Vec<String>>,
}

impl WorkloadApi {
    /// Listens on a socket. `key` is the module's, in base64.
    ///
    /// # Panics
    /// The socket can't be made.
    pub fn start(socket: &Path, module: &str, generation: &str, key: &str, bundle: String) -> Self {
        let shared = Arc::new(Shared {
            key: key.to_owned(),
            bundle,
            module: module.to_owned(),
            generation: generation.to_owned(),
            signed: AtomicUsize::new(0),
            fails: AtomicUsize::new(0),
            calls: Mutex::default(),
        });
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let guard = runtime.enter();
        let listener = UnixListener::bind(socket).expect("a socket");
        drop(guard);
        let served = shared.clone();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let served = served.clone();
                let service = service_fn(move |request| {
                    let served = served.clone();
                    async move { Ok::<_, Infallible>(served.answer(request).await) }
                });
                let connection = hyper::server::conn::http1::Builder::new();
                tokio::spawn(connection.serve_connection(TokioIo::new(stream), service));
            }
        });
        Self {
            shared,
            runtime: Some(runtime),
        }
    }

    /// How many signatures it made.
    pub fn signed(&self) -> usize {
        self.shared.signed.load(Ordering::Relaxed)
    }

    /// The next so many calls fail.
    pub fn fail_next(&self, calls: usize) {
        self.shared.fails.store(calls, Ordering::Relaxed);
    }

    /// Method, path and query of every call.
    pub fn calls(&self) -> Vec<String> {
        let calls = self.shared.calls.lock();
        calls.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for WorkloadApi {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Shared {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let call = format!("{} {}", request.method(), request.uri());
        let calls = self.calls.lock();
        calls.unwrap_or_else(PoisonError::into_inner).push(call);
        let path = request.uri().path().to_owned();
        let versioned = request
            .uri()
            .query()
            .is_some_and(|query| query.contains("api-version=20"));
        let body = request.into_body().collect().await;
        let body = body.map(|body| body.to_bytes()).unwrap_or_default();
        let failing = self
            .fails
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            });
        let sign = format!("/modules/{}/genid/{}/sign", self.module, self.generation);
        let (status, answer) = if failing.is_ok() {
            (500, serde_json::json!({ "message": "it is restarting" }))
        } else if !versioned {
            (400, serde_json::json!({ "message": "no api-version" }))
        } else if path == "/trust-bundle" {
            (200, serde_json::json!({ "certificate": self.bundle }))
        } else if path == sign {
            match self.sign(&body) {
                Some(digest) => (200, serde_json::json!({ "digest": digest })),
                None => (400, serde_json::json!({ "message": "nothing to sign" })),
            }
        } else {
            (404, serde_json::json!({ "message": "no such route" }))
        };
        let mut response = Response::new(Full::new(Bytes::from(answer.to_string())));
        *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
        response
    }

    fn sign(&self, body: &[u8]) -> Option<String> {
        let body: serde_json::Value = serde_json::from_slice(body).ok()?;
        let data = BASE64_STANDARD.decode(body["data"].as_str()?).ok()?;
        let key = BASE64_STANDARD.decode(&self.key).ok()?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
        mac.update(&data);
        self.signed.fetch_add(1, Ordering::Relaxed);
        Some(BASE64_STANDARD.encode(mac.finalize().into_bytes()))
    }
}
