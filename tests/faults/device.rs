//! The device's side: the device module behind its loopback hub, over a daemon or a folder that misbehaves,
//! with a storage behind a proxy that breaks what passes, without room on its disk, with a clock that is set
//! back, ended and killed at any moment.

use std::collections::{BTreeMap, HashSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use fastrand::Rng;
use serde_json::{Value, json};

use crate::blobs::{Blobs, SIGNATURE};
use crate::client::{Answered, Client};
use crate::daemon::{Daemon, Entry, ListTrouble, Module, NO_FRAME, Trouble};
use crate::seeds::{self, Seeds};
use crate::wire::{Answer, Fault, Planned, Wire};

/// Modules that run at the same time.
const WORKERS: usize = 6;

/// More memory than the module needs that answers 16 requests at once.
const MOST_KB: u64 = 450_000;

/// How long a task may take: its storage may be out of reach for a while, time and again.
const TASK_WITHIN: Duration = Duration::from_secs(150);

/// The method refuses more than this.
const MOST_CHARS: usize = 127_000;

/// What a run is made of.
#[derive(Debug)]
struct Plan {
    modules: Vec<Module>,
    is_folder: bool,
    list: ListTrouble,
    storage: Vec<Planned>,
    calls: Vec<Call>,
    no_room: bool,
    clock_back: bool,
    end: End,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    /// All calls are answered, and all tasks end.
    Awaited,
    Terminated(Duration),
    Killed(Duration),
}

/// A call of a method.
#[derive(Debug, Clone)]
struct Call {
    method: &'static str,
    payload: String,
    /// The modules that it selects.
    modules: Vec<usize>,
    tail: Option<usize>,
    is_json: bool,
}

fn stamp(number: usize) -> String {
    let second = number / 10;
    format!(
        "2026-11-22T08:{:02}:{:02}.{:09}Z",
        second / 60 % 60,
        second % 60,
        number % 10 * 100_000_000 + 7
    )
}

/// The entries of a log, all of whose lines are valid where `is_plain`.
fn entries(rng: &mut Rng, name: &str) -> Vec<Entry> {
    let kind = rng.u8(0..10);
    let count = match kind {
        0 => 0,
        1..4 => rng.usize(1..30),
        _ => rng.usize(30..600),
    };
    let is_tty = kind == 5;
    let mut entries = Vec::new();
    for number in 0..count {
        let mut text = format!("<{}> {name} line {number} ", rng.u8(3..8)).into_bytes();
        for _ in 0..rng.usize(0..80) {
            match kind {
                6 => text.push(rng.u8(128..)),
                _ => text.extend_from_slice(
                    ["a", "é", "7", "\u{1f600}", "\"", "x"][rng.usize(0..6)].as_bytes(),
                ),
            }
        }
        text.extend_from_slice(if is_tty { b"\r\n" } else { b"\n" });
        entries.push(Entry {
            kind: match kind {
                5 => NO_FRAME,
                7 => rng.u8(0..3),
                _ => rng.u8(1..3),
            },
            stamp: stamp(number),
            bytes: text.into(),
        });
    }
    if kind == 8 {
        entries.extend(long_line(rng.usize(10..200), stamp(count)));
    }
    entries
}

/// One line in so many parts, as the engine keeps it.
fn long_line(parts: usize, stamp: String) -> impl Iterator<Item = Entry> {
    let part = Bytes::from(vec![b'l'; 16_384]);
    let last = Bytes::from_static(b"its end\n");
    let parts = std::iter::repeat_n(part, parts).chain([last]);
    parts.map(move |bytes| Entry {
        kind: 1,
        stamp: stamp.clone(),
        bytes,
    })
}

impl Plan {
    fn draw(rng: &mut Rng, is_long: bool) -> Self {
        let is_folder = rng.u8(0..10) < 3;
        let names = ["edgeAgent", "edgeHub", "sensor", "camera"];
        let count = rng.usize(1..5);
        let modules: Vec<Module> = names[..count]
            .iter()
            .map(|name| Module {
                name: (*name).to_owned(),
                entries: Arc::new(entries(rng, name)),
                trouble: if rng.u8(0..10) < 6 {
                    Trouble::None
                } else {
                    trouble(rng)
                },
                after: rng.usize(0..4),
            })
            .collect();
        let many = rng.u8(0..40) == 0;
        let calls = match many {
            true if is_long => 1000,
            true => 200,
            false => rng.usize(2..16),
        };
        let calls = (0..calls).map(|_| Call::draw(rng, &modules)).collect();
        // So many uploads take their time one after the other.
        let storage = match rng.bool() && !many {
            true => (0..rng.usize(1..4)).map(|_| storage_fault(rng)).collect(),
            false => Vec::new(),
        };
        Self {
            is_folder,
            list: match rng.u8(0..5) {
                0 => list_trouble(rng),
                _ => ListTrouble::None,
            },
            storage,
            calls,
            no_room: rng.u8(0..8) == 0,
            clock_back: rng.u8(0..10) == 0 && faketime().is_some(),
            end: match rng.u8(0..10) {
                0..6 => End::Awaited,
                6..8 => End::Terminated(Duration::from_millis(rng.u64(10..1500))),
                _ => End::Killed(Duration::from_millis(rng.u64(10..1500))),
            },
            modules,
        }
    }
}

fn trouble(rng: &mut Rng) -> Trouble {
    let lasts = Duration::from_millis(rng.u64(100..3000));
    match rng.u8(0..11) {
        0 => Trouble::Close,
        1 => Trouble::Status([404, 500, 501, 301, 400][rng.usize(0..5)]),
        2 => Trouble::Stall {
            within: false,
            lasts,
        },
        3 => Trouble::Stall {
            within: true,
            lasts,
        },
        4 => Trouble::Cut { proper: rng.bool() },
        5 => Trouble::Lies([100, 70_000, 1 << 20, (1 << 20) + 1, u32::MAX][rng.usize(0..5)]),
        6 => Trouble::BadKind(rng.u8(4..)),
        7 => Trouble::Grabbing,
        8 => Trouble::Endless,
        9 => Trouble::Garbage(rng.u64(..)),
        _ => Trouble::Drip,
    }
}

fn list_trouble(rng: &mut Rng) -> ListTrouble {
    match rng.u8(0..6) {
        0 => ListTrouble::Close,
        1 => ListTrouble::Status([400, 404, 500][rng.usize(0..3)]),
        2 => ListTrouble::Garbage,
        3 => ListTrouble::WrongType,
        4 => ListTrouble::Stall(Duration::from_millis(rng.u64(100..2500))),
        _ => ListTrouble::Huge,
    }
}

fn storage_fault(rng: &mut Rng) -> Planned {
    let seen = rng.bool();
    let fault = match rng.u8(0..9) {
        0 => Fault::Reset { seen },
        1 => Fault::Close { seen },
        2 => Fault::Stall {
            seen,
            after: rng.usize(0..100),
            lasts: Some(Duration::from_millis(rng.u64(100..2500))),
        },
        3 => Fault::Cut {
            percent: rng.usize(0..100),
            resets: rng.bool(),
        },
        4 => Fault::Delay(Duration::from_millis(rng.u64(10..1000))),
        5 => Fault::Repeat,
        _ => {
            let (status, code) = [
                (403, "AuthenticationFailed"),
                (403, "AuthorizationPermissionMismatch"),
                (404, "ContainerNotFound"),
                (409, "ContainerBeingDeleted"),
                (429, "TooManyRequests"),
                (500, "InternalError"),
                (500, "OperationTimedOut"),
                (503, "ServerBusy"),
                (307, ""),
            ][rng.usize(0..9)];
            let body = match rng.u8(0..3) {
                0 => b"<html>Sign in</html>".to_vec(),
                _ => format!("<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>Words.</Message></Error>").into_bytes(),
            };
            let headers = match code {
                "" => vec![("location", "http://127.0.0.1:9/".to_owned())],
                code => vec![("x-ms-error-code", code.to_owned())],
            };
            Fault::Instead(Answer {
                status,
                headers,
                body,
            })
        }
    };
    Planned {
        at: rng.usize(0..20),
        lasts: rng.u8(0..6) == 0,
        fault,
    }
}

impl Call {
    fn draw(rng: &mut Rng, modules: &[Module]) -> Self {
        let one = rng.usize(0..modules.len());
        let is_all = rng.u8(0..3) == 0;
        let (id, selected) = match is_all {
            true => (".*".to_owned(), (0..modules.len()).collect()),
            false => (format!("^{}$", modules[one].name), vec![one]),
        };
        let is_json = rng.u8(0..4) == 0;
        let tail = (rng.u8(0..4) == 0).then(|| rng.usize(0..50));
        let filter = tail.map_or_else(|| json!({}), |tail| json!({ "tail": tail }));
        let logs = json!({
            "schemaVersion": "1.0",
            "items": [{ "id": id, "filter": filter }],
            "encoding": if rng.bool() { "gzip" } else { "none" },
            "contentType": if is_json { "json" } else { "text" },
            "sasUrl": "{SAS}",
        });
        let of = |method, payload: &Value| Self {
            method,
            payload: payload.to_string(),
            modules: selected.clone(),
            tail,
            is_json,
        };
        match rng.u8(0..12) {
            0..5 => of("GetModuleLogs", &logs),
            5..8 => of("UploadModuleLogs", &logs),
            8 => of(
                "UploadSupportBundle",
                &json!({ "schemaVersion": "1.0", "sasUrl": "{SAS}" }),
            ),
            9 => Self {
                modules: vec![one],
                ..of(
                    "RestartModule",
                    &json!({ "schemaVersion": "1.0", "id": modules[one].name }),
                )
            },
            10 => of("ping", &Value::Null),
            _ => {
                let payloads = [
                    "null",
                    "[]",
                    "7",
                    "\"{}\"",
                    "{}",
                    r#"{"schemaVersion":"9.0","items":[{"id":"("}]}"#,
                    "{\"a",
                ];
                let methods = [
                    "GetModuleLogs",
                    "GetTaskStatus",
                    "nothing",
                    "UploadModuleLogs",
                ];
                let mut odd = of(methods[rng.usize(0..methods.len())], &Value::Null);
                odd.payload = payloads[rng.usize(0..payloads.len())].to_owned();
                odd
            }
        }
    }
}

fn faketime() -> Option<&'static str> {
    let path = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";
    Path::new(path).exists().then_some(path)
}

/// The process must never read half a file.
fn set_clock(home: &Path, offset: &str) {
    std::fs::write(home.join("clock.new"), offset).unwrap();
    std::fs::rename(home.join("clock.new"), home.join("clock")).unwrap();
}

/// The process, with what it says.
struct Served {
    child: Child,
    client: Client,
    stdout: Option<std::thread::JoinHandle<Vec<u8>>>,
    stderr: Option<std::thread::JoinHandle<Vec<u8>>>,
    peak_kb: u64,
}

/// What came of the process.
struct Ended {
    code: Option<i32>,
    stderr: String,
}

impl Served {
    fn start(home: &Path, source: &str, plan: &Plan) -> Self {
        let program = support::edgelogs();
        let mut command = support::clean(Command::new("/bin/sh"));
        // A limit on the size of files stands for a disk without room.
        let limit = match plan.no_room {
            true => "trap '' XFSZ; ulimit -f 40; ",
            false => "",
        };
        command
            .args(["-c", &format!("{limit}exec \"$0\" \"$@\"")])
            .arg(program.get_program());
        if plan.clock_back
            && let Some(library) = faketime()
        {
            set_clock(home, "+0s");
            command
                .env("LD_PRELOAD", library)
                .env("FAKETIME_TIMESTAMP_FILE", home.join("clock"))
                .env("FAKETIME_NO_CACHE", "1")
                .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        }
        let mut child = command
            .env("HOME", home)
            .env("TMPDIR", home)
            .args(["device", "serve", "--source", source])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut stderr = child.stderr.take().unwrap();
        let mut first = String::new();
        stdout.read_line(&mut first).unwrap();
        let drain = |mut stream: Box<dyn Read + Send>| {
            std::thread::spawn(move || {
                let mut all = Vec::new();
                let _ = stream.read_to_end(&mut all);
                all
            })
        };
        if !first.starts_with("HostName=") {
            let mut errors = String::new();
            stderr.read_to_string(&mut errors).unwrap();
            panic!("device serve does not start: {first}{errors}");
        }
        Self {
            child,
            client: Client::of(first.trim()),
            stdout: Some(drain(Box::new(stdout))),
            stderr: Some(drain(Box::new(stderr))),
            peak_kb: 0,
        }
    }

    fn look(&mut self) {
        let peak = support::peak_kb(&self.child).unwrap_or(0);
        self.peak_kb = self.peak_kb.max(peak);
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let id = i32::try_from(self.child.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        let _ = rustix::process::kill_process(id.expect("a process id"), signal);
    }

    /// Waits for its end, which must come.
    fn ended(&mut self) -> Ended {
        let start = Instant::now();
        let code = loop {
            self.look();
            match self.child.try_wait().unwrap() {
                Some(status) => break status.code(),
                None if start.elapsed() > TASK_WITHIN => {
                    self.child.kill().unwrap();
                    break Some(-2);
                }
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        };
        let stderr = self.stderr.take().unwrap().join().unwrap();
        drop(self.stdout.take().unwrap().join());
        Ended {
            code,
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The logs of a run, and what they are behind.
struct Behind {
    daemon: Option<Daemon>,
    source: String,
}

fn behind(plan: &Plan, home: &Path) -> Behind {
    if !plan.is_folder {
        let daemon = Daemon::start(home, plan.modules.clone(), plan.list);
        return Behind {
            source: daemon.source(),
            daemon: Some(daemon),
        };
    }
    let folder = home.join("logs");
    std::fs::create_dir(&folder).unwrap();
    for module in &plan.modules {
        let mut file = std::fs::File::create(folder.join(format!("{}.log", module.name))).unwrap();
        for entry in module.entries.iter() {
            file.write_all(&entry.bytes).unwrap();
        }
        // A rotation that is no gzip stream at all, or one that breaks off.
        if let Trouble::Cut { .. } | Trouble::Garbage(_) = module.trouble {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packed
                .write_all(&b"<6> an older line of a log\n".repeat(5000))
                .unwrap();
            let mut packed = packed.finish().unwrap();
            packed.truncate(packed.len() / 2);
            if let Trouble::Garbage(_) = module.trouble {
                packed = b"not gzip".repeat(100);
            }
            std::fs::write(folder.join(format!("{}.log.1.gz", module.name)), packed).unwrap();
        }
    }
    Behind {
        source: format!("dir:{}", folder.display()),
        daemon: None,
    }
}

/// The bytes of a module's log.
fn log_of(module: &Module, tail: Option<usize>) -> Vec<u8> {
    let all: Vec<u8> = module
        .entries
        .iter()
        .flat_map(|entry| entry.bytes.iter().copied())
        .collect();
    let lines: Vec<&[u8]> = all.split_inclusive(|byte| *byte == b'\n').collect();
    let first = tail.map_or(0, |tail| lines.len().saturating_sub(tail));
    lines[first..].concat()
}

/// Whether what a payload or blob holds is the module's log, as far as its form lets one tell.
fn is_whole(module: &Module, call: &Call, bytes: &[u8]) -> bool {
    let log = log_of(module, call.tail);
    if call.is_json {
        let records: Vec<Value> = serde_json::from_slice(bytes).unwrap_or_default();
        return records.len() == log.split_inclusive(|byte| *byte == b'\n').count();
    }
    String::from_utf8_lossy(bytes) == String::from_utf8_lossy(&log)
}

fn unpacked(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let _ = flate2::read::MultiGzDecoder::new(bytes).read_to_end(&mut out);
    out
}

/// Whether nothing goes wrong where a call looks, so that it must be answered.
fn is_calm(plan: &Plan, call: &Call) -> bool {
    let is_odd = !call.payload.contains(r#""schemaVersion":"1.0""#);
    let is_of_all = call.method == "UploadSupportBundle";
    let selected = |index: &usize| is_of_all || call.modules.contains(index);
    let mut modules = plan.modules.iter().enumerate();
    let are_calm = modules.all(|(index, module)| {
        !selected(&index) || matches!(module.trouble, Trouble::None | Trouble::Drip)
    });
    // So many at once have to wait for each other.
    let are_few = plan.calls.len() <= 16;
    let is_whole_run = plan.end == End::Awaited && plan.list == ListTrouble::None && !plan.no_room;
    !is_odd && are_calm && are_few && is_whole_run
}

/// What does not hold of an answer.
fn judge(plan: &Plan, call: &Call, answered: &Answered, faults: &mut Vec<String>) {
    let Answered {
        http,
        status,
        payload,
    } = answered;
    if *http != 200 {
        // The hub itself refuses what is not JSON.
        let is_json = serde_json::from_str::<Value>(&call.payload).is_ok();
        if !matches!(http, 404 | 429 | 503 | 504) && (is_json || *http != 400) {
            faults.push(format!("{} is answered {http}: {payload}", call.method));
        }
        return;
    }
    if *status != 200 {
        if !matches!(status, 400 | 404 | 409 | 429 | 500 | 503 | 504) {
            faults.push(format!("{} has status {status}", call.method));
        }
        let message = payload["message"].as_str().unwrap_or_default();
        if message.is_empty() {
            faults.push(format!(
                "{} fails with {status} and no message: {payload}",
                call.method
            ));
        }
        let is_too_large = message.contains("too large");
        let can_restart = call.method != "RestartModule" || !plan.is_folder;
        if is_calm(plan, call) && !is_too_large && can_restart {
            faults.push(format!(
                "nothing goes wrong, and {} fails with {status}: {message}",
                call.method
            ));
        }
        if message.contains("panic") {
            faults.push(format!("{} says {message}", call.method));
        }
        return;
    }
    if call.method != "GetModuleLogs" || call.payload.len() < 40 {
        return;
    }
    let parts = payload.as_array().cloned().unwrap_or_default();
    let named: HashSet<&str> = parts
        .iter()
        .filter_map(|part| part["id"].as_str())
        .collect();
    for index in &call.modules {
        let module = &plan.modules[*index];
        if !named.contains(module.name.as_str()) {
            faults.push(format!("the answer has no part of {}", module.name));
        }
    }
    for part in &parts {
        let Some(module) = plan
            .modules
            .iter()
            .find(|module| part["id"] == *module.name)
        else {
            faults.push(format!("the answer has a part of {}", part["id"]));
            continue;
        };
        if part.get("error").is_some_and(|error| !error.is_null()) {
            continue;
        }
        let bytes = match (&part["payload"], &part["payloadBytes"]) {
            (Value::String(text), Value::Null) => text.clone().into_bytes(),
            (Value::Null, Value::String(text)) => {
                unpacked(&BASE64_STANDARD.decode(text).unwrap_or_default())
            }
            _ => {
                faults.push(format!("a part of {} holds nothing", module.name));
                continue;
            }
        };
        if !is_whole(module, call, &bytes) && is_told(plan, module) {
            faults.push(format!(
                "without an error, {} has {} bytes of {}, trouble {:?}",
                module.name,
                bytes.len(),
                log_of(module, call.tail).len(),
                module.trouble
            ));
        }
        if bytes.len() > 4 * MOST_CHARS && part["payloadBytes"].is_null() {
            faults.push("the answer is too large".to_owned());
        }
    }
}

/// Whether a client can tell that the log is not whole, so that the module must say it.
fn is_told(plan: &Plan, module: &Module) -> bool {
    // A TTY's log has no frames, and no end but that of the body; without frames, anything is a log.
    let is_tty = module
        .entries
        .first()
        .is_some_and(|entry| entry.kind == NO_FRAME);
    match module.trouble {
        Trouble::None | Trouble::Drip => {
            !plan.is_folder || module.entries.iter().all(|entry| entry.kind <= 2)
        }
        _ if plan.is_folder => false,
        Trouble::Cut { proper } => !is_tty || !proper,
        Trouble::Garbage(_) if module.after == 0 => false,
        Trouble::Lies(_) | Trouble::BadKind(_) | Trouble::Garbage(_) | Trouble::Grabbing => {
            !is_tty && !module.entries.is_empty()
        }
        Trouble::Endless => true,
        _ => !module.entries.is_empty(),
    }
}

/// Whether a task tells the truth, when it has ended.
fn judge_task(plan: &Plan, call: &Call, status: &Value, blobs: &Blobs, faults: &mut Vec<String>) {
    let words = status["status"].as_str().unwrap_or_default();
    let message = status["message"].as_str().unwrap_or_default();
    match words {
        "Completed" => {
            let names: Vec<&str> = status["blobs"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            if call.method == "UploadSupportBundle" {
                for name in &names {
                    let zip = blobs
                        .read(name)
                        .map(std::io::Cursor::new)
                        .map(zip::ZipArchive::new);
                    if !matches!(zip, Some(Ok(_))) {
                        faults.push(format!("the task is Completed, and {name} is not a zip"));
                    }
                }
                return;
            }
            for index in &call.modules {
                let module = &plan.modules[*index];
                let start = format!("/{}-2", module.name);
                let mut own = names.iter().filter(|name| name.contains(&start));
                let Some(name) = own.next() else {
                    faults.push(format!(
                        "the task is Completed without a blob of {}: {names:?}",
                        module.name
                    ));
                    continue;
                };
                let bytes = blobs.read(name).unwrap_or_default();
                let bytes = if name.ends_with(".gz") {
                    unpacked(&bytes)
                } else {
                    bytes
                };
                if !is_whole(module, call, &bytes) && is_told(plan, module) {
                    faults.push(format!(
                        "the task is Completed, and {name} has {} bytes of {}, trouble {:?}",
                        bytes.len(),
                        log_of(module, call.tail).len(),
                        module.trouble
                    ));
                }
            }
        }
        "Failed" | "Cancelled" if is_calm(plan, call) && plan.storage.is_empty() => {
            faults.push(format!(
                "nothing goes wrong, and a task has ended as {status}"
            ));
        }
        "Failed" | "Cancelled" if !message.is_empty() => {}
        "Unknown" if plan.no_room => {}
        _ => faults.push(format!("a task has ended as {status}")),
    }
}

/// All that does not hold of a run, and the most memory that it took.
fn run_seed(seed: u64, is_long: bool) -> (String, Vec<String>, u64) {
    let mut rng = Rng::with_seed(seed);
    let plan = Plan::draw(&mut rng, is_long);
    let home = tempfile::tempdir().unwrap();
    let behind = behind(&plan, home.path());
    let blobs = Blobs::start();
    let storage = Wire::start(&blobs.authority(), None);
    storage.plan(plan.storage.clone());
    let sas = Blobs::sas(&storage.authority());
    let mut served = Served::start(home.path(), &behind.source, &plan);
    let mut faults = Vec::new();
    let (mut answers, mut tasks) = (Vec::new(), Vec::new());
    let client = served.client.clone();
    let signalled = std::thread::scope(|scope| {
        let calls: Vec<_> = plan
            .calls
            .iter()
            .map(|call| {
                let (client, payload) = (client.clone(), call.payload.replace("{SAS}", &sas));
                std::thread::Builder::new()
                    .stack_size(256 << 10)
                    .spawn_scoped(scope, move || client.call(call.method, &payload))
                    .unwrap()
            })
            .collect();
        let start = Instant::now();
        let mut signalled = false;
        while !calls.iter().all(std::thread::ScopedJoinHandle::is_finished) {
            served.look();
            match plan.end {
                End::Terminated(after) if start.elapsed() > after && !signalled => {
                    signalled = true;
                    served.signal(rustix::process::Signal::TERM);
                }
                End::Killed(after) if start.elapsed() > after && !signalled => {
                    signalled = true;
                    served.signal(rustix::process::Signal::KILL);
                }
                _ => {}
            }
            if plan.clock_back && start.elapsed() > Duration::from_millis(50) {
                set_clock(home.path(), "-3600s");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        answers = calls.into_iter().map(|call| call.join().unwrap()).collect();
        signalled
    });
    for (call, answer) in plan.calls.iter().zip(&answers) {
        match answer {
            Ok(answered) => {
                judge(&plan, call, answered, &mut faults);
                if answered.http == 200
                    && answered.status == 200
                    && let Some(id) = answered.payload["correlationId"].as_str()
                    && call.method.starts_with("Upload")
                {
                    tasks.push((call, id.to_owned()));
                }
            }
            Err(_) if signalled => {}
            Err(error) => faults.push(format!("{} has no answer: {error}", call.method)),
        }
    }
    for (index, module) in plan.modules.iter().enumerate() {
        let asked = plan
            .calls
            .iter()
            .filter(|call| call.method == "RestartModule" && call.modules == [index])
            .count();
        if let Some(daemon) = &behind.daemon
            && daemon.restarts(&module.name) > asked
        {
            faults.push(format!(
                "{} was restarted more often than asked",
                module.name
            ));
        }
    }
    let mut stderr = String::new();
    if signalled {
        let ended = served.ended();
        if !matches!(plan.end, End::Killed(_)) && ended.code != Some(0) {
            faults.push(format!("it ended with {:?} at SIGTERM", ended.code));
        }
        stderr.push_str(&ended.stderr);
        let peak = served.peak_kb;
        served = Served::start(home.path(), &behind.source, &plan);
        served.peak_kb = peak;
    }
    let start = Instant::now();
    let client = served.client.clone();
    for (call, id) in &tasks {
        let payload = json!({ "schemaVersion": "1.0", "correlationId": id }).to_string();
        loop {
            served.look();
            let status = match client.call("GetTaskStatus", &payload) {
                Ok(answered) if answered.status == 200 => answered.payload,
                Ok(answered) if answered.status == 429 => json!({ "status": "Running" }),
                other => {
                    faults.push(format!("GetTaskStatus is answered {other:?}"));
                    break;
                }
            };
            let runs = status["status"] == "Running" || status["status"] == "NotStarted";
            if !runs {
                judge_task(&plan, call, &status, &blobs, &mut faults);
                break;
            }
            if signalled || start.elapsed() > TASK_WITHIN {
                faults.push(format!("a task does not end: {status}"));
                break;
            }
            std::thread::sleep(Duration::from_millis(30));
        }
    }
    served.look();
    let peak = served.peak_kb;
    served.signal(rustix::process::Signal::TERM);
    let ended = served.ended();
    if ended.code != Some(0) {
        faults.push(format!("it ended with {:?} in the end", ended.code));
    }
    stderr.push_str(&ended.stderr);
    if stderr.contains("panicked") {
        faults.push("it panicked".to_owned());
    }
    if stderr.contains(SIGNATURE) {
        faults.push("stderr holds a secret".to_owned());
    }
    if peak > MOST_KB {
        faults.push(format!("it took {peak} KB"));
    }
    let shown: BTreeMap<&str, String> = plan
        .modules
        .iter()
        .map(|module| {
            (
                module.name.as_str(),
                format!(
                    "{} entries, {:?} after {}",
                    module.entries.len(),
                    module.trouble,
                    module.after
                ),
            )
        })
        .collect();
    let stderr: String = stderr.chars().take(1500).collect();
    let report = format!(
        "EDGELOGS_SEED={seed} ({peak} KB)\n  {} calls over {}, {shown:?}, list {:?}, storage {:?}, no room {}, clock back {}, {:?}\n  {}\n  stderr: {stderr}",
        plan.calls.len(),
        if plan.is_folder {
            "a folder"
        } else {
            "a daemon"
        },
        plan.list,
        plan.storage,
        plan.no_room,
        plan.clock_back,
        plan.end,
        faults.join("\n  "),
    );
    (report, faults, peak)
}

#[test]
fn the_device_module_answers_and_its_tasks_tell_the_truth_whatever_its_peers_do() {
    let seeds = Seeds::of_run(200, 2000);
    let peak = std::sync::atomic::AtomicU64::new(0);
    let failures = seeds::run_all(&seeds, WORKERS, |seed| {
        let (report, faults, took) = run_seed(seed, Seeds::is_long());
        peak.fetch_max(took, std::sync::atomic::Ordering::Relaxed);
        if faults.is_empty() {
            if seeds.is_one() {
                println!("{report}");
            }
            return Ok(());
        }
        Err(report)
    });
    println!("{} runs, at most {} KB", seeds.count(), peak.into_inner());
    seeds::assert_none(&failures);
}

/// A line of 64 MB, or of 1 GB in a long run, from an engine: uploads hold it whole in bounded memory.
#[test]
fn a_line_of_many_megabytes_is_uploaded_whole_in_bounded_memory() {
    let megabytes = if Seeds::is_long() { 1024 } else { 64 };
    let home = tempfile::tempdir().unwrap();
    let parts = megabytes * 64;
    let module = Module {
        name: "edgeHub".to_owned(),
        entries: Arc::new(long_line(parts, stamp(1)).collect()),
        trouble: Trouble::None,
        after: 0,
    };
    let plan = Plan {
        modules: vec![module.clone()],
        is_folder: false,
        list: ListTrouble::None,
        storage: Vec::new(),
        calls: Vec::new(),
        no_room: false,
        clock_back: false,
        end: End::Awaited,
    };
    let behind = behind(&plan, home.path());
    let blobs = Blobs::start();
    let mut served = Served::start(home.path(), &behind.source, &plan);
    let logs = |content| {
        json!({
            "schemaVersion": "1.0", "items": [{ "id": "edgeHub", "filter": {} }], "encoding": "gzip",
            "contentType": content, "sasUrl": Blobs::sas(&blobs.authority()),
        })
        .to_string()
    };
    let answer = served.client.call("GetModuleLogs", &logs("text")).unwrap();
    // So many letters of one kind pack well: either is right.
    assert!(
        matches!(
            (answer.http, answer.status),
            (200, 200 | 400 | 504) | (504, _)
        ),
        "{answer:?}"
    );
    let mut whole = 0;
    for content in ["text", "json"] {
        let started = served
            .client
            .call("UploadModuleLogs", &logs(content))
            .unwrap();
        let id = started.payload["correlationId"]
            .as_str()
            .expect("a task")
            .to_owned();
        let payload = json!({ "schemaVersion": "1.0", "correlationId": id }).to_string();
        let status = loop {
            let status = served
                .client
                .call("GetTaskStatus", &payload)
                .unwrap()
                .payload;
            served.look();
            if status["status"] != "Running" && status["status"] != "NotStarted" {
                break status;
            }
            std::thread::sleep(Duration::from_millis(30));
        };
        assert!(
            matches!(status["status"].as_str(), Some("Completed" | "Failed")),
            "{status}"
        );
        if status["status"] == "Failed" {
            assert!(!status["message"].as_str().unwrap().is_empty(), "{status}");
            continue;
        }
        let name = status["blobs"][0].as_str().unwrap();
        let bytes = blobs.read(name).unwrap();
        let length = std::io::copy(
            &mut flate2::read::MultiGzDecoder::new(&*bytes),
            &mut std::io::sink(),
        )
        .unwrap();
        assert!(length >= (parts * 16_384 + 8) as u64, "{name}: {length}");
        whole += 1;
    }
    assert!(whole > 0, "no upload of {megabytes} MB has ended well");
    assert!(served.peak_kb < MOST_KB, "{} KB", served.peak_kb);
    served.signal(rustix::process::Signal::TERM);
    assert_eq!(served.ended().code, Some(0));
}
