//! What is asked of the Engine for a log, and what its refusals mean.

use jiff::Timestamp;
use reqwest::Response;
use serde::Deserialize;

use super::SERVER;
use crate::device::sources::unix_http::{UnixHttp, no_such_module};
use crate::device::sources::{LogWindow, SourceError, SourceErrorKind};

/// The query of a log request. bollard's own options hold whole seconds only.
pub(super) fn query(window: &LogWindow, last: Option<u64>) -> String {
    let mut query = String::from("stdout=true&stderr=true&timestamps=true");
    // Zero means "no bound" to the Engine, for both ends, and it knows nothing earlier.
    if let Some(since) = window.since.filter(|since| *since > Timestamp::UNIX_EPOCH) {
        query.push_str(&format!(
            "&since={}.{:09}",
            since.as_second(),
            since.subsec_nanosecond()
        ));
    }
    if let Some(until) = window.until {
        let until = until.max(Timestamp::constant(0, 1));
        query.push_str(&format!(
            "&until={}.{:09}",
            until.as_second(),
            until.subsec_nanosecond()
        ));
    }
    // The Engine counts in an `int`, and takes anything else for everything.
    if let Some(Ok(last)) = last.map(i32::try_from) {
        query.push_str(&format!("&tail={last}"));
    }
    if window.follow {
        query.push_str("&follow=true");
    }
    query
}

/// Reads the Engine's `{"message":…}`.
pub(super) async fn refused(http: &UnixHttp, response: Response, module: &str) -> SourceError {
    #[derive(Deserialize)]
    struct Refusal {
        message: String,
    }
    let status = response.status();
    let body = http.read(response).await.unwrap_or_default();
    let message = serde_json::from_slice(&body)
        .map(|refusal: Refusal| refusal.message)
        .ok();
    refusal(
        status.as_u16(),
        message
            .as_deref()
            .unwrap_or(status.canonical_reason().unwrap_or("no reason")),
        Some(module),
    )
}

/// What a status of the Engine's means, in words.
pub(super) fn refusal(status: u16, message: &str, module: Option<&str>) -> SourceError {
    let of_module = module
        .map(|module| format!(" for module `{module}`"))
        .unwrap_or_default();
    let (kind, words) = match (status, module) {
        (404, Some(module)) => return no_such_module(module),
        (501, Some(module)) => (
            SourceErrorKind::Unreadable,
            format!("the log of module `{module}` can't be read back: {message}"),
        ),
        (400, _) => (
            SourceErrorKind::Invalid,
            format!("{SERVER} does not take the request{of_module}: {message}"),
        ),
        (409, _) => (
            SourceErrorKind::Invalid,
            format!("{SERVER} can't do that now{of_module}: {message}"),
        ),
        _ => (
            SourceErrorKind::Unreadable,
            format!("{SERVER} fails{of_module} with status {status}: {message}"),
        ),
    };
    SourceError::new(kind, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_go_to_the_engine_with_nanoseconds() {
        let window = LogWindow {
            since: Some("2026-11-22T08:44:48.000000988Z".parse().unwrap()),
            until: Some("2026-11-22T08:44:49Z".parse().unwrap()),
            ..LogWindow::default()
        };
        assert_eq!(
            query(&window, None),
            "stdout=true&stderr=true&timestamps=true&since=1795337088.000000988&until=1795337089.000000000"
        );
    }

    #[test]
    fn no_bound_is_sent_that_the_engine_takes_for_none() {
        let window = LogWindow {
            since: Some(Timestamp::UNIX_EPOCH),
            until: Some(Timestamp::MIN),
            follow: true,
            ..LogWindow::default()
        };
        let sent = query(&window, Some(u64::MAX));
        assert!(
            sent.ends_with("timestamps=true&until=0.000000001&follow=true"),
            "{sent}"
        );
        assert!(query(&window, Some(17)).contains("&tail=17&"));
    }

    #[test]
    fn refusals_are_in_words() {
        let unreadable = refusal(
            501,
            "configured logging driver does not support reading",
            Some("m"),
        );
        assert_eq!(unreadable.kind(), SourceErrorKind::Unreadable);
        assert_eq!(
            unreadable.to_string(),
            "the log of module `m` can't be read back: configured logging driver does not support reading"
        );
        assert_eq!(
            refusal(404, "No such container: m", Some("m")).kind(),
            SourceErrorKind::NotFound
        );
        assert_eq!(
            refusal(409, "marked for removal", Some("m")).kind(),
            SourceErrorKind::Invalid
        );
        assert_eq!(
            refusal(500, "oops", None).kind(),
            SourceErrorKind::Unreadable
        );
    }
}
