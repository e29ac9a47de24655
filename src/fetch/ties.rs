//! The order of lines that stamps leave open and that were asked for apart: of different levels, or in
//! parts of a full second. Only the engine knows it, so it is asked once more, for these lines
//! alone.

use std::ops::Range;

use super::channel::{Channel, Window};
use super::entries::{Entry, second_of};
use super::log_calls::CallFailure;
use crate::error::Error;
use crate::methods::literal;

/// How much of a text tells lines apart, in characters.
const TELLING: usize = 120;

/// How long an expression may be, in bytes.
const MOST_EXPRESSION: usize = 30_000;

/// A text without anything but its level and blanks, which the agent keeps as it came.
const BLANK: &str = r"\A(?:\S+Z )?\s*(?:<\d>)?\s*\z";

/// Puts lines from different sources into the engine's order where their stamps leave it open. The
/// lines come by time, those of one source in its own order; each has the number of its source.
///
/// # Errors
/// A call fails.
pub(super) async fn settle(channel: &Channel, lines: &mut [(usize, Entry)]) -> Result<(), Error> {
    let mut groups = tied(lines);
    let asked_for = channel.unfiltered();
    // From the end, so that what is split comes next.
    groups.reverse();
    let mut open = vec![groups];
    while let Some(mut groups) = open.pop() {
        let Some(window) = window(lines, &groups) else {
            continue;
        };
        let expression = expression(lines, &groups);
        let is_too_much = expression.len() > MOST_EXPRESSION;
        if !is_too_much {
            let asked_for = Channel {
                regex: Some(expression),
                ..asked_for.clone()
            };
            match asked_for.page(&window).await {
                Ok(page) => {
                    for group in groups {
                        arrange(&mut lines[group], &page.entries);
                    }
                    continue;
                }
                Err(CallFailure::Failed(error)) => return Err(error),
                Err(CallFailure::TooLarge(_)) => {}
            }
        }
        match groups.as_slice() {
            [only] => settle_group(&asked_for, &mut lines[only.clone()]).await?,
            _ => {
                let half = groups.split_off(groups.len() / 2);
                open.push(groups);
                open.push(half);
            }
        }
    }
    Ok(())
}

/// The same for lines of one stamp that are more than an answer carries: from the end, so many at a
/// time as fit.
async fn settle_group(channel: &Channel, lines: &mut [(usize, Entry)]) -> Result<(), Error> {
    let mut left = lines.len();
    let mut tail = left;
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
            return Ok(());
        };
        match asked_for.page(&window).await {
            Ok(page) => {
                let moved = arrange_last(lines, left, &page.entries);
                if moved == 0 {
                    return Ok(());
                }
                left -= moved;
            }
            Err(CallFailure::Failed(error)) => return Err(error),
            Err(CallFailure::TooLarge(_)) if tail > 1 => tail /= 2,
            Err(CallFailure::TooLarge(_)) => return Ok(()),
        }
    }
    Ok(())
}

/// Puts those of the first `left` lines that `entries` have behind the others, in the order of these.
/// The lines after them have been placed before. How many were placed.
fn arrange_last(lines: &mut [(usize, Entry)], left: usize, entries: &[Entry]) -> usize {
    // An expression for the lines that are left may match placed ones again.
    let mut placed = left..lines.len();
    let mut moved = 0;
    for entry in entries.iter().rev() {
        let is_it = |(_, line): &(usize, Entry)| begins_with(line, entry);
        let again = lines[placed.clone()].iter().rposition(is_it);
        if let Some(again) = again {
            placed.end = placed.start + again;
            continue;
        }
        let open = left - moved;
        if let Some(found) = lines[..open].iter().rposition(is_it) {
            lines[found..open].rotate_left(1);
            moved += 1;
        }
    }
    moved
}

/// Whether a line is, or begins with, an entry: a long line begins with its first part.
fn begins_with(line: &Entry, entry: &Entry) -> bool {
    line.stamp == entry.stamp && line.record.line().starts_with(entry.record.line())
}

/// Where lines of several sources share a stamp, or come after a later one.
fn tied(lines: &[(usize, Entry)]) -> Vec<Range<usize>> {
    let mut groups = Vec::new();
    let mut start = 0;
    while start < lines.len() {
        let (_, first) = &lines[start];
        let rest = &lines[start + 1..];
        let later = rest.iter().position(|(_, line)| line.stamp > first.stamp);
        let end = later.map_or(lines.len(), |later| start + 1 + later);
        // A word of the daemon has no stamp of its own.
        let stamped = lines[start..end].iter().filter(|(_, line)| line.own_stamp);
        let mut sources = stamped.map(|(source, _)| source);
        let first = sources.next();
        if sources.any(|source| Some(source) != first) {
            groups.push(start..end);
        }
        start = end;
    }
    groups
}

fn window(lines: &[(usize, Entry)], groups: &[Range<usize>]) -> Option<Window> {
    let lines = || groups.iter().flat_map(|group| &lines[group.clone()]);
    let stamps = || lines().filter_map(|(_, line)| line.stamp);
    Some(Window {
        since: Some(second_of(stamps().min()?).to_string()),
        until: Some((second_of(stamps().max()?) + 1).to_string()),
        tail: None,
    })
}

/// An expression that matches the lines of these groups.
fn expression(lines: &[(usize, Entry)], groups: &[Range<usize>]) -> String {
    let mut texts: Vec<String> = groups
        .iter()
        .flat_map(|group| &lines[group.clone()])
        .map(|(_, line)| telling(line))
        .collect();
    texts.sort();
    texts.dedup();
    texts.join("|")
}

/// An expression that matches a line, and few others.
pub(super) fn telling(line: &Entry) -> String {
    let text = line.record.text();
    let is_blank =
        text.trim().is_empty() || text.len() == line.record.line().len() && is_blank(&text);
    if is_blank {
        return BLANK.to_owned();
    }
    let head: String = text.chars().take(TELLING).collect();
    let head = head.split(['\n', '\r']).next().unwrap_or_default();
    format!(r"\A{}", literal(head))
}

/// Whether there is nothing after the level.
fn is_blank(text: &str) -> bool {
    let text = text.trim();
    text.is_empty() || (text.len() == 3 && text.starts_with('<') && text.ends_with('>'))
}

/// Puts lines into the order in which `entries` have them.
fn arrange(lines: &mut [(usize, Entry)], entries: &[Entry]) {
    let mut place = 0;
    for entry in entries {
        let is_it = |(_, line): &(usize, Entry)| begins_with(line, entry);
        if let Some(found) = lines[place..].iter().position(is_it) {
            lines[place..=place + found].rotate_right(1);
            place += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::entries::instant;
    use crate::logs::Record;

    fn line(source: usize, stamp: i64, text: &str) -> (usize, Entry) {
        let entry = Entry {
            stamp: Some(stamp),
            own_stamp: true,
            record: Record::Stamped {
                stamp: instant(stamp),
                line: text.as_bytes().to_vec(),
            },
        };
        (source, entry)
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
        assert_eq!(tied(&lines).first(), Some(&(2..4)));
        assert_eq!(tied(&lines).len(), 1);
        assert_eq!(
            expression(&lines, std::slice::from_ref(&(2..4))),
            r"\Ac|\Ad"
        );
    }

    #[test]
    fn the_engines_order_holds() {
        let mut lines = [line(0, 2, "a\n"), line(0, 2, "c\n"), line(1, 2, "b\n")];
        let order = [line(9, 2, "a\n"), line(9, 2, "b\n"), line(9, 2, "c\n")];
        let order: Vec<Entry> = order.into_iter().map(|(_, entry)| entry).collect();
        arrange(&mut lines, &order);
        let found: Vec<&[u8]> = lines.iter().map(|(_, line)| line.record.line()).collect();
        assert_eq!(found, [b"a\n", b"b\n", b"c\n"]);
    }
}
