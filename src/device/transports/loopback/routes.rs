//! Answers requests.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use hyper::header::{AUTHORIZATION, HOST, HeaderMap, HeaderValue};
use hyper::{Method, Request, StatusCode};
use serde::Deserialize;
use serde_json::Value;

use super::auth::Authority;
use super::invoke::invoke;
use super::query::{Page, Query};
use super::refusal::{HubCode, Refusal, Reply, reply};
use super::registry::{Registry, module_ids};
use super::twin;

/// The largest request: a payload of 128 KB and its envelope.
const MAX_REQUEST_BYTES: usize = 256 << 10;

/// How long a client may take to send it.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);

/// The largest page, which is also the default.
const MAX_PAGE: usize = 100;

/// The most identities that are listed, which is also the default.
const MAX_IDENTITIES: usize = 1000;

#[derive(Deserialize)]
struct QueryBody {
    query: String,
}

/// Routes requests to the devices and their twins.
pub(super) struct Routes {
    pub(super) authority: Authority,
    pub(super) registry: Registry,
}

impl Routes {
    /// Answers a request.
    pub(super) async fn respond(&self, request: Request<Incoming>) -> Reply {
        self.route(request).await.unwrap_or_else(Refusal::reply)
    }

    async fn route(&self, request: Request<Incoming>) -> Result<Reply, Refusal> {
        self.authority
            .check_host(header(request.headers(), HOST.as_str()))?;
        self.authority
            .check(header(request.headers(), AUTHORIZATION.as_str()).unwrap_or_default())?;
        let (head, body) = request.into_parts();
        let parameters =
            || url::form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes());
        if !parameters().any(|(name, value)| name == "api-version" && !value.is_empty()) {
            return Err(Refusal::registry(
                HubCode::InvalidProtocolVersion,
                "BadRequest: the api-version is missing",
            ));
        }
        let path = decoded(head.uri.path());
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let (get, post) = (Method::GET, Method::POST);
        match (&head.method, path.as_slice()) {
            (method, ["twins", device, "methods"]) if *method == post => {
                invoke(&self.registry, device, None, &read(body).await?).await
            }
            (method, ["twins", device, "modules", module, "methods"]) if *method == post => {
                invoke(&self.registry, device, Some(module), &read(body).await?).await
            }
            (method, ["devices", "query"]) if *method == post => {
                self.query(&head.headers, &read(body).await?).await
            }
            (method, ["twins", device]) if *method == get => {
                let device = self.registry.device(device)?;
                Ok(json(&twin::device_twin(device, self.registry.started)))
            }
            (method, ["twins", device, "modules", module]) if *method == get => {
                self.module(device, module, true).await
            }
            // With an empty id, the real hub returns the list.
            (method, ["devices"] | ["devices", ""]) if *method == get => {
                let top = match parameters().find(|(name, _)| name == "top") {
                    None => MAX_IDENTITIES,
                    Some((_, value)) => {
                        let top = value.parse().ok();
                        top.filter(|top| (1..=MAX_IDENTITIES).contains(top))
                            .ok_or_else(|| {
                                Refusal::registry(
                                    HubCode::ArgumentInvalid,
                                    format!("top must be within [1; {MAX_IDENTITIES}]."),
                                )
                            })?
                    }
                };
                let identities = self.registry.devices().take(top);
                Ok(json(
                    &identities
                        .map(|device| twin::device_identity(device, self.registry.started))
                        .collect(),
                ))
            }
            (method, ["devices", device]) if *method == get => {
                let device = self.registry.device(device)?;
                Ok(json(&twin::device_identity(device, self.registry.started)))
            }
            // A client whose shell expanded `$edgeAgent` to nothing requests this; the real hub returns the
            // list too.
            (method, ["devices", device, "modules"] | ["devices", device, "modules", ""])
                if *method == get =>
            {
                let device = self.registry.device(device)?;
                let ids = module_ids(&self.registry.modules().await);
                Ok(json(
                    &ids.iter()
                        .map(|id| twin::module_identity(device, id, self.registry.started))
                        .collect(),
                ))
            }
            (method, ["devices", device, "modules", module]) if *method == get => {
                self.module(device, module, false).await
            }
            (method, ["devices" | "twins", ..]) if *method != get && *method != post => {
                Err(Refusal::registry(
                    HubCode::NotAllowed,
                    "devices, modules and twins of the loopback hub can't be changed",
                ))
            }
            (method, _) => Err(Refusal::registry(
                HubCode::NotFound,
                format!("there is nothing at {method} {}", head.uri.path()),
            )),
        }
    }

    /// The twin or the identity of a module.
    async fn module(&self, device: &str, module: &str, twin: bool) -> Result<Reply, Refusal> {
        let device = self.registry.device(device)?;
        let modules = self.registry.modules().await;
        if !module_ids(&modules).iter().any(|id| id == module) {
            let message = format!("Device {} Module {module} not registered", device.id);
            return Err(Refusal::registry(HubCode::ModuleNotFound, message));
        }
        let started = self.registry.started;
        Ok(json(&if twin {
            twin::module_twin(device, module, &modules, started)
        } else {
            twin::module_identity(device, module, started)
        }))
    }

    async fn query(&self, headers: &HeaderMap, body: &Bytes) -> Result<Reply, Refusal> {
        let bad = |message: String| Refusal::registry(HubCode::ArgumentInvalid, message);
        let QueryBody { query } =
            serde_json::from_slice(body).map_err(|error| bad(error.to_string()))?;
        let query = Query::parse(&query).map_err(|error| bad(error.to_string()))?;
        let size = match header(headers, "x-ms-max-item-count") {
            None => MAX_PAGE,
            Some(text) => match text.parse() {
                Ok(size) if size > 0 => MAX_PAGE.min(size),
                _ => {
                    return Err(bad(format!(
                        "x-ms-max-item-count `{text}` is not a page size"
                    )));
                }
            },
        };
        let continuation = header(headers, "x-ms-continuation").filter(|text| !text.is_empty());
        let page = Page {
            start: match continuation {
                None => 0,
                Some(token) => query.start_of(token).ok_or_else(|| {
                    bad("the continuation does not belong to this query".to_owned())
                })?,
            },
            size,
        };
        let modules = if query.is_over_modules() {
            self.registry.modules().await
        } else {
            Ok(Vec::new())
        };
        let (items, continuation) = query.run(&self.registry, &modules, page);
        let mut reply = json(&items);
        let item_type = HeaderValue::from_static(query.item_type());
        reply.headers_mut().insert("x-ms-item-type", item_type);
        if let Some(token) = continuation.and_then(|token| HeaderValue::try_from(token).ok()) {
            reply.headers_mut().insert("x-ms-continuation", token);
        }
        Ok(reply)
    }
}

/// The segments of a path, decoded one by one: an id may hold an encoded slash.
fn decoded(path: &str) -> Vec<String> {
    path.trim_start_matches('/')
        .split('/')
        .map(|part| {
            percent_encoding::percent_decode_str(part)
                .decode_utf8_lossy()
                .into_owned()
        })
        .collect()
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

async fn read<B>(body: B) -> Result<Bytes, Refusal>
where
    B: Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let whole = Limited::new(body, MAX_REQUEST_BYTES).collect();
    let Ok(whole) = tokio::time::timeout(BODY_TIMEOUT, whole).await else {
        return Err(Refusal::registry(
            HubCode::ArgumentInvalid,
            format!(
                "the request did not arrive within {} seconds",
                BODY_TIMEOUT.as_secs()
            ),
        ));
    };
    match whole {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refusal::registry(
            HubCode::TooLarge,
            "the request is too large",
        )),
        Err(error) => Err(Refusal::registry(
            HubCode::ArgumentInvalid,
            error.to_string(),
        )),
    }
}

fn json(value: &Value) -> Reply {
    reply(StatusCode::OK, value.to_string())
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::stream;
    use http_body_util::StreamBody;
    use hyper::body::Frame;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_end_is_given_up() {
        let frame = Frame::data(Bytes::from_static(b"{"));
        let dripping = stream::unfold(frame, |_| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let frame = || Frame::data(Bytes::from_static(b" "));
            Some((Ok::<_, Infallible>(frame()), frame()))
        });
        assert!(read(StreamBody::new(Box::pin(dripping))).await.is_err());
    }
}
