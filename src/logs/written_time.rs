//! Times at the start of lines, as loggers write them.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::Offset;

/// A date and a time with an offset, at the start of `text`, and what follows. A blank may replace the
/// `T`, and precede the offset.
pub(crate) fn zoned_time(text: &[u8]) -> Option<(Timestamp, &[u8])> {
    let (time, rest) = date_time(text)?;
    let (offset, rest) = match rest.strip_prefix(b" ") {
        Some(apart) => offset(apart, true)?,
        None => offset(rest, false)?,
    };
    Some((offset.to_timestamp(time).ok()?, rest))
}

/// `Z` or an offset such as `+01:00`, and what follows. One that stands `apart` from its time may be the
/// beginning of a message, such as a number or a word with a Z.
fn offset(text: &[u8], apart: bool) -> Option<(Offset, &[u8])> {
    let (offset, rest) = match text {
        [b'Z' | b'z', rest @ ..] => (Offset::UTC, rest),
        [sign @ (b'+' | b'-'), digits @ ..] => {
            let (hours, minutes) = digits.split_at_checked(2)?;
            let hours = i32::from(two_digits(hours)?);
            let has_colon = minutes.first() == Some(&b':');
            let (minutes, rest) = minutes[usize::from(has_colon)..].split_at_checked(2)?;
            let minutes = i32::from(two_digits(minutes)?);
            if minutes > 59 {
                return None;
            }
            // No clock is further away, and none by other minutes.
            let exists = hours <= 14 && minutes % 15 == 0;
            // `-1200` is rather a number; those with a colon or a nought in front are none.
            let is_number = *sign == b'-' && !has_colon && hours > 9;
            let is_closed = matches!(rest, [b']' | b')', ..]);
            if apart && (!exists || is_number && !is_closed) {
                return None;
            }
            let seconds = hours * 3600 + minutes * 60;
            let seconds = if *sign == b'-' { -seconds } else { seconds };
            (Offset::from_seconds(seconds).ok()?, rest)
        }
        _ => return None,
    };
    let goes_on = match rest {
        [next, ..] if next.is_ascii_alphanumeric() || *next == b'_' || !next.is_ascii() => true,
        [b'.' | b':', next, ..] => next.is_ascii_digit(),
        _ => false,
    };
    (!goes_on).then_some((offset, rest))
}

/// An offset from UTC as people type it: `+02:00`, `-0330`, `+02` or `Z`.
#[cfg(feature = "device")]
pub(crate) fn utc_offset(text: &str) -> Option<Offset> {
    let with_minutes = match text.len() {
        3 => format!("{text}00"),
        _ => text.to_owned(),
    };
    let (offset, rest) = offset(with_minutes.as_bytes(), false)?;
    let exists =
        (-12 * 3600..=14 * 3600).contains(&offset.seconds()) && offset.seconds() % 900 == 0;
    (exists && rest.is_empty()).then_some(offset)
}

/// A date and a time of day, and what follows them.
pub(crate) fn date_time(text: &[u8]) -> Option<(DateTime, &[u8])> {
    let (head, _) = text.split_first_chunk::<11>()?;
    if head[4] != head[7] || !matches!(head[4], b'-' | b'/' | b'.') {
        return None;
    }
    if !matches!(head[10], b'T' | b't' | b' ') {
        return None;
    }
    let number = |at: usize| two_digits(&head[at..at + 2]);
    let year = i16::from(number(0)?) * 100 + i16::from(number(2)?);
    let date = Date::new(year, number(5)?, number(8)?).ok()?;
    let (time, rest) = time_of_day(&text[11..])?;
    Some((DateTime::from_parts(date, time), rest))
}

/// A time of day, and what follows it.
pub(crate) fn time_of_day(text: &[u8]) -> Option<(Time, &[u8])> {
    let (head, rest) = text.split_first_chunk::<8>()?;
    if (head[2], head[5]) != (b':', b':') {
        return None;
    }
    let number = |at: usize| two_digits(&head[at..at + 2]);
    // A leap second counts as the second before it.
    let second = number(6)?.min(59);
    let (nanosecond, rest) = fraction(rest)?;
    let time = Time::new(number(0)?, number(3)?, second, nanosecond).ok()?;
    Some((time, rest))
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

#[cfg(all(test, feature = "device"))]
mod tests {
    use super::*;

    #[test]
    fn an_offset_is_taken_if_a_clock_has_it() {
        for (text, minutes) in [
            ("Z", 0),
            ("z", 0),
            ("+00:00", 0),
            ("+02", 120),
            ("-0330", -210),
            ("+05:45", 345),
            ("+14:00", 840),
            ("-12:00", -720),
        ] {
            let offset = utc_offset(text).map(Offset::seconds);
            assert_eq!(offset, Some(minutes * 60), "{text}");
        }
        for text in [
            "",
            "+2",
            "02:00",
            "+02:60",
            "+0275",
            "+02:10",
            "+14:15",
            "-12:15",
            "+02:00:00",
            "Z00",
            "UTC",
            "-7",
            "+é",
            " +02:00",
            "+02:00 ",
        ] {
            assert_eq!(utc_offset(text), None, "{text}");
        }
    }
}
