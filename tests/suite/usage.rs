//! Arguments that are refused before anything is sent, help, and dry runs.

use insta::assert_snapshot;
use serde_json::{Value, json};

#[cfg(target_os = "linux")]
use crate::common::program;
use crate::common::samples::{SAS, hub_string};
use crate::common::{Args, Ran, edgelogs, shown};

fn dry_run(args: impl Args) -> Value {
    let ran = edgelogs(args).args("--dry-run").exits(0);
    assert_eq!(ran.stdout.lines().count(), 1);
    ran.json()
}

/// Runs without a hub, so nothing can have been sent.
fn refused(args: &[&str]) -> Ran {
    let ran = edgelogs(args).refused();
    assert!(
        ran.stderr.starts_with("error: "),
        "{args:?}: {}",
        ran.stderr
    );
    ran
}

#[test]
fn a_dry_run_reproduces_the_documented_upload_example() {
    let line = dry_run(format!(
        "upload --item edge tail=100 --item tempSensor tail=1000 --sas {SAS} --encoding none --content-type text"
    ));
    assert_eq!(
        line,
        json!({
            "method": "UploadModuleLogs",
            "devices": [],
            "payload": {
                "schemaVersion": "1.0",
                "sasUrl": SAS.split_once("sig=").map(|(head, _)| format!("{head}sig=REDACTED")),
                "items": [
                    { "id": "edge", "filter": { "tail": 100 } },
                    { "id": "tempSensor", "filter": { "tail": 1000 } },
                ],
                "encoding": "none",
                "contentType": "text",
            }
        })
    );
}

#[test]
fn the_first_request_suits_every_agent() {
    // Stamps tell the parts of a long line; the shipped agent applies `tail` last only with both bounds.
    let line = dry_run(["get", "-m", "m", "-n", "5", "-g", "x"]);
    assert_eq!(
        line["payload"]["items"][0]["filter"],
        json!({
            "tail": 5, "since": "0", "until": "2147483647", "regex": "x", "includeTimestamp": true
        })
    );
    let line = dry_run(["get", "-m", "m", "-l", "info"]);
    assert_eq!(
        line["payload"]["items"][0]["filter"],
        json!({ "includeTimestamp": true })
    );
}

#[test]
fn requests_always_have_filter_encoding_and_content_type() {
    let line = dry_run(["get", "-d", "press-07"]);
    assert_eq!(
        line,
        json!({
            "method": "GetModuleLogs",
            "devices": ["press-07"],
            "payload": {
                "schemaVersion": "1.0",
                "items": [{ "id": ".*", "filter": { "includeTimestamp": true } }],
                "encoding": "gzip",
                "contentType": "text",
            }
        })
    );
}

#[test]
fn filter_flags_reach_the_payload_unchanged() {
    let line = dry_run(
        "get edge -m a.b -n 5 -s '2 days 3 hours 2 minutes' -u '1 d' -l warning -g '(?<x>a)[b-[c]]'",
    );
    let filter = json!({
        "tail": 5, "since": "2 days 3 hours 2 minutes", "until": "1 d", "loglevel": 4, "regex": "(?<x>a)[b-[c]]",
        "includeTimestamp": true
    });
    assert_eq!(
        line["payload"]["items"],
        json!([{ "id": r"^a\.b$", "filter": filter }, { "id": "edge", "filter": filter }])
    );
}

#[test]
fn grep_sets_the_regex_and_ignore_case_prefixes_it() {
    let regex = |args| dry_run(args)["payload"]["items"][0]["filter"]["regex"].clone();
    assert_eq!(regex("get --grep 'lost|late'"), "lost|late");
    assert_eq!(regex("get -ig 'lost|late'"), "(?i)lost|late");
    assert_eq!(regex("get -i --item edge regex=kept"), "(?i)kept");
    refused(&["get", "-i"]);
}

#[test]
fn flags_are_defaults_of_items_which_precede_plain_ids() {
    let line = dry_run("get hub --tail 7 --item agent since=1h --item sensor tail=1");
    assert_eq!(
        line["payload"]["items"],
        json!([
            { "id": "agent", "filter": { "tail": 9, "since": "1h", "until": "2147483647", "includeTimestamp": true } },
            { "id": "sensor", "filter": { "tail": 3, "includeTimestamp": true } },
            { "id": "hub", "filter": { "tail": 9, "includeTimestamp": true } },
        ])
    );
}

#[test]
fn dry_runs_of_bundle_and_status_show_their_requests() {
    let bundle = dry_run(format!(
        "bundle --sas {SAS} --since 2d --until 1d --edge-runtime-only"
    ));
    assert_eq!(bundle["method"], "UploadSupportBundle");
    assert_eq!(bundle["payload"]["since"], "2d");
    assert_eq!(bundle["payload"]["until"], "1d");
    assert_eq!(bundle["payload"]["edgeRuntimeOnly"], true);
    let status = dry_run(["status", "3fa85f64-5717-4562-b3fc-2c963f66afa6"]);
    assert_eq!(
        status["payload"],
        json!({ "schemaVersion": "1.0", "correlationId": "3fa85f64-5717-4562-b3fc-2c963f66afa6" })
    );
}

#[test]
fn arguments_that_no_agent_accepts_are_exit_2() {
    for args in [
        &["get", ""][..],
        &["get", "-m", " "],
        &["get", "--tail", "-1"],
        &["get", "--tail", "all"],
        &["get", "--tail", "2147483648"],
        &["get", "--since", "tomorrow"],
        &["get", "--since", "2026-02-30"],
        &["get", "--since", ""],
        &["get", "--until", "2038-01-19T03:14:08Z"],
        &["get", "--since", "1h", "--until", "2h"],
        &["get", "--loglevel", "8"],
        &["get", "--loglevel", "loud"],
        &["get", "--encoding", "zip"],
        &["get", "--content-type", "xml"],
        &["get", "--item", "edge", "tail"],
        &["get", "--item", "edge", "tails=1"],
        &["get", "--item", "edge", "tail=1", "tail=2"],
        &["get", "--item", "edge", "tail=1", "other"],
        &["get", "--timeout", "4s", "--dry-run"],
        &["get", "--timeout", "301s", "--dry-run"],
        &["get", "--connect-timeout", "301s", "--dry-run"],
        &["get"],
        &["upload"],
        &["upload", "--sas", ""],
        &["bundle", "--sas", "not a url"],
        &["status", "1234"],
        &["status", ""],
    ] {
        refused(args);
    }
}

#[test]
fn an_unusable_sas_is_exit_2() {
    let with = |query: &str| {
        format!(
            "https://acct.blob.core.windows.net/logs?{query}&sig=c2VjcmV0LXNpZ25hdHVyZS1vZi10aGlydHktdHdvLWI%3D"
        )
    };
    for (sas, reason) in [
        (with("sr=c&sp=acw&se=2020-01-01"), "expired"),
        (with("sr=c&sp=rl&se=2126-01-01"), "lacks the right"),
        (with("sr=c&sp=c&se=2126-01-01"), "create and add"),
        (with("sr=b&sp=acw&se=2126-01-01"), "single blob"),
        (
            "sv=2025-01-05&sr=c&sp=w&se=2126-01-01&sig=c2VjcmV0LXNpZ25hdHVyZS1vZi10aGlydHktdHdvLWI%3D".to_owned(),
            "bare token",
        ),
        (
            "http://acct.blob.core.windows.net/logs?sr=c&sp=w&se=2126-01-01&sig=c2VjcmV0LXNpZ25hdHVyZS1vZi10aGlydHktdHdvLWI%3D"
                .to_owned(),
            "plain http",
        ),
    ] {
        let ran = refused(&["upload", "--sas", &sas, "--dry-run"]);
        assert!(ran.stderr.contains(reason), "{sas}: {}", ran.stderr);
        ran.assert_no_stderr("c2VjcmV0");
    }
}

#[test]
fn regular_expressions_are_not_validated_locally() {
    for regex in ["(", "[", "a{2,1}", r"\p{Greek}", "(?<n-m>x)"] {
        assert_eq!(dry_run(["get", regex])["payload"]["items"][0]["id"], regex);
    }
}

#[test]
fn file_urls_require_a_hub_on_this_machine() {
    let ran = edgelogs("upload -d x --sas file:///tmp/x")
        .env(
            "EDGELOGS_CONNECTION_STRING",
            hub_string("h.azure-devices.net"),
        )
        .exits(2);
    ran.assert_stderr("with a hub on this machine");
}

#[test]
fn an_unusable_connection_string_is_refused_with_a_reason() {
    for (text, reason) in [
        (
            "HostName=h;DeviceId=d;SharedAccessKey=c2VjcmV0",
            "a device's connection string",
        ),
        ("AccountName=a;AccountKey=c2VjcmV0", "a storage account's"),
        (
            "HostName=h;SharedAccessKeyName=service",
            "lacks `SharedAccessKey`",
        ),
        (
            "HostName=http://10.0.0.1;SharedAccessKeyName=service;SharedAccessKey=c2VjcmV0",
            "plain http",
        ),
        ("hello", "without `=`"),
    ] {
        let ran = edgelogs("get -d x")
            .env("IOTHUB_CONNECTION_STRING", text)
            .run();
        assert_eq!(ran.code, 2, "{text}");
        ran.assert_stderr("in IOTHUB_CONNECTION_STRING");
        assert!(ran.stderr.contains(reason), "{text}: {}", ran.stderr);
        ran.assert_no_stderr("c2VjcmV0");
    }
}

#[test]
fn an_id_that_starts_with_a_dollar_gets_a_hint() {
    let ran = edgelogs(["get", "$edgeAgent", "--dry-run"]).exits(0);
    ran.assert_stderr("the module is called `edgeAgent`");
}

#[test]
fn without_a_command_help_is_printed_with_exit_2() {
    let ran = edgelogs("").exits(2);
    ran.assert_stderr("Usage: edgelogs");
}

#[test]
fn usage_errors_match_their_snapshots() {
    let expired = SAS.replace("2126", "2020");
    for (name, args) in [
        ("no-hub", &["get", "-d", "x"][..]),
        ("bad-time", &["get", "--since", "last week"]),
        ("bad-item", &["get", "--item", "edge", "tail"]),
        ("expired-sas", &["upload", "--sas", &expired, "--dry-run"]),
        ("bad-level", &["get", "--loglevel", "loud"]),
        ("bad-correlation-id", &["status", "1234"]),
    ] {
        assert_snapshot!(name, shown(&edgelogs(args).run()));
    }
}

// The pages differ by feature: `--local` and `device` are of `device`.
#[cfg(feature = "device")]
#[test]
fn help_matches_its_snapshots() {
    for command in [
        "get", "upload", "bundle", "status", "devices", "modules", "ping", "restart", "invoke",
        "doctor",
    ] {
        assert_snapshot!(
            format!("help-{command}"),
            edgelogs(format!("{command} --help")).run().stdout
        );
    }
    for command in ["check", "new"] {
        assert_snapshot!(
            format!("help-sas-{command}"),
            edgelogs(format!("sas {command} --help")).run().stdout
        );
    }
    for command in ["run", "serve"] {
        assert_snapshot!(
            format!("help-device-{command}"),
            edgelogs(format!("device {command} --help")).run().stdout
        );
    }
    assert_snapshot!("help", edgelogs("--help").run().stdout);
}

#[cfg(target_os = "linux")]
#[test]
fn help_fails_on_a_full_stdout_and_ignores_a_closed_one() {
    for flag in ["--help", "--version"] {
        let full = std::fs::File::options().write(true).open("/dev/full");
        let mut command = program(env!("CARGO_BIN_EXE_edgelogs"));
        let ran = command.arg(flag).stdout(full.expect("the device"));
        let ran = ran.output().expect("a run");
        assert_eq!(ran.status.code(), Some(1), "{flag}");
        let stderr = String::from_utf8_lossy(&ran.stderr);
        assert!(stderr.starts_with("error: writing to stdout"), "{stderr}");

        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = program(env!("CARGO_BIN_EXE_edgelogs"));
        let ran = command.arg(flag).stdout(writer).output().expect("a run");
        assert_eq!(ran.status.code(), Some(0), "{flag}");
        assert!(ran.stderr.is_empty(), "{flag}");
    }
}
