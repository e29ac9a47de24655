//! Times as people and logs write them: with or without a date, seconds and offset.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

/// A time as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WrittenTime {
    pub(super) instant: Timestamp,
    /// Whether it stood alone, so that today is meant.
    pub(super) is_time_of_day: bool,
}

/// Why a text is not a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotATime {
    /// It has another form.
    Form,
    /// It has the form of a time, but there is no such time.
    Value,
}

/// Which of two readings counts where clocks change, so that a window is never too narrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Since,
    Until,
}

impl End {
    /// That of a flag or a field.
    pub(super) fn of(name: &str) -> Self {
        match name.ends_with("until") {
            true => Self::Until,
            false => Self::Since,
        }
    }
}

/// Reads `2026-11-29`, `2026-11-29 06:45`, `2026-11-29T06:45:37.123Z`, `2026-11-29 06:45:37.000 +00:00`,
/// `06:45`, `today`, `yesterday` and `yesterday 06:45`. Without an offset, the time is one of `now`'s
/// zone.
///
/// GNU's grammar (`parse_datetime`) reads far more: to it, `90` and `a` are times, and `2 days` is in
/// the future. A slip would ask for another window without a word.
pub(super) fn read(text: &str, now: &Zoned, end: End) -> Result<WrittenTime, NotATime> {
    let mut cursor = Cursor(text.as_bytes());
    let date = if cursor.word(b"today") {
        Some(now.date())
    } else if cursor.word(b"yesterday") {
        Some(now.date().yesterday().map_err(|_| NotATime::Value)?)
    } else {
        cursor.date(now.date())?
    };
    let (mut time, mut offset) = (Time::midnight(), None);
    if date.is_none() || !cursor.0.is_empty() {
        if date.is_some() {
            cursor.separator()?;
        }
        time = cursor.time_of_day()?;
        offset = cursor.offset()?;
    }
    if !cursor.0.is_empty() {
        return Err(NotATime::Form);
    }
    let zone = offset.map_or_else(|| now.time_zone().clone(), TimeZone::fixed);
    let day = date.unwrap_or_else(|| now.with_time_zone(zone.clone()).date());
    let ambiguous = zone.into_ambiguous_zoned(DateTime::from_parts(day, time));
    let zoned = match end {
        End::Since => ambiguous.earlier(),
        End::Until => ambiguous.later(),
    };
    Ok(WrittenTime {
        instant: zoned.map_err(|_| NotATime::Value)?.timestamp(),
        is_time_of_day: date.is_none(),
    })
}

/// What has not been read yet.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn word(&mut self, word: &[u8]) -> bool {
        let Some((head, rest)) = self.0.split_at_checked(word.len()) else {
            return false;
        };
        let found = head.eq_ignore_ascii_case(word);
        if found {
            self.0 = rest;
        }
        found
    }

    /// `yyyy-MM-dd` or `MM-dd`, if the text begins with it.
    fn date(&mut self, today: Date) -> Result<Option<Date>, NotATime> {
        let has_year = self.0.get(4) == Some(&b'-');
        let year = match (self.0.get(2), self.0.get(4)) {
            (_, Some(b'-')) => self.year()?,
            // `11-28 06:42`, as short lines show a time of another day.
            (Some(b'-'), _) => u32::try_from(today.year()).map_err(|_| NotATime::Value)?,
            _ => return Ok(None),
        };
        let month = self.digits(2)?;
        self.byte(b"-")?;
        let day = self.digits(2)?;
        let of_year = |year: u32| Date::new(year as i16, month as i8, day as i8);
        let date = of_year(year).map_err(|_| NotATime::Value)?;
        // Without a year, it is the last such day.
        let last = match has_year || date <= today {
            true => Ok(date),
            false => of_year(year - 1),
        };
        last.map(Some).map_err(|_| NotATime::Value)
    }

    fn year(&mut self) -> Result<u32, NotATime> {
        let year = self.digits(4)?;
        self.byte(b"-")?;
        Ok(year)
    }

    /// `T` or blanks.
    fn separator(&mut self) -> Result<(), NotATime> {
        if self.byte(b"Tt").is_err() {
            self.byte(b" \t")?;
            self.0 = self.0.trim_ascii_start();
        }
        Ok(())
    }

    /// `HH:mm[:ss[.fff]]`, with one to nine digits after a full stop or a comma.
    fn time_of_day(&mut self) -> Result<Time, NotATime> {
        let hour = self.digits(2)?;
        self.byte(b":")?;
        let minute = self.digits(2)?;
        let (mut second, mut nanosecond) = (0, 0);
        if self.byte(b":").is_ok() {
            second = self.digits(2)?;
            if self.byte(b".,").is_ok() {
                let is_digit = |byte: &&u8| byte.is_ascii_digit();
                let digits = self.0.iter().take_while(is_digit).count();
                if !(1..=9).contains(&digits) {
                    return Err(NotATime::Form);
                }
                nanosecond = self.digits(digits)? * 10_u32.pow(9 - digits as u32);
            }
        }
        Time::new(hour as i8, minute as i8, second as i8, nanosecond as i32)
            .map_err(|_| NotATime::Value)
    }

    /// `Z`, `+00:00`, `+0000` or `+00`, after blanks or not; `None` at the end.
    fn offset(&mut self) -> Result<Option<Offset>, NotATime> {
        self.0 = self.0.trim_ascii_start();
        if self.0.is_empty() {
            return Ok(None);
        }
        if self.byte(b"Zz").is_ok() {
            return Ok(Some(Offset::UTC));
        }
        let sign = match self.byte(b"+-")? {
            b'-' => -1,
            _ => 1,
        };
        let hours = self.digits(2)? as i32;
        let has_colon = self.byte(b":").is_ok();
        let minutes = match self.0.is_empty() && !has_colon {
            true => 0,
            false => self.digits(2)? as i32,
        };
        if minutes > 59 {
            return Err(NotATime::Value);
        }
        Offset::from_seconds(sign * (hours * 3600 + minutes * 60))
            .map(Some)
            .map_err(|_| NotATime::Value)
    }

    fn digits(&mut self, count: usize) -> Result<u32, NotATime> {
        let (digits, rest) = self.0.split_at_checked(count).ok_or(NotATime::Form)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return Err(NotATime::Form);
        }
        self.0 = rest;
        Ok(digits
            .iter()
            .fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
    }

    fn byte(&mut self, any: &[u8]) -> Result<u8, NotATime> {
        let byte = self.0.first().filter(|byte| any.contains(byte));
        let byte = *byte.ok_or(NotATime::Form)?;
        self.0 = &self.0[1..];
        Ok(byte)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_at(text: &str, now: &str, end: End) -> Result<String, NotATime> {
        let now: Zoned = now.parse().unwrap();
        read(text, &now, end).map(|time| time.instant.to_string())
    }

    #[test]
    fn every_form_that_people_and_logs_write_is_read() {
        let now = "2026-11-29T10:00:00+05:30[Asia/Kolkata]";
        for (text, expected) in [
            ("2026-11-29", "2026-11-28T18:30:00Z"),
            ("2026-11-29 06:00", "2026-11-29T00:30:00Z"),
            ("2026-11-29T06:00:00", "2026-11-29T00:30:00Z"),
            ("2026-11-29  06:00:00.25", "2026-11-29T00:30:00.25Z"),
            ("2026-11-29 06:00:00,250", "2026-11-29T00:30:00.25Z"),
            ("2026-11-29 06:00Z", "2026-11-29T06:00:00Z"),
            ("2026-11-29 06:45:37.000 +00:00", "2026-11-29T06:45:37Z"),
            ("2026-11-29 06:45:37.000Z", "2026-11-29T06:45:37Z"),
            (
                "2026-11-29t06:45:37.123456789z",
                "2026-11-29T06:45:37.123456789Z",
            ),
            (
                "2026-11-29T06:45:37.1234567+01:00",
                "2026-11-29T05:45:37.1234567Z",
            ),
            ("2026-11-29 06:45 -0800", "2026-11-29T14:45:00Z"),
            ("2026-11-29 06:45+01", "2026-11-29T05:45:00Z"),
            ("06:00", "2026-11-29T00:30:00Z"),
            ("06:00:30.5", "2026-11-29T00:30:30.5Z"),
            ("06:00Z", "2026-11-29T06:00:00Z"),
            ("today", "2026-11-28T18:30:00Z"),
            ("Yesterday", "2026-11-27T18:30:00Z"),
            ("yesterday 23:50", "2026-11-28T18:20:00Z"),
            ("11-28 06:00", "2026-11-28T00:30:00Z"),
            ("12-24 06:00:01Z", "2025-12-24T06:00:01Z"),
        ] {
            assert_eq!(
                read_at(text, now, End::Since),
                Ok(expected.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn other_texts_are_not_times() {
        let now = "2026-11-29T10:00:00Z[UTC]";
        for text in [
            "",
            "90",
            "a",
            "6:00",
            "2h",
            "2026-11",
            "2026-11-29 ",
            "2026-11-29T",
            "2026-11-2906:00",
            "2026-11-29 06:00 CET",
            "2026-11-29 06:00:00.",
            "2026-11-29 06:00:00.1234567890",
            "2026-11-29Z",
            "today06:00",
            "tomorrow",
            "12:00+1",
        ] {
            assert_eq!(
                read_at(text, now, End::Since),
                Err(NotATime::Form),
                "{text}"
            );
        }
        for text in [
            "2026-02-30",
            "24:00",
            "2026-11-29 06:60",
            "06:00+00:60",
            "06:00+26:00",
        ] {
            assert_eq!(
                read_at(text, now, End::Since),
                Err(NotATime::Value),
                "{text}"
            );
        }
    }

    #[test]
    fn a_time_that_comes_twice_or_never_widens_the_window() {
        let now = "2026-10-25T12:00:00+01:00[Europe/Oslo]";
        let both = |text| [End::Since, End::Until].map(|end| read_at(text, now, end).unwrap());
        assert_eq!(
            both("2026-10-25 02:30"),
            ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]
        );
        assert_eq!(
            both("2026-03-29 02:30"),
            ["2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"]
        );
    }
}
