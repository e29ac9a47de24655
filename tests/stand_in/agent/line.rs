//! The agent's own reading of a log line: level, timestamp, text.

use std::sync::LazyLock;

use jiff::civil::{DateTime, DateTimeRound};
use jiff::{RoundMode, SignedDuration, Unit};
use regex::Regex;
use serde::Serialize;

/// The agent's pattern. An engine's stamp needs exactly nine digits and `Z`; a colour code in
/// front of the level hides the level; the line's own timestamp needs three digits and an offset.
static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
    let own = r"\d{4}-\d{2}-\d{2}\s\d{2}:\d{2}:\d{2}.\d{3}\s[+-]\d{2}:\d{2}";
    let engine = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{9}Z";
    let pattern =
        format!(r"^(?<engine>{engine})?\s*(<(?<level>\d)>)?\s*((?<own>{own})\s)?\s*(?<text>.*)");
    Regex::new(&pattern).expect("the pattern is fixed")
});

/// What a line without a level counts as.
pub const DEFAULT_LEVEL: i32 = 6;

/// A frame as the agent understands it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// 0 to 9; 6 where the line has none.
    pub level: i32,
    /// The engine's stamp, else the line's own, rounded to the 100 ns that .NET keeps.
    pub timestamp: Option<DateTime>,
    /// The first line without what was recognised, or the whole frame if nothing is left.
    pub text: String,
}

/// Reads a frame that may begin with the engine's stamp.
pub fn parse(frame: &str) -> Parsed {
    let mut parsed = Parsed {
        level: DEFAULT_LEVEL,
        timestamp: None,
        text: frame.to_owned(),
    };
    let Some(captures) = PATTERN.captures(frame) else {
        return parsed;
    };
    if let Some(level) = captures.name("level") {
        // `\d` takes other scripts' digits as well; .NET's conversion then yields 0.
        parsed.level = level.as_str().parse().unwrap_or(0);
    }
    // Where the engine's stamp is no date, the line's own is not asked either.
    let stamp = captures.name("engine").or(captures.name("own"));
    parsed.timestamp = stamp.and_then(|stamp| timestamp(stamp.as_str()));
    if let Some(text) = captures.name("text").filter(|text| !text.is_empty()) {
        parsed.text = text.as_str().to_owned();
    }
    parsed
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
    let fraction: i32 = format!("{:0<9}", plain.get(digits)?).parse().ok()?;
    let local = DateTime::new(
        number(0..4).filter(|year| *year > 0)?,
        small(5..7)?,
        small(8..10)?,
        small(11..13)?,
        small(14..16)?,
        small(17..19)?,
        fraction,
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
        .checked_sub(SignedDuration::from_mins(offset))
        .ok()?;
    let round = DateTimeRound::new()
        .smallest(Unit::Nanosecond)
        .increment(100)
        .mode(RoundMode::HalfExpand);
    utc.round(round).ok()
}

/// A record of `contentType` json, in the agent's order of keys.
#[derive(Debug, Serialize)]
pub struct Record<'a> {
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
    pub text: String,
    /// See [`timestamp_text`].
    pub timestamp: String,
}

/// A timestamp as the agent's library writes a local time in a container that runs in UTC: an
/// offset, not `Z`, and no zeros at the end of the fraction. None is the first instant of .NET.
pub fn timestamp_text(timestamp: Option<DateTime>) -> String {
    let Some(timestamp) = timestamp else {
        return "0001-01-01T00:00:00".to_owned();
    };
    // jiff's own form has no zeros at the end of the fraction either.
    format!("{timestamp}+00:00")
}
