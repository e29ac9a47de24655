//! What a log holds by the documented meaning of the filters, computed in the plainest way.
//!
//! `loglevel` is "this level and more severe", both ends of the window are inclusive, and `tail`
//! counts the lines that pass everything else.

use regex::Regex;

use super::agent::line;
use super::log::{Entry, MAX_ENTRY_BYTES, Stream};

/// A line as the module wrote it: the parts of a long one are joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The stamp of its first part.
    pub stamp: i64,
    /// Where it was written to.
    pub stream: Stream,
    /// The level of its first part.
    pub level: i32,
    /// Without level, timestamp and newline; everything, if nothing else is left.
    pub text: String,
    /// As it was written, newline included.
    pub bytes: Vec<u8>,
}

/// A filter by the book.
#[derive(Debug, Clone, Default)]
pub struct ReferenceFilter {
    /// The last so many lines of what the rest keeps.
    pub tail: Option<usize>,
    /// The first stamp that is kept.
    pub since: Option<i64>,
    /// The last stamp that is kept.
    pub until: Option<i64>,
    /// This level and more severe.
    pub level: Option<i32>,
    /// This level alone.
    pub level_only: Option<i32>,
    /// A pattern on the text.
    pub regex: Option<Regex>,
}

/// The lines of a log, in the engine's order, which is that of their first parts.
///
/// A part that is full and has no newline goes on in the next entry of its stream with the same
/// stamp; entries of the other stream may lie between the two.
pub fn lines(entries: &[Entry]) -> Vec<Line> {
    let mut joined: Vec<(&Entry, Vec<u8>)> = Vec::new();
    let mut open: Vec<(Stream, usize)> = Vec::new();
    for entry in entries {
        let is_open = open.iter().position(|(stream, index)| {
            *stream == entry.stream && joined[*index].0.stamp == entry.stamp
        });
        let index = match is_open {
            Some(position) => open.swap_remove(position).1,
            None => {
                open.retain(|(stream, _)| *stream != entry.stream);
                joined.push((entry, Vec::new()));
                joined.len() - 1
            }
        };
        joined[index].1.extend_from_slice(&entry.bytes);
        if entry.bytes.len() == MAX_ENTRY_BYTES && !entry.bytes.ends_with(b"\n") {
            open.push((entry.stream, index));
        }
    }
    let line = |(first, bytes): (&Entry, Vec<u8>)| {
        let text = String::from_utf8_lossy(&bytes);
        let parsed = line::parse(&text);
        Line {
            stamp: first.stamp,
            stream: first.stream,
            level: parsed.level,
            text: parsed.text.to_owned(),
            bytes,
        }
    };
    joined.into_iter().map(line).collect()
}

/// The lines that the filter keeps, in the engine's order.
pub fn reference(entries: &[Entry], filter: &ReferenceFilter) -> Vec<Line> {
    let mut kept = lines(entries);
    kept.retain(|line| {
        filter.since.is_none_or(|since| line.stamp >= since)
            && filter.until.is_none_or(|until| line.stamp <= until)
            && filter.level.is_none_or(|level| line.level <= level)
            && filter.level_only.is_none_or(|level| line.level == level)
            && filter
                .regex
                .as_ref()
                .is_none_or(|regex| regex.is_match(&line.text))
    });
    if let Some(tail) = filter.tail {
        kept.drain(..kept.len().saturating_sub(tail));
    }
    kept
}

/// Mixes several sources by time. Each source keeps its own order, stamps that step back included;
/// of equal stamps, the earlier source comes first.
pub fn merge<N: Clone>(sources: Vec<(N, Vec<Line>)>) -> Vec<(N, Line)> {
    let mut sources: Vec<_> = sources
        .into_iter()
        .map(|(name, lines)| (name, lines.into_iter().peekable()))
        .collect();
    let mut merged = Vec::new();
    loop {
        let heads = sources.iter_mut().enumerate();
        let earliest = heads
            .filter_map(|(index, (_, lines))| Some((lines.peek()?.stamp, index)))
            .min();
        let Some((_, index)) = earliest else {
            return merged;
        };
        let (name, lines) = &mut sources[index];
        merged.extend(lines.next().map(|line| (name.clone(), line)));
    }
}

/// The bytes of lines, one after the other.
pub fn bytes_of_lines(lines: &[Line]) -> Vec<u8> {
    lines
        .iter()
        .flat_map(|line| line.bytes.iter().copied())
        .collect()
}
