//! Levels that lines name themselves, which no agent reads.

use serde_json::Value;

use crate::common::edgelogs;
use stand_in::{DeviceSetup, ModuleSetup, Setup, StandIn};

const NODE: &str = include_str!("../data/lines/node.log");

/// A module with the logs of several libraries, and one with a stack trace.
fn plant() -> StandIn {
    let java = [
        "2026-11-29 05:17:51,760 INFO  [worker-0] plc.reader - connected",
        "2026-11-29 05:17:51,788 ERROR [worker-0] plc.reader - read failed",
        "java.lang.IllegalStateException: block DB7 is not there",
        "\tat plant.plc.Reader.read(Reader.java:545)",
        "2026-11-29 05:17:52,778 DEBUG [worker-0] plc.reader - retry",
    ]
    .map(|line| format!("{line}\n"));
    let device = DeviceSetup::new("a")
        .module(ModuleSetup::new("node").lines(0, NODE.split_inclusive('\n')))
        .module(ModuleSetup::new("java").lines(0, java));
    StandIn::start(Setup::with(device))
}

#[test]
fn a_level_filter_that_finds_nothing_says_that_lines_have_levels_of_their_own() {
    let plant = plant();
    let ran = edgelogs("get -m node -l error -d a").on(&plant).exits(0);
    assert_eq!(ran.stdout, "");
    ran.assert_stderr("module `node` of device `a` writes levels in a form that agents don't read");
    ran.assert_stderr("--level-from line");
    // Nothing would have passed in any case.
    let ran = edgelogs("get -m java -l alert -d a").on(&plant).quiet();
    assert_eq!(ran.stdout, "");
}

#[test]
fn severities_are_judged_by_what_lines_say() {
    let plant = plant();
    let get = |args: &str| {
        let ran = edgelogs(format!("get --level-from line -d a {args}"))
            .on(&plant)
            .exits(0);
        ran.assert_stderr("lines of every severity are fetched");
        ran.stdout
    };
    let node = get("-m node -l error");
    assert_eq!(node.lines().count(), 4, "{node}");
    let java = get("-m java -l error");
    assert_eq!(java.lines().count(), 3, "{java}");
    assert!(java.ends_with("Reader.java:545)\n"), "{java}");
    // The last ones of those that pass.
    assert_eq!(get("-m java -l error --tail 2").lines().count(), 2);
    assert_eq!(get("-m java --loglevel-only debug"), java_line("DEBUG"));
    let dropped = get("-m java -l error --exclude Reader --exclude block");
    assert_eq!(dropped.lines().count(), 1, "{dropped}");
    // Records carry it, also for lines that go on.
    let records = get("-m java -l error -o jsonl");
    let severities: Vec<Value> = records
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["severity"].clone())
        .collect();
    assert_eq!(severities, [3, 3, 3]);
    // By the lines that are not printed as well.
    let severities = |args: &str| -> Vec<Value> {
        let records = edgelogs(format!(
            "get -q -m java -d a -o jsonl --level-from line {args}"
        ))
        .on(&plant)
        .quiet()
        .stdout;
        let severity =
            |line| serde_json::from_str::<Value>(line).expect("JSON")["severity"].clone();
        records.lines().map(severity).collect()
    };
    assert_eq!(severities("-l error --tail 2"), [3, 3]);
    assert_eq!(severities("--exclude 'read failed'"), [6, 3, 3, 7]);
    for module in ["-m node", "-m java"] {
        let all = edgelogs(format!("get {module} -d a")).on(&plant).quiet();
        let judged = edgelogs(format!("get {module} -d a --level-from line"))
            .on(&plant)
            .quiet();
        assert_eq!(
            judged.stdout, all.stdout,
            "without a filter, nothing is dropped"
        );
    }
}

fn java_line(level: &str) -> String {
    format!("2026-11-29 05:17:52,778 {level} [worker-0] plc.reader - retry\n")
}

#[test]
fn what_cannot_be_judged_here_is_refused() {
    for (args, said) in [
        ("-f --tail 5 -l err", "can't count the lines of --tail"),
        ("--item a loglevel=err --item b", "needs the same loglevel"),
        ("-l err --regex x", "agents don't send with --regex"),
        (
            "--item a regex=x --item b",
            "agents don't send with --regex",
        ),
    ] {
        let ran = edgelogs(format!("get --level-from line -d a {args}")).refused();
        ran.assert_stderr(said);
    }
}

#[test]
fn lines_are_printed_as_a_template_says_and_in_the_order_that_was_asked_for() {
    let module = |lines: [&str; 2]| ModuleSetup::new("m").lines(0, lines);
    let setup = Setup::new()
        .device(DeviceSetup::new("b").module(module(["<3> one", "<6> two"])))
        .device(DeviceSetup::new("a").module(module(["<4> {\"msg\":\"x\",\"n\":1}", "<6> four"])));
    let plant = StandIn::start(setup);
    let get = |args: &str| {
        edgelogs(format!("get -q -d a -d b {args}"))
            .on(&plant)
            .quiet()
            .stdout
    };
    assert_eq!(
        get("--order device --format '{device} {severity} {text} {json.n}'"),
        "a warning {\"msg\":\"x\",\"n\":1} 1\na info four -\nb err one -\nb info two -\n"
    );
    let by_time = "a {\"msg\":\"x\",\"n\":1}\nb one\na four\nb two\n";
    assert_eq!(get("--format '{device} {text}'"), by_time);
    let mut arrived: Vec<String> = get("--order arrival --format '{device} {text}'")
        .lines()
        .map(str::to_owned)
        .collect();
    let mut all: Vec<String> = by_time.lines().map(str::to_owned).collect();
    arrived.sort_unstable();
    all.sort_unstable();
    assert_eq!(arrived, all);
    assert_eq!(
        get("--format '{stream}' -m m").lines().next(),
        Some("stdout")
    );
    for args in [
        "--format '{nosuch}'",
        "--format '{line} {stream}'",
        "--format '{line}' -o jsonl",
        "--order time -o raw",
        "--highlight x -o json",
        "--highlight ''",
        "--exclude '('",
        "--timestamps -o short",
        "--format '{stream}' --content-type text",
    ] {
        edgelogs(format!("get -d a {args}")).on(&plant).refused();
    }
    // A profile's is for other runs.
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(&file, "content-type = \"text\"\n").expect("written");
    let file = file.path().display();
    let streams = get(&format!("--config {file} --format '{{stream}}'"));
    assert_eq!(streams, "stdout\n".repeat(4));
}

#[test]
fn a_short_line_has_room_for_its_message() {
    let text = "x".repeat(200);
    let lines = [format!("<6> 2026-11-29 05:17:51.760 +00:00 [INF] - {text}")];
    // A time of another year takes more.
    let now = jiff::Timestamp::now().as_nanosecond();
    let now = i64::try_from(now).expect("not far from now");
    let device = DeviceSetup::new("a")
        .module(ModuleSetup::new("edgeHub").lines(now, &lines))
        .module(ModuleSetup::new("edgeAgent").lines(now, &lines));
    let plant = StandIn::start(Setup::with(device));
    let ran = edgelogs("get -o short -d a --color always")
        .on(&plant)
        .quiet();
    let escapes = regex::Regex::new("\u{1b}\\[[0-9;]*m").unwrap();
    for line in escapes.replace_all(&ran.stdout, "").lines() {
        let shown: String = line.chars().take(80).collect();
        let module = if line.contains("edgeHub") { 50 } else { 48 };
        assert!(shown.matches('x').count() >= module, "{shown}");
    }
}
