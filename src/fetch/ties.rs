//! The order of lines that stamps leave open and that were asked for apart: of different levels, or in
//! parts of a full second. Only the engine knows it, so it is asked once more, for these lines
//! alone.

use std::ops::Range;

use super::channel::{Channel, Page, Window};
use super::entries::{Entry, second_of};
use super::log_calls::{CallFailure, Cut};
use super::log_query::NO_UNTIL;
use super::notices;
use crate::error::Error;
use crate::logs::Record;
use crate::methods::literal;

/// How much of a text tells lines apart, in characters.
const TELLING: usize = 120;

/// Shorter texts do not tell lines apart by their beginning, in bytes.
const SHORT: usize = 20;

/// How long an expression may be, in bytes.
const MOST_EXPRESSION: usize = 30_000;

/// How many lines are looked at first for a certain one.
const FEW: usize = 16;

/// How many lines that begin like wanted ones are asked for at the most.
const MOST_TAIL: usize = 4000;

/// A text without anything but its level and blanks, which the agent keeps as it came.
const BLANK: &str = r"\A(?:\S+Z )?\s*(?:<\d>)?\s*\z";

/// A line that is put in order.
#[derive(Debug)]
struct Tied {
    /// The number of its source.
    source: usize,
    /// The line, or its first part.
    line: Entry,
}

/// Puts lines from different sources into the engine's order where their stamps leave it open. The
/// lines come by time, those of one source in its own order; each has the number of its source.
///
/// # Errors
/// A call fails, or some lines are too many for their order to be asked for; the others are in order
/// then.
pub(super) async fn settle(
    channel: &Channel,
    lines: &mut Vec<(usize, Entry)>,
) -> Result<(), Error> {
    if tied(lines, |(source, line)| (*source, line)).is_empty() {
        return Ok(());
    }
    let tied = lines.drain(..);
    let mut tied: Vec<Tied> = tied.map(|(source, line)| Tied { source, line }).collect();
    let settled = settle_lines(channel, &mut tied).await;
    lines.extend(tied.into_iter().map(|tied| (tied.source, tied.line)));
    settled
}

async fn settle_lines(channel: &Channel, lines: &mut [Tied]) -> Result<(), Error> {
    let mut groups = tied(lines, |tied| (tied.source, &tied.line));
    let asked_for = channel.unfiltered();
    // From the end, so that what is split comes next.
    groups.reverse();
    let mut open = vec![groups];
    let mut failure = None;
    while let Some(mut groups) = open.pop() {
        let Some(window) = window(lines, &groups) else {
            continue;
        };
        let expression = expression(lines, &groups);
        if expression.len() <= MOST_EXPRESSION {
            let asked_for = Channel {
                regex: Some(expression),
                ..asked_for.clone()
            };
            match arrange_groups(&asked_for, window, lines, &groups).await {
                Ok(None) => continue,
                Ok(Some(group)) => {
                    failure.get_or_insert_with(|| has_gone(channel, &lines[group]));
                    continue;
                }
                Err(CallFailure::Failed(error)) => return Err(error),
                Err(CallFailure::TooLarge(_)) => {}
            }
        }
        match groups.as_slice() {
            [only] => {
                let lines = &mut lines[only.clone()];
                let settled = settle_group(&asked_for, lines).await?;
                let error = match settled {
                    Settled::InOrder => continue,
                    Settled::TooMany => unsettled(channel, lines),
                    Settled::NotThere => has_gone(channel, lines),
                };
                failure.get_or_insert(error);
            }
            _ => {
                let half = groups.split_off(groups.len() / 2);
                open.push(groups);
                open.push(half);
            }
        }
    }
    failure.map_or(Ok(()), Err)
}

/// Puts groups into the order that their lines have within a window. The first group of which some lines
/// are not there.
async fn arrange_groups(
    channel: &Channel,
    window: Window,
    lines: &mut [Tied],
    groups: &[Range<usize>],
) -> Result<Option<Range<usize>>, CallFailure> {
    let mut arrange = |page: Page| {
        let mut lacking = None;
        for group in groups {
            if !arrange(&mut lines[group.clone()], &page.entries) {
                lacking.get_or_insert_with(|| group.clone());
            }
        }
        lacking
    };
    if arrange(channel.page(&window).await?).is_none() {
        return Ok(None);
    }
    // The engine stops at the first entry that is later than the end, which may be one stamped far ahead.
    let window = Window {
        until: Some(NO_UNTIL.to_owned()),
        ..window
    };
    Ok(arrange(channel.page(&window).await?))
}

/// What became of lines that were to be put in order.
enum Settled {
    InOrder,
    /// They are too many.
    TooMany,
    /// The engine does not find some of them any more.
    NotThere,
}

/// The same for lines of one stamp that are more than an answer carries: from the end, so many at a
/// time as fit.
async fn settle_group(channel: &Channel, lines: &mut [Tied]) -> Result<Settled, Error> {
    // A word of the daemon stands behind some line of this stamp, and no window leaves out the others.
    lines.sort_by_key(|tied| !tied.line.own_stamp);
    let stamped = lines.partition_point(|tied| tied.line.own_stamp);
    let lines = &mut lines[..stamped];
    let mut left = lines.len();
    let mut tail = left;
    let mut most = MOST_TAIL;
    while left > 1 {
        let group = 0..left;
        let expression = expression(lines, std::slice::from_ref(&group));
        let asked_for = Channel {
            regex: Some(expression.clone()),
            ..channel.clone()
        };
        let window = window(lines, std::slice::from_ref(&group)).map(|window| Window {
            tail: Some(tail),
            ..window
        });
        let Some(window) = window.filter(|_| expression.len() <= MOST_EXPRESSION) else {
            return Ok(Settled::TooMany);
        };
        match asked_for.page(&window).await {
            Ok(page) => {
                let moved = arrange_last(lines, left, &page.entries);
                let is_full = !page.has_fewer_than(tail);
                match moved {
                    // Others that begin alike come later.
                    0 if is_full && tail < most => tail = (tail * 4).min(most),
                    0 if is_full => return Ok(Settled::TooMany),
                    0 => return Ok(Settled::NotThere),
                    moved => left -= moved,
                }
            }
            Err(CallFailure::Failed(error)) => return Err(error),
            Err(CallFailure::TooLarge(_)) if tail > 1 => {
                tail /= 2;
                most = most.min(tail);
            }
            Err(CallFailure::TooLarge(_)) => return Ok(Settled::TooMany),
        }
    }
    Ok(Settled::InOrder)
}

/// These lines are too many for their order to be asked for.
fn unsettled(channel: &Channel, lines: &[Tied]) -> Error {
    out_of_order(channel, notices::unsettled(stamp_of(lines)))
}

/// The engine has cut off some of these lines meanwhile, or does not come to them.
fn has_gone(channel: &Channel, lines: &[Tied]) -> Error {
    out_of_order(channel, notices::order_gone(stamp_of(lines)))
}

fn out_of_order(channel: &Channel, message: String) -> Error {
    let (device, module) = (channel.calls.device(), &channel.module);
    Cut::ByDevice(message).error(device, module)
}

fn stamp_of(lines: &[Tied]) -> i64 {
    let mut stamps = lines.iter().filter_map(|tied| tied.line.stamp);
    stamps.next().unwrap_or_default()
}

/// Puts those of the first `left` lines that are in `order` behind the others, as they are there.
/// The lines after them have been placed before. How many were placed.
fn arrange_last(lines: &mut [Tied], left: usize, order: &[Entry]) -> usize {
    let (open, placed) = lines.split_at_mut(left);
    let heads: Vec<Option<Head>> = open.iter().map(|tied| head(&tied.line)).collect();
    let matches = |text: &str, head: &Option<Head>| match head {
        Some(head) => head.matches(text),
        None => false,
    };
    // An expression for the lines that are left may match placed ones again, which come last.
    let mut again: Vec<&Tied> = placed
        .iter()
        .filter(|tied| {
            let (own, text) = (head(&tied.line), tied.line.record.text());
            heads
                .iter()
                .any(|head| *head == own || matches(&text, head))
        })
        .collect();
    let mut moved = 0;
    for entry in order.iter().rev() {
        if let Some(last) = again.last()
            && begins_with(&last.line, entry)
        {
            again.pop();
            continue;
        }
        let end = left - moved;
        if let Some(found) = open[..end]
            .iter()
            .rposition(|tied| begins_with(&tied.line, entry))
        {
            open[found..end].rotate_left(1);
            moved += 1;
        }
    }
    moved
}

/// Whether a line is, or begins with, an entry: a long line begins with its first part. One record may be the
/// beginning of another by chance; to a text the daemon's words may be added, in one answer and not in another.
pub(super) fn begins_with(line: &Entry, entry: &Entry) -> bool {
    let is_text = !matches!(entry.record, Record::Parsed(_));
    let (own, other) = (line.record.line(), entry.record.line());
    let is_same = match own.strip_prefix(other) {
        Some(rest) => rest.is_empty() || entry.goes_on() || is_text,
        None => is_text && own.ends_with(b"\n") && other.starts_with(own),
    };
    line.stamp == entry.stamp && is_same
}

/// Where lines of several sources share a stamp, or come after a later one. `of` tells the number of a
/// line's source, and the line.
fn tied<T>(lines: &[T], of: impl Fn(&T) -> (usize, &Entry)) -> Vec<Range<usize>> {
    let mut groups = Vec::new();
    let mut start = 0;
    while start < lines.len() {
        let (_, first) = of(&lines[start]);
        let mut rest = lines[start + 1..].iter().map(&of);
        let later = rest.position(|(_, line)| line.stamp > first.stamp);
        let end = later.map_or(lines.len(), |later| start + 1 + later);
        // A word of the daemon has no stamp of its own.
        let group = lines[start..end].iter().map(&of);
        let stamped = group.filter(|(_, line)| line.own_stamp);
        let mut sources = stamped.map(|(source, _)| source);
        let first = sources.next();
        if sources.any(|source| Some(source) != first) {
            groups.push(start..end);
        }
        start = end;
    }
    groups
}

fn window(lines: &[Tied], groups: &[Range<usize>]) -> Option<Window> {
    let lines = || groups.iter().flat_map(|group| &lines[group.clone()]);
    let stamps = || lines().filter_map(|tied| tied.line.stamp);
    let since = second_of(stamps().min()?).to_string();
    let until = (second_of(stamps().max()?) + 1).to_string();
    Some(Window::between(since, until, None))
}

/// An expression that matches the lines of these groups.
fn expression(lines: &[Tied], groups: &[Range<usize>]) -> String {
    let mut texts: Vec<String> = groups
        .iter()
        .flat_map(|group| &lines[group.clone()])
        .map(|tied| telling(&tied.line))
        .collect();
    texts.sort();
    texts.dedup();
    texts.join("|")
}

/// An expression that matches a line, and few others.
pub(super) fn telling(line: &Entry) -> String {
    match head(line) {
        // It may be a blank line and the daemon's words.
        Some(head) if begins_blank(line) => format!("{BLANK}|{}", head.expression()),
        Some(head) => head.expression(),
        None => BLANK.to_owned(),
    }
}

/// Whether the log has an entry within a window that begins with its second and ends there: the engine stops at the
/// first entry that is later than the end, which stands before it where the clock was set back.
///
/// # Errors
/// A call fails.
pub(super) async fn reaches(channel: &Channel, entry: &Entry, until: &str) -> Result<bool, Error> {
    let channel = Channel {
        regex: Some(telling(entry)),
        ..channel.unfiltered()
    };
    let since = second_of(entry.stamp.unwrap_or_default()).to_string();
    let (mut tail, mut most) = (FEW, MOST_TAIL);
    loop {
        let window = Window::between(since.clone(), until.to_owned(), Some(tail));
        match channel.page(&window).await {
            Ok(page) if page.entries.iter().any(|found| found.key() == entry.key()) => {
                return Ok(true);
            }
            // Others that begin alike come later.
            Ok(page) if !page.has_fewer_than(tail) && tail < most => tail = (tail * 4).min(most),
            Ok(_) => return Ok(false),
            Err(CallFailure::Failed(error)) => return Err(error),
            Err(CallFailure::TooLarge(_)) if tail > 1 => {
                tail /= 2;
                most = most.min(tail);
            }
            Err(CallFailure::TooLarge(_)) => return Ok(false),
        }
    }
}

/// Puts few lines of several sources into the log's order, whatever their stamps. Whether that could be had: if
/// not, they are as they were.
pub(super) async fn in_order(channel: &Channel, lines: &mut Vec<(usize, Entry)>) -> bool {
    let tied = lines.iter().cloned();
    let mut tied: Vec<Tied> = tied.map(|(source, line)| Tied { source, line }).collect();
    let all = 0..tied.len();
    let expression = expression(&tied, std::slice::from_ref(&all));
    let window = window(&tied, &[all]);
    let Some(window) = window.filter(|_| expression.len() <= MOST_EXPRESSION) else {
        return false;
    };
    let channel = Channel {
        regex: Some(expression),
        ..channel.unfiltered()
    };
    let window = Window {
        until: Some(NO_UNTIL.to_owned()),
        ..window
    };
    let Ok(page) = channel.page(&window).await else {
        return false;
    };
    let is_whole = place(&mut tied, &page.entries) == tied.len();
    if is_whole {
        *lines = tied
            .into_iter()
            .map(|tied| (tied.source, tied.line))
            .collect();
    }
    is_whole
}

/// How a line's text begins.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    text: String,
    /// Whether nothing else may follow: many lines may begin like the short end of a long one.
    is_all: bool,
}

impl Head {
    fn expression(&self) -> String {
        let end = if self.is_all { r"\s*\z" } else { "" };
        format!(r"\A{}{end}", literal(&self.text))
    }

    /// Whether the expression matches a text.
    fn matches(&self, text: &str) -> bool {
        let rest = text.strip_prefix(self.text.as_str());
        rest.is_some_and(|rest| !self.is_all || rest.trim().is_empty())
    }
}

/// How a line's text begins; none where there is nothing after the level.
fn head(line: &Entry) -> Option<Head> {
    let text = line.record.text();
    let is_blank =
        text.trim().is_empty() || text.len() == line.record.line().len() && is_blank(&text);
    if is_blank {
        return None;
    }
    let head: String = text.chars().take(TELLING).collect();
    let head = head.split(['\n', '\r']).next().unwrap_or_default();
    let rest = text.get(head.len()..);
    Some(Head {
        text: head.to_owned(),
        is_all: head.len() < SHORT && rest.is_some_and(|rest| rest.trim().is_empty()),
    })
}

/// Whether an entry of several lines begins with a blank one.
fn begins_blank(line: &Entry) -> bool {
    let bytes = line.record.line();
    let first = bytes.split(|byte| *byte == b'\n').next();
    let is_text = !matches!(line.record, Record::Parsed(_));
    is_text && first.is_some_and(|first| is_blank(&String::from_utf8_lossy(first)))
}

/// Whether the expression for a line finds it: not a word of the daemon, nor a text of nothing, or of nothing but a
/// level and a time, which the agent matches with what stands in front of it, nor a blank line to which the daemon's
/// words may have been added.
pub(super) fn is_surely_found(line: &Entry) -> bool {
    let text = line.record.text();
    let is_whole_line = text.len() == line.record.line().len();
    let is_odd = is_whole_line && text.starts_with('<') || begins_blank(line);
    line.own_stamp && head(line).is_some() && !is_odd
}

/// Whether there is nothing after the level.
fn is_blank(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || (text.len() == 3 && text.starts_with('<') && text.ends_with('>'))
}

/// Puts lines into the given order. Whether all of them are there.
fn arrange(lines: &mut [Tied], order: &[Entry]) -> bool {
    let placed = place(lines, order);
    lines[placed..]
        .iter()
        .all(|tied| !is_surely_found(&tied.line))
}

/// Puts lines into the given order, those that are not there behind the others. How many are there.
fn place(lines: &mut [Tied], order: &[Entry]) -> usize {
    let mut place = 0;
    for entry in order {
        let is_it = |tied: &Tied| {
            tied.line.stamp == entry.stamp && tied.line.record.line() == entry.record.line()
        };
        let begins = |tied: &Tied| begins_with(&tied.line, entry);
        let rest = &lines[place..];
        let found = rest.iter().position(is_it);
        if let Some(found) = found.or_else(|| rest.iter().position(begins)) {
            lines[place..=place + found].rotate_right(1);
            place += 1;
        }
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::entries::instant;

    fn line(source: usize, stamp: i64, text: &str) -> Tied {
        let line = Entry::new(
            Some(stamp),
            true,
            Record::Stamped {
                stamp: instant(stamp),
                line: text.as_bytes().to_vec(),
            },
        );
        Tied { source, line }
    }

    fn texts(lines: &[Tied]) -> Vec<String> {
        let text = |tied: &Tied| String::from_utf8_lossy(tied.line.record.line()).into_owned();
        lines.iter().map(text).collect()
    }

    #[test]
    fn lines_of_one_stamp_and_several_sources_are_tied() {
        let lines = [
            line(0, 1, "a"),
            line(0, 1, "b"),
            line(0, 2, "c"),
            line(1, 2, "d"),
            line(1, 3, "e"),
        ];
        let groups = tied(&lines, |tied| (tied.source, &tied.line));
        assert_eq!(groups.first(), Some(&(2..4)));
        assert_eq!(groups.len(), 1);
        assert_eq!(
            expression(&lines, std::slice::from_ref(&(2..4))),
            r"\Ac\s*\z|\Ad\s*\z"
        );
    }

    #[test]
    fn the_engines_order_holds() {
        let mut lines = [line(0, 2, "a\n"), line(0, 2, "c\n"), line(1, 2, "b\n")];
        let order = [line(9, 2, "a\n"), line(9, 2, "b\n"), line(9, 2, "c\n")];
        let order = order.map(|tied| tied.line);
        assert!(arrange(&mut lines, &order));
        assert_eq!(texts(&lines), ["a\n", "b\n", "c\n"]);
        assert!(!arrange(&mut lines, &order[1..]));
    }

    #[test]
    fn a_line_is_found_with_the_daemons_words_and_a_record_not_by_its_first_letter() {
        let text = |text: &str| line(0, 2, text).line;
        assert!(begins_with(&text("a\n"), &text("a\nError grabbing logs\n")));
        assert!(begins_with(&text("a\nError grabbing logs\n"), &text("a\n")));
        assert!(!begins_with(&text("a\n"), &text("ab\n")));
        let record = |text: &str| {
            let record = serde_json::json!({
                "iothub": "h", "device": "d", "id": "m", "stream": "stdout", "loglevel": 6,
                "text": text, "timestamp": "2026-11-22T08:44:48.148Z",
            });
            let record = serde_json::from_value(record).unwrap();
            Entry::new(Some(2), true, Record::Parsed(record))
        };
        assert!(!begins_with(&record("UV"), &record("U")));
        let full = "x".repeat(crate::fetch::entries::PART_BYTES);
        assert!(begins_with(&record(&format!("{full}end")), &record(&full)));
    }

    #[test]
    fn lines_that_come_again_with_an_earlier_page_are_not_taken_for_equal_ones() {
        let engine = ["\n", "a\n", "\n", "b\n", "\n"].map(|text| line(9, 2, text));
        let of = |range: Range<usize>| engine[range].iter().map(|tied| tied.line.clone());
        let mut lines = ["a\n", "b\n", "\n", "\n", "\n"].map(|text| line(0, 2, text));
        assert_eq!(
            arrange_last(&mut lines, 5, &of(3..5).collect::<Vec<_>>()),
            2
        );
        // What is left are `a` and blank lines, so that the last blank line comes again.
        let again: Vec<Entry> = of(1..3).chain(of(4..5)).collect();
        assert_eq!(arrange_last(&mut lines, 3, &again), 2);
        assert_eq!(texts(&lines), ["\n", "a\n", "\n", "b\n", "\n"]);
    }
}
