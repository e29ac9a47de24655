//! One request to a hub and its answer.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::HeaderMap;

use super::error::{HubError, HubErrorKind};
use crate::error_chain::innermost_cause;

/// The version of the service that IoT Hub's own current SDKs name.
pub(crate) const API_VERSION: &str = "2021-04-12";

/// An answer holds at most 128 KB of payload, a page of twins some megabytes.
const MAX_ANSWER_BYTES: usize = 16 << 20;

/// A request that can be sent repeatedly.
#[derive(Debug)]
pub(super) struct Request<'a> {
    /// A method's name, `twin` or `query`, for messages.
    pub(super) operation: &'a str,
    /// The device, if one is called, for messages.
    pub(super) device: Option<&'a str>,
    pub(super) verb: Method,
    /// Path and query, encoded.
    pub(super) path: String,
    /// Headers beyond those that every request has.
    pub(super) headers: HeaderMap,
    /// JSON, or nothing.
    pub(super) body: Bytes,
    /// When to give up on the connection.
    pub(super) timeout: Duration,
    /// Whether it may be sent again after it may have had its effect.
    pub(super) repeatable: bool,
    /// Whether 504101 is final instead of being repeated.
    pub(super) final_if_silent: bool,
    /// The first pause after a 429, where it has to be longer than after other errors.
    pub(super) throttled_pause: Option<Duration>,
}

/// An answer whose HTTP status is a success.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// How long the successful attempt took, without pauses and queues.
    pub(super) took: Duration,
}

impl Response {
    /// The error of an answer that does not come from a hub.
    pub(super) fn unreadable(&self, message: impl Into<String>) -> HubError {
        HubError {
            http_status: Some(self.status),
            ..HubError::without_answer(HubErrorKind::NotAnAnswer, message)
        }
    }
}

/// Reads a body and counts its bytes as they arrive.
pub(super) async fn read_body(
    mut response: reqwest::Response,
    received: &mut usize,
) -> Result<Vec<u8>, HubError> {
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| transport_error(&error))?
    {
        *received += chunk.len();
        if body.len() + chunk.len() > MAX_ANSWER_BYTES {
            let message = format!("the answer is larger than {MAX_ANSWER_BYTES} bytes");
            return Err(HubError::without_answer(HubErrorKind::NotAnAnswer, message));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Only a failed connection proves that nothing was sent.
pub(super) fn transport_error(error: &reqwest::Error) -> HubError {
    let kind = if error.is_connect() {
        HubErrorKind::NotReached
    } else {
        HubErrorKind::Interrupted
    };
    let message = if error.is_timeout() {
        "timed out".to_owned()
    } else {
        innermost_cause(error)
    };
    HubError::without_answer(kind, message)
}
