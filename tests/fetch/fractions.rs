//! Fractions of a second: agents drop them, so that they are judged on this side, to the nanosecond.

use crate::run::get;
use stand_in::{DeviceSetup, Entry, Setup, StandIn, at};

/// Three lines within a second, after a public report.
fn stand_in() -> StandIn {
    let entry = |time: &str, text: &'static str| Entry::stdout(at(time), text.as_bytes());
    let log = vec![
        entry("2026-11-29T06:11:11.661137356Z", "<6> first\n"),
        entry("2026-11-29T06:11:11.749916129Z", "<6> second\n"),
        entry("2026-11-29T06:11:11.749916130Z", "<6> third\n"),
    ];
    let device = DeviceSetup::new("d1").log("m", std::sync::Arc::new(log));
    StandIn::start(Setup::with(device))
}

#[test]
fn a_bound_within_a_second_is_exact_on_an_agent_that_drops_fractions() {
    let stand_in = stand_in();
    let time = |fraction: &str| format!("2026-11-29T06:11:11.{fraction}Z");
    for (since, until, lines) in [
        ("", "7499", &["first"][..]),
        ("7499", "", &["second", "third"]),
        ("7", "8", &["second", "third"]),
        ("6", "7", &["first"]),
        ("749916130", "", &["third"]),
        ("", "749916129", &["first", "second"]),
        ("749916129", "749916130", &["second", "third"]),
        ("8", "9", &[]),
    ] {
        // Records carry stamps that are rounded to 100 ns.
        let is_finer = since.len() > 7 || until.len() > 7;
        let formats = &["text", "raw", "jsonl"][..3 - usize::from(is_finer)];
        for format in formats {
            for tail in [None, Some("1")] {
                let (since, until) = (time(since), time(until));
                let mut args = vec!["-m", "m", "-o", format];
                for (flag, value) in [("--since", &since), ("--until", &until)] {
                    if !value.contains(".Z") {
                        args.extend([flag, value.as_str()]);
                    }
                }
                args.extend(tail.into_iter().flat_map(|tail| ["--tail", tail]));
                let ran = get(&stand_in, &args).expect_quiet();
                let wanted = match tail {
                    Some(_) => &lines[lines.len().saturating_sub(1)..],
                    None => lines,
                };
                let text = ran.text();
                let printed: Vec<&str> = text.lines().collect();
                assert_eq!(printed.len(), wanted.len(), "{args:?}: {text}");
                for (line, word) in printed.iter().zip(wanted) {
                    assert!(line.contains(word), "{args:?}: {text}");
                }
            }
        }
    }
}
