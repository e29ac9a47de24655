//! Entries out of an answer: what the engine holds, each with its stamp.

use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, Read};

use jiff::Timestamp;
use md5::{Digest, Md5};
use memchr::memchr;

use super::place::Passed;
use crate::logs::{
    DecodeError, LogLine, LogRecord, MAX_LINE_BYTES, Record, Unpacked, dotnet_ticks, read_error,
    unpacked,
};
use crate::methods::{ContentType, ModuleLogs};

/// How long a full part of a long line is: the engine cuts after so many bytes.
pub(super) const PART_BYTES: usize = 16_384;

/// What the agent takes off the front of a line to make the text of a record, at the most: a
/// level, a time of the runtime's own format, and blanks.
pub(super) const MAX_HEADER_BYTES: usize = 80;

/// By how much a full part may be longer than that: the engine writes U+FFFD for each byte of a
/// character that it cuts.
const MAX_GROWTH: usize = 18;

const NANOSECONDS: i64 = 1_000_000_000;

/// The form of an answer's entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EntryForm {
    /// Lines as the module wrote them, without stamps.
    Plain,
    /// Text with the engine's stamp in front of each entry.
    Stamped,
    /// The agent's records.
    Json,
}

/// One entry of a log: a frame of the engine, which may hold several lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The engine's stamp in nanoseconds since 1970, of records rounded to 100; that of the entry
    /// before for a record that has none of its own. None in plain text, and before the first stamp:
    /// a banner, or a frame of the daemon.
    pub(super) stamp: Option<i64>,
    /// Whether the stamp is its own.
    pub(super) own_stamp: bool,
    /// Whether it is a whole line for certain. Records of our own module are.
    pub(super) is_whole: bool,
    /// What the module wrote.
    pub(super) record: Record,
    /// What is read of the log once this line is printed, where somebody notes that.
    pub(super) passed: Option<Box<Passed>>,
    /// What its line says of its severity, where whoever reads the stream has judged that.
    pub(super) severity: Option<u8>,
}

/// The stamp in the key of an entry that has none of its own: what comes before it depends on what
/// was asked for.
pub(super) const UNSTAMPED: i64 = i64::MIN;

/// Identifies an entry: its stamp and a hash of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) stamp: i64,
    pub(super) hash: u64,
}

impl Entry {
    pub(super) fn new(stamp: Option<i64>, own_stamp: bool, record: Record) -> Self {
        Self {
            stamp,
            own_stamp,
            is_whole: false,
            record,
            passed: None,
            severity: None,
        }
    }

    /// The entry's key. Only entries with stamps are ever compared.
    pub(super) fn key(&self) -> Key {
        let mut hasher = DefaultHasher::new();
        // What the daemon adds later looks like further lines of the entry.
        let line = self.record.line();
        let first = memchr(b'\n', line);
        line[..first.unwrap_or(line.len())].hash(&mut hasher);
        Key {
            stamp: self.stamp.filter(|_| self.own_stamp).unwrap_or(UNSTAMPED),
            hash: hasher.finish(),
        }
    }

    /// What identifies the entry in whatever form it comes, and for ever: the stamp as records have it,
    /// and the text of its first line. Tags and times are taken off however many there are, since a
    /// record has lost the first ones.
    pub(super) fn mark(&self) -> Key {
        let text = self.record.text();
        let first = text.lines().next().unwrap_or_default();
        // With an end of its own, also a line of nothing but a tag has a text.
        let line = format!("{} \u{1}", first.trim_end());
        let mut text = line.as_str();
        loop {
            let bare = LogLine::parse(text).text;
            if bare.len() == text.len() {
                break;
            }
            text = bare;
        }
        let digest: [u8; 16] = Md5::digest(text.as_bytes()).into();
        let [a, b, c, d, e, f, g, h, ..] = digest;
        let own = self.stamp.filter(|_| self.own_stamp);
        let stamp = own.map(|stamp| {
            let nanoseconds = stamp.rem_euclid(NANOSECONDS) as u32;
            start_of(second_of(stamp)).saturating_add(dotnet_ticks(nanoseconds) * 100)
        });
        Key {
            stamp: stamp.unwrap_or(UNSTAMPED),
            hash: u64::from_be_bytes([a, b, c, d, e, f, g, h]),
        }
    }

    /// About how many bytes it takes.
    pub(super) fn size(&self) -> usize {
        let passed = self.passed.as_ref();
        let marks = passed.map_or(0, |passed| size_of_val(&*passed.marks));
        self.record.line().len() + size_of::<Self>() + marks
    }

    /// Whether the entry is a part of a line that goes on in another entry.
    pub(super) fn goes_on(&self) -> bool {
        match &self.record {
            Record::Line(_) => false,
            Record::Stamped { line, .. } => line.len() >= PART_BYTES && !line.ends_with(b"\n"),
            Record::Parsed(record) => !self.is_whole && is_full(record),
        }
    }
}

/// Whether the text may be that of a full part: the agent takes a level and a time off its front.
fn is_full(record: &LogRecord) -> bool {
    let length = record.text.len();
    let is_cut = || record.text.starts_with('\u{fffd}') || record.text.ends_with('\u{fffd}');
    match PART_BYTES.checked_sub(length) {
        // Nothing, `<6>`, `<6> `, and the same before `2026-11-22 08:44:48.123 +00:00 `.
        Some(taken_off) => {
            matches!(taken_off, 0 | 3 | 4 | 31 | 34 | 35)
                || taken_off <= MAX_HEADER_BYTES && is_cut()
        }
        None => length <= PART_BYTES + MAX_GROWTH && is_cut(),
    }
}

/// The second that a stamp is in.
pub(super) fn second_of(stamp: i64) -> i64 {
    stamp.div_euclid(NANOSECONDS)
}

/// The stamp at which a second begins.
pub(super) fn start_of(second: i64) -> i64 {
    second.saturating_mul(NANOSECONDS)
}

/// The instant of a stamp.
pub(super) fn instant(stamp: i64) -> Timestamp {
    // A rest is less than a second.
    let rest = stamp.rem_euclid(NANOSECONDS) as i32;
    Timestamp::new(second_of(stamp), rest).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// One module's part of an answer.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    /// Its entries. What came before the damage is whole.
    pub(super) entries: Vec<Entry>,
    /// How many lines without a stamp were counted to the entry before them. Most are of the same
    /// frame, but a frame of the daemon's own looks the same.
    pub(super) appended: usize,
    /// What is wrong with it.
    pub(super) damage: Option<DecodeError>,
}

/// Reads one module's part of an answer.
pub(super) fn decode(logs: &ModuleLogs, form: EntryForm) -> Decoded {
    let mut entries: Vec<Entry> = Vec::new();
    let mut appended = 0;
    let mut damage = None;
    let mut latest = None;
    let mut add = |entry: Result<Entry, DecodeError>| match entry {
        Ok(mut entry) => {
            match entry.stamp {
                Some(stamp) => latest = Some(stamp),
                // In text, what follows without a stamp is of the same frame.
                None if latest.is_some() && form == EntryForm::Stamped => {
                    // A word of the daemon may come between the parts of a long line.
                    let last = entries.last_mut().filter(|last| !last.goes_on());
                    if let Some(Entry {
                        record: Record::Stamped { line, .. },
                        ..
                    }) = last
                    {
                        line.extend_from_slice(entry.record.line());
                        appended += 1;
                        return;
                    }
                    entry.stamp = latest;
                }
                None => entry.stamp = latest,
            }
            entries.push(entry);
        }
        Err(error) => damage = Some(error),
    };
    match form {
        EntryForm::Stamped => {
            let input = unpacked(logs.payload_bytes.as_deref(), logs.payload.as_deref());
            StampedEntries::new(input, !logs.as_documented).for_each(&mut add);
        }
        EntryForm::Plain => logs.records(ContentType::Text).for_each(|record| {
            add(record.map(|record| Entry::new(None, false, record)));
        }),
        EntryForm::Json => logs.records(ContentType::Json).for_each(|record| {
            add(record.map(|record| {
                let stamp = match &record {
                    Record::Parsed(record) if record.timestamp.as_deref().is_some_and(is_never) => {
                        None
                    }
                    record => record.timestamp().and_then(nanoseconds),
                };
                Entry {
                    is_whole: logs.as_documented,
                    ..Entry::new(stamp, stamp.is_some(), record)
                }
            }));
        }),
    }
    if damage.is_some() && !is_right_up_to_damage(logs) {
        entries.clear();
        appended = 0;
    }
    Decoded {
        entries,
        appended,
        damage,
    }
}

/// Whether a damaged answer is right up to the damage: one that only ends too early is.
fn is_right_up_to_damage(logs: &ModuleLogs) -> bool {
    let mut input = unpacked(logs.payload_bytes.as_deref(), logs.payload.as_deref());
    let copied = std::io::copy(&mut input, &mut std::io::sink());
    !matches!(copied.map_err(read_error), Err(DecodeError::Corrupt(_)))
}

/// .NET's time that was never set.
fn is_never(time: &str) -> bool {
    time.starts_with("0001-01-01T00:00:00")
}

fn nanoseconds(time: Timestamp) -> Option<i64> {
    i64::try_from(time.as_nanosecond()).ok()
}

/// Entries out of stamped text.
///
/// Nothing but its stamp tells where an entry begins that does not follow a newline: the next part
/// of a long line, whatever follows the last part of one under the log driver `local` (which loses
/// that newline), and whatever a module that was restarted writes after an unfinished line.
pub(super) struct StampedEntries<'a> {
    input: Unpacked<'a>,
    /// What was read up to a newline, and how much of it has been given out.
    line: Vec<u8>,
    position: usize,
    clock: StampReader,
    /// The stamp of the entry before.
    latest: Option<i64>,
    /// Whether long lines come in parts.
    has_parts: bool,
    ended: bool,
}

impl<'a> StampedEntries<'a> {
    fn new(input: Unpacked<'a>, has_parts: bool) -> Self {
        Self {
            input,
            has_parts,
            line: Vec::new(),
            position: 0,
            clock: StampReader::default(),
            latest: None,
            ended: false,
        }
    }

    fn read(&mut self) -> Result<Option<Entry>, DecodeError> {
        if self.position >= self.line.len() {
            self.line.clear();
            self.position = 0;
            let limit = MAX_LINE_BYTES as u64 + 1;
            let mut input = self.input.by_ref().take(limit);
            input
                .read_until(b'\n', &mut self.line)
                .map_err(read_error)?;
            if self.line.len() > MAX_LINE_BYTES {
                return Err(DecodeError::LineTooLong);
            }
            if self.line.is_empty() {
                return Ok(None);
            }
        }
        let rest = &self.line[self.position..];
        let Some(stamp) = self.clock.read(rest) else {
            // A further line of the entry before, or nothing that an engine sends.
            let end = match self.latest {
                Some(latest) => end_of(&mut self.clock, rest, latest),
                None => rest.len(),
            };
            let line = rest[..end].to_vec();
            self.position += end;
            return Ok(Some(Entry::new(None, false, Record::Line(line))));
        };
        let payload = &rest[STAMP_BYTES..];
        let mut end = end_of(&mut self.clock, payload, stamp);
        if self.has_parts && end > PART_BYTES + MAX_GROWTH {
            // A word of the daemon that follows a full part has neither a stamp nor a line of its own.
            end = end_of_part(payload);
        }
        let line = payload[..end].to_vec();
        self.position += STAMP_BYTES + end;
        self.latest = Some(stamp);
        Ok(Some(Entry::new(
            Some(stamp),
            true,
            Record::Stamped {
                stamp: instant(stamp),
                line,
            },
        )))
    }
}

impl Iterator for StampedEntries<'_> {
    type Item = Result<Entry, DecodeError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let next = self.read();
        self.ended = !matches!(next, Ok(Some(_)));
        next.transpose()
    }
}

/// Where the entry that has this stamp ends: before the next stamp, if there is one that can
/// be the engine's.
///
/// A module may write stamps of this form itself, but it does so before the engine takes the
/// line, so that they are earlier. After a full part any stamp will do.
fn end_of(clock: &mut StampReader, payload: &[u8], stamp: i64) -> usize {
    let mut from = 0;
    // Blanks are frequent, and so is a `Z` in some texts; both together are not.
    while let Some(found) = memchr(b'Z', &payload[from..]) {
        from += found + 1;
        if payload.get(from) != Some(&b' ') {
            continue;
        }
        let end = from + 1;
        let Some(start) = end.checked_sub(STAMP_BYTES) else {
            continue;
        };
        let Some(next) = clock.read(&payload[start..end]) else {
            continue;
        };
        let follows = match start.cmp(&PART_BYTES) {
            Ordering::Less => next > stamp,
            Ordering::Equal => true,
            // The streams are read independently, so that neighbours may be out of order.
            Ordering::Greater => next > stamp - NANOSECONDS,
        };
        if follows {
            return start;
        }
    }
    payload.len()
}

/// Where a full part ends that begins here: after so many bytes, of which those of a character that
/// was cut have become U+FFFD.
fn end_of_part(payload: &[u8]) -> usize {
    const REPLACED: &[u8] = "\u{fffd}".as_bytes();
    let grown = |count: usize| count * (REPLACED.len() - 1);
    let leading = payload.chunks(REPLACED.len());
    let leading = leading.take(3).take_while(|bytes| *bytes == REPLACED);
    let end = PART_BYTES + grown(leading.count());
    let is_replaced = |count: &usize| {
        let end = end + grown(*count);
        let last = payload.get(end - count * REPLACED.len()..end);
        last.is_some_and(|last| last == REPLACED.repeat(*count))
    };
    end + grown((1..=3).rev().find(is_replaced).unwrap_or(0))
}

/// `2026-11-22T08:44:48.148000988Z` and a blank.
const STAMP_BYTES: usize = 31;

/// Reads stamps. Most of them are in the same second as the one before.
#[derive(Default)]
struct StampReader {
    /// The latest second, as it is written and since 1970.
    latest: Option<([u8; 19], i64)>,
}

impl StampReader {
    /// The stamp that a text begins with, in nanoseconds since 1970.
    fn read(&mut self, text: &[u8]) -> Option<i64> {
        let text: &[u8; STAMP_BYTES] = text.get(..STAMP_BYTES)?.try_into().ok()?;
        let known = self.latest.filter(|(second, _)| text[..19] == *second);
        let from = if known.is_some() { 19 } else { 0 };
        let shape = b"dddd-dd-ddTdd:dd:dd.dddddddddZ ";
        let fits = text[from..]
            .iter()
            .zip(&shape[from..])
            .all(|(byte, want)| match want {
                b'd' => byte.is_ascii_digit(),
                other => byte == other,
            });
        if !fits {
            return None;
        }
        let at = match known {
            Some((_, at)) => at,
            None => {
                let second: [u8; 19] = text[..19].try_into().ok()?;
                let time = std::str::from_utf8(&second).ok()?;
                let time: Timestamp = format!("{time}Z").parse().ok()?;
                self.latest = Some((second, time.as_second()));
                time.as_second()
            }
        };
        let fraction = text[20..29].iter();
        let fraction = fraction.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
        at.checked_mul(NANOSECONDS)?.checked_add(fraction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Vec<(Option<i64>, String)> {
        let logs = ModuleLogs {
            payload: Some(text.to_owned()),
            ..ModuleLogs::of("m")
        };
        let decoded = decode(&logs, EntryForm::Stamped);
        assert!(decoded.damage.is_none(), "{decoded:?}");
        let entries = decoded.entries;
        entries
            .into_iter()
            .map(|entry| {
                let line = String::from_utf8_lossy(entry.record.line()).into_owned();
                (entry.stamp.map(|stamp| stamp % 1_000_000_000), line)
            })
            .collect()
    }

    #[test]
    fn an_entry_has_the_same_mark_as_text_and_as_a_record_of_our_own() {
        let hub = ("h", "d", "m");
        for step in 0..2000 {
            let stamp = 1_795_337_000_000_000_000 + step * 999_950;
            let text = Entry::new(
                Some(stamp),
                true,
                Record::Stamped {
                    stamp: instant(stamp),
                    line: b"<6> x\n".to_vec(),
                },
            );
            let record = text.record.to_log_record(hub.0, hub.1, hub.2);
            let logs = ModuleLogs {
                payload: Some(serde_json::json!([record]).to_string()),
                ..ModuleLogs::of("m")
            };
            let json = &decode(&logs, EntryForm::Json).entries[0];
            assert_eq!(json.mark(), text.mark(), "{stamp}");
        }
    }

    #[test]
    fn an_entry_has_the_same_mark_as_text_and_as_a_record() {
        let mark_of = |payload: String, form| {
            let logs = ModuleLogs {
                payload: Some(payload),
                ..ModuleLogs::of("m")
            };
            decode(&logs, form).entries[0].mark()
        };
        for step in 0..1000 {
            let frame = format!("{}<6> x\n", at(step * 999_900 + 50));
            let time = LogLine::parse(&frame).timestamp.unwrap();
            let record = serde_json::json!([{
                "iothub": "h", "device": "d", "id": "m", "stream": "stdout", "loglevel": 6,
                "text": "x", "timestamp": crate::logs::dotnet_timestamp(time),
            }]);
            let (text, json) = (EntryForm::Stamped, EntryForm::Json);
            assert_eq!(
                mark_of(frame.clone(), text),
                mark_of(record.to_string(), json),
                "{frame}"
            );
        }
    }

    fn at(nanosecond: u32) -> String {
        format!("2026-11-22T08:44:48.{nanosecond:09}Z ")
    }

    #[test]
    fn a_line_is_an_entry_and_blank_lines_are_entries_too() {
        let text = format!("{}a\n{}\n{}b", at(1), at(2), at(3));
        assert_eq!(
            entries(&text),
            [
                (Some(1), "a\n".to_owned()),
                (Some(2), "\n".to_owned()),
                (Some(3), "b".to_owned())
            ]
        );
    }

    #[test]
    fn parts_end_where_the_next_stamp_begins() {
        let full = "x".repeat(PART_BYTES);
        // The second part went through a replacement of bytes that are no UTF-8, and grew.
        let grown = format!("{}\u{fffd}\u{fffd}", "y".repeat(PART_BYTES - 2));
        let text = format!("{}{full}{}{grown}{}z\n", at(7), at(7), at(7));
        assert_eq!(
            entries(&text),
            [
                (Some(7), full),
                (Some(7), grown),
                (Some(7), "z\n".to_owned())
            ]
        );
    }

    #[test]
    fn a_word_of_the_daemon_after_a_full_part_is_an_entry() {
        let full = "x".repeat(PART_BYTES);
        let cut = format!("\u{fffd}{}\u{fffd}\u{fffd}", "y".repeat(PART_BYTES - 3));
        for part in [full, cut] {
            let text = format!("{}{part}Error grabbing logs\n{}z\n", at(7), at(7));
            assert_eq!(
                entries(&text),
                [
                    (Some(7), part),
                    (Some(7), "Error grabbing logs\n".to_owned()),
                    (Some(7), "z\n".to_owned())
                ]
            );
        }
    }

    #[test]
    fn the_driver_local_loses_the_newline_of_the_last_part() {
        let full = "x".repeat(PART_BYTES);
        let text = format!("{}{full}{}rest{}next\n", at(7), at(7), at(9));
        let found: Vec<String> = entries(&text).into_iter().map(|(_, line)| line).collect();
        assert_eq!(found, [full.as_str(), "rest", "next\n"]);
    }

    #[test]
    fn an_unfinished_line_ends_before_the_next_stamp_and_a_modules_own_stamp_is_text() {
        let text = format!("{}unfinished{}x\n", at(5), at(9));
        assert_eq!(entries(&text).len(), 2);
        let text = format!("{}own {}text\n", at(9), at(5));
        assert_eq!(entries(&text), [(Some(9), format!("own {}text\n", at(5)))]);
    }

    #[test]
    fn an_entry_of_several_lines_may_be_unfinished_and_one_may_be_empty() {
        let text = format!(
            "{}one\n  two{}three\n{}{}four\n",
            at(5),
            at(9),
            at(10),
            at(11)
        );
        let lines: Vec<String> = entries(&text).into_iter().map(|(_, line)| line).collect();
        assert_eq!(lines, ["one\n  two", "three\n", "", "four\n"]);
    }

    #[test]
    fn text_without_a_stamp_is_passed_on() {
        assert_eq!(entries("hello\n"), [(None, "hello\n".to_owned())]);
    }
}
