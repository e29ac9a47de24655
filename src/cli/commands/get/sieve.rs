//! Which lines pass once they are here: what no agent can judge.

use std::collections::{HashMap, VecDeque};

use crate::cli::args::exclude::Exclude;
use crate::error::Error;
use crate::fetch::{Levels, Line, LogQuery, Mark};
use crate::invalid_input::InvalidInput;
use crate::logs::{Inherited, LogStream};

/// Drops lines, and holds those of which only the last ones are wanted.
#[derive(Debug, Default)]
pub(crate) struct Sieve {
    exclude: Exclude,
    by_line: Option<ByLine>,
    /// What has been read of logs whose latest lines were dropped.
    passed: HashMap<(usize, usize), Vec<Mark>>,
}

/// Judges severities by what lines say of themselves.
#[derive(Debug)]
struct ByLine {
    levels: Levels,
    tail: Option<usize>,
    logs: HashMap<(usize, usize), Log>,
    /// How many lines have come, which gives held ones their order.
    count: u64,
}

#[derive(Debug, Default)]
struct Log {
    severities: HashMap<Option<LogStream>, Inherited>,
    held: VecDeque<(u64, Line)>,
}

/// What becomes of a line.
pub(crate) enum Judged {
    Passes(Line),
    Dropped,
    /// It may be one of the last ones.
    Held,
}

impl Sieve {
    pub(crate) fn new(exclude: Exclude) -> Self {
        Self {
            exclude,
            by_line: None,
            passed: HashMap::new(),
        }
    }

    /// Judges severities here, once for all that is done with a line. Takes the levels out of the query,
    /// and then the number of lines as well, since it counts those that pass.
    ///
    /// # Errors
    /// The items of the query differ in what is to be judged here, or an agent would keep back lines by
    /// which others are judged.
    pub(crate) fn take_levels(
        &mut self,
        query: &mut LogQuery,
        is_followed: bool,
    ) -> Result<(), Error> {
        if query.items.iter().any(|item| item.filter.regex.is_some()) {
            return Err(InvalidInput::new(
                "--level-from line needs the lines between, which agents don't send with --regex",
            )
            .hint("drop lines with --exclude, or select among what is printed, as grep does")
            .into());
        }
        let judged = |index: usize| {
            let filter = &query.items[index].filter;
            (filter.levels, filter.tail)
        };
        let (levels, tail) = judged(0);
        let differs = (0..query.items.len()).any(|index| judged(index) != (levels, tail));
        if differs && (0..query.items.len()).any(|index| judged(index).0 != Levels::All) {
            return Err(InvalidInput::new(
                "--level-from line needs the same loglevel and tail for all modules",
            )
            .hint("run edgelogs get once for each --item")
            .into());
        }
        let mut by_line = ByLine {
            levels,
            tail: None,
            logs: HashMap::new(),
            count: 0,
        };
        if levels == Levels::All {
            self.by_line = Some(by_line);
            return Ok(());
        }
        if is_followed && tail.is_some() {
            return Err(InvalidInput::new(
                "--follow with --level-from line can't count the lines of --tail",
            )
            .hint("bound the beginning with --since")
            .into());
        }
        for item in &mut query.items {
            item.filter.levels = Levels::All;
            // No line is none of any severity.
            if item.filter.tail != Some(0) {
                item.filter.tail = None;
            }
        }
        by_line.tail = tail.map(|lines| lines as usize);
        self.by_line = Some(by_line);
        Ok(())
    }

    /// Whether lines are dropped for their severity here.
    pub(crate) fn drops_levels(&self) -> bool {
        let by_line = self.by_line.as_ref();
        by_line.is_some_and(|by_line| by_line.levels != Levels::All)
    }

    /// A log has been read up to a place, which is behind all lines that were dropped.
    pub(crate) fn reached(&mut self, device: usize, module: usize) {
        self.passed.remove(&(device, module));
    }

    /// Judges the next line of a log.
    pub(crate) fn judge(&mut self, device: usize, mut line: Line) -> Judged {
        let of = (device, line.module);
        if let Some(passed) = line.passed_mut() {
            passed.prepend(self.passed.remove(&of).unwrap_or_default());
        }
        let marks = line.passed().map(|passed| passed.marks.clone());
        let judged = self.judge_alone(device, line);
        if let (Judged::Dropped, Some(marks)) = (&judged, marks) {
            self.passed.insert(of, marks);
        }
        judged
    }

    fn judge_alone(&mut self, device: usize, mut line: Line) -> Judged {
        let Some(by_line) = &mut self.by_line else {
            return match self.exclude.drops(line.record()) {
                true => Judged::Dropped,
                false => Judged::Passes(line),
            };
        };
        by_line.count += 1;
        let log = by_line.logs.entry((device, line.module)).or_default();
        let inherited = log.severities.entry(line.record().stream()).or_default();
        let severity = inherited.next(line.record());
        line.set_severity(severity);
        // As for agents, a line that tells none counts as info.
        if !by_line.levels.keep(severity.unwrap_or(6)) {
            return Judged::Dropped;
        }
        match by_line.tail {
            Some(most) => {
                log.held.push_back((by_line.count, line));
                if log.held.len() > most {
                    log.held.pop_front();
                }
                Judged::Held
            }
            None if self.exclude.drops(line.record()) => Judged::Dropped,
            None => Judged::Passes(line),
        }
    }

    /// The lines of a device that were held, in the order in which they came.
    pub(crate) fn ended(&mut self, device: usize) -> Vec<Line> {
        let Some(by_line) = &mut self.by_line else {
            return Vec::new();
        };
        let logs = by_line.logs.extract_if(|(of, _), _| *of == device);
        let mut held: Vec<(u64, Line)> = logs.flat_map(|(_, log)| log.held).collect();
        held.sort_unstable_by_key(|(count, _)| *count);
        let lines = held.into_iter().map(|(_, line)| line);
        lines
            .filter(|line| !self.exclude.drops(line.record()))
            .collect()
    }
}
