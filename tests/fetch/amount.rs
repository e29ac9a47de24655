//! More than an answer carries.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::run::get;
use stand_in::log::{Log, Stream, stamp_text};
use stand_in::{AgentVariant, DeviceSetup, LogScript, Setup, StandIn, at};

const START: &str = "2026-11-20T08:00:00Z";

fn one(log: Log) -> StandIn {
    StandIn::start(Setup::with(DeviceSetup::new("d1").log("edgeHub", log)))
}

/// How many calls there would be if every answer were filled: the wire form with stamps, packed as
/// the agent packs it.
fn ideal_calls(log: &Log) -> f64 {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    for entry in log.iter() {
        packed
            .write_all(stamp_text(entry.stamp).as_bytes())
            .unwrap();
        packed.write_all(b" ").unwrap();
        packed.write_all(&entry.bytes).unwrap();
    }
    packed.finish().unwrap().len() as f64 / 98_000.0
}

/// Fetches everything, byte for byte, within so many times the ideal number of calls.
fn whole(log: Log, most: f64, name: &str) {
    let ideal = ideal_calls(&log);
    let stand_in = one(log);
    let ran = get(&stand_in, &["-m", "edgeHub", "-o", "raw"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let expected = stand_in.module_bytes("d1", "edgeHub");
    let same = ran.stdout.iter().zip(&expected).take_while(|(a, b)| a == b);
    let same = same.count();
    assert!(
        ran.stdout == expected,
        "{name}: {} bytes of {}, the first {same} right; {}",
        ran.stdout.len(),
        expected.len(),
        ran.stderr
    );
    let calls = stand_in.calls("GetModuleLogs").len();
    println!(
        "{name}: {} MB, {calls} calls, ideal {ideal:.1}, ratio {:.2}, peak {} KB, {:?}",
        expected.len() / 1_000_000,
        calls as f64 / ideal,
        ran.peak_kb,
        ran.took
    );
    assert!(calls as f64 <= most * ideal, "{calls} of {ideal:.1}");
    assert!(ran.peak_kb <= 48 * 1024, "{} KB", ran.peak_kb);
}

#[test]
fn a_hundred_thousand_lines_that_come_evenly() {
    let log = LogScript::new(at(START)).evenly(100_000, 120, 20).log();
    whole(log, 1.3, "even");
}

#[test]
fn a_hundred_thousand_lines_in_bursts_with_silences() {
    let log = LogScript::new(at(START))
        .bursts(20, 3000, 120, 3 * 3600)
        .evenly(30_000, 120, 5)
        .bursts(4, 2500, 120, 7200)
        .log();
    whole(log, 1.7, "bursts");
}

#[test]
fn an_uneven_log_with_hours_of_silence_and_thousands_of_lines_in_a_second() {
    let log = LogScript::new(at(START))
        .evenly(15_000, 120, 5)
        .silence(3 * 3600)
        .burst(3000, 120)
        .silence(2 * 3600)
        .evenly(20_000, 120, 40)
        .silence(5 * 3600)
        .evenly(12_000, 120, 1)
        .log();
    whole(log, 1.5, "uneven");
}

#[test]
fn an_agent_without_stamps_gives_the_modules_bytes_for_little_more_than_two_calls_a_page() {
    let log = (0..20).fold(LogScript::new(at(START)), |log, part| {
        log.evenly(470, 120, 20)
            .blank_lines(10)
            .write(
                Stream::Stderr,
                format!("Unhandled error {part}\n   at A()\n   at B()\n"),
            )
            .write(Stream::System, "Error grabbing logs: unexpected EOF\n")
            .crlf(18, 60)
    });
    let banner = LogScript::new(at(START) - 1_000_000_000).write(
        Stream::Stdout,
        "    _   a banner\n   / \\  of several\n  /___\\ lines\n",
    );
    let log = Log::new([banner.entries(), log.entries()].concat());
    assert!(log.len() >= 10_000, "{}", log.len());
    let ideal = ideal_calls(&log);
    let device = DeviceSetup::new("d1")
        .log("edgeHub", log.clone())
        .agent(AgentVariant {
            ignores_include_timestamp: true,
            ..AgentVariant::default()
        });
    let stand_in = StandIn::start(Setup::with(device));
    let ran = get(&stand_in, &["-m", "edgeHub", "-o", "raw"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout == stand_in.module_bytes("d1", "edgeHub"));
    let calls = stand_in.calls("GetModuleLogs").len();
    println!(
        "{calls} calls, ideal {ideal:.1}, ratio {:.2}",
        calls as f64 / ideal
    );
    let stamped = one(log);
    assert_eq!(get(&stamped, &["-m", "edgeHub", "-o", "raw"]).code, 0);
    let usual = stamped.calls("GetModuleLogs").len();
    assert!(
        calls as f64 <= 2.2 * usual as f64,
        "{calls} calls, {usual} with stamps"
    );
}

#[test]
fn memory_does_not_grow_with_the_log() {
    let log = LogScript::new(at(START)).evenly(100_000, 1200, 20).log();
    whole(log, 1.3, "large");
}
