//! Times for people and for programs.

use std::fmt;
use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The time zone for people: the system's, or UTC with `--utc`.
static ZONE_FOR_PEOPLE: OnceLock<TimeZone> = OnceLock::new();

/// Shows UTC to people too. Call it before any time is shown.
pub(super) fn use_utc() {
    // If it is already set, a time was shown, or it is UTC.
    let _ = ZONE_FOR_PEOPLE.set(TimeZone::UTC);
}

/// The time zone in which people read times, and in which they type them.
pub fn zone_for_people() -> &'static TimeZone {
    ZONE_FOR_PEOPLE.get_or_init(TimeZone::system)
}

/// A time in a list, to the second: local for people, or UTC with `--utc`, then ending with `Z`; UTC
/// for programs.
pub fn shown_time(time: Timestamp, for_people: bool) -> String {
    if for_people {
        ForPeople {
            time,
            zone: zone_for_people(),
            format: "%Y-%m-%d %H:%M:%S",
        }
        .to_string()
    } else {
        time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}

/// A time in a list for people where there is little room: month, day and minute, or only the date if it
/// is of another year.
pub fn shown_minute(time: Timestamp) -> String {
    minute_at(time, Timestamp::now(), zone_for_people())
}

fn minute_at(time: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let zoned = time.to_zoned(zone.clone());
    if zoned.year() != now.to_zoned(zone.clone()).year() {
        // A date alone has no mark of its zone, as it has none where it is typed.
        return zoned.date().to_string();
    }
    let format = "%m-%d %H:%M";
    ForPeople { time, zone, format }.to_string()
}

/// The time of a log line, if known: to the millisecond for people; for programs RFC 3339 with the
/// engine's nine digits, which sorts as text.
pub(super) struct LineTime {
    pub(super) time: Option<Timestamp>,
    pub(super) for_people: bool,
}

impl fmt::Display for LineTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(time) = self.time else {
            return f.write_str("-");
        };
        if self.for_people {
            ForPeople {
                time,
                zone: zone_for_people(),
                format: "%Y-%m-%d %H:%M:%S%.3f",
            }
            .fmt(f)
        } else {
            time.strftime("%Y-%m-%dT%H:%M:%S%.9fZ").fmt(f)
        }
    }
}

/// The time of a line where there is little room: for people without the date if it is of today, and
/// without the year if it is of this one; for programs as [`LineTime`], to the millisecond.
pub(super) struct ShortTime {
    pub(super) time: Option<Timestamp>,
    pub(super) for_people: bool,
}

impl fmt::Display for ShortTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(time) = self.time else {
            return f.write_str("-");
        };
        if !self.for_people {
            return time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").fmt(f);
        }
        short_at(time, Timestamp::now(), zone_for_people()).fmt(f)
    }
}

fn short_at(time: Timestamp, now: Timestamp, zone: &TimeZone) -> ForPeople<'_> {
    let date = |time: Timestamp| time.to_zoned(zone.clone()).date();
    let (day, today) = (date(time), date(now));
    let format = match (day == today, day.year() == today.year()) {
        (true, _) => "%H:%M:%S%.3f",
        (false, true) => "%m-%d %H:%M:%S",
        (false, false) => "%Y-%m-%d %H:%M:%S",
    };
    ForPeople { time, zone, format }
}

/// A time in a zone. UTC is marked, so that nobody mistakes it for local time.
struct ForPeople<'a> {
    time: Timestamp,
    zone: &'a TimeZone,
    format: &'a str,
}

impl fmt::Display for ForPeople<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let zoned = self.time.to_zoned(self.zone.clone());
        zoned.strftime(self.format).fmt(f)?;
        f.write_str(if *self.zone == TimeZone::UTC { "Z" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_their_zone_and_utc_is_marked() {
        let time: Timestamp = "2026-11-22T12:05:09.1239Z".parse().unwrap();
        let shown = |zone: &TimeZone, format| ForPeople { time, zone, format }.to_string();
        let oslo = TimeZone::fixed(jiff::tz::offset(1));
        let millis = "%Y-%m-%d %H:%M:%S%.3f";
        assert_eq!(shown(&oslo, millis), "2026-11-22 13:05:09.123");
        assert_eq!(shown(&oslo, "%H:%M"), "13:05");
        assert_eq!(shown(&TimeZone::UTC, millis), "2026-11-22 12:05:09.123Z");
    }

    #[test]
    fn a_time_of_another_year_says_so() {
        let time: Timestamp = "2026-11-22T12:05:09Z".parse().unwrap();
        for (now, minute, short) in [
            ("2026-11-22T13:00:00Z", "11-22 12:05Z", "12:05:09.000Z"),
            ("2026-12-01T00:00:00Z", "11-22 12:05Z", "11-22 12:05:09Z"),
            ("2027-01-01T00:00:00Z", "2026-11-22", "2026-11-22 12:05:09Z"),
            ("2028-11-30T00:00:00Z", "2026-11-22", "2026-11-22 12:05:09Z"),
        ] {
            let now = now.parse().unwrap();
            assert_eq!(minute_at(time, now, &TimeZone::UTC), minute);
            assert_eq!(short_at(time, now, &TimeZone::UTC).to_string(), short);
        }
    }

    #[test]
    fn programs_read_rfc_3339_in_utc_of_one_width() {
        let shown = |time: Option<&str>| {
            let time = time.map(|text| text.parse().unwrap());
            let for_people = false;
            LineTime { time, for_people }.to_string()
        };
        for (time, expected) in [
            ("2026-11-22T12:05:09Z", "2026-11-22T12:05:09.000000000Z"),
            (
                "2026-11-22T12:05:09.123456789Z",
                "2026-11-22T12:05:09.123456789Z",
            ),
        ] {
            assert_eq!(shown(Some(time)), expected);
        }
        assert_eq!(shown(None), "-");
        let time: Timestamp = "2026-11-22T12:05:09.9Z".parse().unwrap();
        assert_eq!(shown_time(time, false), "2026-11-22T12:05:09Z");
    }
}
