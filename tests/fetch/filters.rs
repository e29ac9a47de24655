//! Every combination of flags means what it is documented to mean, on every agent.

use std::fmt::Write as _;

use regex::Regex;

use crate::run::get;
use stand_in::log::Log;
use stand_in::reference::bytes_of_lines;
use stand_in::{
    AgentVariant, DeviceSetup, Entry, Filler, Levels, LogScript, ReferenceFilter, Setup, StandIn,
    at,
};

const START: &str = "2026-11-20T08:00:00Z";

/// Flags, and what they mean.
struct Case {
    args: Vec<String>,
    filter: ReferenceFilter,
}

/// A combination of flags: the bits of `choice` tell which of them are there.
fn case(choice: u32, random: &mut fastrand::Rng, log: &[Entry]) -> Case {
    let mut args = vec!["-m".to_owned(), "edgeHub".to_owned()];
    let mut filter = ReferenceFilter::default();
    let has = |bit: u32| choice & (1 << bit) != 0;
    let (first, last) = (log[0].stamp, log[log.len() - 1].stamp);
    let seconds = (first / 1_000_000_000, last / 1_000_000_000 + 1);
    let middle = random.i64(seconds.0..=seconds.1);
    let mut flag = |name: &str, value: String| args.extend([name.to_owned(), value]);
    if has(0) {
        let tail = [1, 7, 60, 500, 3000][random.usize(0..5)];
        flag("--tail", tail.to_string());
        filter.tail = Some(tail);
    }
    if has(1) {
        let since = random.i64(seconds.0 - 1..=middle);
        flag("--since", since.to_string());
        filter.since = Some(since * 1_000_000_000);
    }
    if has(2) {
        let until = random.i64(middle + 1..=seconds.1 + 1);
        flag("--until", until.to_string());
        filter.until = Some(until * 1_000_000_000);
    }
    match choice >> 3 & 3 {
        1 => {
            let level = random.i32(0..=7);
            flag("--loglevel", level.to_string());
            filter.level = Some(level);
        }
        2 => {
            let level = [0, 3, 4, 6, 7][random.usize(0..5)];
            flag("--loglevel-only", level.to_string());
            filter.level_only = Some(level);
        }
        _ => {}
    }
    if has(5) {
        let regex = ["sensor", "twin", "[0-9]7 ", "nothing like it", "WRN|ERR"];
        let regex = regex[random.usize(0..5)];
        flag("--regex", regex.to_owned());
        filter.regex = Some(Regex::new(regex).unwrap());
    }
    Case { args, filter }
}

/// Lines in the order of their stamps, since lines of several levels are mixed by them.
fn expected(stand_in: &StandIn, filter: &ReferenceFilter) -> Vec<u8> {
    bytes_of_lines(&stand_in.reference("d1", "edgeHub", filter))
}

fn start(log: &Log, agent: AgentVariant) -> StandIn {
    let device = DeviceSetup::new("d1").log("edgeHub", log.clone());
    StandIn::start(Setup::with(device.agent(agent)))
}

/// Runs all combinations against one log, and tells of every one that is wrong.
fn every_combination(log: &Log, seed: u64, more: &[&str]) {
    let choices: Vec<u32> = (0..64).filter(|choice| choice >> 3 & 3 != 3).collect();
    combinations(log, seed, &choices, more);
}

fn combinations(log: &Log, seed: u64, choices: &[u32], more: &[&str]) {
    let mut wrong = String::new();
    for (name, agent) in [
        ("shipped", AgentVariant::default()),
        ("documented", AgentVariant::documented()),
    ] {
        let stand_in = start(log, agent);
        for choice in choices.iter().copied() {
            let mut random = fastrand::Rng::with_seed(seed + u64::from(choice));
            let case = case(choice, &mut random, log);
            let mut args: Vec<&str> = case.args.iter().map(String::as_str).collect();
            args.extend_from_slice(more);
            let ran = get(&stand_in, &args);
            let expected = expected(&stand_in, &case.filter);
            if ran.stdout != expected || ran.code != 0 {
                let lines = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count();
                let same = ran.stdout.iter().zip(&expected).take_while(|(a, b)| a == b);
                let _ = writeln!(
                    wrong,
                    "{name} {args:?}: exit {}, {} lines of {}, the first {} bytes right; {}",
                    ran.code,
                    lines(&ran.stdout),
                    lines(&expected),
                    same.count(),
                    ran.stderr
                );
            }
        }
    }
    assert_eq!(wrong, "");
}

#[test]
fn a_small_log_that_one_call_carries() {
    let log = LogScript::new(at(START)).seed(3).evenly(900, 100, 7).log();
    every_combination(&log, 100, &["-o", "raw"]);
}

#[test]
fn a_large_log_of_every_level_with_bursts() {
    let log = LogScript::new(at(START))
        .seed(5)
        .levels(Levels::Mixed)
        .filler(Filler::Noise)
        .evenly(1500, 150, 9)
        .silence(3600)
        .burst(400, 150)
        .evenly(1500, 150, 30)
        .log();
    every_combination(&log, 200, &["-o", "text"]);
}

#[test]
fn random_logs_and_random_flags() {
    for seed in 0..12 {
        let mut random = fastrand::Rng::with_seed(1000 + seed);
        let mut script = LogScript::new(at(START) + random.i64(0..1_000_000_000)).seed(seed);
        for _ in 0..random.usize(2..8) {
            let levels = [Levels::Tagged, Levels::Untagged, Levels::Mixed];
            let filler = [Filler::Noise, Filler::Words];
            let (lines, bytes) = (random.usize(1..900), random.usize(60..300));
            script = script.levels(levels[random.usize(0..3)]);
            script = script.filler(filler[random.usize(0..2)]);
            script = match random.u8(0..6) {
                0 => script.silence(random.i64(1..20_000)),
                1 => script.burst(lines / 3 + 1, bytes),
                2 => script.crlf(20, bytes).blank_lines(3),
                3 => script
                    .repeated("<4> the same again\n", 5)
                    .alike("a little later\n", 9),
                _ => script.evenly(lines, bytes, random.usize(1..60)),
            };
        }
        let log = script.evenly(5, 90, 1).log();
        let mut choice = || random.u32(0..64);
        let choices: Vec<u32> = std::iter::repeat_with(&mut choice)
            .filter(|choice| choice >> 3 & 3 != 3)
            .take(6)
            .collect();
        combinations(&log, seed, &choices, &["-o", "raw"]);
    }
}
