//! `since` and `until`, in the three forms that the device understands and those that people write.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::time_text::{self, End, NotATime};
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

const EXAMPLES: &str =
    "2h, \"5 minutes ago\", 06:30, yesterday, \"2026-08-20 14:05\" or 2026-08-20T14:05:00Z";

impl TimeBound {
    /// Parses what an operator typed: what [`parse`](Self::parse) takes, and what people and logs
    /// write. Without an offset, a time is one of `zone`. `name` is `--since` or `--until`.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), for a bare number below 1,000,000,000, which is ambiguous, and for a
    /// start without a date that is later than now.
    pub fn typed(name: &str, text: &str, zone: &TimeZone) -> Result<Self, InvalidInput> {
        Self::typed_at(name, text, Timestamp::now(), zone)
    }

    /// Checks that a text is what [`typed`](Self::typed) takes at some time of the day in some zone, for a
    /// value that is kept.
    ///
    /// # Errors
    /// It never is.
    pub fn check(name: &str, text: &str) -> Result<(), InvalidInput> {
        Self::read(name, text, Timestamp::now(), &TimeZone::UTC).map(drop)
    }

    fn typed_at(
        name: &str,
        text: &str,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Result<Self, InvalidInput> {
        let (bound, is_time_of_day) = Self::read(name, text, now, zone)?;
        let is_later = is_time_of_day && bound.instant().is_some_and(|instant| instant > now);
        if is_later && End::of(name) == End::Since {
            let text = bound.as_str();
            return Err(
                InvalidInput::new(format!("{name} `{text}` is later than now"))
                    .hint(format!("write \"yesterday {text}\" for the day before")),
            );
        }
        Ok(bound)
    }

    /// The bound, and whether it is a time of day alone.
    fn read(
        name: &str,
        text: &str,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Result<(Self, bool), InvalidInput> {
        let text = text.trim();
        let digits = text.trim_start_matches(['-', '+']);
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let bound = Self::parse(name, text)?;
            return match bound.instant() {
                Some(instant) if instant.as_second() < LEAST_EPOCH_SECONDS => {
                    Err(ambiguous(name, text, instant))
                }
                _ => Ok((bound, false)),
            };
        }
        if text.eq_ignore_ascii_case("now") {
            return Ok((Self::parse(name, "0s")?, false));
        }
        match time_text::read(text, &now.to_zoned(zone.clone()), End::of(name)) {
            Ok(time) => {
                let bound = Self::absolute(name, text, time.instant)?;
                Ok((bound, time.is_time_of_day))
            }
            Err(NotATime::Value) => Err(not_valid(name, text)),
            Err(NotATime::Form) => {
                // A duration counts back in any case.
                let ago = text.strip_suffix("ago").map(str::trim_end).unwrap_or(text);
                let ago = ago.strip_prefix('-').unwrap_or(ago);
                let duration = humantime::parse_duration(ago);
                let duration = duration.map_err(|_| not_a_time(name, text))?;
                // A bare 0 is a duration as well, but to the device it is the beginning of 1970.
                let ago = if duration.is_zero() { "0s" } else { ago };
                Ok((Self::parse(name, ago)?, false))
            }
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
            let instant = text.parse().map_err(|_| not_valid(name, text))?;
            return Self::absolute(name, text, instant);
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
            let ago = humantime::parse_duration(text).map_err(|_| not_a_time(name, text))?;
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

    fn absolute(name: &str, text: &str, instant: Timestamp) -> Result<Self, InvalidInput> {
        if i32::try_from(instant.as_second()).is_err() {
            return Err(out_of_range(name, text));
        }
        Ok(Self {
            text: text.to_owned(),
            kind: BoundKind::Absolute(instant),
        })
    }

    /// The text as typed.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What to send for the start of a window when `elapsed` has passed since the bound was typed: a
    /// duration counts from the device's clock, so that it grows with the time that has passed, which
    /// needs no idea of that clock. A fraction of a second is sent as well: `aziot-edged` drops it, which
    /// only makes the window begin earlier, and our own module takes it exactly.
    pub(crate) fn to_send(&self, elapsed: Duration) -> String {
        match self.kind {
            BoundKind::Ago(ago) if !elapsed.is_zero() => {
                format!("{}ms", (ago + elapsed).as_millis())
            }
            BoundKind::Absolute(instant) if !self.is_wire_form() => instant.to_string(),
            _ => self.text.clone(),
        }
    }

    /// The same for the end of a window, which is the next whole second.
    pub(crate) fn to_send_as_end(&self, elapsed: Duration) -> String {
        match self.kind {
            BoundKind::Absolute(instant) if instant.subsec_nanosecond() > 0 => next_second(instant),
            _ => self.to_send(elapsed),
        }
    }

    /// Whether the device reads the text as it was typed.
    fn is_wire_form(&self) -> bool {
        match self.kind {
            BoundKind::Ago(_) => true,
            BoundKind::Absolute(_) => is_rfc3339(&self.text) || self.text.parse::<i32>().is_ok(),
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
        Some(date) => ("a date", date.to_string()),
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

/// The whole second after an instant, in a form that people read in `--dry-run` and `-v` too.
fn next_second(instant: Timestamp) -> String {
    let second = instant.as_nanosecond().div_euclid(1_000_000_000) as i64 + 1;
    match Timestamp::from_second(second) {
        Ok(time) => time.to_string(),
        Err(_) => second.to_string(),
    }
}

fn not_a_time(name: &str, text: &str) -> InvalidInput {
    InvalidInput::new(format!("{name} `{text}` is not a time"))
        .hint(format!("give a time such as {EXAMPLES}"))
}

fn not_valid(name: &str, text: &str) -> InvalidInput {
    InvalidInput::new(format!(
        "{name} `{text}` does not exist: no such date or time"
    ))
    .hint(format!("give a time such as {EXAMPLES}"))
}

fn out_of_range(name: &str, text: &str) -> InvalidInput {
    InvalidInput::new(format!(
        "{name} `{text}` is outside the range that a device supports, 1901-12-13 to 2038-01-19"
    ))
    .hint(format!("give a time such as {EXAMPLES}"))
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
                "write 2026-11-29 for a date, or 1970-08-23T12:05:29Z",
            ),
        ] {
            let error = TimeBound::typed("--since", text, &TimeZone::UTC).unwrap_err();
            assert!(error.to_string().contains("seconds since 1970"), "{error}");
            let hint = error.hint_text().unwrap_or_default();
            assert!(hint.contains(other), "{hint}");
        }
        for text in ["1000000000", "90s", "1970-01-01T00:01:30Z"] {
            assert!(
                TimeBound::typed("--since", text, &TimeZone::UTC).is_ok(),
                "{text}"
            );
        }
    }

    #[test]
    fn a_window_within_a_second_is_one_and_its_end_is_sent_as_a_whole_second() {
        let at = |fraction: &str| parse(&format!("2026-11-29T06:45:37.{fraction}Z")).unwrap();
        assert!(check_order(Some(&at("7")), Some(&at("8"))).is_ok());
        assert!(check_order(Some(&at("8")), Some(&at("8"))).is_err());
        assert_eq!(at("8").to_send(Duration::ZERO), "2026-11-29T06:45:37.8Z");
        assert_eq!(
            at("8").to_send_as_end(Duration::ZERO),
            "2026-11-29T06:45:38Z"
        );
        let whole = parse("2026-11-29T06:45:37Z").unwrap();
        assert_eq!(whole.to_send_as_end(Duration::ZERO), "2026-11-29T06:45:37Z");
    }

    #[test]
    fn what_people_write_is_sent_as_a_time_that_the_device_reads() {
        let now: Timestamp = "2026-11-29T10:00:00Z".parse().unwrap();
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        for (text, sent) in [
            ("06:00", "2026-11-29T05:00:00Z"),
            ("yesterday", "2026-11-27T23:00:00Z"),
            ("2026-11-29 06:45:37.900 +00:00", "2026-11-29T06:45:37.9Z"),
            ("2026-11-29 06:45:37Z", "2026-11-29 06:45:37Z"),
            ("5 minutes ago", "5 minutes"),
            ("0 ago", "0s"),
            ("-1h", "1h"),
            ("2 days 3h", "2 days 3h"),
            ("now", "0s"),
            ("1787234700", "1787234700"),
        ] {
            let bound = TimeBound::typed_at("--since", text, now, &zone).unwrap();
            assert_eq!(bound.to_send(Duration::ZERO), sent, "{text}");
            // What is sent must be one of the three forms.
            assert!(parse(sent).is_ok(), "{sent}");
        }
        let later = |name| TimeBound::typed_at(name, "23:50", now, &zone);
        let error = later("--since").unwrap_err();
        assert_eq!(
            error.hint_text(),
            Some("write \"yesterday 23:50\" for the day before")
        );
        assert!(later("--until").is_ok());
        for text in ["bogus", "Monday", "a", "", "ago", "+1h", "2026-02-30"] {
            let error = TimeBound::typed_at("--since", text, now, &zone).unwrap_err();
            assert!(!error.to_string().contains(" at "), "{error}");
        }
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
