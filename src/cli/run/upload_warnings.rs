//! Warnings about requests that the shipped agent misreads.
//!
//! `get` words its requests so that every agent answers correctly. An upload can't be repaired
//! afterwards, so the operator is warned. What edgeAgent 1.6 does is known from its source.

use crate::methods::{ContentType, LogItem};

/// A warning for each way in which the shipped agent misreads these items.
pub(crate) fn for_upload(items: &[LogItem], content_type: ContentType) -> Vec<String> {
    let mut warnings = Vec::new();
    for item in items {
        let (id, filter) = (item.id.as_str(), &item.filter);
        if let Some(level) = filter.loglevel().filter(|level| *level > 0) {
            warnings.push(format!(
                "`{id}`: the shipped agent uploads only lines of level {level}, not more severe ones; \
                 start an upload for each level, or use `edgelogs get --loglevel {level}`"
            ));
        }
        let Some(tail) = filter.tail() else {
            continue;
        };
        let filters = filter.loglevel().is_some() || filter.regex().is_some();
        match (filter.since().is_some(), filter.until().is_some()) {
            (true, true) if content_type == ContentType::Text => warnings.push(format!(
                "`{id}`: the shipped agent ignores tail {tail} in a text upload with since and until; \
                 add --content-type json"
            )),
            (true, true) => {}
            (_, until) if until || filters => warnings.push(format!(
                "`{id}`: the shipped agent takes the last {tail} lines of the whole log before it filters; \
                 to filter first, give --since, --until and --content-type json"
            )),
            _ => {}
        }
    }
    warnings
}

/// A warning if the shipped agent misreads the end of a bundle's period.
pub(crate) fn for_bundle(until: Option<&str>) -> Option<&'static str> {
    until.map(|_| {
        "the shipped agent uses the value of --since for --until, so the bundle is empty or holds an \
         error message; omit --until"
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::Severity;
    use crate::methods::{LogFilter, ModulePattern, TimeBound};

    fn warnings(filter: LogFilter, content_type: ContentType) -> Vec<String> {
        let id = ModulePattern::regex("edgeHub").unwrap();
        for_upload(&[LogItem { id, filter }], content_type)
    }

    fn time(text: &str) -> Option<TimeBound> {
        Some(TimeBound::parse("--since", text).unwrap())
    }

    #[test]
    fn a_level_is_exact_unless_there_is_none_more_severe() {
        let level =
            |number| LogFilter::default().with_loglevel(Severity::from_number(number).unwrap());
        assert!(warnings(level(3), ContentType::Json)[0].contains("only lines of level 3"));
        assert!(warnings(level(0), ContentType::Json).is_empty());
    }

    #[test]
    fn a_tail_comes_first_or_not_at_all() {
        let tail = || LogFilter::default().with_tail(10).unwrap();
        let window = |since, until| tail().with_window(since, until).unwrap();
        assert!(warnings(tail(), ContentType::Text).is_empty());
        assert!(warnings(window(time("2h"), None), ContentType::Text).is_empty());
        assert!(
            warnings(window(None, time("1h")), ContentType::Text)[0].contains("before it filters")
        );
        assert!(
            warnings(tail().with_regex("x".to_owned()), ContentType::Json)[0]
                .contains("before it filters")
        );
        assert!(
            warnings(window(time("2h"), time("1h")), ContentType::Text)[0]
                .contains("ignores tail 10")
        );
        assert!(warnings(window(time("2h"), time("1h")), ContentType::Json).is_empty());
    }
}
