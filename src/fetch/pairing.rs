//! Logs of an agent that sends no timestamps with text: the bytes come from text, the stamps from
//! JSON records of the same window, paired entry by entry.

use super::entries::{Entry, instant};
use crate::logs::{LogLine, Record};

/// Gives the records of a log the bytes that the modules wrote. `text` is the same log as text,
/// fetched later, so that it may begin later and go on longer, with any of the `newer` records.
///
/// None if they do not belong together, or in more than one way: by then the first `slid` ones had gone from a
/// tail, so that the text may lack as many. Otherwise the entries of the records, and how many of the
/// first ones the text lacks: then the entries are all those of the text, as newer ones may have
/// taken their places in a tail.
pub(super) fn pair(
    records: &[Entry],
    newer: &[Entry],
    slid: usize,
    text: &str,
) -> Option<(Vec<Entry>, usize)> {
    // The agent sends nothing for a log of nothing but white space.
    if text.is_empty() && records.iter().all(|record| blank_frame(record).is_some()) {
        let blank = |record: &Entry| with_bytes(record, blank_frame(record).unwrap_or_default());
        return Some((records.iter().map(blank).collect(), 0));
    }
    let all: Vec<&Entry> = records.iter().chain(newer).collect();
    let mut fits = (0..records.len().max(1)).filter_map(|lacking| {
        let lacking = lacking.min(records.len());
        let entries = pair_all(&all[lacking..], records.len() - lacking, text)?;
        Some((entries, lacking))
    });
    let (mut entries, lacking) = fits.next()?;
    // Repeated lines may differ in what a record does not hold, such as a time of their own.
    let differs = |(others, less): (Vec<Entry>, usize)| {
        let own = entries.iter().skip(less - lacking);
        own.zip(&others)
            .any(|(one, other)| one.record.line() != other.record.line())
    };
    let mut others = fits.take_while(|(_, less)| *less <= slid);
    if lacking < slid && others.any(differs) {
        return None;
    }
    if lacking == 0 {
        entries.truncate(records.len());
    }
    Some((entries, lacking))
}

/// Pairs all of the text with the first records, `least` of them or more.
fn pair_all(records: &[&Entry], least: usize, text: &str) -> Option<Vec<Entry>> {
    let mut starts = Vec::with_capacity(records.len());
    let mut end = 0;
    for (index, record) in records.iter().enumerate() {
        let found = next_frame(&text[end..], record, records.get(index + 1), index == 0);
        let Some((start, length)) = found else {
            if index < least {
                return None;
            }
            break;
        };
        starts.push(end + start);
        end += start + length;
    }
    if starts.is_empty() && !text.is_empty() {
        return None;
    }
    starts.push(text.len());
    let frames = records.iter().zip(starts.windows(2));
    let entry =
        |(record, frame): (&&Entry, &[usize])| with_bytes(record, &text[frame[0]..frame[1]]);
    Some(frames.map(entry).collect())
}

/// Where the first line of a record's frame stands in a text, and how many bytes it takes. Lines that
/// no record has belong to the frame before them; the `first` one begins the text.
fn next_frame(
    text: &str,
    record: &Entry,
    following: Option<&&Entry>,
    is_first: bool,
) -> Option<(usize, usize)> {
    let mut at = 0;
    loop {
        if let Some(length) = frame_length(&text[at..], record, following.copied()) {
            return Some((at, length));
        }
        if is_first {
            return None;
        }
        // An unfinished frame ends where the next one begins.
        at += match frame_within_line(&text[at..], record) {
            Some(start) => start,
            None => text[at..].find('\n')? + 1,
        };
    }
}

/// How many bytes the first line of a record's frame takes, if the text begins with that frame.
/// Another record may be `following`.
fn frame_length(text: &str, record: &Entry, following: Option<&Entry>) -> Option<usize> {
    if let Some(frame) = blank_frame(record) {
        return text.starts_with(frame).then_some(frame.len());
    }
    let Record::Parsed(parsed) = &record.record else {
        return None;
    };
    let wanted = parsed.text.as_str();
    let line = LogLine::parse(text);
    if line.loglevel != parsed.loglevel || !line.text.starts_with(wanted) {
        return None;
    }
    let end = line.text.as_ptr() as usize - text.as_ptr() as usize + wanted.len();
    // A full part has no line end of its own: that is of a part which is nothing else, or of a blank line,
    // where an expression has left out what stands between.
    let ends_alone =
        following.is_some_and(|following| record.goes_on() && blank_frame(following).is_some());
    Some(end + usize::from(!ends_alone && text[end..].starts_with('\n')))
}

/// Shorter texts than this stand within other lines by chance.
const LEAST_TEXT: usize = 8;

/// Where within the first line of a text the frame of a record begins, if not with it.
fn frame_within_line(text: &str, record: &Entry) -> Option<usize> {
    let Record::Parsed(wanted) = &record.record else {
        return None;
    };
    let line = text.split_inclusive('\n').next()?;
    let wanted = wanted.text.trim_end_matches('\n');
    if wanted.len() < LEAST_TEXT {
        return None;
    }
    let found = line.find(wanted)?;
    // What the agent takes off the front.
    let starts = [35, 34, 31, 4, 3, 0]
        .into_iter()
        .filter_map(|header| found.checked_sub(header));
    let mut starts = starts.filter(|start| *start > 0 && line.is_char_boundary(*start));
    starts.find(|start| frame_length(&text[*start..], record, None).is_some())
}

/// The frame of a record that has no text: the agent passes it on as it is, after its stamp.
fn blank_frame(record: &Entry) -> Option<&str> {
    let Record::Parsed(record) = &record.record else {
        return None;
    };
    let (stamp, frame) = record.text.split_once("Z ")?;
    let is_blank = stamp.len() == 29 && LogLine::parse(frame).text.len() == frame.len();
    (is_blank && frame.ends_with('\n') && !frame.trim_end_matches('\n').contains('\n'))
        .then_some(frame)
}

fn with_bytes(entry: &Entry, bytes: &str) -> Entry {
    let line = bytes.as_bytes().to_vec();
    Entry {
        record: match entry.stamp.filter(|_| entry.own_stamp) {
            Some(stamp) => Record::Stamped {
                stamp: instant(stamp),
                line,
            },
            None => Record::Line(line),
        },
        ..entry.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::logs::LogRecord;

    fn record(stamp: i64, loglevel: u8, text: &str) -> Entry {
        Entry::new(
            Some(stamp),
            true,
            Record::Parsed(Box::new(LogRecord {
                iothub: "h".to_owned(),
                device: "d".to_owned(),
                id: "m".to_owned(),
                stream: None,
                loglevel,
                text: text.to_owned(),
                timestamp: None,
            })),
        )
    }

    fn paired(records: &[Entry], newer: &[Entry], text: &str) -> Option<(Vec<String>, usize)> {
        let (entries, lacking) = pair(records, newer, 0, text)?;
        let line = |entry: &Entry| String::from_utf8_lossy(entry.record.line()).into_owned();
        Some((entries.iter().map(line).collect(), lacking))
    }

    #[test]
    fn repeated_lines_with_times_of_their_own_are_not_paired_by_chance() {
        let records: Vec<Entry> = (1..=4).map(|n| record(n, 6, "[INF] beat")).collect();
        let newer = [record(5, 6, "[INF] beat")];
        let text = |seconds: std::ops::RangeInclusive<i64>| -> String {
            seconds
                .map(|n| format!("<6> 2026-11-22 08:44:0{n}.000 +00:00 [INF] beat\n"))
                .collect()
        };
        // The text may be that of the last four records.
        assert_eq!(pair(&records, &newer, 1, &text(2..=5)), None);
        assert_eq!(
            pair(&records, &[], 0, &text(1..=4)).map(|(_, lacking)| lacking),
            Some(0)
        );
        // Where nothing differs, any of them is right.
        let same = "<6> [INF] beat\n".repeat(4);
        assert!(pair(&records, &newer, 1, &same).is_some());
    }

    #[test]
    fn records_get_the_bytes_of_their_frames() {
        let records = [
            record(1, 3, "[ERR] failed"),
            record(2, 6, "2026-11-22T08:44:48.148000988Z <6> \n"),
            record(3, 6, "next"),
        ];
        let text = "<3> 2026-11-22 08:44:48.123 +00:00 [ERR] failed\n   at a\n<6> \nnext\n  more\n";
        let lines = vec![
            "<3> 2026-11-22 08:44:48.123 +00:00 [ERR] failed\n   at a\n".to_owned(),
            "<6> \n".to_owned(),
            "next\n  more\n".to_owned(),
        ];
        assert_eq!(paired(&records, &[], text), Some((lines, 0)));
    }

    #[test]
    fn text_that_begins_later_is_all_that_is_known() {
        let records = [record(1, 6, "a"), record(2, 6, "b")];
        let newer = [record(3, 6, "c"), record(4, 6, "d")];
        let paired = |text: &str| paired(&records, &newer, text);
        let lines = |lines: &[&str], lacking| {
            let lines = lines.iter().map(|line| (*line).to_owned());
            Some((lines.collect::<Vec<_>>(), lacking))
        };
        assert_eq!(paired("b\nc\n"), lines(&["b\n", "c\n"], 1));
        assert_eq!(paired("b\n  more\nc\n"), lines(&["b\n  more\n", "c\n"], 1));
        assert_eq!(paired("b\n  more\n"), lines(&["b\n  more\n"], 1));
        // What goes on longer is cut to the records.
        assert_eq!(paired("a\nb\nc\n"), lines(&["a\n", "b\n"], 0));
        assert_eq!(paired("x\ny\n"), None);
    }

    #[test]
    fn parts_of_a_long_line_and_unfinished_lines_follow_each_other() {
        let part = "x".repeat(16_384);
        let records = [record(1, 6, &part), record(1, 6, "end"), record(2, 6, "b")];
        let text = format!("{part}endb\n");
        let lines = vec![part, "end".to_owned(), "b\n".to_owned()];
        assert_eq!(paired(&records, &[], &text), Some((lines, 0)));
    }

    #[test]
    fn a_full_part_before_a_blank_line_has_no_line_end() {
        let part = "x".repeat(16_384);
        let records = [
            record(1, 6, &part),
            record(2, 6, "2026-11-22T08:44:48.148000988Z \n"),
            record(3, 6, "b"),
        ];
        let text = format!("{part}\nb\n");
        let lines = vec![part, "\n".to_owned(), "b\n".to_owned()];
        assert_eq!(paired(&records, &[], &text), Some((lines, 0)));
    }
}
