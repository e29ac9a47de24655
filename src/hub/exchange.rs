//! The one way of every request to a hub and back: signed, limited, counted and repeated.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use tokio::time::Instant;

use super::client::HubClient;
use super::error::{HubError, HubErrorKind};
use super::traffic::CallReport;

/// The version of the service that IoT Hub's own current SDKs name.
pub(crate) const API_VERSION: &str = "2021-04-12";

/// An answer holds at most 128 KB of payload, a page of twins some megabytes.
const MAX_ANSWER_BYTES: usize = 16 << 20;

/// A request that can be sent as often as it takes.
#[derive(Debug)]
pub(super) struct Request<'a> {
    /// A method's name, `twin` or `query`: for people.
    pub(super) operation: &'a str,
    /// The device, where one is called: for people.
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
    /// Whether 504101 is an answer to the caller, so that it is not repeated.
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
    /// How long the one attempt took that brought it, pauses and queues left out.
    pub(super) took: Duration,
}

impl Response {
    /// The error of an answer that is none of a hub.
    pub(super) fn unreadable(&self, message: impl Into<String>) -> HubError {
        HubError {
            http_status: Some(self.status),
            ..HubError::without_answer(HubErrorKind::NotAnAnswer, message)
        }
    }
}

impl HubClient {
    /// Sends a request until it has an answer or an error that is final.
    ///
    /// `read` makes the result of an answer, and the status that observers are told.
    ///
    /// # Errors
    /// Whatever kept the hub from answering, after the repetitions that are safe, and what `read`
    /// says.
    pub(super) async fn exchange<T>(
        &self,
        request: &Request<'_>,
        read: impl Fn(&Response) -> Result<(T, i32), HubError>,
    ) -> Result<T, HubError> {
        let start = Instant::now();
        let mut attempt = 0;
        loop {
            let mut received = 0;
            let (result, elapsed) = {
                // The place is given back before any pause, so that nobody waits for a sleeper.
                let _place = self.limits.place().await;
                let sent = Instant::now();
                let response = self.send_once(request, &mut received).await;
                (
                    response.and_then(|response| read(&response)),
                    sent.elapsed(),
                )
            };
            let error = result.as_ref().err();
            if !error.is_some_and(|error| error.kind.is_sign_in()) {
                self.traffic.count(request.body.len(), received, error);
            }
            let pause = error.and_then(|error| self.pause(request, attempt, start, error));
            if let Some(observer) = &self.observer {
                observer.call_ended(&CallReport {
                    operation: request.operation,
                    device: request.device,
                    body: &request.body,
                    outcome: result.as_ref().map(|(_, status)| *status),
                    elapsed,
                    bytes_received: received,
                    repeated_after: pause,
                });
            }
            match (result, pause) {
                (Ok((value, _)), _) => return Ok(value),
                (Err(_), Some(pause)) => tokio::time::sleep(pause).await,
                (Err(error), None) => return Err(error),
            }
            attempt += 1;
        }
    }

    /// How long to wait before the next attempt, if there is to be one. A hub that throttles is
    /// given the same rest by all other calls.
    fn pause(
        &self,
        request: &Request<'_>,
        attempt: u32,
        start: Instant,
        error: &HubError,
    ) -> Option<Duration> {
        if request.final_if_silent && error.kind == HubErrorKind::NoAnswer {
            return None;
        }
        let mut policy = self.retry;
        if let (Some(pause), HubErrorKind::Throttled) = (request.throttled_pause, error.kind) {
            policy.first_pause = pause;
        }
        let pause = policy.pause(attempt, start.elapsed(), error, request.repeatable);
        // 429005 is about one device.
        let whole_hub = error.http_status == Some(429) && error.code != Some(429_005);
        if whole_hub && request.throttled_pause.is_none() {
            let rest = error.retry_after.unwrap_or(policy.first_pause);
            self.limits.rate.hold(rest.min(policy.longest_pause));
        }
        pause
    }

    async fn send_once(
        &self,
        request: &Request<'_>,
        received: &mut usize,
    ) -> Result<Response, HubError> {
        let authorization = self.authorizer.authorization().await?;
        let sent = Instant::now();
        let mut builder = self
            .http
            .request(request.verb.clone(), self.endpoint.url(&request.path))
            .headers(request.headers.clone())
            .header(AUTHORIZATION, authorization.header)
            .header(ACCEPT, "application/json")
            .timeout(request.timeout);
        if !request.body.is_empty() {
            builder = builder
                .header(CONTENT_TYPE, "application/json; charset=utf-8")
                .body(request.body.clone());
        }
        let response = builder
            .send()
            .await
            .map_err(|error| transport_error(&error))?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = read_body(response, received).await?;
        if (200..300).contains(&status) {
            return Ok(Response {
                status,
                headers,
                body,
                took: sent.elapsed(),
            });
        }
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let error = HubError::from_answer(
            status,
            text("iothub-errorcode"),
            &String::from_utf8_lossy(&body),
        );
        let refuses_us = matches!(status, 401 | 403);
        Err(HubError {
            signed_in: refuses_us.then_some(authorization.signed_in),
            retry_after: text(RETRY_AFTER.as_str())
                .and_then(|text| text.trim().parse().ok())
                .map(Duration::from_secs),
            ..error
        })
    }
}

async fn read_body(
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

/// Only an error in making the connection proves that nothing was sent.
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
pub(super) fn words(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
