//! What a log of 1 GiB costs the device module: memory, and time as a ratio to `tail`.
//!
//! `cargo bench --features device --bench large_logs`. It writes the log into a temporary folder,
//! drives the built binary, prints what it saw, and fails where a bound is not kept:
//!
//! * a regex over the whole log: at most 64 MiB of memory;
//! * the last 100 lines: at most 5 times what `tail -n 100` takes, beyond what starting the program
//!   and one call of an empty log take.
#![allow(clippy::print_stdout, reason = "a benchmark reports on stdout")]
#![allow(clippy::unwrap_used, reason = "a benchmark that panics has failed")]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const LOG_BYTES: u64 = 1 << 30;
const MEMORY_BOUND_KIB: u64 = 64 << 10;
const TAIL_BOUND: f64 = 5.0;
const RUNS: usize = 21;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("big.log");
    write_log(&log);
    File::create(folder.path().join("empty.log")).unwrap();
    let local = format!("--local=dir:{}", folder.path().display());

    let regex = [
        "get",
        "-m",
        "big",
        "--regex",
        "value 7777 .* 13$",
        &local,
        "-o",
        "raw",
    ];
    let start = Instant::now();
    let peak = peak_memory_kib(&regex);
    println!(
        "regex over {} MiB: {:.1?}, peak {peak} KiB",
        LOG_BYTES >> 20,
        start.elapsed()
    );
    assert!(peak <= MEMORY_BOUND_KIB, "more than {MEMORY_BOUND_KIB} KiB");

    let program = env!("CARGO_BIN_EXE_edgelogs");
    let ours = || {
        time(
            program,
            &["get", "-m", "big", "--tail", "100", &local, "-o", "raw"],
        )
    };
    let idle = || {
        time(
            program,
            &["get", "-m", "empty", "--tail", "100", &local, "-o", "raw"],
        )
    };
    let theirs = || time("tail", &["-n", "100", log.to_str().unwrap()]);
    // In turns, so that a slow moment of the machine hits all of them.
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..RUNS {
        times[0].push(ours());
        times[1].push(idle());
        times[2].push(theirs());
    }
    let [ours, idle, theirs] = times.map(median);
    println!(
        "tail 100 of it: {ours:.1?}; of an empty log: {idle:.1?}; `tail -n 100`: {theirs:.1?}"
    );
    let ratio = ours.saturating_sub(idle).as_secs_f64() / theirs.as_secs_f64();
    println!(
        "whole command: {:.1} x tail; beyond start-up: {ratio:.1} x tail",
        ours.as_secs_f64() / theirs.as_secs_f64()
    );
    assert!(ratio <= TAIL_BOUND, "more than {TAIL_BOUND} x tail");
}

/// Lines of a machine that logs five times a second.
fn write_log(path: &Path) {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path).unwrap());
    let start: jiff::Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
    let (mut written, mut number) = (0, 0_u64);
    while written < LOG_BYTES {
        let time = start + jiff::SignedDuration::from_millis(i64::try_from(number * 200).unwrap());
        let severity = if number.is_multiple_of(50) { 3 } else { 6 };
        let line = format!(
            "<{severity}> {} +00:00 [INF] - Sending message: {number}, value {} and state {}\n",
            time.strftime("%Y-%m-%d %H:%M:%S.%3f"),
            number * 7919 % 10_007,
            number % 97
        );
        out.write_all(line.as_bytes()).unwrap();
        written += line.len() as u64;
        number += 1;
    }
    out.flush().unwrap();
}

fn time(program: &str, args: &[&str]) -> Duration {
    let start = Instant::now();
    let status = Command::new(program)
        .args(args)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{program} {args:?}");
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// The most memory that a run of the program held at once, as `time -v` of the system tells it.
fn peak_memory_kib(args: &[&str]) -> u64 {
    let output = Command::new("/usr/bin/time")
        .args(["-f", "%M", env!("CARGO_BIN_EXE_edgelogs")])
        .args(args)
        .stdout(Stdio::null())
        .output()
        .expect("/usr/bin/time, of Debian's package `time`");
    let text = String::from_utf8(output.stderr).unwrap();
    text.lines()
        .last()
        .and_then(|line| line.trim().parse().ok())
        .unwrap_or_else(|| panic!("no figure in: {text}"))
}
