//! The time in a line of a file.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

use crate::logs::LogLine;

/// How much of a line to examine, including tag and blanks.
const MAX_HEAD_BYTES: usize = 128;

/// The time at the start of a line: the Engine's stamp, any other RFC 3339 time, or the time of the
/// runtime's own logger, `2026-11-22 08:44:45.123 +00:00`. A severity tag may precede it. A time
/// without an offset does not count: its zone is not known.
pub(super) fn line_time(line: &[u8]) -> Option<Timestamp> {
    let line = &line[..line.len().min(MAX_HEAD_BYTES)];
    let mut text = line.trim_ascii_start();
    if let [b'<', digit, b'>', rest @ ..] = text
        && digit.is_ascii_digit()
    {
        text = rest.trim_ascii_start();
    }
    // Most lines without a time end here.
    if !text.first()?.is_ascii_digit() {
        return None;
    }
    rfc3339(text).or_else(|| LogLine::parse(&String::from_utf8_lossy(line)).instant())
}

/// A date and a time with an offset, at the start of `text`. A blank may replace the `T`, and
/// precede the offset.
fn rfc3339(text: &[u8]) -> Option<Timestamp> {
    let (head, rest) = text.split_first_chunk::<19>()?;
    let separators = [head[4], head[7], head[13], head[16]];
    if separators != *b"--::" || !matches!(head[10], b'T' | b't' | b' ') {
        return None;
    }
    let number = |at: usize| two_digits(&head[at..at + 2]);
    let year = i16::from(number(0)?) * 100 + i16::from(number(2)?);
    let date = Date::new(year, number(5)?, number(8)?).ok()?;
    // A leap second counts as the second before it.
    let second = number(17)?.min(59);
    let (nanosecond, rest) = fraction(rest)?;
    let time = Time::new(number(11)?, number(14)?, second, nanosecond).ok()?;
    let offset = match rest.strip_prefix(b" ").unwrap_or(rest) {
        [b'Z' | b'z', ..] => Offset::UTC,
        [sign @ (b'+' | b'-'), hours @ ..] if hours.len() >= 5 && hours[2] == b':' => {
            let seconds = i32::from(two_digits(&hours[..2])?) * 3600
                + i32::from(two_digits(&hours[3..5])?) * 60;
            Offset::from_seconds(if *sign == b'-' { -seconds } else { seconds }).ok()?
        }
        _ => return None,
    };
    offset.to_timestamp(DateTime::from_parts(date, time)).ok()
}

/// A fraction of a second in nanoseconds, 0 if there is none, and the rest of the text. Digits
/// beyond the ninth are dropped.
fn fraction(text: &[u8]) -> Option<(i32, &[u8])> {
    let [b'.' | b',', digits @ ..] = text else {
        return Some((0, text));
    };
    let count = digits
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if count == 0 {
        return None;
    }
    let padded = digits[..count]
        .iter()
        .copied()
        .chain(std::iter::repeat(b'0'))
        .take(9);
    let nanosecond = padded.fold(0, |value, digit| value * 10 + i32::from(digit - b'0'));
    Some((nanosecond, &digits[count..]))
}

fn two_digits(text: &[u8]) -> Option<i8> {
    match text {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
            i8::try_from((tens - b'0') * 10 + (ones - b'0')).ok()
        }
        _ => None,
    }
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
}
