//! Lines that are JSON objects of a logger.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::severity::Severity;

/// What loggers call these fields, in any case; the first one found counts. The names are those
/// of .NET's console logger, Serilog, pino, bunyan, zap, slog, logrus, Python, Elastic, OpenTelemetry
/// and systemd.
const LEVEL: [&str; 11] = [
    "level",
    "lvl",
    "loglevel",
    "severity",
    "@l",
    "log.level",
    "levelname",
    "level_name",
    "severitytext",
    "severity_text",
    "priority",
];
const TIME: [&str; 8] = [
    "time",
    "ts",
    "timestamp",
    "@t",
    "@timestamp",
    "datetime",
    "asctime",
    "eventtime",
];
const MESSAGE: [&str; 6] = [
    "msg",
    "message",
    "@m",
    "@mt",
    "renderedmessage",
    "messagetemplate",
];

/// A line of a logger that writes JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct JsonLine {
    /// The level in capital letters, and its severity.
    pub level: Option<(String, u8)>,
    /// The time as written.
    pub time: Option<String>,
    /// What it says.
    pub message: Option<String>,
    /// The other fields, in their order.
    pub rest: Map<String, Value>,
    /// Whether a line without a level has one all the same.
    is_information: bool,
}

impl JsonLine {
    /// Longer lines, in bytes, are left as they are.
    pub const MAX_BYTES: usize = 64 << 10;

    /// Reads a line that is a JSON object with a level or a message.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() > Self::MAX_BYTES || !text.starts_with('{') || !text.ends_with('}') {
            return None;
        }
        let mut rest: Map<String, Value> = serde_json::from_str(text).ok()?;
        // Serilog's compact form leaves out the level Information.
        let is_information = rest.contains_key("@t") && !rest.contains_key("@l");
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
            is_information,
        })
    }

    /// The severity, 0 to 7.
    pub fn severity(&self) -> Option<u8> {
        let level = self.level.as_ref().map(|(_, level)| *level);
        level.or(self.is_information.then_some(6))
    }

    /// Its time: RFC 3339, or a number since 1970.
    pub fn instant(&self) -> Option<Timestamp> {
        let text = self.time.as_deref()?;
        text.parse().ok().or_else(|| since_1970(text))
    }

    /// Its time, if it is a number since 1970, which people can't read.
    pub fn number_time(&self) -> Option<Timestamp> {
        since_1970(self.time.as_deref()?)
    }
}

/// The instant of a number of seconds, milliseconds, microseconds or nanoseconds since 1970, told by
/// its size: each range reaches from the year 1973 to 5138.
pub(super) fn since_1970(text: &str) -> Option<Timestamp> {
    let number: f64 = text.parse().ok()?;
    if !number.is_finite() {
        return None;
    }
    let nanoseconds_each = match number.abs() {
        size if size < 1e11 => 1e9,
        size if size < 1e14 => 1e6,
        size if size < 1e17 => 1e3,
        _ => 1.0,
    };
    // Floats hold about a microsecond of the present. The cast saturates, so a number out of range
    // stays out of range.
    let microseconds = (number * nanoseconds_each / 1e3).round();
    Timestamp::from_microsecond(microseconds as i64).ok()
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
    let syslog = |number: u64| {
        let severity = Severity::from_number(u8::try_from(number).ok()?)?;
        Some((severity.name().to_uppercase(), severity.number()))
    };
    match value {
        Value::String(word) => match word.trim().parse() {
            Ok(number) => syslog(number),
            Err(_) => {
                let severity: Severity = word.parse().ok()?;
                Some((word.to_uppercase(), severity.number()))
            }
        },
        // pino and bunyan count from 10 to 60, syslog from 0 to 7.
        Value::Number(number) => {
            let (word, severity) = match number.as_u64()? {
                10 => ("TRACE", 7),
                20 => ("DEBUG", 7),
                30 => ("INFO", 6),
                40 => ("WARN", 4),
                50 => ("ERROR", 3),
                60 => ("FATAL", 0),
                number => return syslog(number),
            };
            Some((word.to_owned(), severity))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_time_is_read_in_the_formats_of_common_loggers() {
        let expected: Timestamp = "2026-11-22T13:05:09.123Z".parse().unwrap();
        for (time, expected) in [
            (r#""2026-11-22T13:05:09.123Z""#, Some(expected)),
            (r#""2026-11-22T14:05:09.123+01:00""#, Some(expected)),
            ("1795352709123", Some(expected)),
            ("1795352709.123", Some(expected)),
            ("1795352709123000", Some(expected)),
            ("1795352709123000000", Some(expected)),
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
            (r#"{"level":"Warning"}"#, Some(4)),
            (r#"{"lvl":"ERR"}"#, Some(3)),
            (r#"{"level":"trace"}"#, Some(7)),
            (r#"{"@l":"Fatal","@mt":"x"}"#, Some(0)),
            (r#"{"@t":"2026-11-29T06:10:01Z","@mt":"x"}"#, Some(6)),
            (r#"{"levelname":"CRITICAL","asctime":"x"}"#, Some(2)),
            (r#"{"PRIORITY":"3","MESSAGE":"x"}"#, Some(3)),
            (r#"{"level":20,"msg":""}"#, Some(7)),
            (r#"{"msg":"x"}"#, None),
        ] {
            let line = JsonLine::parse(text).unwrap();
            assert_eq!(line.severity(), severity, "{text}");
        }
    }
}
