//! The time in a line of a file.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::logs::{LogLine, date_time, zoned_time};

/// How much of a line to examine, including tag and blanks.
const MAX_HEAD_BYTES: usize = 128;
/// How far from the start of a line a time of day counts as the line's own.
const MAX_CLOCK_BYTES: usize = 40;

/// The mark that editors put in front of UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// What a line says of its own time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnTime {
    /// It is known.
    Known(Timestamp),
    /// A date and a time without an offset: any of about a day.
    Unzoned(DateTime),
    /// A time of a form that is not read.
    Other,
    /// Nothing: the line goes on with what the one before says.
    None,
}

impl OwnTime {
    /// Reads the start of a line.
    pub(super) fn of(line: &[u8]) -> Self {
        if let Some(time) = line_time(line) {
            return Self::Known(time);
        }
        let line = &line[..line.len().min(MAX_HEAD_BYTES)];
        let text = untagged(line);
        match date_time(text) {
            Some((time, _)) => Self::Unzoned(time),
            None if has_clock_time(text) => Self::Other,
            None => Self::None,
        }
    }

    /// The time, if it is known.
    pub(super) fn known(self) -> Option<Timestamp> {
        match self {
            Self::Known(time) => Some(time),
            Self::Unzoned(_) | Self::Other | Self::None => None,
        }
    }

    /// Whether a time without an offset may lie between these times, in whatever zone it was written.
    pub(super) fn may_lie_between(
        time: DateTime,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> bool {
        // Offsets go from +14 to -12 hours.
        let earliest = Offset::constant(14).to_timestamp(time);
        let latest = Offset::constant(-12).to_timestamp(time);
        let Ok((earliest, latest)) = earliest.and_then(|time| Ok((time, latest?))) else {
            return true;
        };
        since.is_none_or(|since| latest >= since) && until.is_none_or(|until| earliest <= until)
    }
}

/// Whether a line that begins at its margin has a time of day near its start, as `10:15:59`.
fn has_clock_time(text: &[u8]) -> bool {
    let is_time = |window: &[u8]| {
        window.iter().enumerate().all(|(at, byte)| match at {
            2 | 5 => *byte == b':',
            _ => byte.is_ascii_digit(),
        })
    };
    !text.first().is_none_or(u8::is_ascii_whitespace)
        && text[..text.len().min(MAX_CLOCK_BYTES)]
            .windows(8)
            .any(is_time)
}

/// A line without mark, severity tag and blanks before its time. A line that is indented stays so.
fn untagged(line: &[u8]) -> &[u8] {
    let line = line.strip_prefix(MARK).unwrap_or(line);
    match line.trim_ascii_start() {
        [b'<', digit, b'>', rest @ ..] if digit.is_ascii_digit() => rest.trim_ascii_start(),
        _ => line,
    }
}

/// The time at the start of a line: the Engine's stamp, any other RFC 3339 time, or the time of the
/// runtime's own logger, `2026-11-22 08:44:45.123 +00:00`. A severity tag may precede it. A time
/// without an offset does not count: its zone is not known.
pub(super) fn line_time(line: &[u8]) -> Option<Timestamp> {
    let line = &line[..line.len().min(MAX_HEAD_BYTES)];
    let line = line.strip_prefix(MARK).unwrap_or(line);
    let text = untagged(line).trim_ascii_start();
    // Most lines without a time end here.
    if !text.first()?.is_ascii_digit() {
        return None;
    }
    zoned_time(text)
        .map(|(time, _)| time)
        .or_else(|| LogLine::parse(&String::from_utf8_lossy(line)).instant())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_supported_format_is_a_time() {
        for (line, time) in [
            (
                "2026-11-22T08:44:44.668656901Z text",
                "2026-11-22T08:44:44.668656901Z",
            ),
            (
                "2026-11-22T08:44:44.668656901Z <4> 2019-01-01 00:00:00.000 +00:00 x",
                "2026-11-22T08:44:44.668656901Z",
            ),
            (
                "<6> 2026-11-22 08:44:45.123 +01:30 [INF] - x",
                "2026-11-22T07:14:45.123Z",
            ),
            ("  <3>2026-11-22 08:44:45 -00:30 x", "2026-11-22T09:14:45Z"),
            ("2026-11-22t08:44:45,5z", "2026-11-22T08:44:45.5Z"),
            (
                "2026-11-22T08:44:45.1234567891Z",
                "2026-11-22T08:44:45.123456789Z",
            ),
            ("2026-12-31T23:59:60Z x", "2026-12-31T23:59:59Z"),
        ] {
            assert_eq!(
                line_time(line.as_bytes()),
                Some(time.parse().unwrap()),
                "{line}"
            );
        }
    }

    #[test]
    fn anything_else_is_none() {
        for line in [
            "",
            "text",
            "   at Module.Main() in /app/Program.cs:line 12",
            "2026-11-22T08:44:45 no offset",
            "2026-11-22",
            "2026-02-30T08:44:45Z",
            "2026-11-22T08:44:45.Z",
            "2026-11-22T08:44:45+1",
            "2026-11-22T08:44:45+99:99",
            "<66> 2026-11-22T08:44:45Z",
            "12 apples",
        ] {
            assert_eq!(line_time(line.as_bytes()), None, "{line}");
        }
        assert_eq!(line_time(b"2026-\xff\xfe"), None);
    }

    #[test]
    fn a_time_whose_zone_is_not_known_is_no_known_time_and_not_none() {
        let unzoned = |text: &str| OwnTime::Unzoned(text.parse().unwrap());
        for (line, own) in [
            (
                "2026-09-05 15:17:51,760 INFO x",
                unzoned("2026-09-05T15:17:51.76"),
            ),
            ("<6> 2026-09-05T15:17:51 x", unzoned("2026-09-05T15:17:51")),
            (
                "\u{feff}2026-09-05T15:17:51 x",
                unzoned("2026-09-05T15:17:51"),
            ),
            ("Nov 29 05:17:52 host app: x", OwnTime::Other),
            ("[29/Nov/2026:05:17:52 +0000] x", OwnTime::Other),
            ("I1129 05:17:52.1 1 a.go:1] x", OwnTime::Other),
            ("\tat plant.Reader(Reader.java:545)", OwnTime::None),
            ("   at 10:15:59", OwnTime::None),
            ("java.lang.Exception: x", OwnTime::None),
            ("", OwnTime::None),
        ] {
            assert_eq!(OwnTime::of(line.as_bytes()), own, "{line}");
        }
        let marked = "\u{feff}<6> 2026-11-22 08:44:45.123 +01:30 [INF] - x";
        assert!(matches!(OwnTime::of(marked.as_bytes()), OwnTime::Known(_)));
    }

    #[test]
    fn a_time_without_an_offset_is_outside_a_window_only_if_it_is_in_every_zone() {
        let time: DateTime = "2026-11-29T05:00:00".parse().unwrap();
        let at = |text: &str| Some(text.parse().unwrap());
        for (since, until, inside) in [
            (None, None, true),
            (at("2026-11-29T17:00:00Z"), None, true),
            (at("2026-11-29T17:00:01Z"), None, false),
            (None, at("2026-11-28T15:00:00Z"), true),
            (None, at("2026-11-28T14:59:59Z"), false),
        ] {
            assert_eq!(
                OwnTime::may_lie_between(time, since, until),
                inside,
                "{since:?} {until:?}"
            );
        }
    }
}
