//! Which names the blobs of a task can have. The shipped agent never tells them.

use crate::methods::{ContentType, Encoding, LogItem, blob_extension};

/// `-yyyy-MM-dd--HH-mm-ss`, a digit being `0`.
const STAMP: &str = "-0000-00-00--00-00-00";

/// What a task writes, as far as names show it.
#[derive(Debug, Clone)]
pub enum TaskOutput {
    /// `{module}-{time}.{extension}` for the modules that the items select.
    ModuleLogs {
        /// What was asked for.
        items: Vec<LogItem>,
        /// Whether the blobs are compressed.
        encoding: Encoding,
        /// In which form the logs are written.
        content_type: ContentType,
    },
    /// `support-bundle-{time}.zip`
    SupportBundle,
}

impl TaskOutput {
    /// What all names begin with, after the hub and the device.
    pub(super) fn common_start(&self) -> &'static str {
        match self {
            Self::ModuleLogs { .. } => "",
            Self::SupportBundle => "support-bundle-",
        }
    }

    /// Whether a blob of this name, without hub and device, can be one of the task.
    pub(super) fn may_be_named(&self, name: &str) -> bool {
        match self {
            Self::SupportBundle => stamped(name, "zip") == Some("support-bundle"),
            Self::ModuleLogs {
                items,
                encoding,
                content_type,
            } => stamped(name, blob_extension(*content_type, *encoding)).is_some_and(|module| {
                !module.is_empty() && items.iter().any(|item| may_match(item.id.as_str(), module))
            }),
        }
    }
}

/// What stands before the time in `{id}-{time}.{extension}`, if the name has this form.
fn stamped<'a>(name: &'a str, extension: &str) -> Option<&'a str> {
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

/// Whether the agent's pattern may match this module. Only plain words, with anchors or without,
/// are decided here; any other regular expression is the agent's to judge, so that it may.
fn may_match(pattern: &str, module: &str) -> bool {
    if pattern.eq_ignore_ascii_case("all") {
        return true;
    }
    let (anchored, rest) = match pattern.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    // An escaped `$` is a letter, and then the pattern is not decided.
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
    fn only_the_agents_form_with_the_asked_ending_is_taken() {
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
            assert_eq!(all.may_be_named(name), taken, "{name}");
        }
        let bundle = TaskOutput::SupportBundle;
        assert!(bundle.may_be_named("support-bundle-2026-11-22--08-00-00.zip"));
        assert!(!bundle.may_be_named("my-support-bundle-2026-11-22--08-00-00.zip"));
        assert!(!bundle.may_be_named("support-bundle-2026-11-22--08-00-00.log"));
    }

    #[test]
    fn plain_patterns_tell_modules_apart_and_others_are_the_agents_to_judge() {
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
        assert!(exact.may_be_named("a.b-2026-11-22--08-00-00.log.gz"));
        assert!(!exact.may_be_named("ab-2026-11-22--08-00-00.log.gz"));
    }
}
