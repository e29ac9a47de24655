//! What the shipped agent makes of uploads and bundles that it misreads.
//!
//! `get` asks so that every agent answers right; of an upload nothing comes back that could be
//! repaired, so whoever asks is told. What edgeAgent 1.6 does is known from its source.

use crate::methods::{ContentType, LogItem};

/// A warning for each way in which the shipped agent would misread these items.
pub(crate) fn of_upload(items: &[LogItem], content_type: ContentType) -> Vec<String> {
    let mut warnings = Vec::new();
    for item in items {
        let (id, filter) = (item.id.as_str(), &item.filter);
        if let Some(level) = filter.loglevel().filter(|level| *level > 0) {
            warnings.push(format!(
                "`{id}`: the shipped agent uploads lines of level {level} alone, not the more severe ones; \
                 start an upload for each level, or take `edgelogs get --loglevel {level}`"
            ));
        }
        let Some(tail) = filter.tail() else {
            continue;
        };
        let judged = filter.loglevel().is_some() || filter.regex().is_some();
        match (filter.since().is_some(), filter.until().is_some()) {
            (true, true) if content_type == ContentType::Text => warnings.push(format!(
                "`{id}`: the shipped agent ignores tail {tail} of a text upload that has since and until; \
                 add --content-type json"
            )),
            (true, true) => {}
            (_, until) if until || judged => warnings.push(format!(
                "`{id}`: the shipped agent takes the last {tail} lines of the whole log first, and uploads \
                 those of them that pass; give --since, --until and --content-type json to have it \
                 the other way round"
            )),
            _ => {}
        }
    }
    warnings
}

/// A warning where the shipped agent would misread the end of a bundle's window.
pub(crate) fn of_bundle(until: Option<&str>) -> Option<&'static str> {
    until.map(|_| {
        "the shipped agent takes the value of --since for --until, and the bundle is empty or an error \
         text; leave --until away"
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::Severity;
    use crate::methods::{LogFilter, ModulePattern, TimeBound};

    fn warnings(filter: LogFilter, content_type: ContentType) -> Vec<String> {
        let id = ModulePattern::regex("edgeHub").unwrap();
        of_upload(&[LogItem { id, filter }], content_type)
    }

    fn time(text: &str) -> Option<TimeBound> {
        Some(TimeBound::parse("--since", text).unwrap())
    }

    #[test]
    fn a_level_is_exact_unless_there_is_none_more_severe() {
        let level =
            |number| LogFilter::default().with_loglevel(Severity::from_number(number).unwrap());
        assert!(warnings(level(3), ContentType::Json)[0].contains("level 3 alone"));
        assert!(warnings(level(0), ContentType::Json).is_empty());
    }

    #[test]
    fn a_tail_comes_first_or_not_at_all() {
        let tail = || LogFilter::default().with_tail(10).unwrap();
        let window = |since, until| tail().with_window(since, until).unwrap();
        assert!(warnings(tail(), ContentType::Text).is_empty());
        assert!(warnings(window(time("2h"), None), ContentType::Text).is_empty());
        assert!(
            warnings(window(None, time("1h")), ContentType::Text)[0].contains("whole log first")
        );
        assert!(
            warnings(tail().with_regex("x".to_owned()), ContentType::Json)[0]
                .contains("whole log first")
        );
        assert!(
            warnings(window(time("2h"), time("1h")), ContentType::Text)[0]
                .contains("ignores tail 10")
        );
        assert!(warnings(window(time("2h"), time("1h")), ContentType::Json).is_empty());
    }
}
