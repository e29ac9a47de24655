//! What must hold of every run, whatever went wrong.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;
use support::secrets::Secrets;

use crate::commands::{Format, Kind, Typed};
use crate::process::Ran;
use crate::wire::{Fault, Seen};
use crate::world::World;

/// What the same command says and leaves behind where nothing goes wrong.
#[derive(Debug)]
pub(crate) struct Truth {
    pub(crate) code: Option<i32>,
    pub(crate) stderr: String,
    pub(crate) stdout: String,
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// How many requests it takes.
    pub(crate) hub: usize,
    pub(crate) storage: usize,
}

/// More memory than a run needs that unpacks the largest answer and sorts the longest log here.
const MOST_KB: u64 = 260_000;

/// The line numbers of each device and module, in the order in which they were printed.
type Numbers = BTreeMap<(String, String), Vec<usize>>;

/// Everything that does not hold.
pub(crate) fn judge(typed: &Typed, truth: Option<&Truth>, ran: &Ran, world: &World) -> Vec<String> {
    let mut faults = Vec::new();
    let mut check = |holds: bool, what: &dyn Fn() -> String| {
        if !holds {
            faults.push(what());
        }
    };
    check(!ran.hangs, &|| "it does not end".to_owned());
    let code = ran.code.unwrap_or(-1);
    check(ran.code.is_some() || ran.hangs, &|| {
        "a signal ended it".to_owned()
    });
    let panicked = code == 101 || ran.stderr.contains("panicked");
    check(!panicked, &|| "it panicked".to_owned());
    check(ran.peak_kb < MOST_KB, &|| {
        format!("it took {} KB", ran.peak_kb)
    });
    let mut secrets = Secrets::default();
    secrets.of_text(&world.connection_string());
    secrets.of_text(&world.sas());
    let stdout = String::from_utf8_lossy(&ran.stdout).into_owned();
    for (name, text) in [("stdout", &stdout), ("stderr", &ran.stderr)] {
        let secret = secrets.in_text(text);
        check(secret.is_none(), &|| format!("{name} holds a secret"));
    }
    check(world.trap.accept().is_err(), &|| {
        "it followed a redirect".to_owned()
    });

    let (hub, storage) = (world.hub.seen(), world.storage.seen());
    for (call, times) in acting_calls(&hub) {
        check(times == 1 || !typed.acts(), &|| {
            format!("{call} was sent {times} times")
        });
    }
    let allowed = codes(typed, &hub, &storage);
    check(allowed.contains(&code), &|| {
        format!("exit code {code}, not one of {allowed:?}")
    });
    let must_recover = recovers(typed, &hub, &storage);
    check(code == 0 || !must_recover, &|| {
        format!("exit code {code}, although repeating what was lost would have helped")
    });
    let told = ran.stderr.lines();
    let told: Vec<&str> = told.filter(|line| line.starts_with("error: ")).collect();
    let errors = told.len();
    let different: std::collections::BTreeSet<&str> = told.iter().copied().collect();
    check(different.len() == errors || !typed.is_alone(), &|| {
        "an error is told twice".to_owned()
    });
    match code {
        0 => check(errors == 0, &|| format!("{errors} errors and exit code 0")),
        130 => {}
        // Levels that fail for different reasons are different failures.
        _ if typed.is_alone() && !typed.has_levels() => {
            check(errors == 1, &|| format!("{errors} errors in place of one"))
        }
        // What a bundle lacks is a warning and in its manifest.
        _ if typed.kind == Kind::Bundle && code == 4 => {
            check(errors == 0 && ran.stderr.contains("warning: "), &|| {
                "a bundle lacks something without a warning".to_owned()
            });
        }
        _ => check(errors >= 1, &|| "no error".to_owned()),
    }
    let is_json = match typed.kind {
        Kind::Get(format)
        | Kind::List(format)
        | Kind::Act(format)
        | Kind::Task(format)
        | Kind::Status(format) => Some(format),
        _ => None,
    };
    match is_json {
        Some(Format::Json) => {
            let value: Result<serde_json::Value, _> = serde_json::from_str(&stdout);
            check(stdout.is_empty() || value.is_ok(), &|| {
                "stdout is not JSON".to_owned()
            });
        }
        Some(Format::JsonLines) => {
            let is_record = |line: &str| serde_json::from_str::<serde_json::Value>(line).is_ok();
            check(stdout.lines().all(is_record), &|| {
                "a line is not JSON".to_owned()
            });
        }
        _ => {}
    }
    check(
        stdout.is_empty() || stdout.ends_with('\n') || is_raw(typed),
        &|| "stdout does not end with a line's end".to_owned(),
    );
    match truth {
        None => followed(&stdout, &ran.stderr, world, &mut faults),
        Some(truth) if code == 0 => whole(typed, truth, &stdout, world, &mut faults),
        Some(truth) => part(typed, truth, &stdout, world, &mut faults),
    }
    faults
}

fn is_raw(typed: &Typed) -> bool {
    typed.words.iter().any(|word| word == "raw")
}

/// How often each call that acts was sent, by device.
fn acting_calls(hub: &[Seen]) -> BTreeMap<String, usize> {
    let mut calls = BTreeMap::new();
    for seen in hub {
        let body: serde_json::Value = serde_json::from_slice(&seen.body).unwrap_or_default();
        let method = body["methodName"].as_str().unwrap_or_default();
        let acts = [
            "RestartModule",
            "UploadModuleLogs",
            "UploadSupportBundle",
            "reset",
        ];
        if acts.contains(&method) {
            *calls.entry(format!("{} {method}", seen.line)).or_default() += 1;
        }
    }
    calls
}

/// The exit codes that the faults which were met may end in.
fn codes(typed: &Typed, hub: &[Seen], storage: &[Seen]) -> BTreeSet<i32> {
    let mut codes = BTreeSet::from([0]);
    let mut failures = BTreeSet::new();
    for seen in hub {
        match &seen.met {
            None | Some(Fault::Delay(_) | Fault::Drip { .. } | Fault::Repeat) => {}
            Some(Fault::Instead(answer)) => {
                failures.insert(match answer.status {
                    429 => 10,
                    500.. => 6,
                    _ => 7,
                });
            }
            Some(Fault::Damaged(_)) => failures.extend([7]),
            Some(_) => failures.extend([6]),
        }
    }
    if typed.tls {
        failures.insert(6);
    }
    for seen in storage {
        match &seen.met {
            None | Some(Fault::Delay(_) | Fault::Drip { .. } | Fault::Repeat) => {}
            Some(Fault::Instead(answer)) => {
                failures.insert(match answer.status {
                    500.. => 6,
                    _ => 1,
                });
            }
            // A damaged blob is the task's failure, a damaged list is not.
            Some(Fault::Damaged(_)) => failures.extend([1, 6, 8]),
            Some(_) => failures.extend([6]),
        }
    }
    if !failures.is_empty() && !typed.is_alone() {
        codes.extend([1, 4]);
    }
    if matches!(typed.kind, Kind::Follow(_)) {
        // It is interrupted, and never ends by itself.
        codes = BTreeSet::from([130]);
    }
    codes.extend(failures);
    codes
}

/// Whether the faults are so few that repeating what only reads must have helped.
fn recovers(typed: &Typed, hub: &[Seen], storage: &[Seen]) -> bool {
    let met = hub.iter().filter(|seen| seen.met.is_some()).count();
    let is_read = match typed.kind {
        Kind::Get(_) | Kind::OutDir | Kind::Bundle | Kind::List(_) | Kind::Status(_) => true,
        Kind::Act(_) | Kind::Task(_) | Kind::Download | Kind::Follow(_) => return false,
    };
    is_read
        && met <= typed.retries
        && !typed.tls
        && storage.is_empty()
        && hub.iter().all(|seen| !is_final(seen))
}

/// Whether asking again is of no use: somebody else answers.
fn is_final(seen: &Seen) -> bool {
    matches!(&seen.met, Some(Fault::Instead(answer)) if answer.status < 400)
}

static MARKER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"@(\w+)\.(\w+)\.(\d{5})@").unwrap());
static UUID: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").unwrap());
static UID: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#""uid":"[0-9a-f]{32}""#).unwrap());
static TOOK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b\d+(\.\d+)? ?(ms|s|min)\b").unwrap());
static PINGED: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"(?m)("ms":|\tok\t)\d+"#).unwrap());
/// What `doctor` says of the clock depends on the first answer alone, whosever that is.
static CLOCK: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"(?m)("clock","result":"|^clock\t)\w+("[^}]*|\t.*)"#).unwrap());
static PREFIX: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\[[\w/]+\] ").unwrap());

/// Without what differs from run to run.
pub(crate) fn normalised(text: &str, world: &World) -> String {
    let home = world.home.path().display().to_string();
    let text = text
        .replace(&home, "HOME")
        .replace(&world.hub.authority(), "HUB")
        .replace(&world.storage.authority(), "STORAGE");
    let text = UUID.replace_all(&text, "UUID");
    let text = UID.replace_all(&text, r#""uid":"UID""#);
    let text = CLOCK.replace_all(&text, "${1}TIME");
    let text = PINGED.replace_all(&text, "${1}TIME");
    TOOK.replace_all(&text, "TIME").into_owned()
}

fn numbers(text: &str) -> Numbers {
    let mut numbers = Numbers::new();
    for found in MARKER.captures_iter(text) {
        let key = (found[1].to_owned(), found[2].to_owned());
        numbers
            .entry(key)
            .or_default()
            .push(found[3].parse().unwrap());
    }
    numbers
}

/// The lines, or the records of a document, sorted.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces = match serde_json::from_str::<serde_json::Value>(text) {
        Ok(document) if document["records"].is_array() => {
            let records = document["records"].as_array().into_iter().flatten();
            records.map(ToString::to_string).collect()
        }
        _ => lines(text),
    };
    pieces.sort();
    pieces
}

fn lines(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| PREFIX.replace(line, "").into_owned())
        .collect()
}

/// All files below a folder of the run, but none of the program's own state.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for name in ["out", "bundle.zip"] {
        walk(folder, &folder.join(name), &mut found);
    }
    found
}

fn walk(root: &Path, path: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            walk(root, &entry.unwrap().path(), found);
        }
    } else if let Ok(bytes) = std::fs::read(path) {
        let name = path.strip_prefix(root).unwrap().display().to_string();
        found.insert(name, bytes);
    }
}

/// A bundle by its entries: those that hold logs with what they hold.
fn entries(zip: &[u8]) -> Option<BTreeMap<String, String>> {
    use std::io::Read;
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip)).ok()?;
    let mut entries = BTreeMap::new();
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).ok()?;
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).ok()?;
        let name = entry.name().ok()?.into_owned();
        let text = match name.ends_with(".txt") || name.ends_with(".log") {
            true => String::from_utf8_lossy(&bytes).into_owned(),
            false => String::new(),
        };
        entries.insert(name, text);
    }
    Some(entries)
}

/// What the manifest of a bundle says is missing.
fn missing(zip: &[u8]) -> Vec<String> {
    let read = || -> Option<Vec<String>> {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(zip)).ok()?;
        let manifest: serde_json::Value =
            serde_json::from_reader(archive.by_name("manifest.json").ok()?).ok()?;
        let missing = manifest["missing"].as_array()?.iter();
        missing
            .map(|lost| lost["what"].as_str().map(str::to_owned))
            .collect()
    };
    read().unwrap_or_default()
}

fn whole(typed: &Typed, truth: &Truth, stdout: &str, world: &World, faults: &mut Vec<String>) {
    let text = normalised(stdout, world);
    let arrival = typed.words.iter().any(|word| word == "arrival");
    // Rows of devices come as they are done, and so do lines in order of arrival. The time of a line is the
    // engine's where the log was fetched in pages, as after a 504, and else the one that it says.
    let by_device = typed.words.iter().any(|word| word == "device");
    let in_any_order = typed.devices > 1 && !(matches!(typed.kind, Kind::Get(_)) && by_device);
    let same = match arrival || in_any_order {
        true => pieces(&text) == pieces(&truth.stdout) && numbers(&text) == numbers(&truth.stdout),
        false => text == truth.stdout,
    };
    if !same {
        faults.push(format!(
            "exit code 0, and stdout is not the truth: {}",
            difference(&text, &truth.stdout)
        ));
    }
    let files = files(world.home.path());
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    if names(&files) != names(&truth.files) {
        faults.push(format!(
            "exit code 0, and the files are {:?}",
            names(&files)
        ));
        return;
    }
    for (name, bytes) in &files {
        let same = match name.ends_with(".zip") && typed.kind == Kind::Bundle {
            true => entries(bytes).is_some() && entries(bytes) == entries(&truth.files[name]),
            false => *bytes == truth.files[name],
        };
        if !same {
            faults.push(format!("exit code 0, and the file {name} is not the truth"));
        }
    }
}

fn part(typed: &Typed, truth: &Truth, stdout: &str, world: &World, faults: &mut Vec<String>) {
    let text = normalised(stdout, world);
    if let Kind::Get(format) = typed.kind {
        parts(typed, &text, &truth.stdout, "stdout", faults);
        let known: BTreeSet<String> = lines(&truth.stdout).into_iter().collect();
        if format != Format::Json
            && let Some(line) = lines(&text).iter().find(|line| !known.contains(*line))
        {
            let line: String = line.chars().take(100).collect();
            faults.push(format!(
                "stdout holds a line that is not of the log: {line}"
            ));
        }
    }
    for (name, bytes) in files(world.home.path()) {
        // What is not whole is named so.
        let intended = name.strip_suffix(".incomplete").unwrap_or(&name);
        let Some(true_bytes) = truth.files.get(intended) else {
            if !name.ends_with(".damaged") {
                faults.push(format!("it left the file {name}"));
            }
            continue;
        };
        match typed.kind {
            _ if bytes == *true_bytes => {}
            Kind::OutDir if name != intended => {
                let (found, truth) = (
                    String::from_utf8_lossy(&bytes),
                    String::from_utf8_lossy(true_bytes),
                );
                parts(typed, &found, &truth, &name, faults);
            }
            Kind::Bundle => bundle(typed, &bytes, true_bytes, faults),
            _ => faults.push(format!("the file {name} is not whole")),
        }
    }
}

/// What a bundle lacks is in its manifest, and the rest is right.
fn bundle(typed: &Typed, zip: &[u8], truth: &[u8], faults: &mut Vec<String>) {
    let (Some(found), Some(truth)) = (entries(zip), entries(truth)) else {
        faults.push("the bundle is not a zip".to_owned());
        return;
    };
    let missing = missing(zip);
    for (name, whole) in &truth {
        let log = name.strip_prefix("logs/");
        let thing = match log.and_then(|name| name.strip_suffix(".log")) {
            Some(module) => format!("the log of module {module}"),
            None => name.clone(),
        };
        let is_said = |thing: &String| {
            missing
                .iter()
                .any(|lost| lost == thing || lost == "the log of every module")
        };
        match found.get(name) {
            Some(text) if text == whole => {}
            Some(text) if is_said(&thing) => parts(typed, text, whole, name, faults),
            // Twins are named by what they are of.
            None if !missing.is_empty() => {}
            _ => faults.push(format!(
                "{name} of the bundle is not whole, and its manifest says {missing:?}"
            )),
        }
    }
}

/// Each source's lines are some of its log, in order and each once. Only those of a level that could not be
/// fetched are missing among the others, and with an expression those that may be the end of a long line.
fn parts(typed: &Typed, text: &str, truth: &str, place: &str, faults: &mut Vec<String>) {
    let has_holes = typed.has_levels() || typed.words.iter().any(|word| word == "-g");
    let truth = numbers(truth);
    for (source, found) in numbers(text) {
        let known = truth.get(&source).map_or(&[][..], Vec::as_slice);
        let mut rest = known.iter();
        let is_in_order = match has_holes {
            true => found.iter().all(|found| rest.any(|known| known == found)),
            false => known.windows(found.len()).any(|window| window == found),
        };
        if !is_in_order {
            faults.push(format!(
                "{place} holds {} of {} lines of {source:?}, not in order: {:?}",
                found.len(),
                known.len(),
                found.iter().take(5).collect::<Vec<_>>()
            ));
        }
    }
}

/// Followed lines come each once and in order, and a gap is said.
fn followed(stdout: &str, stderr: &str, world: &World, faults: &mut Vec<String>) {
    let log = numbers(&String::from_utf8_lossy(
        &world.stand_in.module_bytes("d1", "edgeHub"),
    ));
    for (source, found) in numbers(stdout) {
        let written = log.get(&source).map_or(0, Vec::len);
        let gap = found.windows(2).find(|pair| pair[1] != pair[0] + 1);
        let is_said = stderr.contains("warning: ");
        if gap.is_some_and(|pair| pair[1] <= pair[0] || !is_said) {
            faults.push(format!(
                "line {:?} is followed by {:?}",
                gap.map(|pair| pair[0]),
                gap.map(|pair| pair[1])
            ));
        }
        if found.last().is_some_and(|last| *last >= written) {
            faults.push("a line that was not written".to_owned());
        }
    }
}

/// Of two runs with one checkpoint, the second of which nothing disturbs: each line came, and has one uid.
pub(crate) fn collected(first: &Ran, second: &Ran, truth: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if second.code != Some(0) {
        let (code, stderr) = (second.code, &second.stderr);
        faults.push(format!("the run after it ends in {code:?}: {stderr}"));
    }
    let (mut uids, mut texts) = (BTreeMap::new(), BTreeMap::new());
    let stdout = [&*first.stdout, &second.stdout].concat();
    for line in String::from_utf8_lossy(&stdout).lines() {
        let record: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        let (Some(uid), Some(text)) = (record["uid"].as_str(), MARKER.find(line)) else {
            faults.push(format!("{line} is not a line with a uid"));
            continue;
        };
        let (uid, text) = (uid.to_owned(), text.as_str().to_owned());
        let known = uids.entry(text.clone()).or_insert_with(|| uid.clone());
        let same = *known == uid && *texts.entry(uid).or_insert_with(|| text.clone()) == text;
        if !same {
            faults.push(format!("{text} does not have one uid of its own"));
        }
    }
    let truth: BTreeSet<&str> = MARKER
        .find_iter(truth)
        .map(|found| found.as_str())
        .collect();
    let came: BTreeSet<&str> = uids.keys().map(String::as_str).collect();
    if came != truth {
        let lost: Vec<_> = truth.difference(&came).take(5).collect();
        let others: Vec<_> = came.difference(&truth).take(5).collect();
        faults.push(format!("both runs lack {lost:?}, and have {others:?}"));
    }
    faults
}

fn difference(text: &str, truth: &str) -> String {
    let (found, known): (Vec<&str>, Vec<&str>) = (text.lines().collect(), truth.lines().collect());
    let at = found
        .iter()
        .zip(&known)
        .position(|(found, known)| found != known);
    let at = at.unwrap_or(found.len().min(known.len()));
    let line = |lines: &[&str]| lines.get(at).copied().unwrap_or_default().to_owned();
    let (one, other) = (line(&found), line(&known));
    let mut pairs = one.chars().zip(other.chars());
    let same = pairs.position(|(one, other)| one != other).unwrap_or(0);
    let shown = |line: &str| -> String {
        let from = same.saturating_sub(100);
        line.chars().skip(from).take(300).collect()
    };
    format!(
        "{} lines in place of {}; line {at} is {:?} in place of {:?}",
        found.len(),
        known.len(),
        shown(&one),
        shown(&other)
    )
}
