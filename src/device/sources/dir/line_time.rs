//! The time in a line of a file.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::logs::{LogLine, date_time, zoned_time};

/// How much of a line to examine, including tag and blanks.
const MAX_HEAD_BYTES: usize = 128;
/// How far from the start of a line a time of day counts as the line's own.
const MAX_CLOCK_BYTES: usize = 40;

/// The halves of a day in Chinese, Japanese and Korean.
const HALVES: [&str; 6] = ["上午", "下午", "午前", "午後", "오전", "오후"];

/// Short names of zones, as loggers write them behind a time.
const ZONES: [&[u8]; 51] = [
    b"WET", b"WEST", b"BST", b"CET", b"CEST", b"MEZ", b"MESZ", b"EET", b"EEST", b"MSK", b"TRT",
    b"IDT", b"CAT", b"EAT", b"WAT", b"SAST", b"GST", b"IST", b"PKT", b"ICT", b"WIB", b"SGT",
    b"HKT", b"JST", b"KST", b"AWST", b"ACST", b"ACDT", b"AEST", b"AEDT", b"NZST", b"NZDT", b"HST",
    b"AKST", b"AKDT", b"PST", b"PDT", b"MST", b"MDT", b"CST", b"CDT", b"EST", b"EDT", b"AST",
    b"ADT", b"NST", b"NDT", b"BRT", b"ART", b"CLT", b"CLST",
];

/// What the long names of zones begin with, as `Europe/Oslo`.
const AREAS: [&[u8]; 12] = [
    b"Africa",
    b"America",
    b"Antarctica",
    b"Arctic",
    b"Asia",
    b"Atlantic",
    b"Australia",
    b"Europe",
    b"Indian",
    b"Pacific",
    b"Etc",
    b"US",
];

/// The mark that editors put in front of UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// What a line says of its own time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnTime {
    /// It is known.
    Known(Timestamp),
    /// A date and a time whose offset is not known: any of about a day.
    Unzoned(DateTime),
    /// A time of a form that is not read.
    Other,
    /// Nothing: the line goes on with what the one before says.
    None,
}

/// How the times of lines are read.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LineTimes {
    /// The offset of times that say none, if it is known.
    pub(super) offset: Option<Offset>,
}

impl LineTimes {
    /// What the start of a line says.
    pub(super) fn own(self, line: &[u8]) -> OwnTime {
        if let Some(time) = line_time(line) {
            return OwnTime::Known(time);
        }
        let line = &line[..line.len().min(MAX_HEAD_BYTES)];
        let text = untagged(line);
        match date_time(unbracketed(text)) {
            Some((time, rest)) => {
                let offset = self.offset.filter(|_| !says_more(rest));
                let known = offset.and_then(|offset| offset.to_timestamp(time).ok());
                known.map_or(OwnTime::Unzoned(time), OwnTime::Known)
            }
            None if has_clock_time(text) => OwnTime::Other,
            None => OwnTime::None,
        }
    }

    /// Whether an offset is all that the time of a line lacks.
    pub(super) fn says_no_more(line: &[u8]) -> bool {
        let offset = Some(Offset::UTC);
        Self { offset }.known(line).is_some()
    }

    /// The time that the start of a line says, if it is known.
    pub(super) fn known(self, line: &[u8]) -> Option<Timestamp> {
        match self.offset {
            None => line_time(line),
            Some(_) => self.own(line).known(),
        }
    }
}

impl OwnTime {
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

/// Whether what follows a time says more of it, in a form that is not read: half a day, a zone's name, or
/// an offset. A given offset would make such a time wrong, and an unknown one is safe.
fn says_more(rest: &[u8]) -> bool {
    let gap = rest.iter().take_while(|byte| b" \t,[(".contains(byte));
    let (gap, text) = rest.split_at(gap.count());
    let letters = text.iter().take_while(|byte| byte.is_ascii_alphabetic());
    let (word, behind) = text.split_at(letters.count());
    let is_area = || AREAS.contains(&word) && behind.first() == Some(&b'/');
    let is_zone = || {
        let is_utc = [&b"UTC"[..], b"GMT", b"Z"].map(|utc| word.eq_ignore_ascii_case(utc));
        is_utc.contains(&true) || ZONES.contains(&word)
    };
    let goes_on = gap.is_empty() && text.first().is_some_and(|byte| is_of_word(*byte));
    goes_on || is_half(text) || is_offset(text, gap.is_empty()) || is_area() || is_zone()
}

/// Whether a text begins with a half of a day, as `PM` or `p. m.`.
fn is_half(text: &[u8]) -> bool {
    if HALVES.iter().any(|half| text.starts_with(half.as_bytes())) {
        return true;
    }
    let [b'a' | b'A' | b'p' | b'P', rest @ ..] = text else {
        return false;
    };
    let rest = rest.strip_prefix(b".").unwrap_or(rest);
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let [b'm' | b'M', rest @ ..] = rest else {
        return false;
    };
    !rest.first().is_some_and(|byte| is_of_word(*byte))
}

/// Whether a text begins with what may be an offset: `+2` where it follows its time at once, and else of two
/// or four digits.
fn is_offset(text: &[u8], is_joined: bool) -> bool {
    let [b'+' | b'-', digits @ ..] = text else {
        return false;
    };
    let count = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let hours = count(digits);
    let is_whole = match digits[hours..] {
        [b':', ref minutes @ ..] => hours == 2 && count(minutes) == 2,
        [next, ..] => matches!(hours, 2 | 4) && !is_of_word(next) && next != b'.',
        [] => matches!(hours, 2 | 4),
    };
    is_whole || is_joined && hours > 0
}

/// Whether a byte is one of a word: a letter or a digit.
fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii()
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

/// A text without the bracket in which its time stands.
fn unbracketed(text: &[u8]) -> &[u8] {
    match text {
        [b'[' | b'(', rest @ ..] => rest,
        _ => text,
    }
}

/// The time at the start of a line: the Engine's stamp, any other RFC 3339 time, or the time of the
/// runtime's own logger, `2026-11-22 08:44:45.123 +00:00`. A severity tag or a bracket may precede it. A time
/// without an offset does not count.
fn line_time(line: &[u8]) -> Option<Timestamp> {
    let line = &line[..line.len().min(MAX_HEAD_BYTES)];
    let line = line.strip_prefix(MARK).unwrap_or(line);
    let text = unbracketed(untagged(line).trim_ascii_start());
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
            assert_eq!(LineTimes::default().own(line.as_bytes()), own, "{line}");
        }
        let marked = "\u{feff}<6> 2026-11-22 08:44:45.123 +01:30 [INF] - x";
        assert!(matches!(
            LineTimes::default().own(marked.as_bytes()),
            OwnTime::Known(_)
        ));
    }

    #[test]
    fn a_given_offset_is_that_of_times_which_say_nothing_of_it() {
        let times = LineTimes {
            offset: Some(Offset::constant(2)),
        };
        let own = |line: &str| times.own(line.as_bytes());
        let known = |text: &str| OwnTime::Known(text.parse().unwrap());
        for (line, time) in [
            ("2026-09-05 15:17:51,760 INFO x", "2026-09-05T13:17:51.76Z"),
            ("<6> 2026-09-05T15:17:51 x", "2026-09-05T13:17:51Z"),
            ("2026-09-05 15:17:51: x", "2026-09-05T13:17:51Z"),
            ("2026-09-05 15:17:51-host x", "2026-09-05T13:17:51Z"),
            ("2026-09-05 15:17:51 -5 x", "2026-09-05T13:17:51Z"),
            ("2026-09-05 15:17:51 +120 x", "2026-09-05T13:17:51Z"),
            ("2026-09-05 15:17:51 - x", "2026-09-05T13:17:51Z"),
            ("2026-09-05 15:17:51\tpmd x", "2026-09-05T13:17:51Z"),
            ("2026-09-05 15:17:51 INFO/main x", "2026-09-05T13:17:51Z"),
            (
                "[2026-09-05 15:17:51,760] INFO x",
                "2026-09-05T13:17:51.76Z",
            ),
            ("2026-09-05 15:17:51 ALERT x", "2026-09-05T13:17:51Z"),
            ("2026-09-05 00:17:51", "2026-09-04T22:17:51Z"),
            // What says one keeps it.
            ("2026-09-05 15:17:51 +05:30 x", "2026-09-05T09:47:51Z"),
            ("2026-09-05T15:17:51Z x", "2026-09-05T15:17:51Z"),
            ("[2026-09-05T15:17:51Z] x", "2026-09-05T15:17:51Z"),
        ] {
            assert_eq!(own(line), known(time), "{line}");
            assert_eq!(times.known(line.as_bytes()), own(line).known(), "{line}");
        }
        for line in [
            "2026-09-05 03:17:51 PM x",
            "2026-09-05 03:17:51pm x",
            "2026-09-05 15:17:51 CEST x",
            "2026-09-05 15:17:51 [UTC] x",
            "2026-09-05 15:17:51 [+01:00] x",
            "2026-09-05 15:17:51+1 x",
            "2026-09-05 15:17:51  +01:00 x",
            "2026-09-05 15:17:51 -03 x",
            "2026-09-05 15:17:51 -1000 x",
            "2026-09-05 15:17:51+01:60 x",
            "2026-09-05 03:17:51\tp.m.",
            "2026-09-05 03:17:51 a. m. x",
            "2026-09-05 03:17:51 下午 x",
            "2026-09-05 15:17:51 [Europe/Berlin] x",
            "2026-09-05 15:17:51 [Z] x",
            "2026-09-05 15:17:51 utc x",
            "2026-09-05T15:17:51+99:99 x",
        ] {
            assert!(matches!(own(line), OwnTime::Unzoned(_)), "{line}");
        }
        assert_eq!(own("Nov 29 05:17:52 host app: x"), OwnTime::Other);
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
