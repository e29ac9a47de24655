//! Serves metrics and health over HTTP, in plain text.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::telemetry::Telemetry;

/// How long a client may take to send its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// How many clients may be connected.
const MAX_CLIENTS: usize = 32;

/// Serves until it is dropped, which also closes the connections.
pub(super) async fn serve(listener: TcpListener, telemetry: Arc<Telemetry>) {
    let mut clients = JoinSet::new();
    loop {
        while clients.try_join_next().is_some() || clients.len() >= MAX_CLIENTS {
            if clients.len() >= MAX_CLIENTS {
                clients.join_next().await;
            }
        }
        let Ok((stream, _)) = listener.accept().await else {
            // For example too many open files: wait for it to pass instead of spinning.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let telemetry = telemetry.clone();
        clients.spawn(async move {
            let service = service_fn(move |request| {
                let telemetry = telemetry.clone();
                async move { Ok::<_, Infallible>(respond(&request, &telemetry)) }
            });
            // A broken connection concerns only its client.
            let _ = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIMEOUT)
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

fn respond<B>(request: &Request<B>, telemetry: &Telemetry) -> Response<Full<Bytes>> {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let (status, body) = match request.uri().path() {
        "/metrics" | "/healthz" if !reads => {
            (StatusCode::METHOD_NOT_ALLOWED, "only GET\n".to_owned())
        }
        "/metrics" => (StatusCode::OK, telemetry.metrics()),
        "/healthz" => match telemetry.is_connected() {
            true => (StatusCode::OK, "connected\n".to_owned()),
            false => (
                StatusCode::SERVICE_UNAVAILABLE,
                "not connected\n".to_owned(),
            ),
        },
        _ => (StatusCode::NOT_FOUND, "/metrics or /healthz\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        "content-type",
        hyper::header::HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"),
    );
    response
}
