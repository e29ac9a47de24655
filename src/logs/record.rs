//! A log line in its two forms: as the module wrote it, and as the agent's record.

use std::borrow::Cow;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::line::{LogLine, dotnet_ticks};

/// The output stream of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogStream {
    /// Standard output; edgeAgent 1.6 also assigns the engine's messages to it.
    Stdout,
    /// Standard error.
    Stderr,
}

/// The edge agent's record of a line, as sent with `contentType` json; `S` owns or borrows its texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogRecord<S = String> {
    /// The hub's host name.
    pub iothub: S,
    /// The device's id.
    pub device: S,
    /// The module's name.
    pub id: S,
    /// The stream; `None` with `contentType` text, which doesn't tell.
    #[serde(default)]
    pub stream: Option<LogStream>,
    /// 0 to 9, since the agent accepts any digit; 6 for a line without a tag.
    pub loglevel: u8,
    /// The line without its tag and timestamp.
    pub text: S,
    /// RFC 3339 with an offset; `None` if neither the engine nor the line has a time.
    #[serde(default)]
    pub timestamp: Option<String>,
}

/// How much of a line is searched for its level, which only white space may precede.
const LEVEL_SEARCH_BYTES: usize = 16 << 10;

/// How .NET writes a time that was never set.
const DOTNET_NEVER: &str = "0001-01-01T00:00:00";

/// One line of a module's log, as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// From `contentType` text: the bytes as the module wrote them, including the line end if any.
    Line(Vec<u8>),
    /// From `contentType` text with engine timestamps.
    Stamped {
        /// The engine's timestamp.
        stamp: Timestamp,
        /// The bytes as the module wrote them, without the timestamp.
        line: Vec<u8>,
    },
    /// From `contentType` json.
    Parsed(Box<LogRecord>),
}

impl Record {
    /// The line to print, including its line end if it has one.
    pub fn line(&self) -> &[u8] {
        match self {
            Self::Line(bytes) => bytes,
            Self::Stamped { line, .. } => line,
            Self::Parsed(record) => record.text.as_bytes(),
        }
    }

    /// The stream that it came from, which only the agent's records tell.
    pub fn stream(&self) -> Option<LogStream> {
        match self {
            Self::Parsed(record) => record.stream,
            Self::Line(_) | Self::Stamped { .. } => None,
        }
    }

    /// When the line was written, if known.
    pub fn timestamp(&self) -> Option<Timestamp> {
        match self {
            Self::Line(bytes) => LogLine::parse(&lossy(bytes)).instant(),
            Self::Stamped { stamp, .. } => Some(*stamp),
            Self::Parsed(record) => record.timestamp.as_deref()?.parse().ok(),
        }
    }

    /// The severity, 0 to 9, since the agent accepts any digit; 6 for a line without a tag.
    pub fn loglevel(&self) -> u8 {
        match self {
            Self::Line(line) | Self::Stamped { line, .. } => {
                // Avoids decoding the rest of a line of megabytes.
                let head = &line[..line.len().min(LEVEL_SEARCH_BYTES)];
                LogLine::parse(&lossy(head)).loglevel
            }
            Self::Parsed(record) => record.loglevel,
        }
    }

    /// The line without its tag and timestamp. The agent matches a regex against this.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Line(line) | Self::Stamped { line, .. } => match lossy(line) {
                Cow::Borrowed(line) => Cow::Borrowed(LogLine::parse(line).text),
                Cow::Owned(line) => Cow::Owned(LogLine::parse(&line).text.to_owned()),
            },
            Self::Parsed(record) => Cow::Borrowed(&record.text),
        }
    }

    /// The record that the agent would send for this line.
    pub fn to_log_record(&self, iothub: &str, device: &str, module: &str) -> LogRecord {
        match self {
            Self::Line(bytes) | Self::Stamped { line: bytes, .. } => {
                let text = lossy(bytes);
                let line = LogLine::parse(&text);
                // As in the agent, the engine's timestamp takes precedence.
                let time = match self {
                    Self::Stamped { stamp, .. } => Some(engine_time(*stamp)),
                    _ => line.timestamp,
                };
                LogRecord {
                    iothub: iothub.to_owned(),
                    device: device.to_owned(),
                    id: module.to_owned(),
                    stream: None,
                    loglevel: line.loglevel,
                    text: line.text.to_owned(),
                    timestamp: time.map(record_timestamp),
                }
            }
            Self::Parsed(record) => LogRecord {
                timestamp: record
                    .timestamp
                    .clone()
                    .filter(|text| !text.starts_with(DOTNET_NEVER)),
                ..LogRecord::clone(record)
            },
        }
    }
}

fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

/// Formats a UTC time as in the agent's records: with an offset instead of `Z`, without trailing zeros.
pub fn record_timestamp(time: DateTime) -> String {
    format!("{time}+00:00")
}

/// An engine's timestamp as a UTC time, rounded to .NET's ticks of 100 ns as the agent does.
pub fn engine_time(stamp: Timestamp) -> DateTime {
    let time = TimeZone::UTC.to_datetime(stamp);
    let nanoseconds = time.subsec_nanosecond();
    // Most engines have a clock of microseconds.
    if nanoseconds % 100 == 0 {
        return time;
    }
    let rounded = dotnet_ticks(nanoseconds.unsigned_abs()) * 100;
    let off = SignedDuration::from_nanos(rounded - i64::from(nanoseconds));
    time.checked_add(off).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_timestamps_have_no_trailing_zeros() {
        for (instant, text) in [
            (
                "2019-02-14T16:15:35.123456789Z",
                "2019-02-14T16:15:35.1234568+00:00",
            ),
            // A half goes to the even tick, but for what floating point makes of it.
            (
                "2019-02-14T16:15:35.24300005Z",
                "2019-02-14T16:15:35.243+00:00",
            ),
            (
                "2019-02-14T16:15:35.12345625Z",
                "2019-02-14T16:15:35.1234563+00:00",
            ),
            ("2019-02-14T16:15:35.243Z", "2019-02-14T16:15:35.243+00:00"),
            ("2019-02-14T16:15:30Z", "2019-02-14T16:15:30+00:00"),
        ] {
            assert_eq!(
                record_timestamp(engine_time(instant.parse().unwrap())),
                text
            );
        }
    }

    #[test]
    fn a_line_becomes_the_agents_record() {
        let record = Record::Line(b"<4> 2023-05-04 11:22:33.123 +00:00 [WRN] - x\n".to_vec());
        let json = serde_json::to_string(&record.to_log_record("h", "d", "m")).unwrap();
        assert_eq!(
            json,
            r#"{"iothub":"h","device":"d","id":"m","stream":null,"loglevel":4,"text":"[WRN] - x","timestamp":"2023-05-04T11:22:33.123+00:00"}"#
        );
    }

    #[test]
    fn an_unset_dotnet_time_is_none() {
        let parsed: LogRecord = serde_json::from_str(
            r#"{"iothub":"h","device":"d","id":"m","stream":"stdout","loglevel":6,"text":"x","timestamp":"0001-01-01T00:00:00"}"#,
        )
        .unwrap();
        assert_eq!(
            Record::Parsed(Box::new(parsed))
                .to_log_record("h", "d", "m")
                .timestamp,
            None
        );
    }
}
