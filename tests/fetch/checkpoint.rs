//! Runs with `--checkpoint`: each goes on where the last one ended, whatever ended it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::run::{Ran, command, drain, get};
use stand_in::log::now;
use stand_in::{DeviceSetup, Entry, LogScript, ModuleSetup, Setup, StandIn};

/// How many runs there are: 100 with `EDGELOGS_LONG=1`.
fn runs(few: usize) -> usize {
    match std::env::var_os("EDGELOGS_LONG") {
        Some(_) => 100,
        None => few,
    }
}

fn one_device() -> StandIn {
    let device = DeviceSetup::new("d1").module(ModuleSetup::new("sensor"));
    StandIn::start(Setup::with(device))
}

fn write(stand_in: &StandIn, numbers: std::ops::Range<usize>) {
    for number in numbers {
        stand_in.write("d1", "sensor", format!("<6> {number:06}\n"));
    }
}

fn collect(stand_in: &StandIn, folder: &Path, args: &[&str]) -> Ran {
    let folder = folder.to_str().unwrap();
    get(stand_in, &[&["--checkpoint", folder], args].concat())
}

/// The whole lines of an output, as records.
fn records(stdout: &[u8]) -> Vec<Value> {
    let text = String::from_utf8_lossy(stdout);
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let lines = whole.lines().filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect()
}

fn text<'a>(record: &'a Value, field: &str) -> &'a str {
    record[field].as_str().unwrap_or_else(|| panic!("{record}"))
}

fn texts(stdout: &[u8]) -> Vec<String> {
    let records = records(stdout);
    let texts = records.iter().map(|record| text(record, "text").to_owned());
    texts.collect()
}

#[test]
fn runs_that_are_killed_lose_nothing_and_repeat_only_what_can_be_told_again() {
    let stand_in = one_device();
    let folder = tempfile::tempdir().unwrap();
    let mut random = fastrand::Rng::with_seed(7);
    // How often each text was written.
    let mut written: BTreeMap<String, usize> = BTreeMap::new();
    // What came, by uid: the text, and in how many runs.
    let mut came: HashMap<String, (String, usize)> = HashMap::new();
    let (mut number, mut killed, mut again) = (0, 0, 0);
    let mut after_a_kill = false;
    let runs = runs(25);
    for run in 0..=runs {
        for _ in 0..random.usize(..120) {
            let line = format!("{number:06}");
            number += 1;
            let times = if random.u8(..10) == 0 {
                random.usize(2..6)
            } else {
                1
            };
            let stamp = now();
            let entry = Entry::stdout(stamp, format!("<6> {line}\n").into_bytes());
            stand_in.append("d1", "sensor", std::iter::repeat_n(entry, times));
            written.insert(line, times);
        }
        let args = [
            "--checkpoint",
            folder.path().to_str().unwrap(),
            "-o",
            "jsonl",
        ];
        let mut child = command(&stand_in, &args).spawn().expect("the binary runs");
        let stdout = drain(child.stdout.take().unwrap());
        let stderr = drain(child.stderr.take().unwrap());
        let is_last = run == runs;
        let is_killed = !is_last && random.bool() && {
            std::thread::sleep(Duration::from_millis(random.u64(1..50)));
            let runs_still = child.try_wait().unwrap().is_none();
            child.kill().unwrap();
            runs_still
        };
        let status = child.wait().unwrap();
        let stdout = stdout.join().unwrap();
        let stderr = String::from_utf8(stderr.join().unwrap()).unwrap();
        if !is_killed && status.code().is_some() {
            assert_eq!(status.code(), Some(0), "{stderr}");
            // Which of several equal lines a rotation has left can't be told.
            assert!(
                stderr.is_empty() || stderr.contains("was rotated"),
                "{stderr}"
            );
        }
        killed += usize::from(is_killed);
        for record in records(&stdout) {
            if !record["gap"].is_null() {
                continue;
            }
            let uid = text(&record, "uid").to_owned();
            let line = text(&record, "text").to_owned();
            let (known, times) = came.entry(uid).or_insert_with(|| (line.clone(), 0));
            assert_eq!(*known, line, "two lines have a uid");
            *times += 1;
            if *times > 1 {
                assert!(
                    after_a_kill,
                    "run {run} repeats {line} though none was killed"
                );
                again += 1;
            }
        }
        after_a_kill = is_killed || after_a_kill && stdout.is_empty();
        if !is_killed && random.u8(..3) == 0 {
            // Everything has been read, so that nothing is lost.
            stand_in.rotate("d1", "sensor", random.usize(1..40));
        }
    }
    println!(
        "{runs} runs, {killed} of them killed; {} lines, {again} of them came again",
        came.len()
    );
    let mut by_text: BTreeMap<String, usize> = BTreeMap::new();
    for (line, _) in came.values() {
        *by_text.entry(line.clone()).or_default() += 1;
    }
    assert_eq!(by_text, written);
}

#[test]
fn files_of_twenty_devices_hold_every_line_after_any_kills() {
    let stand_in = StandIn::start(
        Setup::new().fleet("d", 20, |device| device.module(ModuleSetup::new("sensor"))),
    );
    let folder = tempfile::tempdir().unwrap();
    let (places, logs) = (folder.path().join("places"), folder.path().join("logs"));
    let args = [
        "--match",
        "d*",
        "-o",
        "jsonl",
        "--rate",
        "0",
        "--checkpoint",
        places.to_str().unwrap(),
        "--out-dir",
        logs.to_str().unwrap(),
    ];
    let mut random = fastrand::Rng::with_seed(8);
    let mut written = [0; 20];
    for _ in 0..runs(10) {
        let mut child = command(&stand_in, &[&args[..], &["--follow"]].concat())
            .spawn()
            .expect("the binary runs");
        let (stdout, stderr) = (
            drain(child.stdout.take().unwrap()),
            drain(child.stderr.take().unwrap()),
        );
        let end = Instant::now() + Duration::from_millis(random.u64(300..2500));
        while Instant::now() < end {
            let device = random.usize(..20);
            let name = format!("d{device}");
            for _ in 0..random.usize(1..30) {
                stand_in.write(&name, "sensor", format!("<6> {:06}\n", written[device]));
                written[device] += 1;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        stdout.join().unwrap();
        stderr.join().unwrap();
    }
    let ran = get(&stand_in, &args);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let mut again = 0;
    for (device, written) in written.iter().enumerate() {
        let path = logs.join(format!("d{device}")).join("sensor.log");
        let mut uids = HashSet::new();
        let mut first: Vec<usize> = Vec::new();
        for record in records(&std::fs::read(path).unwrap_or_default()) {
            match uids.insert(text(&record, "uid").to_owned()) {
                true => first.push(text(&record, "text").parse().unwrap()),
                false => again += 1,
            }
        }
        assert_eq!(first, (0..*written).collect::<Vec<_>>(), "d{device}");
    }
    println!(
        "{} lines, {again} of them came again",
        written.iter().sum::<usize>()
    );
}

#[test]
fn a_run_with_nothing_new_takes_one_call_for_each_device() {
    let stand_in = StandIn::start(Setup::new().fleet("d", 20, |device| {
        let log = || {
            LogScript::new(now() - 3_600_000_000_000)
                .evenly(300, 80, 1)
                .log()
        };
        device.log("edgeHub", log()).log("sensor", log())
    }));
    let folder = tempfile::tempdir().unwrap();
    let args = ["--match", "d*", "-o", "jsonl"];
    let first = collect(&stand_in, folder.path(), &args);
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert_eq!(records(&first.stdout).len(), 20 * 600);
    stand_in.clear_journal();
    let second = collect(&stand_in, folder.path(), &args);
    assert_eq!(
        (second.code, second.text()),
        (0, String::new()),
        "{}",
        second.stderr
    );
    let calls = stand_in.calls("GetModuleLogs");
    println!("{} calls for 20 devices", calls.len());
    assert_eq!(calls.len(), 20);
}

#[test]
fn after_a_reader_left_the_next_run_begins_behind_what_was_written() {
    let stand_in = one_device();
    let folder = tempfile::tempdir().unwrap();
    write(&stand_in, 0..5000);
    let args = [
        "--checkpoint",
        folder.path().to_str().unwrap(),
        "-o",
        "jsonl",
    ];
    let mut child = command(&stand_in, &args).spawn().expect("the binary runs");
    let mut stdout = BufReader::with_capacity(64, child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    drop(stdout);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(
        text(&serde_json::from_str(&line).unwrap(), "text"),
        "000000"
    );
    let rest = texts(&collect(&stand_in, folder.path(), &["-o", "jsonl"]).stdout);
    let first: usize = rest[0].parse().unwrap();
    println!("the next run begins with line {first}");
    // A pipe takes 64 KB, and a line is longer than 100 bytes.
    assert!((1..700).contains(&first), "{first}");
    let expected: Vec<String> = (first..5000).map(|number| format!("{number:06}")).collect();
    assert_eq!(rest, expected);
}

#[test]
fn formats_and_filters_may_change_between_runs() {
    let stand_in = one_device();
    let [one, other] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let repeat = |times| {
        let entry = Entry::stdout(now(), b"<4> again\n".to_vec());
        stand_in.append("d1", "sensor", std::iter::repeat_n(entry, times));
    };
    write(&stand_in, 0..100);
    repeat(3);
    let ran = collect(&stand_in, one.path(), &[]).expect_quiet();
    assert_eq!(ran.text().lines().count(), 103);
    write(&stand_in, 100..110);
    stand_in.write("d1", "sensor", "<3> bad\n");
    let ran = collect(&stand_in, one.path(), &["-o", "jsonl", "-l", "err"]).expect_quiet();
    assert_eq!(texts(&ran.stdout), ["bad"]);
    stand_in.write("d1", "sensor", "\n");
    stand_in.write(
        "d1",
        "sensor",
        "<6> 2026-11-22 08:44:48.123 +00:00 [INF] - x\n",
    );
    let ran = collect(&stand_in, one.path(), &["--exclude", "x"]).expect_quiet();
    assert_eq!(ran.text(), "\n");
    stand_in.write("d1", "sensor", "<6> last\n");
    let ran = collect(&stand_in, one.path(), &["-o", "jsonl"]).expect_quiet();
    assert_eq!(texts(&ran.stdout), ["last"]);
    // Each line has the same uid for a run that reads them all, also one of several that are equal.
    let all = records(&collect(&stand_in, other.path(), &["-o", "jsonl"]).stdout);
    let uids: HashSet<&str> = all.iter().map(|record| text(record, "uid")).collect();
    assert_eq!((all.len(), uids.len()), (117, 117));
    let last = records(&ran.stdout);
    assert_eq!(text(&last[0], "uid"), text(&all[116], "uid"));
}

#[test]
fn a_log_that_was_rotated_or_started_anew_is_said_and_goes_on() {
    let stand_in = one_device();
    let folder = tempfile::tempdir().unwrap();
    write(&stand_in, 0..50);
    collect(&stand_in, folder.path(), &["-o", "jsonl"]).expect_quiet();
    write(&stand_in, 50..100);
    stand_in.rotate("d1", "sensor", 20);
    let ran = collect(&stand_in, folder.path(), &["-o", "jsonl"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(
        ran.stderr.matches("was rotated or started anew").count(),
        1,
        "{}",
        ran.stderr
    );
    let records = records(&ran.stdout);
    let gap = &records[0]["gap"];
    assert_eq!((text(gap, "device"), text(gap, "module")), ("d1", "sensor"));
    let time = |field| text(gap, field).parse::<jiff::Timestamp>().unwrap();
    assert!(time("from") < time("to"), "{gap}");
    assert_eq!(records.len(), 21);
    assert_eq!(text(&records[1], "text"), "000080");
    collect(&stand_in, folder.path(), &["-o", "jsonl"]).expect_quiet();
}

#[test]
fn the_first_run_begins_with_since_and_later_ones_where_it_ended() {
    let stand_in = one_device();
    let folder = tempfile::tempdir().unwrap();
    let old = LogScript::new(now() - 7_200_000_000_000)
        .evenly(40, 30, 1)
        .entries();
    stand_in.append("d1", "sensor", old);
    let args = ["-o", "jsonl", "--since", "1h"];
    let first = collect(&stand_in, folder.path(), &args).expect_quiet();
    assert_eq!(first.text(), "");
    write(&stand_in, 0..3);
    let second = collect(&stand_in, folder.path(), &args).expect_quiet();
    assert_eq!(texts(&second.stdout), ["000000", "000001", "000002"]);
}

#[test]
fn one_run_at_a_time_uses_a_checkpoint() {
    let stand_in = one_device();
    let folder = tempfile::tempdir().unwrap();
    write(&stand_in, 0..1);
    let path = folder.path().to_str().unwrap();
    let args = ["--checkpoint", path, "-f", "--max-run", "6s"];
    let mut first = command(&stand_in, &args).spawn().expect("the binary runs");
    let mut stdout = BufReader::new(first.stdout.take().unwrap());
    stdout.read_line(&mut String::new()).unwrap();
    let second = collect(&stand_in, folder.path(), &[]);
    assert_eq!(second.code, 2, "{}", second.stderr);
    assert!(second.stderr.contains("--wait-lock"), "{}", second.stderr);
    let third = collect(&stand_in, folder.path(), &["--wait-lock"]).expect_quiet();
    assert_eq!(third.text(), "");
    assert_eq!(first.wait().unwrap().code(), Some(0));
}

#[test]
fn what_a_checkpoint_holds_is_shown_and_forgotten() {
    let stand_in = one_device();
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("places");
    write(&stand_in, 0..2);
    collect(&stand_in, &root, &[]).expect_quiet();
    let checkpoint = |args: &[&str]| {
        let mut command = support::edgelogs();
        command
            .args(["checkpoint", args[0], root.to_str().unwrap()])
            .args(&args[1..]);
        let output = command.output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    let (code, shown) = checkpoint(&["show", "-o", "jsonl"]);
    let record: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(code, Some(0));
    assert_eq!(
        (text(&record, "device"), text(&record, "module")),
        ("d1", "sensor")
    );
    assert_eq!(checkpoint(&["reset", "-d", "d2"]).0, Some(3));
    collect(&stand_in, &root, &[]).expect_quiet();
    assert_eq!(
        checkpoint(&["reset", "-d", "d1", "-o", "text"]),
        (Some(0), "d1\n".to_owned())
    );
    let again = collect(&stand_in, &root, &[]).expect_quiet();
    assert_eq!(again.text().lines().count(), 2);
}

#[test]
fn what_a_checkpoint_cannot_have_is_refused() {
    let stand_in = one_device();
    let folder = tempfile::tempdir().unwrap();
    for args in [
        &["--tail", "5"][..],
        &["--until", "1h"],
        &["-o", "raw"],
        &["--item", "sensor", "tail=3"],
    ] {
        let ran = collect(&stand_in, folder.path(), args);
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.stderr);
    }
    assert!(stand_in.journal().is_empty());
}
