//! How many instructions ten fixed runs of the optimized program take, against a baseline that is
//! checked in: unlike seconds, they hardly depend on the machine and what else it does.
//!
//! `tests/run` builds it with the profile `quick`, without the optimizations over all crates that take a
//! release a quarter of an hour. Without optimizations there is nothing to count. `EDGELOGS_RENEW=1`
//! writes the baseline anew, and shows what has changed.

#![cfg_attr(
    debug_assertions,
    allow(dead_code, reason = "nothing is counted without optimizations")
)]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]
#![allow(clippy::print_stdout, reason = "figures are for whoever reads the log")]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use stand_in::{DeviceSetup, Filler, LogScript, Setup, StandIn, at};

const BASELINE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/instructions/baseline.txt"
);

/// How many percent more than the baseline a run may take.
const TOLERANCE: f64 = 3.0;

/// How many bytes the large logs hold.
const LARGE: usize = 10_000_000;

/// Runs the program under valgrind: how many instructions it took, and how many bytes it printed.
fn count(args: &[&str], variables: &[(&str, &str)]) -> (u64, usize) {
    let program = support::edgelogs();
    let place = tempfile::tempdir().unwrap();
    let log = place.path().join("valgrind");
    let ran = Command::new("valgrind")
        .args(["--tool=cachegrind", "--cache-sim=no"])
        .arg("--cachegrind-out-file=/dev/null")
        .arg(format!("--log-file={}", log.display()))
        .arg(program.get_program())
        .args(args)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", place.path())
        .env("TMPDIR", place.path())
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("valgrind runs");
    let stderr = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{args:?}: {}: {stderr}", ran.status);
    let log = std::fs::read_to_string(log).unwrap();
    // The log also holds the command, with whatever a temporary folder is called.
    let is_count = |line: &&str| line.contains(" I ") && line.contains("refs:");
    let line = log.lines().find(is_count).expect(&log);
    let (_, number) = line.rsplit_once(':').expect(line);
    let count = number.trim().replace(',', "").parse().expect(line);
    (count, ran.stdout.len())
}

/// The same through a hub.
fn count_from(stand_in: &StandIn, args: &[&str]) -> (u64, usize) {
    let hub = stand_in.connection_string();
    count(args, &[("EDGELOGS_CONNECTION_STRING", &hub)])
}

/// A folder with one log of `LARGE` bytes, as the runtime writes it.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut log = String::with_capacity(LARGE + 200);
    let mut random = fastrand::Rng::with_seed(16);
    let mut number = 0;
    while log.len() < LARGE {
        let (minute, second) = (number / 60_000 % 60, number / 1000 % 60);
        let (tag, level) = match random.u8(..20) {
            0 => (3, "ERR"),
            1 | 2 => (4, "WRN"),
            _ => (6, "INF"),
        };
        let milli = number % 1000;
        let value = random.u32(..100_000);
        let _ = writeln!(
            log,
            "<{tag}> 2026-11-20 08:{minute:02}:{second:02}.{milli:03} +00:00 [{level}] - reading #{value:05} of press 7 came after {number} ms",
        );
        number += 1;
    }
    std::fs::write(folder.path().join("press.log"), log).unwrap();
    folder
}

#[cfg_attr(not(debug_assertions), test)]
#[cfg_attr(not(debug_assertions), ignore = "needs valgrind")]
fn ten_runs_take_no_more_instructions_than_before() {
    let one_line = || {
        LogScript::new(at("2026-11-22T08:00:00Z"))
            .evenly(1, 80, 10)
            .log()
    };
    let small = StandIn::start(Setup::with(
        DeviceSetup::new("d1").log("edgeHub", one_line()),
    ));
    let lines = LARGE / 100;
    let large = LogScript::new(at("2026-11-22T08:00:00Z"))
        .seed(16)
        .filler(Filler::Noise)
        .evenly(lines, 100, 10);
    let large = StandIn::start(Setup::with(
        DeviceSetup::new("d1").log("edgeHub", large.log()),
    ));
    let thousand =
        StandIn::start(Setup::new().fleet("d", 1000, |device| device.log("edgeHub", one_line())));
    let folder = folder();
    let local = format!("--local=dir:{}", folder.path().display());

    let mut counts = BTreeMap::new();
    let mut note = |name: &'static str, least: usize, (count, printed): (u64, usize)| {
        assert!(printed >= least, "{name} printed {printed} bytes");
        counts.insert(name, count);
    };
    let through_the_device = |more: &[&str]| count(&[&["get", "-q", &local], more].concat(), &[]);
    std::thread::scope(|scope| {
        // The longest by far, beside the others.
        let json = scope.spawn(|| through_the_device(&["-o", "jsonl"]));
        note("version", 10, count(&["--version"], &[]));
        note("help of get", 1000, count(&["get", "-h"], &[]));
        note(
            "completion script",
            1000,
            count(&["completions", "bash"], &[]),
        );
        let get = ["get", "-q", "-d", "d1"];
        note("one call", 80, count_from(&small, &get));
        note("10 MB from a hub", LARGE, count_from(&large, &get));
        let many = [
            "get", "-q", "--match", "d*", "--yes", "-j", "64", "--rate", "0",
        ];
        note("1,000 devices", 80_000, count_from(&thousand, &many));
        note("10 MB of a device as text", LARGE, through_the_device(&[]));
        note(
            "10 MB of a device, a regex",
            1000,
            through_the_device(&["-g", "#7777[0-9] "]),
        );
        note(
            "10 MB of a device, a level",
            1000,
            through_the_device(&["-l", "3"]),
        );
        note("10 MB of a device as JSON", LARGE, json.join().unwrap());
    });
    assert_eq!(counts.len(), 10);
    judge(&counts);
}

/// Compares the counts with the baseline, or makes them the new one.
fn judge(counts: &BTreeMap<&str, u64>) {
    let baseline = std::fs::read_to_string(BASELINE).unwrap_or_default();
    let before: BTreeMap<&str, u64> = baseline
        .lines()
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(name, count)| (name.trim(), count.parse().unwrap()))
        .collect();
    let mut table = String::new();
    let mut grown = Vec::new();
    for (name, count) in counts {
        let change = before.get(name).map(|before| {
            let ratio = *count as f64 / *before as f64;
            (ratio - 1.0) * 100.0
        });
        let shown = change.map_or("new".to_owned(), |change| format!("{change:+.1} %"));
        let _ = writeln!(table, "{name:<28}{count:>16}  {shown}");
        if change.is_none_or(|change| change > TOLERANCE) {
            grown.push(*name);
        }
    }
    println!("{table}");
    if std::env::var_os("EDGELOGS_RENEW").is_some() {
        let lines = counts
            .iter()
            .map(|(name, count)| format!("{name} {count}\n"));
        std::fs::write(Path::new(BASELINE), lines.collect::<String>()).unwrap();
        return;
    }
    let gone: Vec<_> = before
        .keys()
        .filter(|name| !counts.contains_key(*name))
        .collect();
    assert!(
        gone.is_empty(),
        "the baseline has {gone:?}, which are not counted"
    );
    assert!(
        grown.is_empty(),
        "{grown:?} take over {TOLERANCE} % more instructions than the baseline; \
         if that is worth it, renew it: EDGELOGS_RENEW=1 cargo test --profile quick --all-features --test instructions -- --include-ignored\n{table}"
    );
}
