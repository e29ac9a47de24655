//! No output holds a signature, a key or a token: neither help nor usage errors nor failures.

use clap::{Arg, Command};

use crate::common::samples::{NO_HUB, hub_with};
use crate::common::{Args, edgelogs};

const SIGNATURE: &str = "bm90LWZvci15b3VyLWV5ZXMtdGhpcnR5LXR3by1ieXQ%3D";
const KEY: &str = "a2V5LW5vdC1mb3IteW91ci1leWVz";

fn sas() -> String {
    format!(
        "https://acct.blob.core.windows.net/logs?sv=2025-01-05&sr=c&sp=acw&se=2126-01-01&sig={SIGNATURE}"
    )
}

/// A connection string of a hub that does not exist.
fn unreachable_hub() -> String {
    NO_HUB.replace("c2VjcmV0LWtleQ==", KEY)
}

/// Runs with every secret in the environment; `Edgelogs` searches the output of every run.
fn assert_no_secret_shown(args: impl Args) {
    edgelogs(args)
        .env("EDGELOGS_SAS", sas())
        .env("EDGELOGS_DEVICE", "press-07")
        .env("EDGELOGS_CONNECTION_STRING", unreachable_hub())
        .run();
}

/// Each command without subcommands, and its words. Those of `device` are left out: they run until
/// they are stopped, and every test that stops one searches its output.
fn every_command() -> Vec<(Vec<String>, Command)> {
    fn below(path: &[String], command: &Command, all: &mut Vec<(Vec<String>, Command)>) {
        if !command.has_subcommands() {
            all.push((path.to_vec(), command.clone()));
        }
        for sub in command.get_subcommands() {
            below(&[path, &[sub.get_name().to_owned()]].concat(), sub, all);
        }
    }
    let mut all = Vec::new();
    let tree = edgelogs::cli::command().disable_help_subcommand(true);
    below(&[], &tree, &mut all);
    all.retain(|(path, _)| path[0] != "device");
    all
}

/// A value that the argument takes.
fn value_of(arg: &Arg) -> String {
    if let Some(value) = arg.get_possible_values().first() {
        return value.get_name().to_owned();
    }
    let names = arg.get_value_names().unwrap_or_default();
    match names.first().map(|name| name.as_str()).unwrap_or_default() {
        name if name.contains("URL") => sas(),
        "CORRELATION_ID" => "3fa85f64-5717-4562-b3fc-2c963f66afa6".to_owned(),
        "METHOD" => "ping".to_owned(),
        _ => "edgeHub".to_owned(),
    }
}

/// A command with its required arguments.
fn required_words(path: &[String], command: &Command) -> Vec<String> {
    let mut words = path.to_vec();
    for arg in command.get_arguments().filter(|arg| arg.is_required_set()) {
        words.extend(arg.get_long().map(|long| format!("--{long}")));
        words.push(value_of(arg));
    }
    for (id, flag) in [("yes", "--yes"), ("retries", "--retries=0")] {
        // The list of tasks calls no hub.
        let is_list = path[0] == "status";
        if !is_list && command.get_arguments().any(|arg| arg.get_id() == id) {
            words.push(flag.to_owned());
        }
    }
    words
}

#[test]
fn no_command_prints_a_secret_at_any_verbosity() {
    let stand_in = hub_with("press-07");
    let hub = stand_in.connection_string();
    let nowhere = unreachable_hub();
    let mut worked = Vec::new();
    for (path, command) in every_command() {
        let words = required_words(&path, &command);
        for hub in [hub.as_str(), &nowhere, KEY] {
            let ran = edgelogs(&words)
                .args("-vv")
                .env("EDGELOGS_SAS", sas())
                .env("EDGELOGS_DEVICE", "press-07")
                .env("AZURE_CLIENT_SECRET", "Zm9yLW5vYm9keQ~~")
                .env("EDGELOGS_CONNECTION_STRING", hub)
                .at_home()
                .run();
            if ran.code == 0 {
                worked.push(path.join(" "));
            }
        }
    }
    for name in ["get", "status"] {
        assert!(worked.iter().any(|path| path == name), "{name}: {worked:?}");
    }
}

#[test]
fn a_secret_in_the_wrong_argument_is_never_printed() {
    for (path, command) in every_command() {
        for arg in command
            .get_arguments()
            .filter(|arg| arg.get_action().takes_values())
        {
            let mut words = required_words(&path, &command);
            let connection = format!("SharedAccessKeyName=service;SharedAccessKey={KEY}");
            for secret in [sas(), connection] {
                match arg.get_long() {
                    Some(long) => words.push(format!("--{long}={secret}")),
                    None => words.push(secret),
                }
                let ran = edgelogs(&words)
                    .args("-vv")
                    .env("EDGELOGS_DEVICE", "press-07")
                    .env("EDGELOGS_CONNECTION_STRING", unreachable_hub())
                    .at_home()
                    .run();
                assert!(ran.code < 11, "{words:?}: {ran:?}");
                words.pop();
            }
        }
    }
}

#[cfg(feature = "device")]
#[test]
fn device_serve_prints_its_key_only_in_the_first_line() {
    let mut serve = support::serve::Serve::start(&["-vv", "--device", "press-07"]);
    edgelogs("get -d press-07 -vv").on(&serve).exits(0);
    // Its output so far is searched for secrets when it is dropped.
    #[cfg(unix)]
    assert_eq!(serve.terminate(), Some(0));
    drop(serve);
}

#[test]
fn help_never_prints_values_of_the_environment() {
    for (path, _) in every_command() {
        for flag in ["-h", "--help"] {
            assert_no_secret_shown([&path[..], &[flag.to_owned()]].concat());
        }
    }
}

#[test]
fn usage_errors_never_hold_a_secret() {
    let sas = sas();
    let connection = format!("HostName=h;SharedAccessKeyName=service;SharedAccessKey={KEY}");
    for args in [
        format!("bundle {sas}"),
        format!("bundle --sas {sas} {sas}"),
        format!("upload --encoding {sas}"),
        format!("upload --sass {sas}"),
        format!("--{sas}"),
        format!("status {sas}"),
        format!("status --wait {connection}"),
        format!("get --since {connection}"),
        format!("get --tail {sas}"),
        format!("get --timeout {sas}"),
        format!("get --item x {sas}"),
        format!("get --connection-string {connection}"),
        format!("get --connection-string-file {connection}"),
        format!("upload --sas @{sas}"),
        format!("upload --sas {}", sas.replace("https", "ftp")),
    ] {
        assert_no_secret_shown(args);
    }
}

#[test]
fn dry_runs_and_failures_never_hold_a_secret() {
    let sas = sas();
    let account = format!("AccountName=acct;AccountKey={KEY}");
    let quoted = format!("'{{\"sasUrl\":\"{}\"}}'", sas.replace('/', "\\/"));
    let in_path = sas.replace("/logs?", &format!("/logs/sig={SIGNATURE}?"));
    let token = &sas[sas.find('?').unwrap()..];
    let new = "sas new --container logs";
    for args in [
        "upload --dry-run",
        "bundle --dry-run",
        &format!("upload --sas {sas} {sas} --dry-run"),
        "upload --retries 0",
        "bundle --retries 0",
        "get --retries 0",
        "devices --retries 0 -vv",
        "modules --retries 0 -vv",
        "ping --retries 0 -vv",
        "restart m --yes --retries 0 -vv",
        &format!("restart {sas} --yes --retries 0"),
        &format!("restart m -d {sas} --yes --retries 0 -o json"),
        &format!("ping -d {sas} -d x --retries 0"),
        &format!("modules -d {sas} -d x --retries 0 -o json"),
        &format!("devices --where {sas} --retries 0"),
        &format!("invoke {sas} --module-id {sas} --retries 0"),
        &format!("invoke ping --payload {quoted} --retries 0 -vv"),
        &format!("invoke ping --payload {quoted} --dry-run"),
        &format!("invoke ping --payload {sas}"),
        &format!("invoke ping --payload @{sas}"),
        "sas check -vv",
        &format!("sas check {sas} -o json"),
        &format!("sas check {in_path}"),
        &format!("sas check {token}"),
        &format!("sas new --container {sas}"),
        &format!("{new} --account {account}"),
        &format!("{new} --account-key-file {account}"),
        &format!("{new} --account acct --blob-endpoint {account}"),
        &format!("{new} --storage-connection-string-file {account}"),
        "doctor -vv",
        &format!("doctor -d {sas} -o json"),
    ] {
        assert_no_secret_shown(args);
    }
}
