//! A container's log as its engine keeps it, and how the engine reads it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write;
use std::ops::Range;
use std::rc::Rc;

use edgelogs::logs::LogLine;
use jiff::Timestamp;
use stand_in::pattern::Pattern;

pub(crate) const SECOND: i64 = 1_000_000_000;

/// The engine cuts longer lines into parts of so many bytes.
pub(crate) const PART_BYTES: usize = 16_384;

/// Words that lines hold, often, rarely and never, and one that only later parts of long lines hold.
pub(crate) const WORDS: [&str; 4] = ["alpha", "beta", "gamma", "delta"];

thread_local! {
    static COMPILED: RefCell<HashMap<String, Rc<Pattern>>> = RefCell::default();
}

fn compiled(regex: &str) -> Rc<Pattern> {
    COMPILED.with_borrow_mut(|all| {
        if all.len() > 500 {
            all.clear();
        }
        let compiled = all
            .entry(regex.to_owned())
            .or_insert_with(|| Rc::new(Pattern::new(regex).expect("a valid pattern")));
        Rc::clone(compiled)
    })
}

/// Words are near the beginning of a line, but for those within long lines.
fn words_of(text: &str) -> [bool; WORDS.len()] {
    WORDS.map(|word| text.contains(word))
}

/// The first bytes of a text, no character cut.
pub(crate) fn head(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// One entry of a log.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Nanoseconds since 1970; none for what the daemon puts between a module's entries.
    pub(crate) stamp: Option<i64>,
    /// Where in time it counts.
    pub(crate) at: i64,
    pub(crate) is_stderr: bool,
    /// The stamp as the engine writes it, a blank, and the bytes.
    pub(crate) stamped: String,
    /// How long the stamp and the blank are.
    pub(crate) head: usize,
    /// The line that the entry is, or is a part of.
    pub(crate) line: usize,
    /// What the agent reads out of it.
    pub(crate) level: u8,
    pub(crate) text: Range<usize>,
    /// Which of [`WORDS`] the text holds.
    words: [bool; WORDS.len()],
}

impl Entry {
    pub(crate) fn new(stamp: Option<i64>, is_stderr: bool, bytes: &str, line: usize) -> Self {
        let mut stamped = String::with_capacity(31 + bytes.len());
        if let Some(stamp) = stamp {
            write_stamp(&mut stamped, stamp);
            stamped.push(' ');
        }
        let head = stamped.len();
        stamped.push_str(bytes);
        let parsed = LogLine::parse(&stamped);
        let start = parsed.text.as_ptr() as usize - stamped.as_ptr() as usize;
        let text = start..start + parsed.text.len();
        Self {
            stamp,
            at: stamp.unwrap_or(i64::MIN),
            is_stderr,
            level: parsed.loglevel,
            head,
            line,
            words: words_of(&stamped[text.clone()]),
            text,
            stamped,
        }
    }

    /// Whether a regular expression matches: one of [`WORDS`], or what the engine of `get` makes to
    /// divide a full second.
    pub(crate) fn matches(&self, regex: &str) -> bool {
        match WORDS.iter().position(|word| *word == regex) {
            Some(index) => self.words[index],
            None => compiled(regex).is_match(self.text()),
        }
    }

    pub(crate) fn bytes(&self) -> &str {
        &self.stamped[self.head..]
    }

    /// The text that a regular expression is matched with, and that records hold.
    pub(crate) fn text(&self) -> &str {
        &self.stamped[self.text.clone()]
    }
}

/// `2026-11-22T08:44:48.148000988Z`.
fn write_stamp(out: &mut String, stamp: i64) {
    let second = stamp.div_euclid(SECOND);
    let civil = civil_second(second);
    let fraction = stamp.rem_euclid(SECOND);
    let _ = write!(out, "{civil}.{fraction:09}Z");
}

/// `2026-11-22T08:44:48`.
pub(crate) fn civil_second(second: i64) -> String {
    let (day, time) = (second.div_euclid(86_400), second.rem_euclid(86_400));
    // Howard Hinnant's `civil_from_days`, since formatting is most of what a run costs otherwise.
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

/// What is asked of the engine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) tail: Option<usize>,
    /// Nanoseconds, both included.
    pub(crate) since: Option<i64>,
    pub(crate) until: Option<i64>,
}

/// What an engine answers, and how many entries it had to read for that.
pub(crate) struct Reading<'a> {
    pub(crate) entries: Vec<&'a Entry>,
    pub(crate) cost: usize,
}

/// Reads a log: `tail` first, on the whole log; then `since` entry by entry; and `until` ends the
/// reading at the first entry later than it.
pub(crate) fn read<'a>(
    log: impl ExactSizeIterator<Item = &'a Entry>,
    window: &Window,
) -> Reading<'a> {
    let tail = window.tail.unwrap_or(log.len()).min(log.len());
    let skipped = log.len() - tail;
    let mut reading = Reading {
        entries: Vec::new(),
        cost: 0,
    };
    for entry in log.skip(skipped) {
        reading.cost += 1;
        if window.until.is_some_and(|until| entry.at > until) {
            break;
        }
        if window.since.is_some_and(|since| entry.at < since) {
            continue;
        }
        reading.entries.push(entry);
    }
    reading
}

/// How `aziot-edged` understands an end of a window, in whole seconds; an error is a refusal.
pub(crate) fn parse_bound(text: &str, now: i64) -> Result<i64, ()> {
    let second = if let Ok(instant) = text.parse::<Timestamp>() {
        instant.as_nanosecond().div_euclid(i128::from(SECOND)) as i64
    } else if text
        .strip_prefix(['+', '-'])
        .unwrap_or(text)
        .bytes()
        .all(|byte| byte.is_ascii_digit())
    {
        text.parse().map_err(|_| ())?
    } else {
        let ago = edgelogs::methods::TimeBound::parse("since", text).map_err(|_| ())?;
        let ago = ago.ago().ok_or(())?;
        // The fraction of the instant is dropped, not that of the duration.
        (i128::from(now) - ago.as_nanos() as i128).div_euclid(i128::from(SECOND)) as i64
    };
    i32::try_from(second).map(i64::from).map_err(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_the_engines() {
        let entry = Entry::new(Some(1_795_337_088_148_000_988), false, "<3> x\n", 0);
        assert_eq!(entry.stamped, "2026-11-22T08:44:48.148000988Z <3> x\n");
        assert_eq!(
            (entry.level, entry.text(), entry.bytes()),
            (3, "x", "<3> x\n")
        );
    }

    #[test]
    fn a_log_after_a_step_back_is_read_as_measured() {
        let stamps = [0, 1, 2, 7, 8, 1, 2, 3, 4, 9, 10];
        let log: Vec<Entry> = stamps
            .iter()
            .enumerate()
            .map(|(line, stamp)| Entry::new(Some(stamp * SECOND), false, "x\n", line))
            .collect();
        let ids = |tail, since: Option<i64>, until: Option<i64>| {
            let window = Window {
                tail,
                since: since.map(|second| second * SECOND),
                until: until.map(|second| second * SECOND),
            };
            let reading = read(log.iter(), &window);
            reading
                .entries
                .iter()
                .map(|entry| entry.line)
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(None, Some(3), None), [3, 4, 7, 8, 9, 10]);
        assert_eq!(ids(None, None, Some(5)), [0, 1, 2]);
        assert_eq!(ids(Some(4), None, Some(5)), [7, 8]);
        assert_eq!(ids(Some(6), Some(3), None), [7, 8, 9, 10]);
    }
}
