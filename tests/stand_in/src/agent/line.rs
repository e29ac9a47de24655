//! The agent's own reading of a log line: level, timestamp, text.

use std::sync::LazyLock;

use jiff::SignedDuration;
use jiff::civil::DateTime;
use regex::Regex;
use serde::Serialize;

/// What a line without a level counts as.
pub(crate) const DEFAULT_LEVEL: i32 = 6;

/// The engine's stamp: exactly nine digits and `Z`. `d` is a digit.
const ENGINE_STAMP: &str = "dddd-dd-ddTdd:dd:dd.dddddddddZ";

/// The line's own timestamp: three digits and an offset, then a blank. `s` is a blank, `?` anything
/// but a newline, `+` either sign.
const OWN_TIMESTAMP: &str = "dddd-dd-ddsdd:dd:dd?ddds+dd:dds";

/// A frame as the agent understands it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parsed<'a> {
    /// 0 to 9; 6 where the line has none.
    pub level: i32,
    /// The first line without what was recognised, or the whole frame if nothing is left.
    pub text: &'a str,
    /// The engine's stamp, else the line's own.
    stamp: Option<&'a str>,
}

/// Reads a frame that may begin with the engine's stamp.
///
/// The agent uses one pattern: a stamp, a level and a timestamp, each of which may be missing, with
/// blanks between them, newlines included; then the text, up to a newline. A colour code in front
/// of the level hides the level. No part can take back what another has taken, so that reading
/// from left to right gives the same, many times faster.
pub(crate) fn parse(frame: &str) -> Parsed<'_> {
    let (engine, rest) = taken(frame, ENGINE_STAMP);
    let (level, rest) = taken(rest.trim_start(), "<d>");
    let (own, rest) = taken(rest.trim_start(), OWN_TIMESTAMP);
    let text = rest.trim_start().split('\n').next().unwrap_or_default();
    // Other scripts' digits are digits too; .NET's conversion then yields 0.
    let level = level.map(|level| level.trim_matches(['<', '>']).parse().unwrap_or(0));
    Parsed {
        level: level.unwrap_or(DEFAULT_LEVEL),
        text: if text.is_empty() { frame } else { text },
        // Where the engine's stamp is no date, the line's own is not asked either.
        stamp: engine.or(own.map(str::trim_end)),
    }
}

/// The beginning of `text` that has this shape, if any, and the rest.
fn taken<'a>(text: &'a str, shape: &str) -> (Option<&'a str>, &'a str) {
    let mut rest = text.chars();
    for wanted in shape.chars() {
        let fits = rest.next().is_some_and(|found| match wanted {
            'd' => is_digit(found),
            's' => found.is_whitespace(),
            '+' => matches!(found, '+' | '-'),
            '?' => found != '\n',
            literal => found == literal,
        });
        if !fits {
            return (None, text);
        }
    }
    let (taken, rest) = text.split_at(text.len() - rest.as_str().len());
    (Some(taken), rest)
}

/// A decimal digit of any script, as .NET's `\d`.
fn is_digit(character: char) -> bool {
    static DIGIT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\d$").expect("a fixed pattern"));
    match character.is_ascii() {
        true => character.is_ascii_digit(),
        false => DIGIT.is_match(character.encode_utf8(&mut [0; 4])),
    }
}

impl Parsed<'_> {
    /// The timestamp in UTC, rounded to the 100 ns that .NET keeps.
    pub(crate) fn timestamp(&self) -> Option<DateTime> {
        self.stamp.and_then(timestamp)
    }
}

/// Reads `yyyy-MM-dd HH:mm:ss.fff +hh:mm` or the engine's form as .NET does, in UTC.
fn timestamp(text: &str) -> Option<DateTime> {
    let plain: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .collect();
    // The pattern takes any separator before the fraction and digits of any script; .NET does not.
    let comma_or_point = matches!(plain.as_bytes().get(19), Some(b'.' | b','));
    if !plain.is_ascii() || !comma_or_point {
        return None;
    }
    let number = |range: std::ops::Range<usize>| plain.get(range)?.parse::<i16>().ok();
    let small = |range| number(range).and_then(|number| i8::try_from(number).ok());
    let digits = if plain.ends_with('Z') { 20..29 } else { 20..23 };
    let digits = plain.get(digits)?.bytes();
    if !digits.clone().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    // .NET sums the digits in floating point, and rounds half to even.
    let add = |(sum, place): (f64, f64), digit| {
        let digit = f64::from(digit - b'0');
        (sum + digit * place, place * 0.1)
    };
    let (sum, _) = digits.fold((0.0, 0.1), add);
    let ticks = (sum * 1e7).round_ties_even() as i64;
    let local = DateTime::new(
        number(0..4).filter(|year| *year > 0)?,
        small(5..7)?,
        small(8..10)?,
        small(11..13)?,
        small(14..16)?,
        small(17..19)?,
        0,
    );
    let offset = match plain.get(24..) {
        Some(offset) if !offset.ends_with('Z') => {
            let minutes = i64::from(number(25..27)?) * 60 + i64::from(number(28..30)?);
            let fits = minutes <= 14 * 60 && number(28..30)? < 60;
            fits.then_some(if offset.starts_with('-') {
                -minutes
            } else {
                minutes
            })?
        }
        _ => 0,
    };
    let utc = local
        .ok()?
        .checked_add(SignedDuration::from_nanos(ticks * 100));
    let utc = utc.ok()?.checked_sub(SignedDuration::from_mins(offset));
    utc.ok()
}

/// A record of `contentType` json, in the agent's order of keys.
#[derive(Debug, Serialize)]
pub(crate) struct Record<'a> {
    /// The hub's host name.
    pub iothub: &'a str,
    /// The device.
    pub device: &'a str,
    /// The module.
    pub id: &'a str,
    /// `stdout` or `stderr`.
    pub stream: &'static str,
    /// See [`Parsed::level`].
    pub loglevel: i32,
    /// See [`Parsed::text`].
    pub text: &'a str,
    /// See [`timestamp_text`].
    pub timestamp: String,
}

/// A timestamp as the agent's library writes a local time in a container that runs in UTC: an
/// offset, not `Z`, and no zeros at the end of the fraction. None is the first instant of .NET.
pub(crate) fn timestamp_text(timestamp: Option<DateTime>) -> String {
    let Some(timestamp) = timestamp else {
        return "0001-01-01T00:00:00".to_owned();
    };
    // jiff's own form has no zeros at the end of the fraction either.
    format!("{timestamp}+00:00")
}
