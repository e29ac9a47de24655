//! Parses a log line as the edge agent does.

use jiff::SignedDuration;
use jiff::civil::DateTime;

/// The parts of one frame of a module's log, as the edge agent parses it.
///
/// A frame consists of the following, separated by white space: the container
/// engine's timestamp, if requested; a severity in angle brackets; a time in
/// the format of the runtime's logger; the text. All but the text are optional
/// (edgeAgent 1.6, `LogMessageParser`).
///
/// ```
/// # use edgelogs::logs::LogLine;
/// let line = LogLine::parse("<4> 2019-02-14 16:15:35.243 -08:00 [WRN] - Retrying\n");
/// assert_eq!(line.loglevel, 4);
/// assert_eq!(line.text, "[WRN] - Retrying");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine<'a> {
    /// The severity; 6 if the line has none. The agent accepts any digit, so 8
    /// and 9 occur; a digit of another script counts as 0.
    pub loglevel: u8,
    /// The time in UTC, rounded to .NET's ticks of 100 ns. The container
    /// engine's timestamp takes precedence over the line's, unless it does not
    /// exist, such as February 30. `None` if neither exists.
    ///
    /// A civil time, because [`jiff::Timestamp`] ends a day before the year
    /// 9999 does, unlike .NET's `DateTime`.
    pub timestamp: Option<DateTime>,
    /// The rest of the first line; the whole frame if that is empty.
    pub text: &'a str,
}

/// The severity of a line without a tag.
const DEFAULT_LOGLEVEL: u8 = 6;

impl<'a> LogLine<'a> {
    /// Parses a frame. Never fails: whatever is not recognised is text.
    #[must_use]
    pub fn parse(frame: &'a str) -> LogLine<'a> {
        let mut cursor = Cursor { rest: frame };
        let stamp = cursor.take(Cursor::engine_stamp);
        cursor.skip_whitespace();
        let loglevel = cursor.take(Cursor::severity).unwrap_or(DEFAULT_LOGLEVEL);
        cursor.skip_whitespace();
        let logger_time = cursor.take(Cursor::logger_time);
        cursor.skip_whitespace();
        let text = match cursor.rest.split_once('\n') {
            Some((text, _)) => text,
            None => cursor.rest,
        };
        LogLine {
            loglevel,
            timestamp: stamp
                .and_then(WrittenTime::to_utc)
                .or_else(|| logger_time.and_then(WrittenTime::to_utc)),
            text: if text.is_empty() { frame } else { text },
        }
    }
}

impl LogLine<'_> {
    /// The time as an instant; `None` for the last day of the year 9999.
    #[must_use]
    pub fn instant(&self) -> Option<jiff::Timestamp> {
        let zoned = self.timestamp?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(zoned.timestamp())
    }
}

/// The nanoseconds of a second in .NET's ticks of 100 ns, rounded as the agent rounds the container engine's
/// timestamps.
pub(crate) fn dotnet_ticks(nanoseconds: u32) -> i64 {
    let digit = |power| i64::from(nanoseconds / 10_u32.pow(power) % 10);
    let digits = (0..9).rev().map(digit);
    digits.fold(Fraction::NONE, Fraction::then).ticks()
}

/// The digits of a fraction of a second that have been read. They are summed and rounded half to even in
/// floating point, as .NET does, to get the same result in every case.
#[derive(Clone, Copy)]
struct Fraction {
    sum: f64,
    place: f64,
}

impl Fraction {
    const NONE: Self = Self {
        sum: 0.0,
        place: 0.1,
    };

    fn then(self, digit: i64) -> Self {
        Self {
            sum: self.sum + digit as f64 * self.place,
            place: self.place * 0.1,
        }
    }

    fn ticks(self) -> i64 {
        const TICKS_PER_SECOND: f64 = 1e7;
        (self.sum * TICKS_PER_SECOND).round_ties_even() as i64
    }
}

/// Formats a time in the agent's format with trailing zeros:
/// `2019-02-15T00:15:35.2430000+00:00`.
#[must_use]
pub fn dotnet_timestamp(time: DateTime) -> String {
    format!("{time:.7}+00:00")
}

/// A time as written, which need not exist.
#[derive(Debug, Clone, Copy)]
struct WrittenTime {
    year: Number,
    month: Number,
    day: Number,
    hour: Number,
    minute: Number,
    second: Number,
    /// The fraction of a second in ticks of 100 ns.
    ticks: Number,
    /// How far the clock is ahead of UTC.
    offset_minutes: Number,
}

/// A number as written. `None` if a digit is not ASCII: the agent's pattern
/// matches any decimal digit, but .NET's parser rejects it.
type Number = Option<i64>;

impl WrittenTime {
    /// The instant, by the rules of `DateTime.TryParse`.
    fn to_utc(self) -> Option<DateTime> {
        let year = i16::try_from(self.year?).ok().filter(|year| *year >= 1)?;
        let small = |number: Number| number.and_then(|n| i8::try_from(n).ok());
        let local = DateTime::new(
            year,
            small(self.month)?,
            small(self.day)?,
            small(self.hour)?,
            small(self.minute)?,
            // Neither jiff nor .NET supports leap seconds.
            small(self.second)?,
            0,
        )
        .ok()?
        .checked_add(SignedDuration::from_nanos(self.ticks? * 100))
        .ok()?;
        let utc = local
            .checked_sub(SignedDuration::from_mins(self.offset_minutes?))
            .ok()?;
        if utc.year() >= 1 {
            Some(utc)
        } else {
            // .NET treats a time before year 1 as a time of day and wraps it.
            utc.checked_add(SignedDuration::from_hours(24)).ok()
        }
    }
}

/// The part of a frame that has not been read yet.
#[derive(Debug, Clone, Copy)]
struct Cursor<'a> {
    rest: &'a str,
}

impl Cursor<'_> {
    /// Reads an optional part, and rewinds if it does not match completely.
    fn take<T>(&mut self, part: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let before = *self;
        let found = part(self);
        if found.is_none() {
            *self = before;
        }
        found
    }

    fn skip_whitespace(&mut self) {
        self.rest = self.rest.trim_start();
    }

    /// The container engine's timestamp, `2019-02-14T16:15:35.123456789Z`.
    fn engine_stamp(&mut self) -> Option<WrittenTime> {
        let [year, month, day] = self.date()?;
        self.ascii(b'T')?;
        let [hour, minute, second] = self.time_of_day()?;
        self.ascii(b'.')?;
        let ticks = self.fraction(9)?;
        self.ascii(b'Z')?;
        Some(WrittenTime {
            year,
            month,
            day,
            hour,
            minute,
            second,
            ticks,
            offset_minutes: Some(0),
        })
    }

    /// The time of the runtime's logger, `2019-02-14 16:15:35.243 -08:00`, and
    /// the white space after it.
    fn logger_time(&mut self) -> Option<WrittenTime> {
        let [year, month, day] = self.date()?;
        self.whitespace()?;
        let [hour, minute, second] = self.time_of_day()?;
        // The agent's pattern has an unescaped dot here, so any character
        // matches, but only a full stop or a comma makes it a valid time.
        let separator = self.next_in_bmp().filter(|c| *c != '\n')?;
        let ticks = self.fraction(3)?;
        self.whitespace()?;
        let sign = match self.next_in_bmp()? {
            '+' => 1,
            '-' => -1,
            _ => return None,
        };
        let hours = self.number(2)?;
        self.ascii(b':')?;
        let minutes = self.number(2)?;
        self.whitespace()?;
        let offset = hours
            .zip(minutes)
            .filter(|(_, minutes)| *minutes < 60)
            .map(|(hours, minutes)| hours * 60 + minutes)
            .filter(|offset| *offset <= 14 * 60);
        Some(WrittenTime {
            year,
            month,
            day,
            hour,
            minute,
            second,
            ticks: ticks.filter(|_| matches!(separator, '.' | ',')),
            offset_minutes: offset.map(|offset| sign * offset),
        })
    }

    /// The severity tag, `<6>`.
    fn severity(&mut self) -> Option<u8> {
        self.ascii(b'<')?;
        let level = self.number(1)?;
        self.ascii(b'>')?;
        Some(
            level
                .and_then(|level| u8::try_from(level).ok())
                .unwrap_or(0),
        )
    }

    fn date(&mut self) -> Option<[Number; 3]> {
        let year = self.number(4)?;
        self.ascii(b'-')?;
        let month = self.number(2)?;
        self.ascii(b'-')?;
        Some([year, month, self.number(2)?])
    }

    fn time_of_day(&mut self) -> Option<[Number; 3]> {
        let hour = self.number(2)?;
        self.ascii(b':')?;
        let minute = self.number(2)?;
        self.ascii(b':')?;
        Some([hour, minute, self.number(2)?])
    }

    /// A number with exactly this many digits.
    fn number(&mut self, digits: usize) -> Option<Number> {
        let mut value = Some(0);
        for _ in 0..digits {
            let digit = self.digit()?;
            value = value.zip(digit).map(|(value, digit)| value * 10 + digit);
        }
        Some(value)
    }

    /// A fraction of a second with exactly this many digits, in ticks.
    fn fraction(&mut self, digits: usize) -> Option<Number> {
        let mut fraction = Some(Fraction::NONE);
        for _ in 0..digits {
            let digit = self.digit()?;
            fraction = fraction
                .zip(digit)
                .map(|(fraction, digit)| fraction.then(digit));
        }
        Some(fraction.map(Fraction::ticks))
    }

    /// A decimal digit of any script.
    fn digit(&mut self) -> Option<Number> {
        match self.next_in_bmp()? {
            c @ '0'..='9' => Some(Some(i64::from(u32::from(c) - u32::from('0')))),
            c if !c.is_ascii() && is_decimal_digit(c) => Some(None),
            _ => None,
        }
    }

    fn ascii(&mut self, expected: u8) -> Option<()> {
        if self.rest.as_bytes().first() != Some(&expected) {
            return None;
        }
        self.rest = &self.rest[1..];
        Some(())
    }

    fn whitespace(&mut self) -> Option<()> {
        self.next_in_bmp()?.is_whitespace().then_some(())
    }

    /// The next character, if it is a single UTF-16 code unit.
    fn next_in_bmp(&mut self) -> Option<char> {
        let c = self.rest.chars().next().filter(|c| c.len_utf16() == 1)?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }
}

/// The sorted code points of the digit zero in all scripts with decimal digits
/// in the BMP. The other nine digits follow each zero.
const ZEROS: [u16; 37] = [
    0x0030, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6,
    0x0D66, 0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80,
    0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0,
    0xFF10,
];

/// Whether a character of the BMP is a decimal digit (general category Nd).
fn is_decimal_digit(c: char) -> bool {
    let code = u32::from(c);
    let above = ZEROS.partition_point(|zero| u32::from(*zero) <= code);
    above > 0 && code - u32::from(ZEROS[above - 1]) < 10
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(frame: &str) -> Option<String> {
        LogLine::parse(frame).timestamp.map(dotnet_timestamp)
    }

    #[test]
    fn the_digits_of_every_script_are_recognised() {
        let hir = regex_syntax::parse(r"\p{Nd}").unwrap();
        let regex_syntax::hir::HirKind::Class(regex_syntax::hir::Class::Unicode(digits)) =
            hir.into_kind()
        else {
            panic!("not a class");
        };
        for c in '\0'..='\u{FFFF}' {
            let expected = digits.iter().any(|r| (r.start()..=r.end()).contains(&c));
            assert_eq!(is_decimal_digit(c), expected, "{c:?}");
        }
    }

    #[test]
    fn the_time_of_a_line_stands_in_for_a_stamp_that_does_not_exist() {
        let time = "2019-02-14 16:15:35,243 -08:00 x";
        for stamp in ["", "2019-02-30T16:15:35.123456789Z "] {
            assert_eq!(
                utc(&format!("{stamp}{time}")).as_deref(),
                Some("2019-02-15T00:15:35.2430000+00:00"),
            );
        }
    }

    #[test]
    fn the_calendar_limits_are_those_of_dotnet() {
        assert_eq!(
            utc("0001-01-01 00:00:00.000 +01:00 x").as_deref(),
            Some("0001-01-01T23:00:00.0000000+00:00"),
        );
        assert_eq!(utc("9999-12-31 23:59:59.999 -00:01 x"), None);
        assert_eq!(
            utc("9999-12-31 23:59:59.999 +00:00 x").as_deref(),
            Some("9999-12-31T23:59:59.9990000+00:00"),
        );
    }
}
