//! Invokes direct methods.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::client::{HubClient, MARGIN};
use super::error::HubError;
use super::request::{API_VERSION, Request, Response};
use super::url_component::encode;
use crate::methods::{MethodAnswer, MethodRequest};

/// The maximum payload of a request or a response, in bytes.
pub const MAX_PAYLOAD_BYTES: usize = 128 << 10;

/// The module to call.
#[derive(Debug, Clone, Copy)]
pub struct MethodTarget<'a> {
    /// The device's id.
    pub device: &'a str,
    /// The module's id, such as `$edgeAgent`. Must not be empty, which would be another route.
    pub module: &'a str,
}

/// The hub's timeouts for a call.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// For the method's response: 5 s to 300 s.
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
    /// A call that sends `request`.
    pub fn of<R: MethodRequest>(request: &R) -> Self {
        // Plain data with string keys always serializes.
        let payload = serde_json::value::to_raw_value(request).unwrap_or_default();
        Self {
            name: R::NAME.to_owned(),
            payload,
            repeatable: R::REPEATABLE,
            final_if_silent: false,
        }
    }

    /// A call of any method. Its effects are unknown, so it is retried only if nothing was sent.
    pub fn new(name: impl Into<String>, payload: Box<RawValue>) -> Self {
        Self {
            name: name.into(),
            payload,
            repeatable: false,
            final_if_silent: false,
        }
    }

    /// The method's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Disables retries after 504101, which may mean that the response is too large: the caller has a
    /// better way to find out.
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
    /// Calls a method and returns the module's response, whatever its status.
    ///
    /// # Errors
    /// The hub relayed no response, after all safe retries.
    pub async fn invoke(
        &self,
        target: MethodTarget<'_>,
        call: &MethodCall,
        timeouts: Timeouts,
    ) -> Result<MethodAnswer, HubError> {
        let (answer, _) = self.invoke_timed(target, call, timeouts).await?;
        Ok(answer)
    }

    /// Like [`invoke`](Self::invoke), but also returns how long the last attempt took, excluding the
    /// wait for this client's limits.
    ///
    /// # Errors
    /// As [`invoke`](Self::invoke).
    pub async fn invoke_timed(
        &self,
        target: MethodTarget<'_>,
        call: &MethodCall,
        timeouts: Timeouts,
    ) -> Result<(MethodAnswer, Duration), HubError> {
        let body = CallBody {
            method_name: &call.name,
            payload: &call.payload,
            response_timeout_in_seconds: timeouts.response.as_secs(),
            connect_timeout_in_seconds: timeouts.connect.as_secs(),
        };
        let request = Request {
            operation: &call.name,
            device: Some(target.device),
            verb: Method::POST,
            path: format!(
                "/twins/{}/modules/{}/methods?api-version={API_VERSION}",
                encode(target.device),
                encode(target.module)
            ),
            headers: HeaderMap::new(),
            // Plain data with string keys always serializes.
            body: Bytes::from(serde_json::to_vec(&body).unwrap_or_default()),
            timeout: timeouts.response + timeouts.connect + MARGIN,
            repeatable: call.repeatable,
            final_if_silent: call.final_if_silent,
            throttled_pause: None,
        };
        self.send(&request, |response: &Response| {
            let answer = read_answer(&response.body)
                .ok_or_else(|| response.unreadable("the response is not a direct method's"))?;
            let status = answer.status;
            Ok(((answer, response.took), status))
        })
        .await
    }
}

#[derive(Deserialize)]
struct Answer {
    status: i32,
    #[serde(default)]
    payload: Option<Box<RawValue>>,
}

/// Reads a method's response. The hub relays a module's bytes unchecked, and modules without a payload
/// have been seen to send `{"status":200,"payload":}`.
fn read_answer(body: &[u8]) -> Option<MethodAnswer> {
    let text = std::str::from_utf8(body).ok()?;
    if !text.trim_start().starts_with('{') {
        // The items of an array would count as the fields in their order.
        return None;
    }
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
    fn a_missing_payload_is_none_in_every_form() {
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
    fn invalid_responses_are_rejected() {
        for text in [
            "",
            "{",
            "<html>",
            "[200]",
            r#"{"payload":1}"#,
            r#"{"status":200,"payload":[}"#,
        ] {
            assert!(read_answer(text.as_bytes()).is_none(), "{text}");
        }
    }
}
