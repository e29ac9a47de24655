//! A request to a hub and its response.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::HeaderMap;

use super::error::{HubError, HubErrorKind};
use crate::error_chain::{innermost_cause, is_certificate_error};

/// The API version that IoT Hub's current SDKs use.
pub(crate) const API_VERSION: &str = "2021-04-12";

/// A method's response has at most 128 KB of payload, a page of twins some megabytes.
const MAX_ANSWER_BYTES: usize = 16 << 20;

/// A request that can be sent several times.
#[derive(Debug)]
pub(super) struct Request<'a> {
    /// A method's name, `twin` or `query`, for the observer.
    pub(super) operation: &'a str,
    /// The device, if any, for the observer.
    pub(super) device: Option<&'a str>,
    pub(super) verb: Method,
    /// The encoded path and query.
    pub(super) path: String,
    /// Additional headers.
    pub(super) headers: HeaderMap,
    /// JSON or empty.
    pub(super) body: Bytes,
    /// The timeout for the whole request.
    pub(super) timeout: Duration,
    /// Whether it changes nothing, so that it may be retried even if it may already have run.
    pub(super) repeatable: bool,
    /// Whether 504101 is final.
    pub(super) final_if_silent: bool,
    /// The first pause after a 429, if it must be longer than after other errors.
    pub(super) throttled_pause: Option<Duration>,
}

/// A response with a 2xx status.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// How long the successful attempt took, excluding pauses and limits.
    pub(super) took: Duration,
}

impl Response {
    /// The error for a response that can't come from a hub.
    pub(super) fn unreadable(&self, message: impl Into<String>) -> HubError {
        HubError {
            http_status: Some(self.status),
            ..HubError::without_answer(HubErrorKind::NotAnAnswer, message)
        }
    }
}

/// Reads a body, adding the size of each chunk to `received`.
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
            let message = format!("the response is larger than {MAX_ANSWER_BYTES} bytes");
            return Err(HubError::without_answer(HubErrorKind::NotAnAnswer, message));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Converts a transport error. Only a failed connection proves that nothing was sent.
pub(super) fn transport_error(error: &reqwest::Error) -> HubError {
    let kind = match error.is_connect() {
        true if is_certificate_error(error) => HubErrorKind::Untrusted,
        true => HubErrorKind::NotReached,
        false => HubErrorKind::Interrupted,
    };
    let message = if error.is_timeout() {
        "timed out".to_owned()
    } else {
        innermost_cause(error)
    };
    HubError::without_answer(kind, message)
}
