//! `since` and `until`, in the three forms that the device understands.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::invalid_input::InvalidInput;

/// One end of a time window, kept as typed, because a duration is relative to the device's clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeBound {
    text: String,
    kind: BoundKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BoundKind {
    Absolute(Timestamp),
    Ago(Duration),
}

/// The assumed maximum error of a device's clock when comparing a duration with an instant.
const CLOCK_TOLERANCE_SECONDS: i64 = 15 * 60;

/// The smallest bare number that is taken for seconds since 1970, in the year 2001.
const LEAST_EPOCH_SECONDS: i64 = 1_000_000_000;

const EXAMPLES: &str = "such as 2h, \"1 day 30 minutes\", 2026-08-20T14:05:00Z or 1787234700";

impl TimeBound {
    /// Parses what an operator typed. A number that is too small to be a recent time is ambiguous.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), and for a bare number below 1,000,000,000.
    pub fn typed(name: &str, text: &str) -> Result<Self, InvalidInput> {
        let bound = Self::parse(name, text)?;
        let digits = text.trim().trim_start_matches(['-', '+']);
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
        match bound.instant() {
            Some(instant) if is_number && instant.as_second() < LEAST_EPOCH_SECONDS => {
                Err(ambiguous(name, text.trim(), instant))
            }
            _ => Ok(bound),
        }
    }

    /// Parses RFC 3339, epoch seconds or a humantime duration, as `aziot-edged` does. `name` is the
    /// name in messages, such as `--since`.
    ///
    /// # Errors
    /// The text is something else, or outside the 32-bit seconds of `aziot-edged`.
    pub fn parse(name: &str, text: &str) -> Result<Self, InvalidInput> {
        let text = text.trim();
        let kind = if is_rfc3339(text) {
            // The shape is right, so this fails only for times that don't exist.
            let instant: Timestamp = text
                .parse()
                .map_err(|_| InvalidInput::new(format!("{name} `{text}` is not a valid time")))?;
            if i32::try_from(instant.as_second()).is_err() {
                return Err(out_of_range(name, text));
            }
            BoundKind::Absolute(instant)
        } else if text
            .strip_prefix(['-', '+'])
            .unwrap_or(text)
            .bytes()
            .all(|b| b.is_ascii_digit())
            && !text.is_empty()
        {
            let seconds: i32 = text.parse().map_err(|_| out_of_range(name, text))?;
            let instant =
                Timestamp::from_second(i64::from(seconds)).map_err(|_| out_of_range(name, text))?;
            BoundKind::Absolute(instant)
        } else {
            let ago = humantime::parse_duration(text).map_err(|error| {
                InvalidInput::new(format!("{name} `{text}` is not a time: {error}")).hint(format!(
                    "give a duration, RFC 3339 or epoch seconds, {EXAMPLES}"
                ))
            })?;
            if ago.as_secs() > i32::MAX as u64 {
                return Err(out_of_range(name, text));
            }
            BoundKind::Ago(ago)
        };
        Ok(Self {
            text: text.to_owned(),
            kind,
        })
    }

    /// The text as typed, which is what is sent.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What to send when `elapsed` has passed since the bound was typed: a duration counts from the
    /// device's clock, so that it grows with the time that has passed, which needs no idea of that
    /// clock.
    pub(crate) fn to_send(&self, elapsed: Duration) -> String {
        match self.kind {
            BoundKind::Ago(ago) if !elapsed.is_zero() => {
                format!("{}ms", (ago + elapsed).as_millis())
            }
            _ => self.text.clone(),
        }
    }

    /// The same for the end of a window. `aziot-edged` drops fractions of a second, so that the end
    /// is the next whole one.
    pub(crate) fn to_send_as_end(&self, elapsed: Duration) -> String {
        match self.kind {
            BoundKind::Absolute(instant) if instant.subsec_nanosecond() > 0 => {
                (instant.as_second() + 1).to_string()
            }
            _ => self.to_send(elapsed),
        }
    }

    /// Whether it names a fraction of a second, which `aziot-edged` drops.
    pub(crate) fn has_fraction(&self) -> bool {
        self.instant()
            .is_some_and(|instant| instant.subsec_nanosecond() != 0)
    }

    /// The instant, unless the bound is a duration.
    pub fn instant(&self) -> Option<Timestamp> {
        match self.kind {
            BoundKind::Absolute(instant) => Some(instant),
            BoundKind::Ago(_) => None,
        }
    }

    /// The instant, by a clock that shows `now`.
    pub fn resolve(&self, now: Timestamp) -> Timestamp {
        match self.kind {
            BoundKind::Absolute(instant) => instant,
            BoundKind::Ago(ago) => now
                .checked_sub(SignedDuration::try_from(ago).unwrap_or(SignedDuration::MAX))
                .unwrap_or(Timestamp::MIN),
        }
    }

    /// The duration before the device's current time, if it is relative.
    pub fn ago(&self) -> Option<Duration> {
        match self.kind {
            BoundKind::Absolute(_) => None,
            BoundKind::Ago(ago) => Some(ago),
        }
    }

    /// Whether it is a duration before the device's current time.
    pub fn is_relative(&self) -> bool {
        matches!(self.kind, BoundKind::Ago(_))
    }
}

/// For a bare number that may be seconds since 1970, a duration without its unit, or a date.
fn ambiguous(name: &str, text: &str, instant: Timestamp) -> InvalidInput {
    let date = (text.len() == 8).then(|| jiff::civil::Date::strptime("%Y%m%d", text).ok());
    let (other, written) = match date.flatten() {
        Some(date) => ("a date", format!("{date}T00:00:00Z")),
        None => (
            "a duration",
            format!("{0}s or {0}m", text.trim_start_matches(['-', '+'])),
        ),
    };
    InvalidInput::new(format!(
        "{name} `{text}` could be seconds since 1970 or {other}"
    ))
    .hint(format!(
        "write {written} for {other}, or {instant} for that time"
    ))
}

fn out_of_range(name: &str, text: &str) -> InvalidInput {
    InvalidInput::new(format!(
        "{name} `{text}` is outside the range that a device supports, 1901-12-13 to 2038-01-19"
    ))
    .hint(format!(
        "give a duration, RFC 3339 or epoch seconds, {EXAMPLES}"
    ))
}

/// Whether the text looks like RFC 3339. The offset is required, the fraction optional, and a space may
/// replace the `T`, as in `aziot-edged`.
fn is_rfc3339(text: &str) -> bool {
    let bytes = text.as_bytes();
    let shape = b"dddd-dd-ddTdd:dd:dd";
    if bytes.len() <= shape.len() {
        return false;
    }
    let (head, tail) = bytes.split_at(shape.len());
    let matches = |byte: u8, want: u8| match want {
        b'd' => byte.is_ascii_digit(),
        b'T' => matches!(byte, b'T' | b't' | b' '),
        other => byte == other,
    };
    if !head
        .iter()
        .zip(shape)
        .all(|(byte, want)| matches(*byte, *want))
    {
        return false;
    }
    let offset = match tail.strip_prefix(b".") {
        Some(rest) => {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 {
                return false;
            }
            &rest[digits..]
        }
        None => tail,
    };
    matches!(offset, b"Z" | b"z")
        || (offset.len() == 6
            && matches!(offset[0], b'+' | b'-')
            && offset[1..]
                .iter()
                .zip(b"dd:dd")
                .all(|(byte, want)| matches(*byte, *want)))
}

/// Checks that the window is not empty.
///
/// Compares two durations or two instants exactly. A duration and an instant must be further apart than
/// any plausible error of the device's clock.
///
/// # Errors
/// `since` is not before `until`.
pub fn check_order(
    since: Option<&TimeBound>,
    until: Option<&TimeBound>,
) -> Result<(), InvalidInput> {
    let (Some(since), Some(until)) = (since, until) else {
        return Ok(());
    };
    let now = Timestamp::now();
    let tolerance = if since.is_relative() == until.is_relative() {
        0
    } else {
        CLOCK_TOLERANCE_SECONDS
    };
    let tolerance = SignedDuration::from_secs(tolerance);
    let latest_start = until.resolve(now).saturating_add(tolerance);
    if latest_start.is_ok_and(|latest| since.resolve(now) >= latest) {
        return Err(InvalidInput::new(format!(
            "--since `{}` is not before --until `{}`",
            since.as_str(),
            until.as_str()
        ))
        .hint(
            "a duration counts back from now, so --since 2h --until 1h is the hour before the last",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<TimeBound, InvalidInput> {
        TimeBound::parse("--since", text)
    }

    #[test]
    fn the_three_documented_forms_are_kept_as_typed() {
        for text in [
            "1 d",
            "90m",
            "2 days 3 hours 2 minutes",
            "1620000000",
            "-5",
            "0",
            "2021-05-27T22:08:25Z",
            "2021-05-27 22:08:25Z",
            "2021-05-27T22:08:25.123+02:00",
        ] {
            assert_eq!(
                parse(text).map(|bound| bound.as_str().to_owned()),
                Ok(text.to_owned())
            );
        }
    }

    #[test]
    fn what_the_device_would_reject_is_rejected() {
        for text in [
            "",
            "bogus",
            "2026-11-22",
            "999y",
            "2147483648",
            "2038-01-19T03:14:08Z",
            "1795337088.5",
            "2021-05-27T22:08:25",
            "2021-02-30T22:08:25Z",
            "0d, 0m, 15 minutes",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_small_bare_number_is_refused_with_both_readings() {
        for (text, other) in [
            (
                "90",
                "write 90s or 90m for a duration, or 1970-01-01T00:01:30Z",
            ),
            ("0", "write 0s or 0m for a duration"),
            (
                "-5",
                "write 5s or 5m for a duration, or 1969-12-31T23:59:55Z",
            ),
            ("999999999", "for a duration"),
            (
                "20261129",
                "write 2026-11-29T00:00:00Z for a date, or 1970-08-23T12:05:29Z",
            ),
        ] {
            let error = TimeBound::typed("--since", text).unwrap_err();
            assert!(error.to_string().contains("seconds since 1970"), "{error}");
            let hint = error.hint_text().unwrap_or_default();
            assert!(hint.contains(other), "{hint}");
        }
        for text in ["1000000000", "90s", "1970-01-01T00:01:30Z"] {
            assert!(TimeBound::typed("--since", text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_window_within_a_second_is_one_and_its_end_is_sent_as_a_whole_second() {
        let at = |fraction: &str| parse(&format!("2026-11-29T06:45:37.{fraction}Z")).unwrap();
        assert!(check_order(Some(&at("7")), Some(&at("8"))).is_ok());
        assert!(check_order(Some(&at("8")), Some(&at("8"))).is_err());
        let seconds = at("8").instant().unwrap().as_second();
        assert_eq!(
            at("8").to_send_as_end(Duration::ZERO),
            (seconds + 1).to_string()
        );
        let whole = parse("2026-11-29T06:45:37Z").unwrap();
        assert_eq!(whole.to_send_as_end(Duration::ZERO), "2026-11-29T06:45:37Z");
    }

    #[test]
    fn a_duration_counts_back_from_now() {
        let now: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        assert_eq!(
            parse("90m").unwrap().resolve(now),
            "2026-11-22T08:30:00Z".parse().unwrap()
        );
    }

    #[test]
    fn since_must_be_before_until() {
        let order = |since: &str, until: &str| {
            check_order(Some(&parse(since).unwrap()), Some(&parse(until).unwrap()))
        };
        assert!(order("2h", "1h").is_ok());
        assert!(order("1h", "2h").is_err());
        assert!(order("1h", "1h").is_err());
        assert!(order("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z").is_err());
        assert!(order("2036-01-02T00:00:00Z", "1h").is_err());
        assert!(order("2020-01-02T00:00:00Z", "1h").is_ok());
    }
}
