//! A device: its modules, their logs, its clock, and what happens to them between two calls.

use std::collections::BTreeMap;

use crate::engine::{Entry, PART_BYTES, SECOND, civil_second};
use crate::features::{Feature, Features};
use crate::rng::Rng;

/// When runs begin, by the operator's clock.
pub(crate) const BEGIN: i64 = 1_795_337_088 * SECOND + 123_456_789;

/// How long things happen after that.
const EVENTFUL: i64 = 200 * SECOND;

/// When a log that is followed has been read up to its end.
pub(crate) const CAUGHT_UP: i64 = 2 * EVENTFUL;

/// How many lines a module writes at the most, and a growth more.
const MOST_LINES: usize = 6000;

/// About how many bytes twice, so that a run takes no longer than it has to.
const MOST_BYTES: usize = 2_000_000;

pub(crate) const NAMES: [&str; 4] = ["edgeAgent", "edgeHub", "sensor", "filter1"];

/// What a run draws once.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    pub(crate) seed: u64,
    pub(crate) features: Features,
    /// How likely each is between two calls.
    growth: f64,
    events: f64,
    pub(crate) failures: f64,
    pub(crate) damage: f64,
    pub(crate) retries: u32,
    /// The longest filling of a line.
    filling: usize,
    levels: &'static [u8],
    lines: usize,
    /// Seconds that the logs cover when the run begins.
    pub(crate) history: i64,
    /// Whether the hub answers an answer that is too large with silence.
    pub(crate) is_silent_when_large: bool,
    pub(crate) is_packed: bool,
    /// How many times as long as most runs this one may take.
    pub(crate) patience: u32,
}

impl Config {
    pub(crate) fn draw(seed: u64, allowed: Features, scale: f64) -> Self {
        let mut rng = Rng::new(seed, 1);
        let mut features = Features::draw(&mut rng, allowed);
        let is_own = features.has(Feature::OwnModule) && allowed.has(Feature::Folder);
        if is_own && Rng::new(seed, 4).chance(0.5) {
            features = features.with(Feature::Folder);
        }
        let unordered = [
            Feature::HistoryStepsBack,
            Feature::ClockSteps,
            Feature::OutOfOrder,
            Feature::FarOutOfOrder,
            Feature::FarAhead,
        ];
        if unordered.into_iter().any(|feature| features.has(feature)) {
            // Nothing but a later stamp ends an unfinished line.
            features = features.without(Feature::Unfinished);
        }
        if features.has(Feature::IgnoresTimestamps) {
            // Nothing tells the parts of two lines apart in bare bytes.
            features = features.without(Feature::Interleaved);
        }
        let filling = rng.pick(&[20, 20, 60, 800, 3000, 6000]);
        // Lines that are long and can't be packed fill pages sooner than many lines do.
        let bytes = match rng.below(100) {
            0..=4 => 0,
            5..=44 => 6_000,
            45..=64 => 60_000,
            65..=84 => 250_000,
            85..=96 => 500_000,
            _ => 1_000_000,
        };
        let most = match rng.below(100) {
            0 => 5_000,
            1..=5 => 1_500,
            _ => 400,
        };
        let lines = (rng.below(bytes * 2) / (filling / 2 + 80)).min(most) + rng.below(3);
        Self {
            seed,
            features,
            growth: rng.pick(&[0.1, 0.5, 0.9]),
            events: rng.pick(&[0.05, 0.2, 0.5]),
            failures: rng.pick(&[0.02, 0.1]),
            damage: rng.pick(&[0.05, 0.2]),
            retries: rng.below(4) as u32,
            filling,
            levels: rng.pick(&[
                &[6][..],
                &[6, 4, 3],
                &[6, 6, 6, 7, 7, 4, 3, 0, 5, 1, 2],
                &[6, 8, 9, 3],
            ]),
            lines: (lines as f64 * scale) as usize,
            history: rng.pick(&[3, 30, 600, 40_000]),
            is_silent_when_large: rng.chance(0.3),
            is_packed: rng.chance(0.1),
            patience: 1,
        }
    }

    pub(crate) fn with_patience(self, patience: u32) -> Self {
        Self { patience, ..self }
    }

    pub(crate) fn has(&self, feature: Feature) -> bool {
        self.features.has(feature)
    }
}

/// A line that a module has written.
#[derive(Debug)]
pub(crate) struct Line {
    /// After how many calls it came, and went.
    pub(crate) born: u32,
    pub(crate) gone: Option<u32>,
    /// Its entries, by their numbers.
    pub(crate) entries: Vec<usize>,
    /// Whether it is nothing that the module wrote.
    pub(crate) is_odd: bool,
}

/// How long the engine reads a line of nearly a part, or more, in nanoseconds: longer than a tick of a record.
const LONG_TAKES: i64 = 200;

/// A module and everything that it ever wrote.
#[derive(Debug)]
pub(crate) struct Module {
    pub(crate) name: &'static str,
    pub(crate) entries: Vec<Entry>,
    /// The first entry that the engine still has, and those that were the first one once.
    pub(crate) first: usize,
    pub(crate) firsts: Vec<usize>,
    /// The first entry of the container that there is.
    created: usize,
    pub(crate) lines: Vec<Line>,
    pub(crate) is_present: bool,
    /// Whether it was there whenever it was asked for.
    pub(crate) was_always_present: bool,
    pub(crate) is_unreadable: bool,
    last: i64,
    /// A stamp that lines share, and by how much that of the next one is later.
    burst: (i64, i64),
}

impl Module {
    fn new(name: &'static str, last: i64) -> Self {
        Self {
            name,
            entries: Vec::new(),
            first: 0,
            firsts: Vec::new(),
            created: 0,
            lines: Vec::new(),
            is_present: true,
            was_always_present: true,
            is_unreadable: false,
            last,
            burst: (i64::MIN, 0),
        }
    }

    /// The stamp of a line of a burst, whose lines share one until a long line has taken its time: what has the
    /// stamp of a long line would look like a part of it.
    fn next_stamp(&mut self, stamp: i64) -> i64 {
        let (shared, later) = self.burst;
        // A line that is a little out of order is one of the other stream, and the burst goes on.
        let goes_on = (shared.saturating_sub(SECOND)..=shared).contains(&stamp);
        if !goes_on {
            self.burst = (stamp, 0);
        }
        match stamp == shared {
            true => stamp + later,
            false => stamp,
        }
    }

    /// What the engine has now.
    pub(crate) fn log(&self) -> &[Entry] {
        &self.entries[self.first..]
    }

    fn cut(&mut self, first: usize, epoch: u32) {
        for entry in &self.entries[self.first..first] {
            self.lines[entry.line].gone.get_or_insert(epoch);
        }
        self.first = first;
        self.firsts.push(first);
    }
}

/// A device.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) config: Config,
    pub(crate) number: u64,
    pub(crate) name: String,
    pub(crate) modules: BTreeMap<&'static str, Module>,
    /// By how much its clock is ahead of the operator's.
    pub(crate) skew: i64,
    /// The least and the largest that it was.
    pub(crate) skews: (i64, i64),
    pub(crate) calls: u32,
    /// Entries that the engine has read.
    pub(crate) reads: usize,
    /// Answers that were damaged so that it can be seen, and so that it can't.
    pub(crate) damaged: u32,
    pub(crate) is_damaged_silently: bool,
    /// Calls that failed.
    pub(crate) failed: u32,
    pub(crate) restarting: u32,
    /// What its clock showed at the call before.
    last_call: i64,
    /// Whether nothing happens any more.
    pub(crate) is_quiet: bool,
    /// What was answered since then.
    pub(crate) quiet_calls: u64,
    pub(crate) quiet_bytes: u64,
    pub(crate) trace: Option<Vec<String>>,
}

static FILLING: std::sync::OnceLock<String> = std::sync::OnceLock::new();

fn filling(rng: &mut Rng, length: usize) -> &'static str {
    let pool = FILLING.get_or_init(|| {
        let mut rng = Rng::new(7, 7);
        let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        (0..200_000)
            .map(|_| char::from(rng.pick(letters)))
            .collect()
    });
    let start = rng.below(pool.len() - length);
    &pool[start..start + length]
}

impl Device {
    pub(crate) fn new(config: &Config, number: u64, is_traced: bool) -> Self {
        let mut rng = Rng::new(config.seed, 100 + number);
        let skew = match config.has(Feature::SkewedClock) {
            true => rng.pick(&[-7200, -600, -40, 40, 600, 7200]) * SECOND,
            false => 0,
        };
        let mut device = Self {
            config: config.clone(),
            number,
            name: format!("device{number}"),
            modules: BTreeMap::new(),
            skew,
            skews: (skew, skew),
            calls: 0,
            reads: 0,
            damaged: 0,
            is_damaged_silently: false,
            failed: 0,
            restarting: 0,
            last_call: BEGIN + skew,
            is_quiet: false,
            quiet_calls: 0,
            quiet_bytes: 0,
            trace: is_traced.then(Vec::new),
        };
        let begin = BEGIN + skew - config.history * SECOND;
        let count = 1 + rng.below(NAMES.len());
        let offset = rng.below(NAMES.len());
        for index in 0..count {
            let name = NAMES[(index + offset) % NAMES.len()];
            let mut module = Module::new(name, begin);
            if config.has(Feature::OddFirst) && rng.chance(0.7) {
                let text = rng.pick(&["\u{feff}", "Welcome to ", "\u{1b}[2J", "<!-- -->"]);
                push_odd(&mut module, 0, begin, &format!("{text}{name}\n"));
            }
            device.modules.insert(name, module);
            let lines = match rng.chance(0.15) {
                true => 0,
                false => config.lines / (1 + index),
            };
            let half = match config.has(Feature::HistoryStepsBack) && lines > 3 {
                true => rng.below(lines),
                false => 0,
            };
            if half > 0 {
                let middle = begin + config.history * SECOND / 2;
                device.grow(&mut rng, name, half, middle);
                let back = begin + rng.between(0, config.history / 2) * SECOND;
                device.module(name).last = back;
            }
            device.grow(&mut rng, name, lines - half, BEGIN + skew);
            if config.has(Feature::Unreadable) && rng.chance(0.5) {
                device.module(name).is_unreadable = true;
            }
        }
        device
    }

    /// What the logs hold `around` some words, or at their ends, for whoever looks into a run.
    pub(crate) fn describe(&self, around: Option<&str>) -> Vec<String> {
        let mut described = Vec::new();
        for module in self.modules.values() {
            let holds = |words: &str| {
                let mut entries = module.entries.iter();
                entries.position(|entry| entry.stamped.contains(words))
            };
            let left = match around {
                Some(words) => holds(words).map_or(usize::MAX, |at| at.saturating_sub(30)),
                None => module.entries.len().saturating_sub(40),
            };
            described.push(format!(
                "{} {}: {} entries",
                self.name,
                module.name,
                module.entries.len()
            ));
            for entry in module.entries.iter().skip(left).take(60) {
                let line = &module.lines[entry.line];
                let head: String = entry.stamped.chars().take(90).collect();
                described.push(format!(
                    "  born {} gone {:?} {head:?}, {} bytes",
                    line.born,
                    line.gone,
                    entry.bytes().len()
                ));
            }
        }
        described
    }

    pub(crate) fn say(&mut self, event: impl FnOnce() -> String) {
        let calls = self.calls;
        if let Some(trace) = &mut self.trace {
            trace.push(format!("call {calls}: {}", event()));
        }
    }

    pub(crate) fn module(&mut self, name: &str) -> &mut Module {
        self.modules.get_mut(name).expect("a module that exists")
    }

    fn names(&self) -> Vec<&'static str> {
        self.modules.keys().copied().collect()
    }

    /// What happens before a call at this moment of the device's clock.
    pub(crate) fn happen(&mut self, elapsed: i64) {
        self.is_quiet |= elapsed > EVENTFUL;
        if self.is_quiet {
            return;
        }
        let mut rng = Rng::new(
            self.config.seed,
            1_000_000 * (self.number + 1) + u64::from(self.calls),
        );
        let now = BEGIN + elapsed + self.skew;
        let config = self.config.clone();
        // Lines are stamped when they come.
        let last_call = std::mem::replace(&mut self.last_call, now);
        for module in self.modules.values_mut() {
            module.last = module.last.max(last_call);
        }
        if config.has(Feature::Growth) && rng.chance(config.growth) {
            for name in self.names() {
                let count = match rng.below(8) {
                    0 if config.has(Feature::LargeGrowth) => {
                        let bytes = rng.pick(&[100_000, 10_000, 10_000, 10_000]);
                        rng.below(bytes / config.filling)
                    }
                    0..=3 => rng.below(4),
                    4..=5 => rng.below(40),
                    _ => 0,
                };
                if count > 0
                    && self.modules[name].is_present
                    && self.modules[name].lines.len() < MOST_LINES
                    && self.modules[name].lines.len() * config.filling < MOST_BYTES
                {
                    self.say(|| format!("{name} writes {count} lines"));
                    self.grow(&mut rng, name, count, now);
                }
            }
        }
        if !rng.chance(config.events) {
            return;
        }
        let events = [
            Feature::Rotation,
            Feature::Restart,
            Feature::Recreation,
            Feature::ModulesComeAndGo,
            Feature::ClockSteps,
            Feature::FarAhead,
        ];
        let events: Vec<Feature> = events
            .into_iter()
            .filter(|event| config.has(*event))
            .collect();
        if events.is_empty() {
            return;
        }
        let name = rng.pick(&self.names());
        let epoch = self.calls;
        match rng.pick(&events) {
            Feature::Rotation => {
                let module = self.module(name);
                let left = module.entries.len() - module.first;
                let part = match rng.chance(0.3) {
                    true => left,
                    false => rng.below(left + 1),
                };
                let first = module.first + part;
                module.cut(first, epoch);
                self.say(|| format!("rotation takes {part} of {left} entries of {name}"));
            }
            Feature::Restart => {
                self.restarting = 1 + rng.below(3) as u32;
                self.say(|| "the agent restarts".to_owned());
            }
            Feature::Recreation => {
                let module = self.module(name);
                let end = module.entries.len();
                module.cut(end, epoch);
                module.created = end;
                self.say(|| format!("{name} is created anew"));
                let count = rng.below(20);
                self.grow(&mut rng, name, count, now);
            }
            Feature::ModulesComeAndGo => {
                let module = self.module(name);
                module.is_present = !module.is_present;
                module.was_always_present = false;
                let is_present = module.is_present;
                self.say(|| format!("{name} is there: {is_present}"));
            }
            Feature::ClockSteps => {
                let step = rng.pick(&[-7200, -3600, -90, -5, -2, 2, 5, 90, 3600]) * SECOND;
                self.skew += step;
                self.skews = (self.skews.0.min(self.skew), self.skews.1.max(self.skew));
                for module in self.modules.values_mut() {
                    module.last = now + step;
                }
                self.last_call = now + step;
                self.say(|| format!("the clock steps by {} s", step / SECOND));
            }
            _ => {
                let ahead = rng.pick(&[10, 3600, 86_400 * 30]) * SECOND;
                let before = self.module(name).last;
                self.line(&mut rng, name, now + ahead);
                self.module(name).last = before;
                self.say(|| format!("{name} has a line {} s ahead", ahead / SECOND));
            }
        }
    }

    /// Writes so many lines between the latest one and now.
    fn grow(&mut self, rng: &mut Rng, name: &'static str, count: usize, now: i64) {
        let config = self.config.clone();
        let last = self.module(name).last;
        let span = (now - last).max(0);
        let is_burst = config.has(Feature::Bursts) && rng.chance(0.5);
        let is_full = config.has(Feature::FullSeconds) && rng.chance(0.6);
        let is_same = config.has(Feature::EqualStamps) && rng.chance(0.1);
        let at = last + rng.between(0, span);
        for index in 0..count {
            let share = (span as i128 * index as i128 / count.max(1) as i128) as i64;
            let even = last + share + rng.between(0, span / count.max(1) as i64);
            let mut stamp = if is_same {
                at
            } else if is_full {
                // Most of them within one second.
                (at + (index as i64) * 1_000_000).min(now)
            } else if is_burst && index * 2 > count {
                last.max(now - SECOND / 2 + index as i64 * 10_000).min(now)
            } else {
                even
            };
            if config.has(Feature::EqualStamps) && rng.chance(0.2) {
                stamp = self.module(name).last;
            }
            stamp = stamp.max(self.module(name).last);
            let ordered = stamp;
            if config.has(Feature::OutOfOrder) && rng.chance(0.1) {
                stamp -= rng.between(1, 900_000);
            }
            if config.has(Feature::FarOutOfOrder) && rng.chance(0.03) {
                stamp -= rng.between(1_000_000, SECOND * 3 / 2);
            }
            self.line(rng, name, stamp);
            let latest = self.module(name).last;
            self.module(name).last = ordered.max(latest);
        }
        self.module(name).last = self.module(name).last.max(last);
    }

    fn line(&mut self, rng: &mut Rng, name: &'static str, stamp: i64) {
        let config = self.config.clone();
        let epoch = self.calls;
        let module = self.module(name);
        let number = module.lines.len();
        // Nothing but a later stamp tells where an unfinished line ends.
        let unfinished = module
            .entries
            .last()
            .filter(|last| !last.bytes().ends_with('\n'));
        let is_unfinished = unfinished.is_some();
        let stamp = unfinished.map_or(stamp, |last| stamp.max(last.at + 1));
        if is_unfinished {
            module.last = module.last.max(stamp);
        }
        // Another container has written nothing at the very nanosecond of the last line of the old one.
        let before = module.entries.last().map(|last| last.at);
        let is_first = module.created == module.entries.len();
        let stamp = stamp + i64::from(is_first && before == Some(stamp));
        if is_first {
            module.last = module.last.max(stamp);
        }
        if config.has(Feature::DaemonFrames) && rng.chance(0.03) && !is_unfinished {
            push_odd(
                module,
                epoch,
                stamp,
                &format!("Error grabbing logs: {name}#{number} unexpected EOF\n"),
            );
            return;
        }
        if config.has(Feature::Repeats)
            && rng.chance(0.08)
            && !is_unfinished
            && repeat(module, epoch, stamp)
        {
            return;
        }
        let is_stderr = rng.chance(0.3);
        if config.has(Feature::Blanks) && rng.chance(0.1) {
            let text = rng.pick(&["\n", "  \n", "<6> \n", "\n"]);
            push(module, epoch, stamp, is_stderr, &[text.to_owned()]);
            return;
        }
        let level = rng.pick(config.levels);
        let alpha = if rng.chance(0.5) { " alpha" } else { "" };
        let beta = if rng.chance(0.04) { " beta" } else { "" };
        let length = rng.below(config.filling);
        let filling = filling(rng, length);
        let body = format!("{name}#{number}{alpha}{beta} {filling}");
        let mut text = if config.has(Feature::Untagged) && rng.chance(0.3) {
            body
        } else if config.has(Feature::JsonLike) && rng.chance(0.5) {
            format!("{{\"level\":{level},\"text\":\"{body}\",\"path\":\"C:\\\\x\"}}")
        } else if rng.chance(0.5) {
            let time = civil_second(stamp.div_euclid(SECOND)).replace('T', " ");
            format!("<{level}> {time}.123 +00:00 [INF] {body}")
        } else {
            format!("<{level}> {body}")
        };
        if config.has(Feature::OwnStamps) && rng.chance(0.2) {
            let second = civil_second(stamp.div_euclid(SECOND) - 1);
            text = format!("{text} at {second}.123456789Z end");
        }
        if config.has(Feature::LongLines) && rng.chance(0.04) {
            let parts = long(rng, &text, None);
            if config.has(Feature::Interleaved) && rng.chance(0.5) {
                let other = long(rng, &format!("<{level}> {name}#{number}b"), None);
                if config.seed.is_multiple_of(4) && stamp % 2 == 0 {
                    let whole = |k| format!("<{level}> {name}#{number}.{k} of the other stream\n");
                    let between: Vec<String> = (0..1 + stamp / 2 % 5).map(whole).collect();
                    push_around(module, epoch, stamp, &parts, &between);
                } else {
                    push_interleaved(module, epoch, stamp, &parts, &other);
                }
            } else {
                push(module, epoch, stamp, is_stderr, &parts);
            }
            return;
        }
        if config.has(Feature::PartBoundaries) && rng.chance(0.04) {
            let lengths = [
                PART_BYTES - 100,
                PART_BYTES - 40,
                PART_BYTES - 1,
                PART_BYTES,
                PART_BYTES + 1,
                2 * PART_BYTES,
            ];
            let length = rng.pick(&lengths);
            let parts = long(rng, &text, Some(length));
            push(module, epoch, stamp, is_stderr, &parts);
            return;
        }
        if config.has(Feature::Frames) && rng.chance(0.15) {
            for more in 0..1 + rng.below(3) {
                text.push_str(&format!("\n   at {name}#{number}.{more}"));
            }
        }
        if !(config.has(Feature::Unfinished) && rng.chance(0.03)) {
            text.push('\n');
        }
        push(module, epoch, stamp, is_stderr, &[text]);
    }
}

/// The parts of a long line.
fn long(rng: &mut Rng, head: &str, length: Option<usize>) -> Vec<String> {
    let length = length
        .unwrap_or_else(|| 16_000 + rng.below(30_000))
        .max(head.len());
    let mut text = head.to_owned();
    let is_foreign = rng.chance(0.5);
    let at = rng.below(length);
    while text.len() < length {
        let left = length - text.len();
        if text.len() >= at && !text.contains("delta") && left >= 7 && rng.chance(0.7) {
            text.push_str("-delta-");
        } else if is_foreign && left >= 4 && rng.chance(0.5) {
            text.push_str(rng.pick(&["é", "€", "😀"]));
        } else {
            let more = left.min(1 + rng.below(700));
            text.push_str(filling(rng, more));
        }
    }
    let mut parts = Vec::new();
    let mut rest = text.as_bytes();
    while rest.len() >= PART_BYTES {
        let (part, more) = rest.split_at(PART_BYTES);
        // The engine cuts characters, and writes what is left of them as U+FFFD.
        parts.push(String::from_utf8_lossy(part).into_owned());
        rest = more;
    }
    let mut last = String::from_utf8_lossy(rest).into_owned();
    last.push('\n');
    parts.push(last);
    parts
}

fn push(module: &mut Module, epoch: u32, stamp: i64, is_stderr: bool, parts: &[String]) {
    let stamp = module.next_stamp(stamp);
    let number = module.lines.len();
    let first = module.entries.len();
    for part in parts {
        module
            .entries
            .push(Entry::new(Some(stamp), is_stderr, part, number));
    }
    module.lines.push(Line {
        born: epoch,
        gone: None,
        entries: (first..first + parts.len()).collect(),
        is_odd: false,
    });
    let is_long = parts.iter().any(|part| part.len() > PART_BYTES - 200);
    module.burst.1 += i64::from(is_long) * LONG_TAKES;
}

/// Two long lines whose parts come in turn: the streams are read independently.
fn push_interleaved(module: &mut Module, epoch: u32, stamp: i64, one: &[String], other: &[String]) {
    let stamp = module.next_stamp(stamp);
    module.burst.1 += LONG_TAKES;
    let number = module.lines.len();
    let mut entries = [Vec::new(), Vec::new()];
    for index in 0..one.len().max(other.len()) {
        for (which, parts) in [one, other].into_iter().enumerate() {
            if let Some(part) = parts.get(index) {
                entries[which].push(module.entries.len());
                let stamp = stamp + which as i64;
                module
                    .entries
                    .push(Entry::new(Some(stamp), which == 1, part, number + which));
            }
        }
    }
    for entries in entries {
        module.lines.push(Line {
            born: epoch,
            gone: None,
            entries,
            is_odd: false,
        });
    }
}

/// A long line, and before its end whole ones of the other stream.
fn push_around(module: &mut Module, epoch: u32, stamp: i64, parts: &[String], between: &[String]) {
    let Some((end, begin)) = parts.split_last() else {
        return;
    };
    let stamp = module.next_stamp(stamp);
    module.burst.1 += LONG_TAKES + between.len() as i64;
    let number = module.lines.len();
    let mut add = |line: usize, stamp: i64, text: &String| {
        let entry = Entry::new(Some(stamp), line > 0, text, number + line);
        module.entries.push(entry);
        module.entries.len() - 1
    };
    let mut long: Vec<usize> = begin.iter().map(|part| add(0, stamp, part)).collect();
    let between = between.iter().zip(1..);
    let between: Vec<usize> = between
        .map(|(text, line)| add(line, stamp + line as i64, text))
        .collect();
    long.push(add(0, stamp, end));
    let entries = std::iter::once(long).chain(between.into_iter().map(|entry| vec![entry]));
    module.lines.extend(entries.map(|entries| Line {
        born: epoch,
        gone: None,
        entries,
        is_odd: false,
    }));
}

/// A text that the daemon puts in, which has no stamp.
fn push_odd(module: &mut Module, epoch: u32, at: i64, text: &str) {
    let number = module.lines.len();
    let mut entry = Entry::new(None, false, text, number);
    entry.at = at;
    module.lines.push(Line {
        born: epoch,
        gone: None,
        entries: vec![module.entries.len()],
        is_odd: true,
    });
    module.entries.push(entry);
}

/// The latest line once more, with the same stamp and bytes; another container says it later.
fn repeat(module: &mut Module, epoch: u32, now: i64) -> bool {
    let Some(last) = module.entries.last() else {
        return false;
    };
    let (Some(stamp), [_]) = (last.stamp, module.lines[last.line].entries.as_slice()) else {
        return false;
    };
    let (text, is_stderr) = (last.bytes().to_owned(), last.is_stderr);
    let stamp = match module.created == module.entries.len() {
        true => now,
        false => stamp,
    };
    push(module, epoch, stamp, is_stderr, &[text]);
    true
}
