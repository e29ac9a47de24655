//! A client for one hub. Every request goes through [`HubClient::send`], which authorizes, limits,
//! counts and retries it.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use tokio::time::Instant;

use super::credential::{Authorizer, HubAccess};
use super::endpoint::HubEndpoint;
use super::error::{HubError, HubErrorKind};
use super::limits::CallLimits;
use super::rate::RateLimit;
use super::request::{Request, Response, read_body, transport_error};
use super::retry::RetryPolicy;
use super::signed_in::SignedIn;
use super::traffic::{CallObserver, CallReport, Traffic};
use crate::error_chain::{error_chain, innermost_cause};
use crate::http_client::client_for;
use crate::proxy::Proxy;

/// Added to the hub's timeouts, so that its response about a silent device arrives before the request
/// times out.
pub(super) const MARGIN: Duration = Duration::from_secs(15);

/// A client for one hub. Its calls share a connection pool and one set of limits.
#[derive(Debug)]
pub struct HubClient {
    pub(super) http: reqwest::Client,
    pub(super) endpoint: HubEndpoint,
    retry: RetryPolicy,
    limits: CallLimits,
    traffic: Arc<Traffic>,
    observer: Option<Arc<dyn CallObserver>>,
    authorizer: Authorizer,
}

/// Whether the proxy failed: reqwest reports everything that one does as a tunnel error, which only its
/// text shows.
pub(super) fn is_of_proxy(error: &reqwest::Error) -> bool {
    error_chain(error).any(|cause| cause.to_string().starts_with("tunnel error"))
}

impl HubClient {
    /// A client without limits or an observer, for a connection string or another [`HubAccess`].
    ///
    /// # Errors
    /// TLS can't be set up, or a root certificate can't be read.
    pub fn new(
        access: impl Into<HubAccess>,
        retry: RetryPolicy,
        roots: Vec<reqwest::Certificate>,
    ) -> Result<Self, HubError> {
        let access = access.into();
        let unusable = |reason: String| HubError::without_answer(HubErrorKind::NotReached, reason);
        let http = client_for(access.endpoint.url(), roots)
            .map_err(|error| unusable(error.to_string()))?
            .user_agent(concat!("edgelogs/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(MARGIN)
            .build()
            .map_err(|error| unusable(innermost_cause(&error)))?;
        Ok(Self {
            http,
            authorizer: Authorizer::new(access.credential, access.endpoint.authority().to_owned()),
            endpoint: access.endpoint,
            retry,
            limits: CallLimits::new(usize::MAX, RateLimit::per_second(0)),
            traffic: Arc::default(),
            observer: None,
        })
    }

    /// Sets the limits for all calls of this client, across devices.
    #[must_use]
    pub fn with_limits(self, limits: CallLimits) -> Self {
        Self { limits, ..self }
    }

    /// Counts the traffic in `traffic`.
    #[must_use]
    pub fn with_traffic(self, traffic: Arc<Traffic>) -> Self {
        Self { traffic, ..self }
    }

    /// Reports every call to `observer`.
    #[must_use]
    pub fn with_observer(self, observer: Arc<dyn CallObserver>) -> Self {
        Self {
            observer: Some(observer),
            ..self
        }
    }

    /// How often a call that is safe to repeat is retried.
    pub fn retries(&self) -> u32 {
        self.retry.retries
    }

    /// The hub's address.
    pub fn endpoint(&self) -> &HubEndpoint {
        &self.endpoint
    }

    /// Gets a token for later calls, and returns its identity.
    ///
    /// # Errors
    /// The key can't sign, or no identity gets a token.
    pub async fn sign_in(&self) -> Result<SignedIn, HubError> {
        let authorization = self.authorizer.authorization().await?;
        Ok(SignedIn::clone(&authorization.signed_in))
    }

    /// Sends a request, with retries. `read` converts the response into the result and the status for
    /// the observer.
    ///
    /// # Errors
    /// All safe retries failed, or `read` failed.
    pub(super) async fn send<T>(
        &self,
        request: &Request<'_>,
        read: impl Fn(&Response) -> Result<(T, i32), HubError>,
    ) -> Result<T, HubError> {
        let start = Instant::now();
        let mut attempt = 0;
        loop {
            let mut received = 0;
            let mut proxy_failed = false;
            let (result, elapsed) = {
                // Dropped before the pause, so that no call waits for a sleeping one.
                let _permit = self.limits.acquire().await;
                let sent = Instant::now();
                let response = self.send_once(request, &mut received, &mut proxy_failed);
                let response = response.await;
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
                (Err(error), None) if proxy_failed => return Err(self.name_proxy(error).await),
                (Err(error), None) => return Err(error),
            }
            attempt += 1;
        }
    }

    /// The pause before the next attempt, or `None` if the error is final. If the hub throttles, all
    /// other calls pause as well.
    fn pause(
        &self,
        request: &Request<'_>,
        attempt: u32,
        start: Instant,
        error: &HubError,
    ) -> Option<Duration> {
        // Whoever can tell more from silence asks again for damaged answers, too.
        let is_callers = error.kind == HubErrorKind::NoAnswer || error.is_damaged_answer();
        if request.final_if_silent && is_callers {
            return None;
        }
        let mut policy = self.retry;
        if let (Some(pause), HubErrorKind::Throttled) = (request.throttled_pause, error.kind) {
            policy.first_pause = pause;
        }
        let pause = policy.pause(attempt, start.elapsed(), error, request.repeatable);
        // 429005 concerns a single device.
        let whole_hub = error.http_status == Some(429) && error.code != Some(429_005);
        if whole_hub && request.throttled_pause.is_none() {
            let rest = error.retry_after.unwrap_or(policy.first_pause);
            self.limits.rate.pause(rest.min(policy.longest_pause));
        }
        pause
    }

    /// Names the proxy that failed.
    pub(super) async fn name_proxy(&self, failure: HubError) -> HubError {
        let url = self.endpoint.url();
        match Proxy::of(url) {
            Ok(Some(proxy)) => HubError {
                message: proxy.explain(url, &failure.message).await,
                ..failure
            },
            _ => failure,
        }
    }

    async fn send_once(
        &self,
        request: &Request<'_>,
        received: &mut usize,
        proxy_failed: &mut bool,
    ) -> Result<Response, HubError> {
        let authorization = self.authorizer.authorization().await?;
        let sent = Instant::now();
        let mut builder = self
            .http
            .request(request.verb.clone(), self.endpoint.url_for(&request.path))
            .headers(request.headers.clone())
            .header(AUTHORIZATION, authorization.header)
            .header(ACCEPT, "application/json")
            .timeout(request.timeout);
        if !request.body.is_empty() {
            builder = builder
                .header(CONTENT_TYPE, "application/json; charset=utf-8")
                .body(request.body.clone());
        }
        let response = builder.send().await.map_err(|error| {
            *proxy_failed = is_of_proxy(&error);
            transport_error(&error)
        })?;
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
        let is_auth_error = matches!(status, 401 | 403);
        Err(HubError {
            signed_in: is_auth_error.then_some(authorization.signed_in),
            retry_after: text(RETRY_AFTER.as_str())
                .and_then(|text| text.trim().parse().ok())
                .map(Duration::from_secs),
            ..error
        })
    }
}
