//! The arguments of the command tree.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};

use clap::{Arg, ArgAction, Command};
use support::serve::Serve;

use crate::odd::{Entry, Honoured, ODD, fault, raw};
use crate::run::Bench;

const PATTERN: &str = r#""id":"{}""#;
const MODULE_ID: (&str, &str) = ("named", "a module id is blank");
const STATUS: &str = "status 3fa85f64-5717-4562-b3fc-2c963f66afa6";
const NEW_SAS: &str = "sas new --container logs --account acct --account-key-file FILES/key";

const DEVICE_RUN: &str = "device run --source sample";

/// Each argument under the first command that has it.
const ARGUMENTS: &[Entry] = &[
    (
        "get ids",
        "get --dry-run",
        &[("negative huge word", PATTERN), MODULE_ID],
    ),
    (
        "get --module",
        "get --dry-run",
        &[("negative huge word", r#""id":"^{}$""#), MODULE_ID],
    ),
    (
        "get --device",
        "get --dry-run",
        &[("negative huge word", r#""devices":["{}"]"#)],
    ),
    ("get --where", "get -vv", &[("negative huge word", "{}")]),
    ("get --query", "get", &[]),
    ("get --devices-from", "get", &[]),
    ("get --match", "get", &[("negative huge word", "--match")]),
    (
        "get --format",
        "get -d d1",
        &[("blank negative huge word", "{}")],
    ),
    (
        "get --highlight",
        "get -d d1",
        &[("blank negative huge word", "--highlight needs colour")],
    ),
    ("get --order", "get -d d1", &[]),
    ("get --level-from", "get -d d1", &[]),
    ("get --max-devices", "get -d d1", &[]),
    ("get --shard", "get -d d1", &[]),
    ("get --concurrency", "get -d d1", &[]),
    ("get --rate", "get -d d1", &[]),
    (
        "get --item",
        "get --dry-run",
        &[("negative huge word", PATTERN), MODULE_ID],
    ),
    ("get --tail", "get -d d1", &[]),
    ("get --since", "get -d d1", &[]),
    ("get --until", "get -d d1", &[]),
    ("get --loglevel", "get -d d1", &[]),
    (
        "get --regex",
        "get --dry-run",
        &[("empty blank negative huge word", r#""regex":"{}""#)],
    ),
    (
        "get --exclude",
        "get -d d1",
        &[("blank negative huge word", "<3> one")],
    ),
    ("get --loglevel-only", "get -d d1", &[]),
    ("get --profile", "get -d d1", &[]),
    ("get --config", "get -d d1", &[]),
    (
        "get --hub",
        "ping -d d1 --retries 0",
        &[("huge", "hub `{}.azure-devices.net`")],
    ),
    ("get --auth", "get -d d1", &[]),
    ("get --connection-string-file", "get -d d1", &[]),
    ("get --ca-file", "get -d d1", &[]),
    ("get --local", "get", &[]),
    ("get --source-utc-offset", "get --local=dir:FILES/logs", &[]),
    ("get --timeout", "get -d d1", &[]),
    ("get --connect-timeout", "get -d d1", &[]),
    ("get --retries", "get -d d1", &[]),
    ("get --encoding", "get -d d1", &[]),
    ("get --content-type", "get -d d1", &[]),
    ("get --output", "get -d d1", &[]),
    ("get --prefix", "get -d d1", &[]),
    ("get --json-logs", "get -d d1", &[]),
    (
        "get --out-dir",
        "get -d d1",
        &[("blank negative huge word bytes", "{}/d1/edgeHub.log")],
    ),
    (
        "get --checkpoint",
        "get -d d1",
        &[("blank negative huge word bytes", "folder:")],
    ),
    ("get --max-run", "get -d d1", &[]),
    (
        "checkpoint show folder",
        "checkpoint show",
        &[("named", "<DIR>")],
    ),
    (
        "checkpoint show --device",
        "checkpoint show FILES",
        &[("blank negative huge word", "device `{}`")],
    ),
    (
        "checkpoint show --module",
        "checkpoint show FILES",
        &[("blank negative huge word", "module `{}`")],
    ),
    ("get --color", "get -d d1", &[]),
    ("upload --wait-timeout", "upload -d d1 --sas SAS", &[]),
    ("upload --interval", "upload -d d1 --sas SAS", &[]),
    ("upload --sas", "upload -d d1", &[("named", "SAS URL")]),
    ("upload --encoding", "upload -d d1 --sas SAS", &[]),
    ("upload --content-type", "upload -d d1 --sas SAS", &[]),
    (
        "upload --download",
        "upload -d other --sas SAS",
        &[("blank negative huge word bytes", "folder:")],
    ),
    (
        "bundle --out",
        "bundle -d other",
        &[("blank negative huge word bytes", "other")],
    ),
    ("bundle --since", "bundle -d d1 --sas SAS", &[]),
    ("bundle --until", "bundle -d d1 --sas SAS", &[]),
    (
        "status correlation_id",
        "status -d d1",
        &[("named", "correlation id")],
    ),
    ("status --last", "status", &[]),
    (
        "status --device",
        STATUS,
        &[("negative huge word", "device `{}`")],
    ),
    (
        "devices --where",
        "devices -vv",
        &[("negative huge word", "{}")],
    ),
    (
        "modules devices",
        "modules",
        &[
            ("negative huge word", "device `{}`"),
            ("named", "DEVICE holds a blank device id"),
        ],
    ),
    (
        "restart module",
        "restart --dry-run",
        &[
            ("negative huge word", PATTERN),
            ("named", "the module name is blank"),
        ],
    ),
    (
        "invoke method",
        "invoke --dry-run",
        &[
            ("negative huge word", r#""method":"{}""#),
            ("named", "the method name is blank"),
        ],
    ),
    (
        "get --module-id",
        "get --dry-run",
        &[
            ("negative huge word", r#""moduleId":"{}""#),
            ("named", "the module id is blank"),
        ],
    ),
    (
        "invoke --payload",
        "invoke ping --dry-run",
        &[
            ("negative huge", r#""payload":{}"#),
            ("named", "the payload"),
        ],
    ),
    ("completions shell", "completions", &[("named", "<SHELL>")]),
    (
        "config init name",
        "config init",
        &[("huge", "config:[profiles.{}]")],
    ),
    (
        "config init --hub",
        "config init",
        &[("huge", r#"config:hub = "{}""#), ("named", "`hub`")],
    ),
    ("config init --auth", "config init", &[("named", "`auth`")]),
    (
        "config init --connection-string-file",
        "config init",
        &[
            ("blank negative huge word", r#"config:{}""#),
            ("named", "`connection-string-file`"),
        ],
    ),
    (
        "config init --connection-string-command",
        "config init",
        &[
            ("negative huge word", "config:{}"),
            ("named", "`connection-string-command`"),
        ],
    ),
    (
        "config init --device",
        "config init",
        &[("negative huge word", "config:{}"), ("named", "`device`")],
    ),
    ("config init --set", "config init", &[]),
    (
        "config set settings",
        "config set",
        &[("named", "KEY=VALUE")],
    ),
    (
        "config unset keys",
        "config unset",
        &[("named", "config.toml")],
    ),
    ("config use name", "config use", &[("named", "config.toml")]),
    ("sas check sas", "sas check", &[("named", "SAS URL")]),
    (
        "sas new --container",
        "sas new --account acct --account-key-file FILES/key",
        &[("huge", "/{}?")],
    ),
    (
        "sas new --account",
        "sas new --container logs --account-key-file FILES/key",
        &[("huge", "https://{}.blob")],
    ),
    (
        "sas new --account-key-file",
        "sas new --container logs --account acct",
        &[],
    ),
    ("sas new --blob-endpoint", NEW_SAS, &[]),
    (
        "sas new --storage-connection-string-file",
        "sas new --container logs",
        &[],
    ),
    ("sas new --expiry", NEW_SAS, &[]),
    (
        "doctor named",
        "doctor",
        &[
            ("negative huge word", "device `{}`"),
            ("named", "DEVICE holds a blank device id"),
        ],
    ),
    (
        "doctor --device",
        "doctor",
        &[("negative huge word", "device `{}`")],
    ),
    ("device run --source", "device run", &[]),
    ("device run --connection-string-file", DEVICE_RUN, &[]),
    (
        "device run --cert-file",
        "device run --source sample --key-file FILES/key.pem",
        &[],
    ),
    (
        "device run --key-file",
        "device run --source sample --cert-file FILES/cert.pem",
        &[],
    ),
    ("device run --token-lifetime", DEVICE_RUN, &[]),
    ("device run --file-root", DEVICE_RUN, &[]),
    ("device run --grace", DEVICE_RUN, &[]),
    ("device run --metrics-listen", DEVICE_RUN, &[]),
    ("device serve --listen", "device serve", &[]),
    ("device serve --source", "device serve", &[]),
    (
        "device serve --device",
        "device serve",
        &[("negative huge word", "served")],
    ),
    ("device serve --simulate", "device serve", &[]),
    (
        "device serve --tls-cert",
        "device serve --tls-key FILES/key.pem",
        &[],
    ),
    (
        "device serve --tls-key",
        "device serve --tls-cert FILES/cert.pem",
        &[],
    ),
];

/// The arguments of all commands; those that commands share, once.
fn arguments() -> Vec<(String, Arg)> {
    fn add(
        path: &str,
        command: &Command,
        seen: &mut BTreeSet<String>,
        all: &mut Vec<(String, Arg)>,
    ) {
        for sub in command.get_subcommands() {
            let path = format!("{path} {}", sub.get_name());
            add(path.trim(), sub, seen, all);
        }
        if command.has_subcommands() {
            return;
        }
        for arg in command.get_arguments() {
            let word = arg
                .get_long()
                .map_or(arg.get_id().to_string(), |long| format!("--{long}"));
            let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
            if word != "--help" && seen.insert(format!("{word} {help}")) {
                all.push((format!("{path} {word}"), arg.clone()));
            }
        }
    }
    let mut tree = edgelogs::cli::command().disable_help_subcommand(true);
    tree.build();
    let mut all = Vec::new();
    add("", &tree, &mut BTreeSet::new(), &mut all);
    all
}

fn has_value(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
}

/// The argument with a value, as one word; a positional one behind `--`.
fn words(arg: &Arg, value: &OsStr) -> Vec<OsString> {
    match arg.get_long() {
        None => vec!["--".into(), value.to_owned()],
        Some(long) => {
            let mut word = OsString::from(format!("--{long}="));
            word.push(value);
            vec![word]
        }
    }
}

/// What is wrong with one argument.
fn faults_of(name: &str, arg: &Arg, line: &str, honoured: &[Honoured]) -> Vec<String> {
    let mut bench = Bench::new();
    let names: Vec<String> = arg
        .get_long()
        .map(|long| format!("--{long}"))
        .into_iter()
        .collect();
    let mut faults = Vec::new();
    for (kind, bytes) in ODD {
        let value = raw(bytes);
        let is_served = |(kinds, how): &&Honoured| *how == "served" && kinds.contains(kind);
        if honoured.iter().find(is_served).is_some() {
            let id = value.to_str().unwrap();
            let serve = Serve::start(&[&format!("--device={id}")]);
            let hub = [("EDGELOGS_CONNECTION_STRING", &serve.connection_string)];
            let ran = bench.run::<&str, _>("devices -o text", &[], &hub);
            assert_eq!(ran.stdout.trim_end(), id);
            continue;
        }
        let ran = bench.run::<_, &str>(line, &words(arg, value), &[]);
        let fault = fault(&bench, &ran, kind, value, honoured, &names);
        faults.extend(fault.map(|fault| format!("{name}: {fault}")));
    }
    faults
}

#[test]
fn every_argument_honours_an_odd_value_or_refuses_it_by_name() {
    let mut entries: BTreeMap<_, _> = ARGUMENTS
        .iter()
        .map(|(name, line, honoured)| (*name, (line, honoured)))
        .collect();
    let mut faults = Vec::new();
    let mut work = Vec::new();
    for (name, arg) in arguments().into_iter().filter(|(_, arg)| has_value(arg)) {
        match entries.remove(name.as_str()) {
            Some((line, honoured)) => work.push((name, arg, line, honoured)),
            None => faults.push(format!("{name} has no entry")),
        }
    }
    faults.extend(
        entries
            .keys()
            .map(|name| format!("there is no argument {name}")),
    );
    // Some runs wait, so that several at a time are faster even on few processors.
    std::thread::scope(|scope| {
        let sweeps = work.chunks(10).map(|part| {
            scope.spawn(|| {
                let faults = part
                    .iter()
                    .map(|(name, arg, line, honoured)| faults_of(name, arg, line, honoured));
                faults.flatten().collect::<Vec<_>>()
            })
        });
        let sweeps: Vec<_> = sweeps.collect();
        faults.extend(sweeps.into_iter().flat_map(|sweep| sweep.join().unwrap()));
    });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// A switch takes no value; one that is given must not count as the switch.
#[test]
fn every_switch_refuses_a_value() {
    let mut bench = Bench::new();
    for (name, _) in arguments().into_iter().filter(|(_, arg)| !has_value(arg)) {
        let (command, word) = name.rsplit_once(' ').unwrap();
        for value in ["", "no"] {
            let ran = bench.run::<_, &str>(command, &[format!("{word}={value}")], &[]);
            assert!(ran.is_refused(&[word.to_owned()]), "{name}: {ran:?}");
        }
    }
}

/// Values that are well-formed, and out of every range.
#[test]
fn a_number_or_duration_out_of_range_is_honoured_or_refused_by_name() {
    let mut bench = Bench::new();
    for (line, word) in [
        (STATUS, "--wait-timeout=580000000000y"),
        (STATUS, "--interval=580000000000y"),
        ("ping", "--timeout=580000000000y"),
        ("ping", "--connect-timeout=580000000000y"),
        ("ping", "--concurrency=0"),
        ("ping", "--rate=4294967296"),
        ("ping", "--retries=4294967296"),
        ("ping", "--max-devices=18446744073709551616"),
        ("get", "--tail=2147483648"),
        ("get", "--since=2147483648"),
        ("get", "--since=80y"),
        ("get", "--loglevel=8"),
        ("device serve", "--simulate=100001"),
        (NEW_SAS, "--expiry=580000000000y"),
    ] {
        let line = format!("{line} -d d1")
            .replace("serve -d", "serve --device")
            .replace("key -d d1", "key");
        let ran = bench.run::<_, &str>(&line, &[word], &[]);
        let (flag, value) = word.split_once('=').unwrap();
        let names = [flag.to_owned(), format!("{} {value}", &flag[2..])];
        assert!(ran.is_refused(&names), "{line} {word}: {ran:?}");
    }
    for word in [
        "--concurrency=18446744073709551615",
        "--rate=4294967295",
        "--rate=0",
        "--retries=4294967295",
        "--max-devices=18446744073709551615",
    ] {
        let ran = bench.run::<_, &str>("ping -d d1", &[word], &[]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{word}");
    }
}
