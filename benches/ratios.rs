//! What the program costs, as ratios to what people do today, on the same work in the same run.
//!
//! `cargo bench --features device --bench ratios [-- ROW…]` prints the table of `docs/performance.md`, or
//! the rows whose names hold a word. Each side runs in turns, so that a slow moment of the machine hits
//! both, and the medians are compared. It needs `curl`, `jq`, `time`, `ripgrep`, 5 GB in the temporary
//! folder, and for the rows about Docker `EDGELOGS_TEST_DOCKER`, an Engine's socket. A bar that is missed
//! makes it fail.

#![allow(clippy::print_stdout, reason = "the figures are what it is for")]
#![allow(clippy::unwrap_used, reason = "a bench that panics has failed")]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use edgelogs::methods::{ContentType, ModuleLogs};
use stand_in::{DeviceSetup, Setup, StandIn, at};
use support::caller::Caller;
use support::engine::Engine;
use support::serve::Serve;

/// How often each side runs.
const RUNS: usize = 15;

/// The most memory that a run may take, in KB.
const MOST_MEMORY: u64 = 64 << 10;

/// What a run took.
#[derive(Debug, Clone, Copy)]
struct Cost {
    real: f64,
    cpu: f64,
}

/// A row of the table.
struct Row<'a> {
    name: &'static str,
    ours: String,
    theirs: String,
    bar: f64,
    /// Which of the costs counts.
    of: fn(Cost) -> f64,
    /// What both sides get.
    variables: Vec<(&'a str, String)>,
}

const REAL: fn(Cost) -> f64 = |cost| cost.real;
const CPU: fn(Cost) -> f64 = |cost| cost.cpu;

/// Runs a script, whose output goes nowhere.
fn run(script: &str, variables: &[(&str, String)]) -> Cost {
    let timed = format!("TIMEFORMAT='%3R %3U %3S'; time {{ {script}; }} >/dev/null");
    let ran = Command::new("bash")
        .args(["-o", "pipefail", "-c", &timed])
        .env("LC_ALL", "C")
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{script}: {said}");
    let times: Vec<f64> = said
        .lines()
        .last()
        .unwrap()
        .split(' ')
        .map(|time| time.parse().expect(&said))
        .collect();
    Cost {
        real: times[0],
        cpu: times[1] + times[2],
    }
}

fn median(mut costs: Vec<f64>) -> f64 {
    costs.sort_by(f64::total_cmp);
    costs[costs.len() / 2]
}

/// The most memory that a command takes, in KB.
fn peak(command: &str, variables: &[(&str, String)]) -> u64 {
    let ran = Command::new("bash")
        .args(["-c", &format!("/usr/bin/time -f %M {command} >/dev/null")])
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    let last = said.lines().last().unwrap_or_default();
    last.trim().parse().expect(&said)
}

/// Judges the rows that were asked for.
struct Bench {
    wanted: Vec<String>,
    missed: Vec<&'static str>,
}

impl Bench {
    fn wants(&self, name: &str) -> bool {
        self.wanted.is_empty() || self.wanted.iter().any(|word| name.contains(word.as_str()))
    }

    fn row(&mut self, row: &Row<'_>) {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            ours.push((row.of)(run(&row.ours, &row.variables)));
            theirs.push((row.of)(run(&row.theirs, &row.variables)));
        }
        let (ours, theirs) = (median(ours), median(theirs));
        self.judge(
            row.name,
            ours / theirs,
            row.bar,
            &format!("{ours:.3} s and {theirs:.3} s"),
        );
        // A pipeline has no single peak.
        if !row.ours.contains('|') {
            let peak = peak(&row.ours, &row.variables);
            self.judge(
                row.name,
                peak as f64 / 1024.0,
                MOST_MEMORY as f64 / 1024.0,
                "MB of memory",
            );
        }
    }

    fn judge(&mut self, name: &'static str, value: f64, bar: f64, how: &str) {
        let verdict = if value <= bar { "" } else { "  MISSED" };
        println!("| {name} | {value:.2} | {bar:.2} | {how} |{verdict}");
        if value > bar {
            self.missed.push(name);
        }
    }
}

/// Writes lines of the runtime's form until there are so many bytes. One of 20 is an error, and numbers
/// are random.
fn write_log(path: &Path, bytes: u64) {
    let mut random = fastrand::Rng::with_seed(16);
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path).unwrap());
    let start: jiff::Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
    let (mut written, mut number) = (0, 0_i64);
    while written < bytes {
        let time = start + jiff::SignedDuration::from_millis(number * 50);
        let (tag, level) = match random.u8(..20) {
            0 => (3, "ERR"),
            1 | 2 => (4, "WRN"),
            _ => (6, "INF"),
        };
        let line = format!(
            "<{tag}> {} +00:00 [{level}] - reading #{:05} of press {} came after {} ms\n",
            time.strftime("%Y-%m-%d %H:%M:%S.%3f"),
            random.u32(..100_000),
            random.u8(..40),
            random.u16(..),
        );
        out.write_all(line.as_bytes()).unwrap();
        written += line.len() as u64;
        number += 1;
    }
    out.flush().unwrap();
}

fn main() {
    let wanted = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with("--"));
    let mut bench = Bench {
        wanted: wanted.collect(),
        missed: Vec::new(),
    };
    println!("| work | measured | bar | how |\n|---|---|---|---|");
    let program = env!("CARGO_BIN_EXE_edgelogs");
    start(&mut bench, program);
    one_call(&mut bench, program);
    decoder(&mut bench);
    stream(&mut bench, program);
    device(&mut bench, program);
    fleet(&mut bench, program);
    docker(&mut bench, program);
    assert!(bench.missed.is_empty(), "missed: {:?}", bench.missed);
}

fn start(bench: &mut Bench, program: &str) {
    if !bench.wants("version") {
        return;
    }
    // Two hundred starts in one shell: a single one is less than what starting the shell varies by.
    let times = |command: &str| format!("for n in {{1..200}}; do {command}; done");
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        ours.push(run(&times(&format!("{program} --version")), &[]).real / 200.0);
        theirs.push(run(&times("/bin/true"), &[]).real / 200.0);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    let how = format!("{:.2} ms and {:.2} ms", ours * 1e3, theirs * 1e3);
    bench.judge(
        "--version, of 2 × /bin/true + 0.7 ms",
        ours / (2.0 * theirs + 0.0007),
        1.0,
        &how,
    );
}

fn one_call(bench: &mut Bench, program: &str) {
    if !bench.wants("500 lines") {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    write_log(&place.path().join("edgeHub.log"), 500 * 88);
    let serve = Serve::start(&["--source", &format!("dir:{}", place.path().display())]);
    let (url, token) = Caller::of(&serve).request();
    let call = r#"{"methodName":"GetModuleLogs","responseTimeoutInSeconds":30,"payload":{"schemaVersion":"1.0","items":{"id":"edgeHub","filter":{}},"encoding":"gzip","contentType":"text"}}"#;
    bench.row(&Row {
        name: "get of 500 lines, whole process",
        ours: format!("{program} get -q edgeHub"),
        theirs: format!("curl -s '{url}' -H \"Authorization: $TOKEN\" -d '{call}' | jq -r '.payload[0].payloadBytes' | base64 -d | gzip -d"),
        bar: 0.40,
        of: REAL,
        variables: vec![
            ("EDGELOGS_CONNECTION_STRING", serve.connection_string.clone()),
            ("EDGELOGS_DEVICE", "local".to_owned()),
            ("TOKEN", token),
        ],
    });
}

/// A module's part of an answer unpacks to 32 MiB at the most, so that 100 MB are four of them.
fn decoder(bench: &mut Bench) {
    let name = "100 MB, gzip in base64, through the library's decoder";
    if !bench.wants(name) {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("log");
    write_log(&file, 25_000_000);
    let packed = place.path().join("packed");
    run(
        &format!(
            "gzip -6 < {} | base64 -w0 > {}",
            file.display(),
            packed.display()
        ),
        &[],
    );
    let logs = ModuleLogs {
        payload_bytes: Some(std::fs::read_to_string(&packed).unwrap()),
        ..ModuleLogs::of("press")
    };
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let begin = std::time::Instant::now();
        let mut bytes = 0;
        for _ in 0..4 {
            for record in logs.records(ContentType::Text) {
                bytes += record.unwrap().line().len();
            }
        }
        ours.push(begin.elapsed().as_secs_f64());
        assert!(bytes >= 100_000_000);
        let unpack = format!("base64 -d < {} | gzip -d", packed.display());
        theirs.push(run(&[unpack.as_str(); 4].join("; "), &[]).real);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    let how = format!("{ours:.3} s and {theirs:.3} s");
    bench.judge(name, ours / theirs, 1.0, &how);
}

fn stream(bench: &mut Bench, program: &str) {
    if !bench.wants("100 MB from a hub") {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("log");
    write_log(&file, 100_000_000);
    let text = std::fs::read(&file).unwrap();
    let start = at("2026-11-01T00:00:00Z");
    let entries = text.split_inclusive(|byte| *byte == b'\n').enumerate();
    let entries: Vec<_> = entries
        .map(|(number, line)| {
            stand_in::Entry::stdout(start + number as i64 * 50_000_000, line.to_vec())
        })
        .collect();
    let device = DeviceSetup::new("d1").log("edgeHub", entries);
    let stand_in = StandIn::start(Setup::with(device));
    let packed = place.path().join("packed");
    run(
        &format!(
            "gzip -6 < {0} | base64 -w0 > {1}",
            file.display(),
            packed.display()
        ),
        &[],
    );
    bench.row(&Row {
        name: "100 MB from a hub through get, CPU",
        ours: format!("{program} get -q edgeHub --rate 0"),
        theirs: format!("base64 -d < {} | gzip -d", packed.display()),
        bar: 1.5,
        of: CPU,
        variables: vec![
            ("EDGELOGS_CONNECTION_STRING", stand_in.connection_string()),
            ("EDGELOGS_DEVICE", "d1".to_owned()),
        ],
    });
}

/// Uploads ask often whether they have ended, so that the pause between two polls is not measured as well.
fn device(bench: &mut Bench, program: &str) {
    let names = [
        "1 GB with a level and a regex",
        "upload of 1 GB",
        "tail 100 of 1 GB",
    ];
    if !names.iter().any(|name| bench.wants(name)) {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let logs = place.path().join("logs");
    std::fs::create_dir(&logs).unwrap();
    let log = logs.join("press.log");
    write_log(&log, 1_000_000_000);
    let (log, logs) = (log.display(), logs.display());
    let row = |name, ours: String, theirs: String, bar| Row {
        name,
        ours,
        theirs,
        bar,
        of: REAL,
        variables: Vec::new(),
    };
    if bench.wants(names[0]) {
        let ours = format!(
            "{program} get -q --local=dir:{logs} --until 2037-01-01T00:00:00Z -l 4 -g '#7777[0-9] '"
        );
        let pattern = "^<[0-4]>.*#7777[0-9] ";
        bench.row(&row(
            "1 GB with a level and a regex, of grep -E",
            ours.clone(),
            // It would stop at the first match if it wrote to /dev/null itself.
            format!("grep -E '{pattern}' {log} | cat"),
            1.5,
        ));
        bench.row(&row(
            "1 GB with a level and a regex, of ripgrep",
            ours,
            format!("rg -N '{pattern}' {log}"),
            10.0,
        ));
    }
    if bench.wants(names[1]) {
        let blobs = place.path().join("blobs");
        std::fs::create_dir(&blobs).unwrap();
        let blobs = blobs.display();
        for (name, content_type, bar) in [
            ("upload of 1 GB as text, gzip, of gzip -6", "text", 0.5),
            ("upload of 1 GB as JSON, gzip, of gzip -6", "json", 1.0),
        ] {
            bench.row(&row(
                    name,
                    format!("{program} upload -q --local=dir:{logs} --sas file://{blobs} --encoding gzip --content-type {content_type} --interval 100ms"),
                    // Written to the disk on both sides.
                    format!("gzip -6 < {log} > {blobs}/theirs.gz && sync {blobs}/theirs.gz"),
                    bar,
            ));
        }
    }
    if bench.wants(names[2]) {
        let serve = Serve::start(&["--source", &format!("dir:{logs}")]);
        let caller = Caller::of(&serve);
        let items = serde_json::json!({ "id": "press", "filter": { "tail": 100 } });
        let request =
            serde_json::json!({ "schemaVersion": "1.0", "items": items, "contentType": "text" });
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            let begin = std::time::Instant::now();
            caller.call("GetModuleLogs", request.clone());
            ours.push(begin.elapsed().as_secs_f64());
            theirs.push(run(&format!("tail -n 100 {log}"), &[]).real);
        }
        let (ours, theirs) = (median(ours), median(theirs));
        let how = format!("{:.2} ms and {:.2} ms", ours * 1e3, theirs * 1e3);
        bench.judge("tail 100 of 1 GB, of tail -n 100", ours / theirs, 3.0, &how);
    }
}

fn fleet(bench: &mut Bench, program: &str) {
    if !bench.wants("1,000 devices") {
        return;
    }
    let answer_within = Duration::from_millis(20);
    // One log for all: its answer is made once, and a device's work is its latency.
    let log = stand_in::LogScript::new(at("2026-11-22T08:00:00Z"));
    let log = log.evenly(1, 80, 10).log();
    let stand_in = StandIn::start(Setup::new().fleet("d", 1000, |device| {
        device.log("edgeHub", log.clone()).latency(answer_within)
    }));
    let variables = vec![("EDGELOGS_CONNECTION_STRING", stand_in.connection_string())];
    let command = format!("{program} get -q --match 'd*' --yes -j 64 --rate 0");
    let times = (0..RUNS).map(|_| run(&command, &variables).real);
    let ours = median(times.collect());
    let ideal = 1000.0 * answer_within.as_secs_f64() / 64.0;
    let how = format!("{ours:.3} s and {ideal:.3} s");
    bench.judge(
        "1,000 devices, 20 ms each, -j 64, of the least",
        ours / ideal,
        1.15,
        &how,
    );
    let peak = peak(&command, &variables) as f64 / 1024.0;
    bench.judge("1,000 devices", peak, 64.0, "MB of memory");
}

fn docker(bench: &mut Bench, program: &str) {
    let names = [
        "get of 100 MB through docker",
        "upload of 1 GB through docker",
    ];
    if !names.iter().any(|name| bench.wants(name)) {
        return;
    }
    let engine = Engine::from_env();
    let place = tempfile::tempdir().unwrap();
    let blobs = place.path().display();
    // 2,000 lines of 350 bytes a fifth of a second, for 150 seconds.
    let lines = |count: u32, pause: &str| {
        format!(
            "yes '<6> 2026-11-20 10:00:00.000 +00:00 [INF] - {}' | head -n {count} | while read -r line; do echo \"$line\"; {pause} done",
            "reading of a press, ".repeat(15)
        )
    };
    for (name, script, bar, command) in [
        (
            names[0],
            format!(
                "for n in $(seq 750); do {}; sleep 0.19; done",
                lines(400, "")
            ),
            3.0,
            format!("{program} get -q"),
        ),
        (
            names[1],
            lines(2_900_000, ""),
            1.3,
            format!("{program} upload -q --sas file://{blobs} --encoding gzip --interval 100ms"),
        ),
    ] {
        if !bench.wants(name) {
            continue;
        }
        let container = engine.run("ratio", &[], &script);
        let socket = engine.socket().display();
        bench.row(&Row {
            name,
            ours: format!("{command} {} --local={}", container.name, engine.source()),
            theirs: format!("docker --host unix://{socket} logs {}", container.name),
            bar,
            of: REAL,
            variables: Vec::new(),
        });
    }
}
