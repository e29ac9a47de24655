//! Checks whether a hub can be reached and compares its clock, without credentials.

use std::net::IpAddr;

use jiff::Timestamp;
use reqwest::header::DATE;

use super::client::{HubClient, is_of_proxy};
use super::error::{HubError, HubErrorKind};
use super::request::transport_error;
use crate::error_chain::innermost_cause;

/// What any response reveals about a hub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HubAnswer {
    /// How long the connection, TLS and the response took, in milliseconds.
    pub milliseconds: u128,
    /// How many seconds the hub's clock is ahead of ours; `None` without a `Date` header, which has
    /// whole seconds.
    pub clock_ahead: Option<i64>,
}

impl HubClient {
    /// Resolves the hub's host name.
    ///
    /// # Errors
    /// The name can't be resolved.
    pub async fn addresses(&self) -> Result<Vec<IpAddr>, HubError> {
        let unresolved =
            |message: String| HubError::without_answer(HubErrorKind::NotReached, message);
        let host = self.endpoint.name().trim_matches(['[', ']']);
        // The port is ignored.
        let found = tokio::net::lookup_host((host, 443)).await;
        let mut addresses: Vec<IpAddr> = found
            .map_err(|error| unresolved(innermost_cause(&error)))?
            .map(|address| address.ip())
            .collect();
        addresses.dedup();
        if addresses.is_empty() {
            return Err(unresolved("the host name has no address".to_owned()));
        }
        Ok(addresses)
    }

    /// Sends a request without credentials. Any HTTP response is a success.
    ///
    /// # Errors
    /// The connection, TLS or HTTP failed.
    pub async fn reach(&self) -> Result<HubAnswer, HubError> {
        let start = std::time::Instant::now();
        let before = Timestamp::now();
        let response = self.http.get(self.endpoint.url_for("/")).send().await;
        let response = match response {
            Ok(response) => response,
            Err(error) if is_of_proxy(&error) => {
                return Err(self.name_proxy(transport_error(&error)).await);
            }
            Err(error) => return Err(transport_error(&error)),
        };
        let after = Timestamp::now();
        let date = response.headers().get(DATE);
        let date = date.and_then(|value| value.to_str().ok());
        Ok(HubAnswer {
            milliseconds: start.elapsed().as_millis(),
            clock_ahead: date.and_then(|date| clock_ahead(date, before, after)),
        })
    }
}

/// How far a `Date` is ahead of a clock that read `before` and `after` the request. Zero if it lies in
/// between, give or take the truncated second.
fn clock_ahead(date: &str, before: Timestamp, after: Timestamp) -> Option<i64> {
    let date = jiff::fmt::rfc2822::parse(date)
        .ok()?
        .timestamp()
        .as_second();
    let (before, after) = (before.as_second(), after.as_second());
    Some(match date {
        _ if date > after => date - after,
        _ if date + 1 < before => date + 1 - before,
        _ => 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_is_compared_with_the_time_of_the_request() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let ahead =
            |date| clock_ahead(date, at("2026-11-22T10:00:00Z"), at("2026-11-22T10:00:02Z"));
        assert_eq!(ahead("Sun, 22 Nov 2026 10:00:01 GMT"), Some(0));
        assert_eq!(ahead("Sun, 22 Nov 2026 09:59:59 GMT"), Some(0));
        assert_eq!(ahead("Sun, 22 Nov 2026 10:05:02 GMT"), Some(300));
        assert_eq!(ahead("Sun, 22 Nov 2026 09:54:59 GMT"), Some(-300));
        assert_eq!(ahead("yesterday"), None);
    }
}
