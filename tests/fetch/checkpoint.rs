//! Runs with `--checkpoint`: each goes on where the last one ended, whatever ended it.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::run::{Ran, command, drain, get};
use stand_in::log::now;
use stand_in::{DeviceSetup, Entry, LogScript, ModuleSetup, Setup, StandIn};

/// How many runs there are: 100 with `EDGELOGS_TEST_LONG=1`.
fn runs(few: usize) -> usize {
    match std::env::var_os("EDGELOGS_TEST_LONG") {
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
    for which in [
        &[][..],
        &["edgeHub", "sensor"],
        &["--item", "edgeHub", "loglevel=7", "--item", "^sensor"],
        &["-m", "EDGEHUB", "-m", "sensor"],
    ] {
        let folder = tempfile::tempdir().unwrap();
        let args = [&["--match", "d*", "-o", "jsonl"], which].concat();
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
        println!("{} calls for 20 devices, {which:?}", calls.len());
        assert_eq!(calls.len(), 20, "{which:?}");
    }
}

#[test]
fn after_a_burst_quiet_runs_ask_for_few_lines_again() {
    let stand_in = one_device();
    let folder = tempfile::tempdir().unwrap();
    for count in [10, 300, 0, 0] {
        write(&stand_in, 0..count);
        stand_in.clear_journal();
        let ran = collect(&stand_in, folder.path(), &["-o", "jsonl"]).expect_quiet();
        assert_eq!(texts(&ran.stdout).len(), count);
    }
    let calls = stand_in.calls("GetModuleLogs");
    let tails = calls
        .iter()
        .map(|call| call.payload["items"][0]["filter"]["tail"].as_u64());
    assert_eq!(tails.collect::<Vec<_>>(), [Some(2)]);
}

#[test]
fn a_module_that_cannot_be_read_is_left_out_and_named() {
    let device = DeviceSetup::new("d1")
        .module(ModuleSetup::new("edgeHub"))
        .module(ModuleSetup::new("journald").unreadable(501))
        .module(ModuleSetup::new("sensor"));
    let stand_in = StandIn::start(Setup::with(device));
    let folder = tempfile::tempdir().unwrap();
    for (number, follow) in [&[][..], &[], &["-f", "--max-run", "3s"]]
        .iter()
        .enumerate()
    {
        let line = format!("<6> {number}\n");
        stand_in.write("d1", "edgeHub", &line);
        stand_in.write("d1", "sensor", &line);
        let args = [&["-o", "jsonl"], *follow].concat();
        let ran = collect(&stand_in, folder.path(), &args);
        assert_eq!(ran.code, 4, "{args:?}: {}", ran.stderr);
        assert_eq!(texts(&ran.stdout), [number.to_string(), number.to_string()]);
        assert!(ran.stderr.contains("module `journald`"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("lost contact"), "{}", ran.stderr);
    }
    let ran = collect(&stand_in, folder.path(), &["-m", "journald"]);
    assert_eq!(ran.code, 7, "{}", ran.stderr);
}

#[test]
fn the_time_of_a_run_that_follows_may_end_while_a_device_is_away() {
    let stand_in = StandIn::start(
        Setup::new().fleet("d", 2, |device| device.module(ModuleSetup::new("sensor"))),
    );
    let folder = tempfile::tempdir().unwrap();
    let args = ["-d", "d0", "-d", "d1", "-f", "--max-run", "3s"];
    let with_places = [
        &args[..],
        &["--checkpoint", folder.path().to_str().unwrap()],
    ]
    .concat();
    for args in [&args[..], &with_places] {
        assert_eq!(get(&stand_in, args).code, 0);
    }
    stand_in.set_state("d1", stand_in::DeviceState::Offline);
    for args in [&args[..], &with_places] {
        let ran = get(&stand_in, args);
        assert_eq!(ran.code, 4, "{args:?}: {}", ran.stderr);
    }
    let ran = get(
        &stand_in,
        &["-f", "--max-run", "3s", "-d", "d1", "-d", "d2"],
    );
    assert_ne!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn equal_lines_keep_their_uids_after_a_reader_left() {
    let stand_in = one_device();
    let [one, other] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let start = now();
    for group in 0..600 {
        let entry = Entry::stdout(start + group * 1000, format!("<6> {group}\n").into_bytes());
        stand_in.append("d1", "sensor", std::iter::repeat_n(entry, 5));
    }
    let uids = |ran: &Ran| -> Vec<String> {
        let records = records(&ran.stdout);
        let uids = records.iter().map(|record| text(record, "uid").to_owned());
        uids.collect()
    };
    let all = uids(&collect(&stand_in, other.path(), &["-o", "jsonl"]).expect_quiet());
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 3000);
    let path = one.path().to_str().unwrap();
    let mut child = command(&stand_in, &["--checkpoint", path, "-o", "jsonl"])
        .spawn()
        .expect("the binary runs");
    let mut stdout = BufReader::with_capacity(64, child.stdout.take().unwrap());
    stdout.read_line(&mut String::new()).unwrap();
    drop(stdout);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let rest = uids(&collect(&stand_in, one.path(), &["-o", "jsonl"]).expect_quiet());
    assert!(rest.len() < 3000);
    assert_eq!(rest, all[3000 - rest.len()..]);
}

#[test]
fn files_hold_each_line_once_though_nobody_reads_their_names() {
    let stand_in = StandIn::start(
        Setup::new().fleet("d", 3, |device| device.module(ModuleSetup::new("sensor"))),
    );
    let folder = tempfile::tempdir().unwrap();
    let (places, logs) = (folder.path().join("places"), folder.path().join("logs"));
    let args = [
        "--match",
        "d*",
        "-q",
        "-o",
        "jsonl",
        "--checkpoint",
        places.to_str().unwrap(),
        "--out-dir",
        logs.to_str().unwrap(),
    ];
    for number in 0..3 {
        for device in ["d0", "d1", "d2"] {
            stand_in.write(device, "sensor", format!("<6> {number}\n"));
        }
        let mut child = command(&stand_in, &args).spawn().expect("the binary runs");
        drop(child.stdout.take());
        child.wait().unwrap();
    }
    get(&stand_in, &args).expect_quiet();
    for device in ["d0", "d1", "d2"] {
        let file = std::fs::read(logs.join(device).join("sensor.log")).unwrap();
        assert_eq!(texts(&file), ["0", "1", "2"], "{device}");
    }
}

#[test]
fn a_line_of_more_parts_than_are_remembered_comes_once_when_it_is_whole() {
    let stand_in = one_device();
    let folder = tempfile::tempdir().unwrap();
    let collect = || collect(&stand_in, folder.path(), &["-o", "jsonl"]).expect_quiet();
    write(&stand_in, 0..10);
    assert_eq!(texts(&collect().stdout).len(), 10);
    let stamp = now();
    let part = |bytes: Vec<u8>| stand_in.append("d1", "sensor", [Entry::stdout(stamp, bytes)]);
    (0..300).for_each(|_| part(vec![b'x'; 16_384]));
    assert_eq!(collect().text(), "");
    part(b"end\n".to_vec());
    write(&stand_in, 10..12);
    let came = texts(&collect().stdout);
    let lengths: Vec<usize> = came.iter().map(String::len).collect();
    assert_eq!(lengths, [300 * 16_384 + 3, 6, 6]);
    assert_eq!(collect().text(), "");
}

#[test]
fn a_damaged_file_costs_its_own_device_alone_and_can_be_forgotten() {
    let stand_in = StandIn::start(
        Setup::new().fleet("d", 2, |device| device.module(ModuleSetup::new("sensor"))),
    );
    let folder = tempfile::tempdir().unwrap();
    let args = ["--match", "d*", "-q", "-o", "jsonl"];
    let write = || ["d0", "d1"].map(|device| stand_in.write(device, "sensor", "<6> x\n"));
    write();
    collect(&stand_in, folder.path(), &args).expect_quiet();
    let file = |device: &str| {
        let hub = std::fs::read_dir(folder.path()).unwrap();
        let hubs = hub
            .map(|hub| hub.unwrap().path())
            .find(|path| path.is_dir());
        let device = hubs.unwrap().join(device);
        let module = std::fs::read_dir(device).unwrap().next().unwrap().unwrap();
        module.path().join("sensor.json")
    };
    // That of another device, and one that is cut.
    let cut = std::fs::read(file("d0")).unwrap()[..40].to_vec();
    let checkpoint = |args: &[&str]| {
        let mut command = support::edgelogs();
        command.args(["checkpoint", args[0], folder.path().to_str().unwrap()]);
        let output = command.args(&args[1..]).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            stderr,
        )
    };
    for damaged in [std::fs::read(file("d0")).unwrap(), cut] {
        std::fs::write(file("d1"), damaged).unwrap();
        write();
        let ran = collect(&stand_in, folder.path(), &args);
        assert_eq!(ran.code, 4, "{}", ran.stderr);
        assert_eq!(texts(&ran.stdout), ["x"]);
        let name = file("d1").display().to_string();
        assert!(ran.stderr.contains(&name), "{}", ran.stderr);
        let (code, shown, stderr) = checkpoint(&["show", "-o", "text"]);
        assert_eq!(code, Some(4));
        assert!(stderr.contains(&name), "{stderr}");
        assert!(shown.contains("d0") && !shown.contains("d1"), "{shown}");
    }
    let (code, _, stderr) = checkpoint(&["reset", "-d", "d1"]);
    assert_eq!(code, Some(0), "{stderr}");
    let ran = collect(&stand_in, folder.path(), &args).expect_quiet();
    assert_eq!(texts(&ran.stdout).len(), 3);
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
    let args = ["--wait-lock", "--max-run", "1s"];
    let bounded = collect(&stand_in, folder.path(), &args);
    assert_eq!(bounded.code, 2, "{}", bounded.stderr);
    let third = collect(&stand_in, folder.path(), &["--wait-lock"]);
    assert_eq!((third.code, third.text()), (0, String::new()));
    let waits = "waiting for another run that uses the checkpoint";
    assert_eq!(third.stderr.matches(waits).count(), 1, "{}", third.stderr);
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
        &[
            "--item",
            "sensor",
            "tail=3",
            "--level-from",
            "line",
            "-l",
            "3",
        ],
    ] {
        let ran = collect(&stand_in, folder.path(), args);
        assert_eq!(ran.code, 2, "{args:?}: {}", ran.stderr);
    }
    assert!(stand_in.journal().is_empty());
}
