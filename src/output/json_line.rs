//! Log lines that are JSON, made readable.

use std::fmt::Write as _;

use anstyle::Style;
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::colors::{DIM, paint, severity};
use crate::control_characters::{escape_control_characters, escape_in_json};
use crate::logs::Severity;

/// Longer lines, in bytes, are left as they are.
const MAX_BYTES: usize = 64 << 10;

/// Smaller numbers are seconds, up to the year 5138; larger ones are milliseconds, from 1973.
const SECONDS_ARE_BELOW: f64 = 1e11;

/// What loggers call these fields, in any case; the first one found counts. The names are those
/// of .NET's console logger, Serilog, pino, zap, slog, logrus, Elastic and systemd.
const LEVEL: [&str; 6] = ["level", "lvl", "loglevel", "severity", "@l", "log.level"];
const TIME: [&str; 6] = ["time", "ts", "timestamp", "@t", "@timestamp", "datetime"];
const MESSAGE: [&str; 4] = ["msg", "message", "@m", "@mt"];

/// A parsed line.
#[derive(Debug)]
pub(super) struct JsonLine {
    /// The level as shown, and its severity.
    level: Option<(String, u8)>,
    time: Option<String>,
    message: Option<String>,
    rest: Map<String, Value>,
}

impl JsonLine {
    /// Parses a line if it is a JSON object with a level or a message.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > MAX_BYTES || !text.starts_with('{') || !text.ends_with('}') {
            return None;
        }
        let mut rest: Map<String, Value> = serde_json::from_str(text).ok()?;
        let level = pick(&mut rest, &LEVEL, level);
        let message = pick(&mut rest, &MESSAGE, |value| {
            value.as_str().map(str::to_owned)
        });
        if level.is_none() && message.is_none() {
            return None;
        }
        let time = pick(&mut rest, &TIME, |value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
        Some(Self {
            level,
            time,
            message,
            rest,
        })
    }

    pub(super) fn severity(&self) -> Option<u8> {
        self.level.as_ref().map(|(_, level)| *level)
    }

    /// Its time: RFC 3339, or seconds or milliseconds since 1970.
    pub(super) fn instant(&self) -> Option<Timestamp> {
        let text = self.time.as_deref()?;
        if let Ok(time) = text.parse() {
            return Some(time);
        }
        let number: f64 = text.parse().ok()?;
        if !number.is_finite() {
            return None;
        }
        let milliseconds = match number.abs() {
            seconds if seconds < SECONDS_ARE_BELOW => number * 1000.0,
            _ => number,
        };
        // The cast saturates, so a number out of range stays out of range.
        Timestamp::from_millisecond(milliseconds.round() as i64).ok()
    }

    /// Appends time, level, message and the other fields, with control characters escaped. `style`
    /// is that of the line's severity.
    pub(super) fn push(&self, shown: &mut String, style: Style, color: bool) {
        let mut parts: Vec<(String, Style)> = Vec::new();
        if let Some(time) = &self.time {
            parts.push((escape_control_characters(time), DIM));
        }
        if let Some((word, level)) = &self.level {
            parts.push((word.clone(), severity(*level).bold()));
        }
        if let Some(message) = &self.message {
            parts.push((escape_control_characters(message), style));
        }
        for (key, value) in &self.rest {
            parts.push((
                format!("{}={}", escape_control_characters(key), field(value)),
                DIM,
            ));
        }
        for (index, (text, style)) in parts.iter().enumerate() {
            let gap = if index == 0 { "" } else { " " };
            // Writing into a String can't fail.
            let _ = write!(shown, "{gap}{}", paint(text, *style, color));
        }
    }
}

/// Removes the first of these fields that `read` accepts.
fn pick<T>(
    fields: &mut Map<String, Value>,
    names: &[&str],
    read: impl Fn(&Value) -> Option<T>,
) -> Option<T> {
    names.iter().find_map(|name| {
        let (key, value) = fields
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        let value = read(value)?;
        let key = key.clone();
        // This keeps the order of the others.
        fields.shift_remove(&key);
        Some(value)
    })
}

/// A level as shown and as a severity; none if it is unknown.
fn level(value: &Value) -> Option<(String, u8)> {
    match value {
        Value::String(word) => Some((word.to_uppercase(), severity_of(word)?)),
        // pino and bunyan count from 10 to 60, syslog from 0 to 7.
        Value::Number(number) => {
            let (word, severity) = match number.as_u64()? {
                10 => ("TRACE", 7),
                20 => ("DEBUG", 7),
                30 => ("INFO", 6),
                40 => ("WARN", 4),
                50 => ("ERROR", 3),
                60 => ("FATAL", 0),
                syslog => {
                    let severity = Severity::from_number(u8::try_from(syslog).ok()?)?;
                    return Some((severity.name().to_uppercase(), severity.number()));
                }
            };
            Some((word.to_owned(), severity))
        }
        _ => None,
    }
}

fn severity_of(word: &str) -> Option<u8> {
    match word.to_ascii_lowercase().as_str() {
        "trace" | "trc" | "verbose" | "vrb" | "dbg" | "dbug" | "fine" => Some(7),
        "inf" => Some(6),
        "wrn" => Some(4),
        "eror" | "fail" => Some(3),
        "ftl" | "dpanic" => Some(0),
        _ => word.parse().ok().map(Severity::number),
    }
}

/// Unquoted if unambiguous, JSON otherwise.
fn field(value: &Value) -> String {
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
        line.push(&mut shown, DIM, false);
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
                r#"{"level":50,"time":1795352709123,"pid":7,"msg":"boom"}"#,
                "1795352709123 ERROR boom pid=7",
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
    }

    #[test]
    fn other_lines_stay_as_they_are() {
        let long = format!("{{\"msg\":\"{}\"}}", "x".repeat(MAX_BYTES));
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

    #[test]
    fn its_time_is_read_in_the_formats_of_common_loggers() {
        let expected: Timestamp = "2026-11-22T13:05:09.123Z".parse().unwrap();
        for (time, expected) in [
            (r#""2026-11-22T13:05:09.123Z""#, Some(expected)),
            (r#""2026-11-22T14:05:09.123+01:00""#, Some(expected)),
            ("1795352709123", Some(expected)),
            ("1795352709.123", Some(expected)),
            ("1e300", None),
            (r#""13:05""#, None),
            (r#""NaN""#, None),
        ] {
            let line = JsonLine::parse(&format!(r#"{{"msg":"x","time":{time}}}"#)).unwrap();
            assert_eq!(line.instant(), expected, "{time}");
        }
    }

    #[test]
    fn its_level_is_a_severity() {
        for (text, severity) in [
            (r#"{"level":"Warning"}"#, 4),
            (r#"{"lvl":"ERR"}"#, 3),
            (r#"{"level":"trace"}"#, 7),
            (r#"{"@l":"Fatal","@mt":"x"}"#, 0),
            (r#"{"level":20,"msg":""}"#, 7),
        ] {
            let line = JsonLine::parse(text).unwrap();
            assert_eq!(line.severity(), Some(severity), "{text}");
        }
    }
}
