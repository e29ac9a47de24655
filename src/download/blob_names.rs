//! Which blob names are accepted. The shipped agent never reports the names of its blobs, so they must
//! have the form that its tasks write, without a slash after `{hub}/{device}/`. Names that the edgelogs
//! device module reports may contain one there, but must be in the device's folder.

use crate::methods::{ContentType, Encoding, LogItem, blob_extension};

/// `-yyyy-MM-dd--HH-mm-ss`, with `0` for a digit.
const STAMP: &str = "-0000-00-00--00-00-00";

/// What a task writes, and what that means for the names of its blobs.
#[derive(Debug, Clone)]
pub enum TaskOutput {
    /// `{module}-{time}.{extension}` for the modules that the items select.
    ModuleLogs {
        /// The requested items.
        items: Vec<LogItem>,
        /// Whether the blobs are compressed.
        encoding: Encoding,
        /// The format of the logs.
        content_type: ContentType,
    },
    /// `support-bundle-{time}.zip`
    SupportBundle,
}

impl TaskOutput {
    /// The common prefix of the names after `{hub}/{device}/`.
    pub(super) fn common_prefix(&self) -> &'static str {
        match self {
            Self::ModuleLogs { .. } => "",
            Self::SupportBundle => "support-bundle-",
        }
    }

    /// Whether the task may have written a blob of this name, without hub and device.
    pub(super) fn may_write(&self, name: &str) -> bool {
        match self {
            Self::SupportBundle => module_of(name, "zip") == Some("support-bundle"),
            Self::ModuleLogs {
                items,
                encoding,
                content_type,
            } => module_of(name, blob_extension(*content_type, *encoding)).is_some_and(|module| {
                !module.is_empty() && items.iter().any(|item| may_match(item.id.as_str(), module))
            }),
        }
    }
}

/// The module in `{module}-{time}.{extension}`, if the name has this form.
fn module_of<'a>(name: &'a str, extension: &str) -> Option<&'a str> {
    let stem = name.strip_suffix(extension)?.strip_suffix('.')?;
    let at = stem.len().checked_sub(STAMP.len())?;
    let (id, stamp) = stem.split_at_checked(at)?;
    let shape = stamp.bytes().zip(STAMP.bytes());
    let fits = |(byte, shape): (u8, u8)| match shape {
        b'0' => byte.is_ascii_digit(),
        other => byte == other,
    };
    (stamp.len() == STAMP.len() && shape.into_iter().all(fits) && !id.contains('/')).then_some(id)
}

/// Whether the agent's pattern may match this module. Only plain words, with or without anchors, are
/// decided here; any other regular expression may match.
fn may_match(pattern: &str, module: &str) -> bool {
    if pattern.eq_ignore_ascii_case("all") {
        return true;
    }
    let (anchored, rest) = match pattern.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    // An escaped `$` is a literal, and leaves the pattern undecided.
    let (ended, rest) = match rest.strip_suffix('$') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let mut word = String::with_capacity(rest.len());
    let mut letters = rest.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some(escaped) if escaped.is_ascii_punctuation() => word.push(escaped),
                _ => return true,
            },
            _ if letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_') => {
                word.push(letter);
            }
            _ => return true,
        }
    }
    let (word, module) = (word.to_lowercase(), module.to_lowercase());
    match (anchored, ended) {
        (true, true) => module == word,
        (true, false) => module.starts_with(&word),
        (false, true) => module.ends_with(&word),
        (false, false) => module.contains(&word),
    }
}

/// Whether a blob is in the folder of a device of one of these hubs. Hub names are not case-sensitive.
pub(super) fn is_in_folder(name: &str, hubs: &[String], device: &str, start: &str) -> bool {
    let Some((hub, rest)) = name.split_once('/') else {
        return false;
    };
    let file = rest
        .strip_prefix(device)
        .and_then(|rest| rest.strip_prefix('/'));
    hubs.iter().any(|own| own.eq_ignore_ascii_case(hub))
        && file.is_some_and(|file| {
            !file.is_empty() && file.starts_with(start) && file.split('/').all(|part| part != "..")
        })
}

/// A blob's name without `{hub}/{device}/`.
pub(super) fn without_folders<'a>(name: &'a str, device: &str) -> &'a str {
    let rest = name
        .split_once('/')
        .and_then(|(_, rest)| rest.strip_prefix(device));
    rest.and_then(|rest| rest.strip_prefix('/')).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::methods::{LogFilter, ModulePattern};

    fn logs(id: ModulePattern) -> TaskOutput {
        TaskOutput::ModuleLogs {
            items: vec![LogItem {
                id,
                filter: LogFilter::default(),
            }],
            encoding: Encoding::Gzip,
            content_type: ContentType::Text,
        }
    }

    #[test]
    fn only_the_agents_pattern_with_the_requested_ending_matches() {
        let all = logs(ModulePattern::all());
        for (name, taken) in [
            ("edgeHub-2026-11-22--08-00-00.log.gz", true),
            ("a-b.c-2026-11-22--08-00-00.log.gz", true),
            ("-2026-11-22--08-00-00.log.gz", false),
            ("edgeHub-2026-11-22--08-00-00.log", false),
            ("edgeHub-2026-11-22--08-00-00.json.gz", false),
            ("edgeHub-2026-11-22T08-00-00.log.gz", false),
            ("x/edgeHub-2026-11-22--08-00-00.log.gz", false),
            ("notes.log.gz", false),
            ("é-2026-11-22--08-00-00.log.gz", true),
            ("", false),
        ] {
            assert_eq!(all.may_write(name), taken, "{name}");
        }
        let bundle = TaskOutput::SupportBundle;
        assert!(bundle.may_write("support-bundle-2026-11-22--08-00-00.zip"));
        assert!(!bundle.may_write("my-support-bundle-2026-11-22--08-00-00.zip"));
        assert!(!bundle.may_write("support-bundle-2026-11-22--08-00-00.log"));
    }

    #[test]
    fn plain_patterns_are_decided_and_any_other_may_match() {
        for (pattern, module, may) in [
            ("edge", "edgeHub", true),
            ("EDGE", "edgeHub", true),
            ("edge", "filter", false),
            ("^edgeHub$", "edgeHub", true),
            ("^edgeHub$", "edgeHub2", false),
            (r"^a\.b$", "a.b", true),
            (r"^a\.b$", "axb", false),
            (r"\w+", "edgeHub", true),
            ("a|b", "c", true),
            (r"a\$", "c", true),
            (".*", "c", true),
        ] {
            assert_eq!(may_match(pattern, module), may, "{pattern} {module}");
        }
        let exact = logs(ModulePattern::exact("a.b").unwrap());
        assert!(exact.may_write("a.b-2026-11-22--08-00-00.log.gz"));
        assert!(!exact.may_write("ab-2026-11-22--08-00-00.log.gz"));
    }

    #[test]
    fn only_the_folder_of_hub_and_device_is_the_devices_own() {
        let hubs = ["Hub.net".to_owned(), "hub.net".to_owned()];
        for (name, own) in [
            ("hub.net/d/m.log", true),
            ("HUB.net/d/m.log", true),
            ("hub.net/d/x/m.log", true),
            ("hub.net/d2/m.log", false),
            ("hub.net/D/m.log", false),
            ("other.net/d/m.log", false),
            ("hub.net/d/../d2/m.log", false),
            ("hub.net/d/", false),
            ("hub.net/", false),
            ("/d/m.log", false),
            ("m.log", false),
            ("", false),
        ] {
            assert_eq!(is_in_folder(name, &hubs, "d", ""), own, "{name}");
        }
        assert!(is_in_folder(
            "hub.net/d/support-bundle-1.zip",
            &hubs,
            "d",
            "support-bundle-"
        ));
        assert!(!is_in_folder(
            "hub.net/d/m.zip",
            &hubs,
            "d",
            "support-bundle-"
        ));
    }

    #[test]
    fn only_the_folders_of_hub_and_device_are_removed() {
        assert_eq!(without_folders("h/d/m.log", "d"), "m.log");
        assert_eq!(without_folders("h/d/../m.log", "d"), "../m.log");
        assert_eq!(without_folders("h/other/m.log", "d"), "h/other/m.log");
        assert_eq!(without_folders("m.log", "d"), "m.log");
    }
}
