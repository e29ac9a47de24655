//! `edgelogs ping`: which agents answer.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{MIXED, mixed, press};
use crate::common::edgelogs;
use crate::common::folder::Folder;
use stand_in::{Fault, HubError, Setup, StandIn};

#[test]
fn each_device_has_a_result_and_failures_are_summed_up() {
    let ran = edgelogs("ping -o jsonl").args(MIXED).on(&mixed()).exits(4);
    let mut records = ran.json_lines();
    records.sort_by_key(|record| record["answer"].to_string());
    assert!(records[1]["ms"].is_u64(), "{}", ran.stdout);
    records[1]["ms"] = Value::Null;
    assert_eq!(
        records,
        [
            json!({ "device": "asleep", "answer": "offline", "ms": null }),
            json!({ "device": "good", "answer": "ok", "ms": null }),
            json!({ "device": "gone", "answer": "unknown", "ms": null }),
        ]
    );
    let summary = ran.stderr.lines().last().unwrap_or_default();
    assert!(summary.starts_with("3 devices: 1 ok, 1 "), "{summary}");
}

#[test]
fn a_piped_list_keeps_the_order_of_the_devices() {
    let ran = edgelogs("ping").args(MIXED).on(&mixed()).run();
    let mut rows: Vec<Vec<&str>> = ran
        .stdout
        .lines()
        .map(|row| row.split('\t').collect())
        .collect();
    assert!(rows[1][2].parse::<u64>().is_ok(), "{}", ran.stdout);
    rows[1][2] = "MS";
    assert_eq!(
        rows,
        [
            ["DEVICE", "ANSWER", "MS"],
            ["good", "ok", "MS"],
            ["asleep", "offline", ""],
            ["gone", "unknown", ""],
        ]
    );
}

#[test]
fn text_output_lists_only_devices_that_answered() {
    let ran = edgelogs("ping -o text").args(MIXED).on(&mixed()).run();
    assert_eq!((ran.stdout.as_str(), ran.code), ("good\n", 4));
}

#[test]
fn a_single_device_sets_the_exit_code() {
    let stand_in = mixed();
    for (device, code) in [("good", 0), ("asleep", 6), ("gone", 3)] {
        assert_eq!(
            edgelogs(format!("ping -d {device}"))
                .on(&stand_in)
                .run()
                .code,
            code,
            "{device}"
        );
    }
    for (fault, word, code) in [
        (Fault::Hub(HubError::basic_tier()), "not authorised", 5),
        (Fault::Hub(HubError::throttled()), "throttled", 10),
        (Fault::LostRequest, "silent", 6),
        (
            Fault::Answer {
                status: 400,
                payload: "{\"message\":\"no\"}".to_owned(),
            },
            "refused",
            7,
        ),
    ] {
        stand_in.fault_next(fault);
        let ran = edgelogs("ping -d good --retries 0 -o jsonl")
            .on(&stand_in)
            .exits(code);
        assert_eq!(ran.json_lines()[0]["answer"], word);
        ran.assert_stderr_starts("error: ");
    }
    assert_snapshot!(
        "ping-offline",
        edgelogs("ping -d asleep")
            .on(&stand_in)
            .run()
            .stderr
            .split(" (tracking")
            .next()
            .unwrap_or_default()
    );
}

#[test]
fn a_lost_ping_is_retried() {
    let stand_in = StandIn::start(Setup::with(press("d")));
    stand_in.fault_next(Fault::LostAnswer);
    edgelogs("ping -d d").on(&stand_in).exits(0);
    assert_eq!(stand_in.calls("ping").len(), 2);
}

#[test]
fn a_dry_run_needs_no_hub() {
    let ran = edgelogs("ping -d a -d b --dry-run").exits(0);
    assert_eq!(
        ran.json_lines(),
        [json!({ "method": "ping", "devices": ["a", "b"], "payload": {} })]
    );
}

#[test]
fn the_hint_repeats_the_connection_string_file() {
    let stand_in = mixed();
    let folder = Folder::new();
    let file = folder.write("cs.txt", stand_in.connection_string());
    let ran = edgelogs(format!("ping -d gone --connection-string-file {file}")).exits(3);
    let command = format!(": edgelogs devices --connection-string-file {file}\n");
    ran.assert_stderr_ends(&command);
}
