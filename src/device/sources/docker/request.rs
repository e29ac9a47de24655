//! The Engine's log requests and errors.

use jiff::Timestamp;

use crate::device::sources::log_source::LogWindow;
use crate::device::sources::source_error::{SourceError, SourceErrorKind};
use crate::device::sources::unix_http::no_such_module;

/// The server's name in messages.
pub(super) const SERVER: &str = "the Docker Engine";

/// The query of a log request. bollard's own options hold whole seconds only.
///
/// Without `by_time`, `since` is not sent, and the entries before it have to be dropped later.
pub(super) fn query(window: &LogWindow, last: Option<u64>, by_time: bool) -> String {
    let mut query = String::from("stdout=true&stderr=true&timestamps=true");
    // Zero means "no bound" to the Engine, for both ends, and there are no earlier times.
    let since = window
        .since
        .filter(|since| by_time && *since > Timestamp::UNIX_EPOCH);
    if let Some(since) = since {
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
    // The Engine counts in an `int`, and returns everything for any other value.
    if let Some(Ok(last)) = last.map(i32::try_from) {
        query.push_str(&format!("&tail={last}"));
    }
    query
}

/// What a status of the Engine means.
pub(super) fn refusal(status: u16, message: &str, module: Option<&str>) -> SourceError {
    let of_module = module
        .map(|module| format!(" for module `{module}`"))
        .unwrap_or_default();
    let (kind, text) = match (status, module) {
        (404, Some(module)) => return no_such_module(module),
        (501, Some(module)) => (
            SourceErrorKind::Unreadable,
            format!("the log of module `{module}` can't be read back: {message}"),
        ),
        (400, _) => (
            SourceErrorKind::Invalid,
            format!("{SERVER} refuses the request{of_module}: {message}"),
        ),
        (409, _) => (
            SourceErrorKind::Invalid,
            format!("{SERVER} can't do that now{of_module}: {message}"),
        ),
        _ => (
            SourceErrorKind::Unreadable,
            format!("{SERVER} failed{of_module} with status {status}: {message}"),
        ),
    };
    SourceError::new(kind, text)
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
            query(&window, None, true),
            "stdout=true&stderr=true&timestamps=true&since=1795337088.000000988&until=1795337089.000000000"
        );
        assert_eq!(
            query(&window, None, false),
            "stdout=true&stderr=true&timestamps=true&until=1795337089.000000000"
        );
    }

    #[test]
    fn bounds_that_the_engine_would_ignore_are_not_sent() {
        let window = LogWindow {
            since: Some(Timestamp::UNIX_EPOCH),
            until: Some(Timestamp::MIN),
            ..LogWindow::default()
        };
        let sent = query(&window, Some(u64::MAX), true);
        assert!(
            sent.ends_with("timestamps=true&until=0.000000001"),
            "{sent}"
        );
        assert!(query(&window, Some(17), true).ends_with("&tail=17"));
    }

    #[test]
    fn refusals_are_explained() {
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
