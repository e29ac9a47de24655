//! `get` against the device module is as complete as against the shipped agent.

use std::fs;

use jiff::Timestamp;

use crate::common::edgelogs;
use support::serve::Serve;

/// A fixed period, while the sample's log moves with the clock.
struct Stretch {
    since: String,
    until: String,
}

fn stretch() -> Stretch {
    let now = Timestamp::now().as_second();
    Stretch {
        since: (now - 3000).to_string(),
        until: (now - 5).to_string(),
    }
}

/// A module's log, as an upload writes it: no limit, no paging.
fn uploaded(serve: &Serve, module: &str, stretch: &Stretch) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let sas = format!("file://{}", folder.path().display());
    let args = [
        "upload",
        "-m",
        module,
        "--since",
        &stretch.since,
        "--until",
        &stretch.until,
        "--sas",
        &sas,
        "--encoding",
        "none",
    ];
    edgelogs(args)
        .on(&serve)
        .env("EDGELOGS_DEVICE", "local")
        .exits(0);
    let blobs = fs::read_dir(folder.path().join("127.0.0.1/local")).expect("the blobs");
    let blob = blobs.flatten().next().expect("a blob");
    fs::read(blob.path()).expect("a blob can be read")
}

fn get(serve: &Serve, args: &[&str]) -> Vec<u8> {
    let output = edgelogs("get")
        .args(args)
        .on(&serve)
        .env("EDGELOGS_DEVICE", "local")
        .output();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    output.stdout
}

#[test]
fn modules_too_large_for_one_answer_are_complete() {
    let serve = Serve::start(&[]);
    let stretch = stretch();
    let modules = ["edgeAgent", "edgeHub", "tempSensor"];
    let whole = modules
        .map(|module| uploaded(&serve, module, &stretch))
        .concat();
    // More than the 127,000 units of plain text that the agent takes.
    assert!(whole.len() > 127_000, "{}", whole.len());
    for encoding in ["gzip", "none"] {
        let args = ["-s", &stretch.since, "-u", &stretch.until, "-o", "raw"];
        let got = get(&serve, &[&args[..], &["--encoding", encoding]].concat());
        assert!(
            got == whole,
            "over {encoding}: {} bytes of {}",
            got.len(),
            whole.len()
        );
    }
}

#[test]
fn levels_and_tails_match_the_whole_log() {
    let serve = Serve::start(&[]);
    let stretch = stretch();
    let whole = uploaded(&serve, "tempSensor", &stretch);
    let whole = String::from_utf8(whole).expect("UTF-8");
    let level = |line: &str| line.as_bytes().get(1).map_or(6, |digit| digit - b'0');
    for (flag, keep) in [
        ("--loglevel=4", (|level| level <= 4) as fn(u8) -> bool),
        ("--loglevel=6", |level| level <= 6),
        ("--loglevel-only=4", |level| level == 4),
        ("--loglevel-only=6", |level| level == 6),
    ] {
        for tail in ["1", "40", "4000"] {
            let args = ["-m", "tempSensor", flag, "--tail", tail];
            let window = ["-s", &stretch.since, "-u", &stretch.until];
            let got = get(&serve, &[&args[..], &window[..]].concat());
            let got = String::from_utf8(got).expect("UTF-8");
            let kept: Vec<&str> = whole.lines().filter(|line| keep(level(line))).collect();
            let tail: usize = tail.parse().expect("a number");
            let expected = &kept[kept.len().saturating_sub(tail)..];
            assert!(got.lines().eq(expected.iter().copied()), "{flag} {tail}");
        }
    }
}

/// A log of uneven density: 3,000 lines within a second, hours of silence, a line a second. Its text
/// does not shrink, so that it takes many answers.
fn uneven_log() -> String {
    let mut log = String::new();
    let mut second = 1_780_000_000_i64;
    let mut random = 1_u64;
    for stretch in 0..6 {
        for number in 0..3000_i64 {
            let milliseconds = match stretch % 2 {
                0 => number / 3,
                _ => number * 1000,
            };
            let time = Timestamp::from_millisecond(second * 1000 + milliseconds).expect("a time");
            let level = if number % 7 == 0 { 3 } else { 6 };
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let time = time.strftime("%Y-%m-%d %H:%M:%S.%3f +00:00");
            log.push_str(&format!(
                "<{level}> {time} [X] - {stretch} {number} {random:016x}{:016x}\n",
                random ^ 0x5555
            ));
        }
        second += 6000 + 4 * 3600;
    }
    log
}

#[test]
fn a_log_of_uneven_density_is_complete() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = uneven_log();
    fs::write(folder.path().join("uneven.log"), &log).expect("a log");
    let local = format!("--local=dir:{}", folder.path().display());
    let run = |more: &[&str]| {
        edgelogs(format!("get -m uneven {local}"))
            .args(more)
            .exits(0)
    };
    let whole = run(&["-o", "raw", "-v"]);
    assert!(
        whole.stdout == log,
        "{} of {} bytes",
        whole.stdout.len(),
        log.len()
    );
    let calls = whole.stderr.matches("call: GetModuleLogs").count();
    assert!(
        calls > 5,
        "{calls} calls: the log fits into too few answers"
    );
    let errors: Vec<&str> = log.lines().filter(|line| line.starts_with("<3>")).collect();
    let last = run(&["--loglevel", "warning", "--tail", "200"]);
    assert_eq!(
        last.stdout.lines().collect::<Vec<_>>(),
        errors[errors.len() - 200..]
    );
    let all = run(&["--loglevel", "err"]);
    assert_eq!(all.stdout.lines().collect::<Vec<_>>(), errors);
}
