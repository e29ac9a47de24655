//! Flags beside modes of their command, such as `--no-wait` or a form of output: what is typed changes the
//! run, or is refused, or stands below with the reason why both are honoured.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Arg, ArgAction};

use crate::run::{Bench, Ran};

const ID: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
/// Lines, and what they are run with. Not here are `--follow`, which does not end, and `--download` and
/// `upload --local`, which wait for a storage.
const LINES: &[(&str, &[&str])] = &[
    (
        "get -d d1",
        &["", "--dry-run", "--out-dir out", "-o raw", "-o jsonl"],
    ),
    ("get --tail 1", &["--local=dir:FILES/logs"]),
    (
        "upload -d d1 --sas SAS",
        &["", "--dry-run", "--no-wait", "-o jsonl"],
    ),
    ("bundle -d d1 --sas SAS", &["", "--dry-run", "--no-wait"]),
    ("status", &[""]),
    ("status ID -d d1", &["", "--dry-run", "--wait"]),
    ("devices", &["", "-o text"]),
    ("modules -d d1", &["", "-o jsonl"]),
    ("ping -d d1", &["", "--dry-run"]),
    ("ping", &["--local"]),
    ("restart filter -d d1 --yes", &["", "--dry-run"]),
    ("invoke ping -d d1", &["", "--dry-run", "--local"]),
    ("doctor -d d1", &[""]),
    ("sas check SAS", &[""]),
    (
        "sas new --container logs --account acct --account-key-file FILES/key",
        &["", "-o json"],
    ),
];

/// Valid values, of which at least one is not the default.
const VALUES: &[(&str, &[&str])] = &[
    ("account", &["other"]),
    ("account-key-file", &["FILES/key"]),
    ("auth", &["entra"]),
    ("blob-endpoint", &["https://other.blob.core.windows.net"]),
    ("ca-file", &["FILES/cert.pem"]),
    ("concurrency", &["2"]),
    ("connect-timeout", &["7s"]),
    ("connection-string-file", &["FILES/hub"]),
    ("container", &["other"]),
    ("content-type", &["json", "text"]),
    ("device", &["d2"]),
    ("devices-from", &["FILES/ids"]),
    ("download", &["out"]),
    ("encoding", &["none"]),
    ("exclude", &["."]),
    ("expiry", &["6d"]),
    ("format", &["'{text}'"]),
    ("highlight", &["one"]),
    ("hub", &["h.invalid"]),
    ("interval", &["7s"]),
    ("item", &["edgeHub tail=1"]),
    ("json-logs", &["off"]),
    ("last", &["1"]),
    ("level-from", &["line"]),
    ("local", &["sample"]),
    ("loglevel", &["err"]),
    ("loglevel-only", &["err"]),
    ("checkpoint", &["places"]),
    ("match", &["'d2*'"]),
    ("max-devices", &["0"]),
    ("max-run", &["7s"]),
    ("module", &["filter"]),
    ("module-id", &["filter"]),
    ("order", &["device", "arrival"]),
    ("out", &["b.zip"]),
    ("out-dir", &["out"]),
    ("output", &["text", "table", "json"]),
    ("payload", &["'{\"a\":1}'"]),
    ("prefix", &["always", "never"]),
    (
        "query",
        &["'SELECT deviceId FROM devices WHERE deviceId = 1'"],
    ),
    ("rate", &["7"]),
    ("regex", &["one"]),
    ("retries", &["0"]),
    ("sas", &["SAS2"]),
    ("shard", &["0/2", "1/2"]),
    ("since", &["1h"]),
    ("source-utc-offset", &["+02:00"]),
    ("storage-connection-string-file", &["FILES/key"]),
    ("tail", &["1"]),
    ("timeout", &["7s"]),
    ("until", &["1h"]),
    ("wait-timeout", &["7s"]),
    ("where", &["'tags.a = 1'"]),
];

/// Flags of every command, which say how it speaks.
const GLOBAL: [&str; 7] = [
    "color", "config", "help", "profile", "quiet", "utc", "verbose",
];

/// Flags that are honoured without a difference: where (part of the line, or `CALLS` for what calls a
/// hub; `=` before a whole line), which, and why.
const HONOURED: &[(&str, &str, &str)] = &[
    (
        "",
        "concurrency rate retries yes wait-timeout interval max-devices max-run",
        "limits and answers to questions, of which these runs meet none",
    ),
    (
        "--dry-run",
        "hub auth connection-string-file local timeout connect-timeout wait no-wait download output \
         exclude prefix timestamps json-logs out-dir format order",
        "it shows what the same line would send, whatever the way there and the form of the answer",
    ),
    (
        "-o json",
        "prefix timestamps",
        "a record always holds device, module and time",
    ),
    ("--out-dir", "force", "there is no file to overwrite"),
    (
        "get",
        "json-logs highlight level-from",
        "they are for a terminal, for levels that are asked for, and for records",
    ),
    ("SAS", "wait", "it is the default"),
    (
        "FILES/logs",
        "source-utc-offset",
        "the times in these files say their offsets",
    ),
    (
        "=status",
        "hub auth connection-string-file local module-id timeout connect-timeout dry-run match last",
        "they are for asking about tasks, of which there are none",
    ),
    (
        "status",
        "wait device",
        "the task has ended; there are no tasks",
    ),
    (
        "-d d1",
        "local",
        "the device of the hub answers as this one",
    ),
    (
        "CALLS",
        "ca-file",
        "it is for TLS, which loopback does not need",
    ),
];

/// The flags of a command.
fn flags(path: &str) -> Vec<Arg> {
    let mut command = edgelogs::cli::command().disable_help_subcommand(true);
    command.build();
    let mut found = &command;
    for word in path.split(' ') {
        match found.find_subcommand(word) {
            Some(sub) => found = sub,
            None => break,
        }
    }
    let own = found.get_arguments().filter(|arg| {
        arg.get_long()
            .is_some_and(|long| !GLOBAL.contains(&long) && long != "follow")
    });
    own.cloned().collect()
}

/// What may differ between two equal runs.
fn without_chance(bench: &Bench, text: &str) -> String {
    let mut text = text.replace(&bench.home.path().display().to_string(), "HOME");
    for (pattern, name) in [
        (r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", "GUID"),
        (r"[0-9a-f]{32}\S*", "TRACK"),
        (r"\d+ (ms|s)\b", "TIME"),
        (r"\d+ bytes|\d+ messages|127\.0\.0\.1:\d+", "SIZE"),
        (r"(\d{4}-\d\d-\d\d)[T ][0-9:.%A]+(Z| \+00:00)?", "$1"),
        (r"(?m)^(d1|local)\tok\t\d+$", "ok"),
        (r#""ms":\d+"#, "MS"),
        (r#"sig=[^&\s"']+"#, "SIGNED"),
    ] {
        let pattern = regex::Regex::new(pattern).unwrap();
        text = pattern.replace_all(&text, name).into_owned();
    }
    text
}

/// What a run does: exit code, streams with all calls, and files.
fn outcome(bench: &mut Bench, line: &str) -> (Ran, String) {
    let line = line
        .replace("SAS2", "'https://other.blob.core.windows.net/c?sv=2023-11-03&sr=c&sp=racwl&se=2999-01-01&sig=QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU%3D'")
        .replace("ID", ID);
    let ran = bench.run::<&str, &str>(&format!("{line} -vv"), &[], &[]);
    let mut files = Vec::new();
    let mut folders = vec![bench.home.path().join("out")];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else {
            continue;
        };
        for path in entries.map(|entry| entry.unwrap().path()) {
            match path.is_dir() {
                true => folders.push(path),
                false => files.push(std::fs::read_to_string(&path).unwrap()),
            }
        }
    }
    files.sort();
    let done = format!("{} {}{}{files:?}", ran.code, ran.stdout, ran.stderr);
    let done = without_chance(bench, &done);
    (ran, done)
}

/// The flags that a line drops.
fn dropped(bench: &mut Bench, line: &str, used: &mut BTreeSet<usize>) -> Vec<String> {
    let values: BTreeMap<_, _> = VALUES.iter().copied().collect();
    let (_, plain) = outcome(bench, line);
    assert_eq!(outcome(bench, line).1, plain, "{line} differs from itself");
    let mut faults = Vec::new();
    for arg in flags(line) {
        let long = arg.get_long().unwrap();
        let is_there = |word: &str| {
            word.strip_prefix("--") == Some(long)
                || word.strip_prefix('-').and_then(|short| short.parse().ok()) == arg.get_short()
                    && arg.get_short().is_some()
        };
        let repeats = matches!(arg.get_action(), ArgAction::Append);
        if line.split(' ').any(is_there) && !repeats {
            continue;
        }
        let words: Vec<String> = match arg.get_action() {
            ArgAction::SetTrue => vec![format!("--{long}")],
            _ if long == "local" => vec!["--local".to_owned()],
            _ => {
                let Some(values) = values.get(long) else {
                    faults.push(format!("--{long} has no value here"));
                    continue;
                };
                values
                    .iter()
                    .map(|value| format!("--{long} {value}"))
                    .collect()
            }
        };
        let is_kept = words.iter().any(|word| {
            let (ran, done) = outcome(bench, &format!("{line} {word}"));
            match ran.code {
                2 => {
                    let file = word.rsplit('/').next().unwrap_or_default();
                    let names = [&format!("--{long}"), "required arguments", file];
                    names.iter().any(|name| ran.stderr.contains(name))
                }
                _ => done != plain,
            }
        });
        if is_kept {
            continue;
        }
        let entry = HONOURED.iter().position(|(place, flags, _)| {
            let is_here = match *place {
                "CALLS" => !line.starts_with("sas"),
                place => match place.strip_prefix('=') {
                    Some(whole) => line == whole,
                    None => line.contains(place),
                },
            };
            is_here && flags.split(' ').any(|flag| flag == long)
        });
        match entry {
            Some(entry) => {
                used.insert(entry);
            }
            None => faults.push(format!("{line} --{long}")),
        }
    }
    faults
}

#[test]
fn a_flag_beside_a_mode_changes_the_run_or_is_refused() {
    let lines: Vec<String> = LINES
        .iter()
        .flat_map(|(line, modes)| modes.iter().map(move |mode| format!("{line} {mode}")))
        .map(|line| line.trim().to_owned())
        .collect();
    let (mut faults, mut used) = (Vec::new(), BTreeSet::new());
    std::thread::scope(|scope| {
        let sweeps: Vec<_> = lines
            .chunks(8)
            .map(|part| {
                scope.spawn(move || {
                    let (mut bench, mut used) = (Bench::new(), BTreeSet::new());
                    let mut faults = Vec::new();
                    for line in part {
                        faults.extend(dropped(&mut bench, line, &mut used));
                    }
                    (faults, used)
                })
            })
            .collect();
        for sweep in sweeps {
            let (more, of) = sweep.join().unwrap();
            faults.extend(more);
            used.extend(of);
        }
    });
    for (number, (place, flags, _)) in HONOURED.iter().enumerate() {
        if !used.contains(&number) {
            faults.push(format!("`{flags}` of `{place}` needs no entry"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
