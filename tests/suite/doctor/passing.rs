//! Against the device module, where every check passes.

use serde_json::Value;

use super::{results, snapshot};
use crate::common::edgelogs;
use support::serve::Serve;

const ALL: [&str; 10] = [
    "config",
    "connection",
    "DNS",
    "TLS",
    "sign-in",
    "hub",
    "clock",
    "device",
    "agent",
    "agent version",
];

#[test]
fn a_served_device_passes_every_check() {
    let serve = Serve::start(&[]);
    let ran = edgelogs("doctor -d local").on(&serve).exits(0);
    let names: Vec<&str> = results(&ran).iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ALL);
    snapshot!("green", ran);
}

#[test]
fn tls_passes_with_the_hubs_certificate_file() {
    let serve = Serve::start(&["--tls"]);
    let ca_file = serve.ca_file.as_deref().expect("a file");
    let run = |args: &[&str]| edgelogs("doctor -d local -vv").args(args).on(&serve).run();
    let ran = run(&["--ca-file", ca_file]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.assert_stdout("TLS\tok\t");
    ran.assert_stdout("its certificate is trusted");
    let ran = run(&["-q"]);
    assert_eq!(ran.code, 6);
    ran.assert_stdout("TLS\tfailed\tthe certificate of hub");
    ran.assert_stderr("--ca-file PEM");
}

#[test]
fn local_is_checked_and_needs_no_settings() {
    let ran = edgelogs("doctor --local").exits(0);
    assert_eq!(results(&ran).len(), ALL.len());
    ran.assert_stdout("from --local");
    let colored = edgelogs("doctor --local --color always").exits(0);
    colored.assert_stdout("\u{1b}[38;5;28mok     \u{1b}[0m");
}

#[test]
fn a_wrong_key_fails_the_hub_check_and_skips_the_device() {
    let serve = Serve::start(&[]);
    let wrong = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    let connection = serve.connection_string.replace(serve.key(), wrong);
    let ran = edgelogs("doctor -d local")
        .env("EDGELOGS_CONNECTION_STRING", &connection)
        .exits(5);
    snapshot!("wrong-key", ran);
}

#[test]
fn json_output_has_one_object_per_check() {
    let serve = Serve::start(&[]);
    let run = |args: &[&str]| edgelogs("doctor").args(args).on(&serve).run();
    let lines = run(&["-d", "local", "-o", "jsonl"]);
    let rows: Vec<Value> = lines.json_lines();
    assert_eq!(rows.len(), ALL.len());
    assert_eq!(rows[5]["check"], "hub");
    assert_eq!(rows[5]["result"], "ok");
    assert_eq!(rows[5]["hint"], Value::Null);
    let document = run(&["-d", "nobody", "-o", "json"]);
    assert_eq!(document.code, 3);
    let document: Value = document.json();
    assert_eq!(document["records"][7]["result"], "failed");
    assert_eq!(document["records"][8]["result"], "skipped");
    assert_eq!(document["errors"][0]["exit"], 3);
    let without = run(&[]);
    assert_eq!(without.code, 0);
    without.assert_stdout("device\tskipped\tno device given");
}
