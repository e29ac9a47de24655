//! Large logs forward in time: stretches of a few pages, each paged backward, so that printing
//! starts early and no more than a few pages are held.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use super::abort_on_drop::AbortOnDrop;
use super::entries::second_of;
use super::line_reader::Joining;
use super::line_sender::{LineSender, ReceiverGone, Seam};
use super::pager::{Pager, Start};
use super::sizer::Sizer;
use crate::error::Error;
use crate::lock::lock;

/// Up to this many pages are fetched before anything is printed.
pub(super) const PAGES_IN_ONE_GO: f64 = 6.0;

/// How many pages the first segment should hold; each later one is twice as large, since the last
/// page of a segment is half empty on average.
const FIRST_PAGES: f64 = 4.0;
const MOST_PAGES: f64 = 16.0;

/// How many segments are under way at a time.
const AT_A_TIME: usize = 3;

/// Where segments end.
struct Planner {
    /// Where the next segment begins, and where the last one ends.
    from: i64,
    end: i64,
    /// How many pages are still to come from `from` on, as far as that can be known.
    left: f64,
    size: f64,
    /// Whether a segment has been found to hold something.
    has_found: bool,
    is_done: bool,
}

/// The next segment.
struct Segment {
    /// Its last second; none for the one that goes on to the end.
    until: Option<i64>,
    pages: f64,
}

/// A segment that is being fetched, and what comes of it.
struct UnderWay {
    segment: Segment,
    task: AbortOnDrop<(Pager, Result<(), Error>)>,
}

impl Planner {
    fn next(&mut self) -> Option<Segment> {
        if self.is_done {
            return None;
        }
        let pages = self.size;
        let share = pages / self.left.max(0.1);
        // A segment less costs half a page less.
        let time = self.end - self.from;
        if share > 0.7 || time < 4 {
            self.is_done = true;
            return Some(Segment { until: None, pages });
        }
        // The share is below 1 and the time is a few decades of seconds at the most.
        let until = self.from + ((time as f64 * share) as i64).max(1);
        self.from = until;
        self.left -= pages;
        self.size = (pages * 2.0).min(MOST_PAGES.max(pages));
        Some(Segment {
            until: Some(until),
            pages,
        })
    }

    /// A segment of so many planned pages turned out to hold others.
    fn found(&mut self, planned: f64, actual: f64) {
        self.left += planned - actual;
        self.has_found |= actual > 0.0;
        if !self.has_found {
            // The log begins later than was thought; halving the time finds it soon.
            self.size = self.size.max(self.left / 2.0);
        } else {
            self.size = self.size.min(MOST_PAGES);
        }
    }
}

/// Fetches the log before the first page of `last`, and sends everything in order. `pages` is how
/// much there is, `from` the second in which it begins, as far as that can be known.
pub(super) async fn fetch(
    last: Pager,
    pages: f64,
    from: i64,
    sizer: Arc<Mutex<Sizer>>,
    joining: Joining,
    sender: &mut LineSender,
) -> Result<(), ReceiverGone> {
    let channel = last.channel.clone();
    let end = last.first.map_or(from, second_of);
    let mut planner = Planner {
        from: from.min(end),
        end,
        left: pages,
        size: FIRST_PAGES,
        has_found: false,
        is_done: false,
    };
    let mut start = last.start.clone();
    let mut last = Some(last);
    let mut under_way: VecDeque<UnderWay> = VecDeque::new();
    let mut seam = Seam::default();
    loop {
        // The first segments show how good the estimates are.
        let at_a_time = if planner.has_found { AT_A_TIME } else { 1 };
        while under_way.len() < at_a_time
            && let Some(segment) = planner.next()
        {
            let mut pager = match segment.until {
                Some(until) => Pager::new(
                    channel.clone(),
                    start.clone(),
                    until.to_string(),
                    Some(until),
                    Arc::clone(&sizer),
                    None,
                ),
                None => match last.take() {
                    Some(mut last) => {
                        last.start = start.clone();
                        last
                    }
                    None => break,
                },
            };
            start = segment
                .until
                .map_or(start, |until| Start::Second(until - 1));
            let task = AbortOnDrop::spawn(async move {
                let result = pager.finish().await;
                (pager, result)
            });
            under_way.push_back(UnderWay { segment, task });
        }
        let Some(UnderWay { segment, task }) = under_way.pop_front() else {
            return Ok(());
        };
        let Some((mut pager, result)) = task.result().await else {
            return Ok(());
        };
        let actual = if pager.store.is_empty() {
            0.0
        } else {
            let sizer = lock(&sizer);
            sizer.pages(pager.bytes as f64)
        };
        planner.found(segment.pages, actual);
        channel
            .send_lines(&mut pager.store, joining, &mut seam, segment.until, sender)
            .await?;
        if let Some(gap) = pager.gap.take() {
            sender.fail(gap).await?;
        }
        if let Err(error) = result {
            pager.warn_of_failure();
            return sender.fail(error).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planner(from: i64, end: i64, left: f64) -> Planner {
        Planner {
            from,
            end,
            left,
            size: FIRST_PAGES,
            has_found: false,
            is_done: false,
        }
    }

    #[test]
    fn segments_grow_and_the_last_one_has_no_end() {
        let mut planner = planner(0, 10_000, 40.0);
        let ends: Vec<Option<i64>> = std::iter::from_fn(|| Some(planner.next()?.until)).collect();
        assert_eq!(ends, [Some(1000), Some(3000), Some(7000), None]);
    }

    #[test]
    fn a_log_that_begins_late_is_found_by_halving() {
        let mut planner = planner(0, 1 << 30, 60.0);
        let mut calls = 0;
        while let Some(segment) = planner.next() {
            let Some(until) = segment.until else { break };
            calls += 1;
            if until > (1 << 30) - 3600 {
                break;
            }
            planner.found(segment.pages, 0.0);
        }
        assert!(calls <= 20, "{calls}");
    }
}
