//! The HTTP side: connections, routes, tokens.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::AUTHORIZATION;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use percent_encoding::percent_decode_str;
use tokio::net::{TcpListener, TcpStream};

use super::faults::Fault;
use super::hub::Hub;
use super::hub_error::{ErrorShape, HubError, html};
use super::journal::{Call, Route};
use super::reply::{Reply, ReplyBody};
use super::{methods, query, registry, token};

type Answering = Pin<Box<dyn Future<Output = io::Result<Response<ReplyBody>>> + Send>>;

/// Serves connections until the runtime ends.
pub(crate) async fn serve(listener: TcpListener, hub: Arc<Hub>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        // Small answers must not wait for more to fill a packet.
        let _ = stream.set_nodelay(true);
        tokio::spawn(connection(stream, Arc::clone(&hub)));
    }
}

async fn connection(stream: TcpStream, hub: Arc<Hub>) {
    let resets = Arc::new(AtomicBool::new(false));
    let is_reset = Arc::clone(&resets);
    let service = service_fn(move |request| -> Answering {
        let (hub, resets) = (Arc::clone(&hub), Arc::clone(&resets));
        Box::pin(async move {
            // A real hub, and with it the device, goes on when its client gives up.
            let date = date_of(hub.behaviour().clock_ahead);
            let reply = tokio::spawn(respond(hub, request)).await;
            let reply = reply.map_err(io::Error::other)?.header("date", date);
            resets.store(matches!(reply, Reply::Reset), Ordering::Relaxed);
            reply.into_response()
        })
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    let ended = std::future::poll_fn(|context| connection.poll_without_shutdown(context)).await;
    if ended.is_err() && is_reset.load(Ordering::Relaxed) {
        // Closing with nothing left to linger for makes a reset of it.
        let _ = connection.into_parts().io.into_inner().set_zero_linger();
    }
}

/// The time of a clock that is so many seconds ahead.
fn date_of(ahead: i64) -> String {
    let time = jiff::Timestamp::now() + jiff::SignedDuration::from_secs(ahead);
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

async fn respond(hub: Arc<Hub>, request: Request<Incoming>) -> Reply {
    let (head, body) = request.into_parts();
    let header = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    let path = head.uri.path();
    let segments: Option<Vec<String>> = path
        .split('/')
        .skip(1)
        .map(|segment| Some(percent_decode_str(segment).decode_utf8().ok()?.into_owned()))
        .collect();
    let Some(segments) = segments else {
        return Reply::html(400, html(400));
    };
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let mut call = draft(&hub, &head.method, &segments);
    let body = match body.collect().await {
        Ok(body) => body.to_bytes().to_vec(),
        Err(_) => return Reply::Reset,
    };
    let authorization = header(AUTHORIZATION.as_str());
    let behaviour = hub.behaviour();
    let has_role = token::bearer_of(authorization)
        .is_some_and(|bearer| behaviour.bearers.iter().any(|known| known == bearer));
    let mut names = std::iter::once(&hub.authority).chain(&behaviour.aliases);
    let has_key = names.any(|name| token::holds(authorization, name));
    let refusal = if !has_key && !has_role {
        Some(HubError::unauthorized())
    } else if !head
        .uri
        .query()
        .unwrap_or_default()
        .contains("api-version=")
    {
        Some(HubError::new(
            400_001,
            "InvalidProtocolVersion",
            "BadRequest",
        ))
    } else {
        None
    };
    if let Some(error) = refusal {
        hub.journal.enter(&mut call);
        return settled(&hub, call, Reply::error(&error, ErrorShape::Semicolon));
    }
    if call.is_method() {
        return methods::invoke(hub, call, body).await;
    }

    if call.route == Route::Query {
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        call.query = body["query"].as_str().unwrap_or_default().to_owned();
    }
    hub.journal.enter(&mut call);
    tokio::time::sleep(hub.behaviour().latency).await;
    let fault = hub.faults.take(&call);
    let reply = match fault {
        Some(Fault::Hub(ref error)) => Some(Reply::error(error, ErrorShape::Semicolon)),
        Some(Fault::Html(status)) => Some(Reply::html(status, html(status))),
        Some(Fault::Raw { status, ref body }) => Some(Reply::json(status, body.clone())),
        Some(Fault::Slow(delay)) => {
            tokio::time::sleep(delay).await;
            None
        }
        Some(Fault::CutAnswer(_)) | None => None,
        Some(_) => Some(Reply::Reset),
    };
    let reply = reply.unwrap_or_else(|| match call.route {
        Route::ModuleTwin => registry::module_twin(&hub, &call.device, &call.module),
        Route::Query => {
            let size = header("x-ms-max-item-count").and_then(|text| text.parse().ok());
            query::page(&hub, &call.query, size, header("x-ms-continuation"))
        }
        _ => {
            let error = HubError::new(404_000, "NotFound", "Not found");
            Reply::error(&error, ErrorShape::Semicolon)
        }
    });
    let reply = match fault {
        Some(Fault::CutAnswer(bytes)) => reply.cut_after(bytes),
        _ => reply,
    };
    settled(&hub, call, reply)
}

/// The journal's entry for a call, as far as its path tells.
fn draft(hub: &Hub, method: &Method, segments: &[&str]) -> Call {
    let route = |route, device: &str, module: &str| {
        hub.journal
            .draft(route, device.to_owned(), module.to_owned())
    };
    // An empty module id is another route, or none: what a shell makes of "$edgeAgent".
    match (method.as_str(), segments) {
        ("POST", ["twins", device, "modules", module, "methods"]) if !module.is_empty() => {
            route(Route::ModuleMethod, device, module)
        }
        ("GET", ["twins", device, "modules", module]) if !module.is_empty() => {
            route(Route::ModuleTwin, device, module)
        }
        ("POST", ["devices", "query"]) => route(Route::Query, "", ""),
        _ => route(Route::Elsewhere, "", ""),
    }
}

fn settled(hub: &Hub, mut call: Call, reply: Reply) -> Reply {
    call.http_status = reply.status();
    hub.journal.settle(call);
    reply
}
