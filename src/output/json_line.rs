//! Shows log lines that are JSON, made readable.

use std::fmt::Write as _;

use anstyle::Style;
use serde_json::Value;

use super::colors::{DIM, paint, severity};
use super::time::LineTime;
use crate::control_characters::{escape_control_characters, escape_in_json};
use crate::logs::JsonLine;

/// Which parts of a line to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum JsonParts {
    /// Time, level, message and the other fields.
    All,
    /// The message and the other fields.
    Message,
}

/// Appends a line with control characters escaped. `style` is that of the line's severity.
pub(super) fn push_json(
    shown: &mut String,
    line: &JsonLine,
    parts: JsonParts,
    style: Style,
    color: bool,
) {
    let mut words: Vec<(String, Style)> = Vec::new();
    if parts == JsonParts::All {
        if let Some(time) = &line.time {
            let readable = line.number_time().map(|time| {
                LineTime {
                    time: Some(time),
                    for_people: true,
                }
                .to_string()
            });
            words.push((
                readable.unwrap_or_else(|| escape_control_characters(time)),
                DIM,
            ));
        }
        if let Some((word, level)) = &line.level {
            words.push((escape_control_characters(word), severity(*level).bold()));
        }
    }
    if let Some(message) = &line.message {
        words.push((escape_control_characters(message), style));
    }
    for (key, value) in &line.rest {
        words.push((
            format!("{}={}", escape_control_characters(key), field(value)),
            DIM,
        ));
    }
    for (index, (text, style)) in words.iter().enumerate() {
        let gap = if index == 0 { "" } else { " " };
        // Writing into a String can't fail.
        let _ = write!(shown, "{gap}{}", paint(text, *style, color));
    }
}

/// Unquoted if unambiguous, JSON otherwise.
pub(super) fn field(value: &Value) -> String {
    match value {
        Value::String(text)
            if !text.is_empty()
                && text
                    .chars()
                    .all(|c| !c.is_whitespace() && !c.is_control() && !matches!(c, '"' | '=')) =>
        {
            escape_control_characters(text)
        }
        other => escape_in_json(&other.to_string()).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Option<String> {
        let line = JsonLine::parse(text)?;
        let mut shown = String::new();
        push_json(&mut shown, &line, JsonParts::All, DIM, false);
        Some(shown)
    }

    #[test]
    fn the_fields_of_common_loggers_are_picked_out() {
        for (text, expected) in [
            (
                r#"{"level":"warn","ts":"2026-11-22T13:05:09Z","msg":"slow","ms":12,"path":"/a b"}"#,
                "2026-11-22T13:05:09Z WARN slow ms=12 path=\"/a b\"",
            ),
            (
                r#"{"@t":"2026-11-22T13:05:09Z","@mt":"took {ms}","ms":1.5}"#,
                "2026-11-22T13:05:09Z took {ms} ms=1.5",
            ),
            (
                r#"{"EventId":3,"LogLevel":"Information","Category":"Hub","Message":"up","State":{"a":[1]}}"#,
                "INFORMATION up EventId=3 Category=Hub State={\"a\":[1]}",
            ),
            (r#"{"severity":3,"message":""}"#, "ERR "),
        ] {
            assert_eq!(shown(text).as_deref(), Some(expected));
        }
        // A number since 1970 becomes a time of the zone of this machine.
        let pino = shown(r#"{"level":50,"time":1795352709123,"pid":7,"msg":"boom"}"#).unwrap();
        assert!(pino.starts_with("2026-11-2"), "{pino}");
        assert!(
            pino.contains("09.123") && pino.ends_with(" ERROR boom pid=7"),
            "{pino}"
        );
    }

    #[test]
    fn other_lines_stay_as_they_are() {
        let long = format!("{{\"msg\":\"{}\"}}", "x".repeat(JsonLine::MAX_BYTES));
        let deep = format!(
            "{{\"msg\":\"x\",\"a\":{}1{}}}",
            "[".repeat(500),
            "]".repeat(500)
        );
        for text in [
            "plain",
            "{not json}",
            "[1]",
            "{}",
            r#"{"temperature":21.5}"#,
            r#"{"level":"third floor","temperature":21.5}"#,
            r#"{"msg":{"nested":true}}"#,
            &long,
            &deep,
        ] {
            assert_eq!(shown(text), None, "{}", &text[..text.len().min(40)]);
        }
    }

    #[test]
    fn control_characters_in_it_are_escaped() {
        let shown = shown(
            r#"{"level":"info","time":"\u001b[2J","msg":"\u001b]0;x\u0007\n","\u009bk":"\u001b[31m","e":"\u202e"}"#,
        )
        .unwrap();
        assert!(
            shown.chars().all(|c| !c.is_control() && c != '\u{202e}'),
            "{shown:?}"
        );
    }
}
