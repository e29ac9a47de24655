//! Direct methods through a hub.

use std::sync::Mutex;
use std::time::Duration;

use azure_core::credentials::Secret;
use jiff::Timestamp;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::connection_string::ConnectionString;
use super::encode;
use super::endpoint::HubEndpoint;
use super::error::{HubError, HubErrorKind};
use super::retry::RetryPolicy;
use super::sas_token::{SasToken, TokenScope};
use crate::methods::{MethodAnswer, MethodRequest};

/// The version of the service that IoT Hub's own current SDKs name.
pub(super) const API_VERSION: &str = "2021-04-12";

/// How long a token lasts, and how long before its end a new one is made.
const TOKEN_SECONDS: i64 = 3600;
const RENEW_SECONDS: i64 = 300;

/// What is added to the hub's own limits before we give up on the connection: the hub's answer to
/// a silent device must arrive first.
const MARGIN: Duration = Duration::from_secs(15);

/// An answer holds at most 128 KB of payload; its envelope is small.
const MAX_ANSWER_BYTES: usize = 4 << 20;

/// A client of one hub. Cheap to share; it holds a pool of connections.
#[derive(Debug)]
pub struct HubClient {
    pub(super) http: reqwest::Client,
    pub(super) endpoint: HubEndpoint,
    scope: TokenScope,
    key: Secret,
    token: Mutex<Option<SasToken>>,
    pub(super) retry: RetryPolicy,
}

/// Which module of which device is called.
#[derive(Debug, Clone, Copy)]
pub struct MethodTarget<'a> {
    /// The device's id.
    pub device: &'a str,
    /// The module's id, such as `$edgeAgent`; never empty, which would be another route.
    pub module: &'a str,
}

/// How long the hub waits.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// For the method's answer: 5 s to 300 s.
    pub response: Duration,
    /// For an offline device to connect: 0 s to 300 s.
    pub connect: Duration,
}

/// One call of a direct method.
#[derive(Debug)]
pub struct MethodCall {
    name: String,
    payload: Box<RawValue>,
    repeatable: bool,
    final_if_silent: bool,
}

impl MethodCall {
    /// The call that carries `request`.
    pub fn of<R: MethodRequest>(request: &R) -> Self {
        // Requests are plain data with string keys, which always has a JSON form.
        let payload = serde_json::value::to_raw_value(request).unwrap_or_default();
        Self {
            name: R::NAME.to_owned(),
            payload,
            repeatable: R::REPEATABLE,
            final_if_silent: false,
        }
    }

    /// Makes the hub's silence (504101) final. It may be the hub's word for an answer that is too
    /// large, and the caller has a better way to find out than to ask the same again.
    #[must_use]
    pub fn final_if_silent(self) -> Self {
        Self {
            final_if_silent: true,
            ..self
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CallBody<'a> {
    method_name: &'a str,
    payload: &'a RawValue,
    response_timeout_in_seconds: u64,
    connect_timeout_in_seconds: u64,
}

impl HubClient {
    /// A client that signs its calls with a shared access key.
    ///
    /// # Errors
    /// The platform's TLS can't be set up, or a root certificate can't be read.
    pub fn new(
        connection: ConnectionString,
        retry: RetryPolicy,
        roots: Vec<reqwest::Certificate>,
    ) -> Result<Self, HubError> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("edgelogs/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(MARGIN)
            .tls_certs_merge(roots);
        if connection.endpoint.is_loopback() {
            builder = builder.no_proxy();
        }
        let http = builder
            .build()
            .map_err(|error| HubError::without_answer(HubErrorKind::NotReached, words(&error)))?;
        Ok(Self {
            http,
            scope: TokenScope {
                resource: connection.endpoint.authority().to_owned(),
                policy: Some(connection.policy),
            },
            endpoint: connection.endpoint,
            key: connection.key,
            token: Mutex::new(None),
            retry,
        })
    }

    /// The hub.
    pub fn endpoint(&self) -> &HubEndpoint {
        &self.endpoint
    }

    /// Calls a method and returns what the module answered, whatever its status.
    ///
    /// # Errors
    /// Whatever kept the hub from relaying an answer, after the repetitions that are safe.
    pub async fn invoke(
        &self,
        target: MethodTarget<'_>,
        call: &MethodCall,
        timeouts: Timeouts,
    ) -> Result<MethodAnswer, HubError> {
        let mut attempt = 0;
        loop {
            match self.invoke_once(target, call, timeouts).await {
                Ok(answer) => return Ok(answer),
                Err(error) if call.final_if_silent && error.kind == HubErrorKind::NoAnswer => {
                    return Err(error);
                }
                Err(error) => match self.retry.pause(attempt, &error, call.repeatable) {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return Err(error),
                },
            }
            attempt += 1;
        }
    }

    async fn invoke_once(
        &self,
        target: MethodTarget<'_>,
        call: &MethodCall,
        timeouts: Timeouts,
    ) -> Result<MethodAnswer, HubError> {
        let path = format!(
            "/twins/{}/modules/{}/methods?api-version={API_VERSION}",
            encode(target.device),
            encode(target.module)
        );
        let body = CallBody {
            method_name: &call.name,
            payload: &call.payload,
            response_timeout_in_seconds: timeouts.response.as_secs(),
            connect_timeout_in_seconds: timeouts.connect.as_secs(),
        };
        let body = serde_json::to_vec(&body).unwrap_or_default();
        let response = self
            .http
            .post(self.endpoint.url(&path))
            .header(AUTHORIZATION, self.authorization()?)
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .header(ACCEPT, "application/json")
            .timeout(timeouts.response + timeouts.connect + MARGIN)
            .body(body)
            .send()
            .await
            .map_err(|error| transport_error(&error))?;
        let status = response.status().as_u16();
        let header = |name: &str| {
            response
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let error_name = header("iothub-errorcode");
        let retry_after = header(RETRY_AFTER.as_str())
            .and_then(|text| text.parse().ok())
            .map(Duration::from_secs);
        let body = read_body(response).await?;
        if !(200..300).contains(&status) {
            let error = HubError::from_answer(
                status,
                error_name.as_deref(),
                &String::from_utf8_lossy(&body),
            );
            return Err(HubError {
                retry_after,
                ..error
            });
        }
        read_answer(&body).ok_or_else(|| HubError {
            http_status: Some(status),
            ..HubError::without_answer(
                HubErrorKind::NotAnAnswer,
                "the answer is not a direct method's",
            )
        })
    }

    /// The current token; a run may last longer than one.
    pub(super) fn authorization(&self) -> Result<String, HubError> {
        let now = Timestamp::now().as_second();
        let mut token = self
            .token
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        match token.as_ref() {
            Some(current) if current.expiry - RENEW_SECONDS > now => {
                Ok(current.expose().to_owned())
            }
            _ => {
                let new = SasToken::sign(&self.scope, &self.key, now + TOKEN_SECONDS).map_err(
                    |error| {
                        HubError::without_answer(HubErrorKind::NotAuthorized, error.to_string())
                    },
                )?;
                Ok(token.insert(new).expose().to_owned())
            }
        }
    }
}

pub(super) async fn read_body(mut response: reqwest::Response) -> Result<Vec<u8>, HubError> {
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| transport_error(&error))?
    {
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            let message = format!("the answer is larger than {MAX_ANSWER_BYTES} bytes");
            return Err(HubError::without_answer(HubErrorKind::NotAnAnswer, message));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

pub(super) fn transport_error(error: &reqwest::Error) -> HubError {
    let kind = if error.is_connect() {
        HubErrorKind::NotReached
    } else {
        HubErrorKind::Interrupted
    };
    let message = if error.is_timeout() {
        "timed out".to_owned()
    } else {
        words(error)
    };
    HubError::without_answer(kind, message)
}

/// The innermost cause: the outer ones repeat the URL.
fn words(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[derive(Deserialize)]
struct Answer {
    status: i32,
    #[serde(default)]
    payload: Option<Box<RawValue>>,
}

/// Reads a method's answer. The hub relays a module's bytes unseen, and a module without a payload
/// has been seen to make `{"status":200,"payload":}` of it.
fn read_answer(body: &[u8]) -> Option<MethodAnswer> {
    let text = std::str::from_utf8(body).ok()?;
    let answer = serde_json::from_str::<Answer>(text).ok().or_else(|| {
        let (head, tail) = text.split_once("\"payload\":")?;
        (tail.trim() == "}").then_some(())?;
        serde_json::from_str(&format!("{head}\"payload\":null}}")).ok()
    })?;
    let payload = answer.payload.filter(|payload| payload.get() != "null");
    Some(MethodAnswer {
        status: answer.status,
        payload,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_payload_is_none_in_every_spelling() {
        for text in [
            r#"{"status":200,"payload":}"#,
            r#"{"status":200,"payload":null}"#,
            r#"{"status":200}"#,
        ] {
            let answer = read_answer(text.as_bytes()).unwrap();
            assert_eq!(answer.status, 200);
            assert!(answer.payload.is_none(), "{text}");
        }
    }

    #[test]
    fn garbage_is_no_answer() {
        for text in [
            "",
            "{",
            "<html>",
            r#"{"payload":1}"#,
            r#"{"status":200,"payload":[}"#,
        ] {
            assert!(read_answer(text.as_bytes()).is_none(), "{text}");
        }
    }
}
