//! What a run must have printed or said.

use std::cell::RefCell;
use std::collections::HashMap;

use edgelogs::fetch::{Levels, LogQueryFilter};
use edgelogs::logs::{LogStream, Record};
use edgelogs::methods::{ContentType, TimeBound};

use crate::engine::{Entry, PART_BYTES, SECOND, head};
use crate::features::Feature;
use crate::queries::Query;
use crate::subject::{Outcome, Printed};
use crate::world::{BEGIN, Device, Line, Module};

/// How many lines of one stamp are always put into the engine's order.
const MOST_TIED: usize = 150;

/// What is wrong with a run.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// What kind it is; faults are counted by this.
    pub(crate) kind: String,
    pub(crate) detail: String,
}

/// Whether a line passes the filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    No,
    /// The documentation leaves it open, or the device's clock decides.
    Maybe,
    Yes,
}

/// A stretch of bytes that is printed as one.
struct Unit<'a> {
    line: usize,
    /// Its number within the line: frames may hold several.
    piece: usize,
    text: Vec<String>,
    stamp: Option<i64>,
    entry: &'a Entry,
}

struct Source<'a> {
    device: &'a Device,
    module: &'a Module,
    query: &'a Query,
    outcome: &'a Outcome,
    faults: RefCell<Vec<Fault>>,
}

/// Everything that is wrong with a run.
pub(crate) fn judge(devices: &[&Device], query: &Query, outcome: &Outcome) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut fault = |kind: &str, detail: String| {
        faults.push(Fault {
            kind: kind.to_owned(),
            detail,
        });
    };
    if !outcome.has_ended {
        fault("does not end", String::new());
    }
    for (index, device) in devices.iter().enumerate() {
        judge_errors(device, query, outcome, &mut fault);
        judge_warnings(device, query, outcome, &mut fault);
        if query.is_followed
            && device.quiet_calls > 5
            && device.quiet_bytes > 160_000 * device.quiet_calls
        {
            let detail = format!(
                "{} bytes in {} calls",
                device.quiet_bytes, device.quiet_calls
            );
            fault("asks for much again and again while nothing comes", detail);
        }
        for printed in &outcome.printed {
            let is_known = |name: &str| name.eq_ignore_ascii_case(&printed.module);
            let is_asked_for = query.filter(&printed.module).is_some();
            if printed.device == index
                && !(device.modules.keys().any(|name| is_known(name)) && is_asked_for)
            {
                fault(
                    "a line of a module that was not asked for",
                    printed.module.clone(),
                );
            }
        }
    }
    for (index, device) in devices.iter().enumerate() {
        for module in device.modules.values() {
            let Some(filter) = query.filter(module.name) else {
                continue;
            };
            let printed = outcome.printed.iter().filter(|printed| {
                printed.device == index && printed.module.eq_ignore_ascii_case(module.name)
            });
            let source = Source {
                device,
                module,
                query,
                outcome,
                faults: RefCell::default(),
            };
            source.judge(filter, &printed.collect::<Vec<_>>());
            faults.append(&mut source.faults.take());
        }
    }
    faults
}

fn judge_errors(
    device: &Device,
    query: &Query,
    outcome: &Outcome,
    fault: &mut impl FnMut(&str, String),
) {
    let of_device = |error: &&String| error.contains(&format!("`{}`", device.name));
    let errors: Vec<&String> = outcome.errors.iter().filter(of_device).collect();
    let asked_for = |module: &&Module| query.filter(module.name).is_some();
    let modules = || device.modules.values().filter(asked_for);
    for module in modules().filter(|module| module.is_unreadable && module.was_always_present) {
        if errors.is_empty() {
            fault(
                "a module that can't be read is not named",
                module.name.to_owned(),
            );
        }
    }
    let has_reason = device.failed > 0
        || device.is_damaged_silently
        || modules().any(|module| module.is_unreadable || !module.was_always_present)
        || modules().next().is_none();
    if has_reason {
        return;
    }
    for error in errors {
        let is_full = error.contains("in the second from");
        if is_full && modules().any(has_full_second) {
            continue;
        }
        let is_tied = error.contains("to tell their order");
        if is_tied && modules().any(has_many_of_one_stamp) {
            continue;
        }
        let is_gone = error.contains("was gone when it was asked for")
            || error.contains("rotated away before their order");
        let may_be_gone = |module: &Module| {
            module.lines.iter().any(|line| line.gone.is_some()) || steps_far_back(module)
        };
        if is_gone && modules().any(may_be_gone) {
            continue;
        }
        // A page that holds nothing but the daemon's words tells nothing of what comes before.
        let is_all_words = error.contains("lines without timestamps come before");
        if is_all_words && device.config.has(Feature::DaemonFrames) {
            continue;
        }
        // Records and text are two answers, between which the log may change each time.
        let is_unpaired = error.contains("does not match its records");
        if is_unpaired && device.config.has(Feature::Growth) {
            continue;
        }
        let steps_back = error.contains("timestamps go back in time");
        if steps_back && modules().any(steps_far_back) {
            continue;
        }
        let first = error.split('`').step_by(2).collect::<Vec<_>>().join("…");
        let short: String = first.chars().take(60).collect();
        if device.damaged == 0 {
            fault(
                &format!("an error without a reason: {short}"),
                error.clone(),
            );
        } else if device.damaged <= device.config.retries {
            fault("damage is not asked for again", error.clone());
        }
    }
}

/// Warnings that nothing which has happened explains.
fn judge_warnings(
    device: &Device,
    query: &Query,
    outcome: &Outcome,
    fault: &mut impl FnMut(&str, String),
) {
    if device.is_damaged_silently || device.damaged > 0 || device.failed > 0 {
        return;
    }
    let is_of_device = |text: &&String| text.contains(&format!("`{}`", device.name));
    // A device that is followed is asked again after a failure that passes.
    let has_failed = outcome.errors.iter().any(|text| is_of_device(&text))
        || outcome.ended.contains(&(device.number as usize))
        || query.is_followed;
    for warning in outcome.warnings.iter().filter(is_of_device) {
        let is_named = |module: &&Module| warning.contains(&format!("`{}`", module.name));
        let asked_for = |module: &&Module| query.filter(module.name).is_some();
        let mut modules = device.modules.values().filter(asked_for).filter(is_named);
        let has_reason = if warning.contains("go back from") {
            modules.any(steps_far_back)
        } else if warning.contains("sends no timestamps") {
            device.config.has(Feature::IgnoresTimestamps)
        } else if warning.contains("rotated") {
            modules.any(|module| {
                let has_lost = module.lines.iter().any(|line| line.gone.is_some());
                has_lost || !module.was_always_present || steps_far_back(module)
            })
        } else if warning.contains("are missing") || warning.contains("not shown") {
            has_failed
        } else {
            true
        };
        if !has_reason {
            let first = warning.split('`').step_by(2).collect::<Vec<_>>().join("…");
            let short: String = first.chars().take(60).collect();
            fault(
                &format!("a warning without a reason: {short}"),
                warning.clone(),
            );
        }
    }
}

/// Whether a module ever wrote nearly as much in a second as an answer carries.
fn has_full_second(module: &Module) -> bool {
    let mut seconds: HashMap<i64, usize> = HashMap::new();
    for entry in &module.entries {
        *seconds.entry(entry.at.div_euclid(SECOND)).or_default() += entry.stamped.len() + 150;
    }
    seconds.values().any(|bytes| *bytes > 60_000)
}

/// Whether there are more lines of one stamp than a question for their order can hold.
fn has_many_of_one_stamp(module: &Module) -> bool {
    let mut counts: HashMap<i64, usize> = HashMap::new();
    for entry in &module.entries {
        *counts.entry(entry.at).or_default() += 1;
    }
    counts.values().any(|count| *count > MOST_TIED)
}

/// A stamp as records have it: ticks of 100 ns. .NET sums the digits in floating point, and rounds half to
/// even.
fn of_record(stamp: i64) -> i64 {
    let nanoseconds = stamp.rem_euclid(SECOND);
    let add = |(sum, place): (f64, f64), power| {
        let digit = nanoseconds / 10_i64.pow(power) % 10;
        (sum + digit as f64 * place, place * 0.1)
    };
    let (sum, _) = (0..9).rev().fold((0.0, 0.1), add);
    stamp - nanoseconds + (sum * 1e7).round_ties_even() as i64 * 100
}

/// Whether any stamp of a module is earlier than one before it.
fn is_out_of_order(module: &Module) -> bool {
    !module.entries.is_sorted_by_key(|entry| entry.at)
}

/// Whether the stamps of a module step back by more than neighbours may be out of order: no window
/// of time has the two sides of such a step.
fn steps_far_back(module: &Module) -> bool {
    steps_back(module, SECOND)
}

/// Whether the stamps of a module step back by more than this.
fn steps_back(module: &Module, most: i64) -> bool {
    let mut latest = i64::MIN;
    module.entries.iter().any(|entry| {
        latest = latest.max(entry.at);
        latest - entry.at > most
    })
}

impl Source<'_> {
    fn fault(&self, kind: impl Into<String>, detail: impl Into<String>) {
        let source = format!("{}/{}: ", self.device.name, self.module.name);
        self.faults.borrow_mut().push(Fault {
            kind: kind.into(),
            detail: source + &detail.into(),
        });
    }

    /// Whether the order of all that was printed is asked for: it is little.
    fn is_asked_for(&self, filter: &LogQueryFilter, printed: &[&Printed]) -> bool {
        // Of a tail, each level brings as many.
        let levels = filter.tail.map_or(1, |_| 8);
        let bytes = printed
            .iter()
            .map(|printed| printed.record.line().len() + 150);
        let has_trouble = self.device.failed > 0
            || self.device.damaged > 0
            || !self.module.was_always_present
            || self.module.lines.iter().any(|line| line.gone.is_some());
        printed.len() * levels < MOST_TIED
            && bytes.sum::<usize>() * levels < 60_000
            && !has_full_second(self.module)
            && !has_trouble
            && !self.query.is_followed
    }

    /// How many entries have this stamp.
    fn of_stamp(&self, stamp: Option<i64>) -> usize {
        let entries = self.module.entries.iter();
        entries.filter(|entry| entry.stamp == stamp).count()
    }

    /// Whether an error, or a warning that names the module, was given.
    fn is_said(&self) -> Said {
        let device = format!("`{}`", self.device.name);
        let names_module = |text: &str| text.contains(&format!("`{}`", self.module.name));
        let names_other = |text: &str| {
            let mut names = self.device.modules.keys();
            names.any(|name| *name != self.module.name && text.contains(&format!("`{name}`")))
        };
        let mut errors = self.outcome.errors.iter();
        let mut warnings = self.outcome.warnings.iter();
        let has_ended = self.outcome.ended.contains(&(self.device.number as usize));
        if has_ended
            || errors
                .any(|text| text.contains(&device) && (names_module(text) || !names_other(text)))
        {
            Said::AsError
        } else if warnings.any(|text| text.contains(&device) && names_module(text)) {
            Said::AsWarning
        } else {
            Said::Nowhere
        }
    }

    fn judge(&self, filter: &LogQueryFilter, printed: &[&Printed]) {
        let is_json = self.query.logs.content_type == ContentType::Json;
        let units = self.units(is_json);
        let mut by_text: HashMap<&str, Vec<usize>> = HashMap::new();
        // What came after the last line was printed is none of what was printed.
        let end = printed.iter().map(|printed| printed.calls).max();
        for (index, unit) in units.iter().enumerate() {
            if Some(self.module.lines[unit.line].born) > end {
                continue;
            }
            for text in &unit.text {
                by_text.entry(text).or_default().push(index);
            }
        }
        let verdicts: Vec<Verdict> = (0..self.module.lines.len())
            .map(|line| self.verdict(filter, line))
            .collect();
        let required: Vec<bool> = verdicts
            .iter()
            .zip(&self.module.lines)
            .map(|(verdict, line)| *verdict == Verdict::Yes && self.was_there(line))
            .collect();
        let mut used = vec![false; units.len()];
        let mut latest: Option<(usize, usize)> = None;
        let Some(pieces) = self.pieces(printed, is_json) else {
            return;
        };
        let unfinished: Vec<usize> = match is_json {
            true => Vec::new(),
            false => (0..units.len())
                .filter(|unit| !units[*unit].text[0].ends_with('\n'))
                .collect(),
        };
        // Where among lines of bare bytes the first one stands that no other is like.
        let known = pieces.iter().find_map(|piece| {
            let same = by_text.get(piece.text.as_str())?;
            (same.len() == 1).then(|| same[0])
        });
        for piece in &pieces {
            let mut text = piece.text.as_str();
            let mut stamp = piece.stamp;
            // Nothing but a stamp ends a line that the module has not ended.
            while !by_text.contains_key(text)
                && let Some(unit) = unfinished
                    .iter()
                    .copied()
                    .find(|unit| !used[*unit] && text.starts_with(&units[*unit].text[0]))
            {
                used[unit] = true;
                text = &text[units[unit].text[0].len()..];
                stamp = None;
            }
            if text.is_empty() {
                continue;
            }
            let Some(same) = by_text.get(text) else {
                self.unknown(text);
                continue;
            };
            let is_same = |unit: &&usize| {
                stamp.is_none()
                    || units[**unit].stamp == stamp
                    || self.module.lines[units[**unit].line].is_odd
            };
            let candidates: Vec<usize> = same.iter().filter(is_same).copied().collect();
            if candidates.is_empty() {
                if !self.is_damaged_and_said() {
                    self.fault("a wrong stamp", short(text));
                }
                continue;
            }
            if self.module.lines[units[candidates[0]].line].is_odd {
                continue;
            }
            let free = candidates.iter().copied().filter(|unit| !used[*unit]);
            let rank = |unit: &usize| {
                let line = units[*unit].line;
                let is_after = latest.is_some_and(|latest| (line, units[*unit].piece) > latest);
                // What comes before that stands right before it.
                let is_before = latest.is_none() && known.is_some_and(|known| *unit < known);
                let place = if filter.tail.is_none() || stamp.is_none() && is_after {
                    *unit as i64
                } else {
                    // With a tail, the latest of equal lines is the likeliest.
                    units.len() as i64 - *unit as i64
                };
                let is_far = filter.tail.is_some() && stamp.is_none() && !is_after && !is_before;
                let is_stderr = units[*unit].entry.is_stderr;
                let stream = piece.record.and_then(|record| record.stream);
                let other_stream =
                    stream.is_some_and(|stream| (stream == LogStream::Stderr) != is_stderr);
                (
                    other_stream,
                    is_far,
                    filter.tail.is_none() && !required[line],
                    std::cmp::Reverse(verdicts[line]),
                    place,
                )
            };
            let Some(unit) = free.min_by_key(rank) else {
                let how = if printed
                    .iter()
                    .filter(|p| p.record.line() == text.as_bytes())
                    .count()
                    > 1
                {
                    ""
                } else {
                    " in parts"
                };
                if self.device.is_damaged_silently {
                    continue;
                }
                self.fault(format!("a line twice{how}"), short(text));
                continue;
            };
            // Nothing tells equal lines apart, of which the last may have come later.
            let is_equal = |other: &usize| {
                let (one, other) = (&units[unit], &units[*other]);
                other.stamp == one.stamp && other.entry.is_stderr == one.entry.is_stderr
            };
            let mut equal = candidates.iter().rev().copied();
            let unit = equal
                .find(|other| {
                    let is_needed = filter.tail.is_some() && required[units[*other].line];
                    is_needed && !used[*other] && is_equal(other)
                })
                .unwrap_or(unit);
            used[unit] = true;
            let line = units[unit].line;
            if verdicts[line] == Verdict::No && !self.device.is_damaged_silently {
                self.fault(self.violated(filter, line), short(text));
            }
            if let Some(record) = piece.record {
                let entry = units[unit].entry;
                let stream = if entry.is_stderr {
                    LogStream::Stderr
                } else {
                    LogStream::Stdout
                };
                if record.loglevel != entry.level || record.stream != Some(stream) {
                    self.fault("a wrong level or stream", short(text));
                }
            }
            if candidates.len() == 1 {
                let place = (line, units[unit].piece);
                if let Some((latest, _)) = latest.filter(|latest| place < *latest) {
                    let before = &self.module.entries[self.module.lines[latest].entries[0]];
                    let cause = match units[unit].entry.stamp.cmp(&before.stamp) {
                        std::cmp::Ordering::Equal => "equal stamps",
                        std::cmp::Ordering::Greater => "out of order stamps",
                        std::cmp::Ordering::Less => "in order stamps",
                    };
                    // Levels and parts of a full second are asked for apart, and nothing but the
                    // stamps tells how they follow each other.
                    let is_apart = filter.levels != Levels::All || has_full_second(self.module);
                    let is_unordered =
                        is_out_of_order(self.module) && !self.is_asked_for(filter, printed);
                    if cause != "equal stamps" && is_apart && is_unordered {
                        continue;
                    }
                    // What has gone can't be asked for its order.
                    let has_gone = [line, latest].map(|line| self.module.lines[line].gone);
                    // Only another call tells the order, and one that fails is said.
                    let is_unknown = is_apart
                        && cause == "equal stamps"
                        && (self.device.failed > 0
                            || self.device.damaged > self.device.config.retries
                            || !self.module.was_always_present
                            || self.of_stamp(before.stamp) > MOST_TIED)
                        && self.is_said() == Said::AsError;
                    // What is asked for apart has only its stamps, which tell nothing once they go back.
                    let is_disordered =
                        is_apart && steps_far_back(self.module) && self.is_said() != Said::Nowhere;
                    // What a fetch that failed has left out may come later.
                    let comes_late = self.query.is_followed && self.is_said() == Said::AsError;
                    // Levels are fetched apart before following begins, which brings what came
                    // meanwhile.
                    let comes_meanwhile = self.query.is_followed
                        && filter.levels != Levels::All
                        && self.module.lines[line].born > 0;
                    if is_apart && has_gone.iter().any(Option::is_some)
                        || self.device.is_damaged_silently
                        || is_unknown
                        || is_disordered
                        || comes_late
                        || comes_meanwhile
                    {
                        continue;
                    }
                    self.fault(
                        format!("lines change places ({cause})"),
                        format!("{} after {}", short(text), short(before.bytes())),
                    );
                } else {
                    latest = Some(place);
                }
            }
        }
        self.judge_missing(filter, &units, &used, &verdicts, &required, printed);
    }

    fn judge_missing(
        &self,
        filter: &LogQueryFilter,
        units: &[Unit],
        used: &[bool],
        verdicts: &[Verdict],
        required: &[bool],
        printed: &[&Printed],
    ) {
        let lines = &self.module.lines;
        let mut is_printed = vec![false; lines.len()];
        let mut is_torn = vec![false; lines.len()];
        for (unit, used) in units.iter().zip(used) {
            if unit.piece == 0 {
                is_printed[unit.line] = *used;
            } else if *used != is_printed[unit.line] {
                is_torn[unit.line] = true;
            }
        }
        if self.device.is_damaged_silently {
            return;
        }
        // Equal frames may have been taken for each other.
        let bytes_of = |line: usize| self.module.entries[lines[line].entries[0]].bytes();
        let has_equal = |line: usize| {
            let mut torn = (0..lines.len()).filter(|other| is_torn[*other] && *other != line);
            torn.any(|other| bytes_of(other) == bytes_of(line))
        };
        if let Some(line) = (0..lines.len()).find(|line| is_torn[*line] && !has_equal(*line))
            && self.is_said() == Said::Nowhere
        {
            self.fault("a frame is torn", self.line_text(line));
        }
        let mut missing: Vec<usize> = Vec::new();
        match filter.tail {
            None => missing
                .extend((0..lines.len()).filter(|line| required[*line] && !is_printed[*line])),
            Some(tail) => {
                let tail = tail as usize;
                let count = is_printed.iter().filter(|is| **is).count();
                if count > tail && !self.query.is_followed {
                    self.fault("more lines than --tail", format!("{count} of {tail}"));
                }
                let has_open =
                    verdicts.contains(&Verdict::Maybe) || lines.iter().any(|line| line.is_odd);
                if has_open {
                    return;
                }
                // What had come by the time when the first line was printed may have taken places.
                let until = printed.first().map_or(20, |printed| printed.calls);
                let whole: Vec<usize> = (0..lines.len())
                    .filter(|line| required[*line] && lines[*line].born == 0)
                    .collect();
                let newer = (0..lines.len())
                    .filter(|line| {
                        verdicts[*line] == Verdict::Yes && (1..=until).contains(&lines[*line].born)
                    })
                    .count();
                let needed = tail.saturating_sub(newer).min(whole.len());
                let oldest = whole
                    .iter()
                    .position(|line| is_printed[*line])
                    .unwrap_or(whole.len());
                let from = oldest.min(whole.len() - needed);
                missing.extend(whole[from..].iter().filter(|line| !is_printed[**line]));
                // What was asked for apart has only its stamps, by which other lines may be the last.
                let is_apart = filter.levels != Levels::All || has_full_second(self.module);
                if is_apart && !steps_back(self.module, 2 * SECOND) {
                    let at = |line: &usize| self.module.entries[lines[*line].entries[0]].at;
                    let mut by_stamp = whole.clone();
                    by_stamp.sort_by_key(at);
                    let mut last = by_stamp[whole.len() - needed..].iter();
                    if last.all(|line| is_printed[*line]) {
                        missing.clear();
                    }
                }
                if missing.is_empty() && count < tail && count < tail.min(whole.len()) {
                    self.missing(
                        "fewer lines than --tail",
                        &[],
                        format!("{count} of {tail}, {} there", whole.len()),
                    );
                }
                if self.query.is_followed {
                    missing.extend((0..lines.len()).filter(|line| {
                        required[*line] && lines[*line].born > until && !is_printed[*line]
                    }));
                }
            }
        }
        if !missing.is_empty() {
            let detail = format!(
                "{} of {} lines, the first {}",
                missing.len(),
                required.iter().filter(|is| **is).count(),
                self.line_text(missing[0])
            );
            self.missing("lines are missing", &missing, detail);
        }
    }

    /// Lines that should be there are not: was that said, and does the run end badly?
    fn missing(&self, what: &str, lines: &[usize], detail: String) {
        // Such an agent sends nothing at all for blank lines alone.
        let is_blank = |entry: &Entry| entry.bytes().trim().is_empty();
        if self.device.config.has(Feature::IgnoresTimestamps)
            && self.module.entries.iter().all(is_blank)
        {
            return;
        }
        let cause = self.cause(lines);
        match self.is_said() {
            Said::AsError => {}
            Said::AsWarning => self.fault(
                format!("{what}, which is said, but the run ends well ({cause})"),
                detail,
            ),
            Said::Nowhere => self.fault(format!("{what} and nothing says so ({cause})"), detail),
        }
    }

    /// What may have led to it, to sort faults by.
    fn cause(&self, lines: &[usize]) -> &'static str {
        let Some(first) = lines.first() else {
            return "tail";
        };
        let line = &self.module.lines[*first];
        let at = line.entries[0];
        let entries = &self.module.entries;
        let highest = entries[..at].iter().filter_map(|entry| entry.stamp).max();
        let behind = highest.map_or(0, |highest| highest - entries[at].at);
        if line.entries.len() > 1 {
            "long line"
        } else if behind > 2 * SECOND {
            "after a step back"
        } else if behind > 0 {
            "out of order"
        } else if self.query.is_followed && line.born > 0 {
            "followed"
        } else if self.module.lines.iter().any(|line| line.gone.is_some()) {
            "rotation"
        } else if entries[at].bytes().trim().is_empty() {
            "blank"
        } else {
            "other"
        }
    }

    fn line_text(&self, line: usize) -> String {
        short(&self.module.entries[self.module.lines[line].entries[0]].stamped)
    }

    /// A text that no line has.
    fn unknown(&self, text: &str) {
        let others = self.device.modules.values();
        let mut others = others.filter(|other| other.name != self.module.name);
        let is_of_other = text.trim().len() > 8
            && others.any(|other| other.entries.iter().any(|entry| entry.bytes() == text));
        let long = || {
            let lines = self.module.lines.iter();
            lines.filter(|line| line.entries.len() > 1)
        };
        // The engine itself may have no more of a line than its end: some of its last parts.
        let is_end = long().any(|line| {
            let mut firsts = self.module.firsts.iter();
            firsts.any(|first| {
                let parts = line.entries.iter().filter(|part| *part >= first);
                let parts: Vec<&Entry> = parts.map(|part| &self.module.entries[*part]).collect();
                let has_text = |part: &&&Entry| !part.bytes().trim().is_empty();
                let bytes: String = parts.iter().map(|part| part.bytes()).collect();
                let joined: String = parts.iter().map(|part| part.text()).collect();
                let texts: String = parts.iter().filter(has_text).map(|p| p.text()).collect();
                !parts.is_empty()
                    && parts.len() < line.entries.len()
                    && [bytes, joined, texts].iter().any(|end| end == text)
            })
        });
        let is_part = long().any(|line| {
            line.entries.iter().any(|entry| {
                let entry = &self.module.entries[*entry];
                [entry.bytes(), entry.text()].into_iter().any(|part| {
                    let (shorter, longer) = if part.len() < text.len() {
                        (part, text)
                    } else {
                        (text, part)
                    };
                    shorter.len() > 2 && longer.starts_with(head(shorter, 60))
                })
            })
        });
        if is_end {
            return;
        }
        let is_glued = self
            .module
            .entries
            .iter()
            .any(|entry| entry.stamped == text);
        if is_glued && self.is_said() == Said::AsError {
            // The last part of a line whose order is not known.
        } else if is_glued {
            self.fault(
                "an unfinished line swallows the stamp of the next one",
                short(text),
            );
        } else if is_of_other {
            self.fault("a line of another module", short(text));
        } else if is_part {
            if self.is_said() == Said::Nowhere && !self.device.is_damaged_silently {
                self.fault(
                    "a long line is not whole",
                    format!("{} bytes, {}", text.len(), short(text)),
                );
            }
        } else if self.is_said() != Said::AsError
            || (self.device.damaged <= self.device.config.retries && !self.is_beginning(text))
        {
            self.fault("bytes that nobody wrote", short(text));
        }
    }

    /// Whether what was printed may be damaged, and the run says so: a flipped bit shows only at the
    /// end of an answer.
    fn is_damaged_and_said(&self) -> bool {
        self.device.damaged > 0 && self.is_said() == Said::AsError
    }

    /// Whether a text is the beginning of a line, which is what damage may leave.
    fn is_beginning(&self, text: &str) -> bool {
        let mut entries = self.module.entries.iter();
        entries.any(|entry| entry.bytes().starts_with(text) || entry.stamped.starts_with(text))
    }

    /// Whether a line was there all the time.
    fn was_there(&self, line: &Line) -> bool {
        let came_before = line.born == 0 || self.query.is_followed;
        came_before
            && line.gone.is_none()
            && !line.is_odd
            && self.module.was_always_present
            && !self.module.is_unreadable
    }

    fn verdict(&self, filter: &LogQueryFilter, line: usize) -> Verdict {
        let line = &self.module.lines[line];
        let first = &self.module.entries[line.entries[0]];
        if !filter.levels.keep(first.level) {
            return Verdict::No;
        }
        let mut verdict = Verdict::Yes;
        if let Some(word) = &filter.regex
            && !first.matches(word)
        {
            // Whether the rest of a long line counts is not promised, nor is a word that is cut.
            match line.entries.len() > 1 {
                true => verdict = Verdict::Maybe,
                false => return Verdict::No,
            }
        }
        let since = filter.since.as_ref().map(|bound| self.resolve(bound));
        let until = filter.until.as_ref().map(|bound| self.resolve(bound));
        if let Some((low, high)) = since {
            verdict = verdict.min(match first.at {
                at if at < low => Verdict::No,
                at if at < high => Verdict::Maybe,
                _ => Verdict::Yes,
            });
        }
        if let Some((low, high)) = until {
            verdict = verdict.min(match first.at {
                at if at > high => Verdict::No,
                at if at > low => Verdict::Maybe,
                // The engine reads no further than to the first line that is later.
                _ if self.comes_after(line.entries[0], low) => Verdict::Maybe,
                _ => Verdict::Yes,
            });
        }
        verdict
    }

    /// Whether any entry before this one is later than a time.
    fn comes_after(&self, entry: usize, time: i64) -> bool {
        let mut before = self.module.entries[..entry].iter();
        let judges_each = self.device.config.has(Feature::Folder);
        !judges_each && before.any(|entry| entry.at > time)
    }

    fn violated(&self, filter: &LogQueryFilter, line: usize) -> &'static str {
        let first = &self.module.entries[self.module.lines[line].entries[0]];
        let outside = LogQueryFilter {
            levels: filter.levels,
            regex: filter.regex.clone(),
            ..LogQueryFilter::default()
        };
        if !filter.levels.keep(first.level) {
            "a line of another level"
        } else if self.verdict(&outside, line) == Verdict::No {
            "a line that the regex does not match"
        } else {
            "a line outside the window"
        }
    }

    /// The earliest and the latest stamp that a bound may mean.
    fn resolve(&self, bound: &TimeBound) -> (i64, i64) {
        let begin = jiff::Timestamp::from_nanosecond(i128::from(BEGIN)).expect("in range");
        let exact = bound.resolve(begin).as_nanosecond() as i64;
        let floor = |stamp: i64| stamp.div_euclid(SECOND) * SECOND;
        match bound.is_relative() {
            // Devices drop fractions.
            false => (floor(exact), exact),
            true => (
                floor(exact + self.device.skews.0),
                exact + self.device.skews.1 + self.outcome.elapsed.min(60 * SECOND) + SECOND,
            ),
        }
    }

    fn units(&self, is_json: bool) -> Vec<Unit<'_>> {
        let mut units = Vec::new();
        for (number, line) in self.module.lines.iter().enumerate() {
            let parts = || {
                line.entries
                    .iter()
                    .map(|entry| &self.module.entries[*entry])
            };
            let first = &self.module.entries[line.entries[0]];
            let mut push = |piece, text| {
                units.push(Unit {
                    line: number,
                    piece,
                    text,
                    stamp: match is_json || self.device.config.has(Feature::IgnoresTimestamps) {
                        true => first.stamp.map(of_record),
                        false => first.stamp,
                    },
                    entry: first,
                });
            };
            if is_json {
                let joined: String = parts().map(Entry::text).collect();
                let mut texts = vec![joined];
                if line.entries.len() > 1 {
                    // A part without a text comes as the whole frame, stamp and all.
                    let has_text = |part: &&Entry| !part.bytes().trim().is_empty();
                    texts.push(parts().filter(has_text).map(Entry::text).collect());
                    texts.dedup();
                }
                push(0, texts);
            } else {
                let bytes: String = parts().map(Entry::bytes).collect();
                for (piece, text) in bytes.split_inclusive('\n').enumerate() {
                    push(piece, vec![text.to_owned()]);
                }
            }
        }
        units
    }

    /// What was printed, in the same pieces.
    fn pieces<'p>(&self, printed: &[&'p Printed], is_json: bool) -> Option<Vec<Piece<'p>>> {
        let mut pieces: Vec<Piece> = Vec::new();
        let is_old = self.device.config.has(Feature::IgnoresTimestamps);
        let mut open = String::new();
        for printed in printed {
            match (&printed.record, is_json) {
                (Record::Parsed(record), true) => {
                    let is_own = record.device == self.device.name && record.id == self.module.name;
                    if !is_own && !self.is_damaged_and_said() {
                        self.fault("a record of another source", short(&record.text));
                    }
                    pieces.push(Piece {
                        text: record.text.clone(),
                        stamp: stamp_of(record.timestamp.as_deref()),
                        record: Some(record),
                    });
                }
                (Record::Parsed(_), false) => {
                    self.fault(
                        match is_old {
                            true => "an old agent's lines are not the module's bytes",
                            false => "taken for an old agent",
                        },
                        "",
                    );
                    return None;
                }
                (_, true) => {
                    self.fault(
                        "a line for a record",
                        String::from_utf8_lossy(printed.record.line()),
                    );
                    return None;
                }
                (record, false) => {
                    let bytes = String::from_utf8_lossy(record.line());
                    if self.query.logs.verbatim {
                        if self.device.config.has(Feature::Interleaved) {
                            // Nothing tells the parts of two lines apart in bare bytes.
                            return None;
                        }
                        open.push_str(&bytes);
                        continue;
                    }
                    let stamp = match record {
                        // Those of an old agent come from records.
                        Record::Stamped { stamp, .. } => {
                            Some(stamp.as_nanosecond() as i64).map(|stamp| match is_old {
                                true => of_record(stamp),
                                false => stamp,
                            })
                        }
                        _ => None,
                    };
                    for (index, text) in bytes.split_inclusive('\n').enumerate() {
                        pieces.push(Piece {
                            text: text.to_owned(),
                            stamp: stamp.filter(|_| index == 0),
                            record: None,
                        });
                    }
                }
            }
        }
        pieces.extend(open.split_inclusive('\n').map(|text| Piece {
            text: text.to_owned(),
            stamp: None,
            record: None,
        }));
        Some(pieces)
    }
}

/// The stamp of a record's time; none for the time that never was.
fn stamp_of(time: Option<&str>) -> Option<i64> {
    let time: jiff::Timestamp = time?.parse().ok()?;
    Some(time.as_nanosecond() as i64)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Nowhere,
    AsWarning,
    AsError,
}

/// A printed stretch of bytes.
struct Piece<'a> {
    text: String,
    stamp: Option<i64>,
    record: Option<&'a edgelogs::logs::LogRecord>,
}

fn short(text: &str) -> String {
    let head = head(text, 100);
    let is_long = text.len() >= PART_BYTES / 4;
    format!(
        "{head:?}{}",
        if is_long {
            let tail: String = text.chars().rev().take(40).collect();
            let tail: String = tail.chars().rev().collect();
            format!(" ({} bytes, ending {tail:?})", text.len())
        } else {
            String::new()
        }
    )
}
