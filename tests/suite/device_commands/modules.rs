//! `edgelogs modules`: what runs on a device.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{MIXED, mixed, press};
use crate::common::{edgelogs, shown};
use stand_in::{DeviceSetup, Fault, HubError, ModuleSetup, Setup, StandIn};

/// A device whose modules are in every state.
fn busy() -> DeviceSetup {
    let started = "2026-11-22T08:00:00.123Z";
    DeviceSetup::new("press-07")
        .module(ModuleSetup::new("edgeAgent").reports(json!({ "lastStartTimeUtc": started })))
        .module(ModuleSetup::new("edgeHub").reports(json!({ "lastStartTimeUtc": started })))
        .module(ModuleSetup::new("filter").reports(json!({
            "runtimeStatus": "failed", "exitCode": 137, "restartCount": 4,
            "lastStartTimeUtc": started, "lastExitTimeUtc": "2026-11-22T09:30:00Z",
            "settings": { "image": "user:cGFzc3dvcmQ@mcr.example.net/filter:2.1" },
        })))
        .module(ModuleSetup::new("old").reports(json!({
            "lastStartTimeUtc": null, "startTimeUtc": started, "version": null,
            "exitCode": null, "restartCount": null, "settings": null,
        })))
        .module(ModuleSetup::new("starting").reports(json!({ "runtimeStatus": "backoff" })))
}

#[test]
fn a_piped_module_list_is_tab_separated_and_starts_with_the_device() {
    let stand_in = StandIn::start(Setup::with(busy()));
    let ran = edgelogs("modules -d press-07").on(&stand_in).run();
    assert_snapshot!("modules", shown(&ran));
}

#[test]
fn unknown_values_are_null_in_records() {
    let stand_in = StandIn::start(Setup::with(busy()));
    let ran = edgelogs("modules -d press-07 -o jsonl")
        .on(&stand_in)
        .exits(0);
    let records = ran.json_lines();
    let of = |name: &str| {
        records
            .iter()
            .find(|record| record["module"] == name)
            .unwrap()
    };
    assert_eq!(
        of("filter"),
        &json!({
            "device": "press-07", "module": "filter", "state": "failed", "exitCode": 137,
            "restarts": 4, "since": "2026-11-22T09:30:00Z", "started": "2026-11-22T08:00:00.123Z",
            "exited": "2026-11-22T09:30:00Z", "image": "REDACTED@mcr.example.net/filter:2.1",
            "version": "1.0",
        })
    );
    for unknown in ["exitCode", "restarts", "image", "version", "exited"] {
        assert_eq!(of("old")[unknown], Value::Null, "{unknown}");
    }
    assert_eq!(of("old")["since"], "2026-11-22T08:00:00.123Z");
    // It has never exited and is not running.
    assert_eq!(of("starting")["since"], Value::Null);
}

#[test]
fn secrets_in_env_and_create_options_are_never_printed() {
    let stand_in = StandIn::start(Setup::with(busy()));
    for format in ["table", "text", "json", "jsonl"] {
        let ran = edgelogs(format!("modules -d press-07 -o {format} -vv"))
            .on(&stand_in)
            .exits(0);
        let shown = shown(&ran);
        for secret in ["must not be shown", "PASSWORD", "TOKEN", "cGFzc3dvcmQ"] {
            assert!(!shown.contains(secret), "{format}: {shown}");
        }
    }
}

#[test]
fn text_output_lists_names_with_the_runtime_first() {
    let stand_in = StandIn::start(Setup::with(busy()));
    let ran = edgelogs("modules -d press-07 -o text").on(&stand_in).run();
    assert_eq!(ran.stdout, "edgeAgent\nedgeHub\nfilter\nold\nstarting\n");
}

#[test]
fn failing_devices_do_not_affect_the_others() {
    let stand_in = mixed();
    let ran = edgelogs("modules -o json").args(MIXED).on(&stand_in).run();
    // The twin of an offline device can still be read.
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    let document: Value = ran.json();
    let devices: Vec<&str> = document["records"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|record| record["device"].as_str())
        .collect();
    assert_eq!(
        devices,
        ["good", "good", "good", "asleep", "asleep", "asleep"]
    );
    assert_eq!(document["errors"][0]["device"], "gone");
    ran.assert_stderr("3 devices: 2 ok, 1 unknown");
    edgelogs("modules -d gone").on(&stand_in).exits(3);
    // The device itself is never called.
    assert!(stand_in.journal().iter().all(|call| !call.is_method()));
}

#[test]
fn a_disconnected_state_is_only_a_note() {
    let stand_in = StandIn::start(Setup::with(busy()));
    let ran = edgelogs("modules -d press-07").on(&stand_in).run();
    ran.assert_stderr_starts("note: the hub reports device `press-07` as disconnected");
    ran.assert_stderr("2026-11-22T08:44:45Z");
    let ran = edgelogs("modules -d press-07 -q").on(&stand_in).run();
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_failed_deployment_is_a_warning() {
    let status =
        json!({ "code": 400, "description": "no image https://r/?sig=c2VjcmV0 for filter" });
    let device = press("d").reports(json!({ "lastDesiredStatus": status }));
    let stand_in = StandIn::start(Setup::with(device));
    let ran = edgelogs("modules -d d -q").on(&stand_in).exits(0);
    assert_eq!(
        ran.stderr,
        "warning: the edge agent of device `d` could not apply its deployment: status 400: no image \
         https://r/?sig=REDACTED for filter\n"
    );
}

#[test]
fn malformed_twins_are_one_error_and_throttled_ones_are_retried() {
    let stand_in = StandIn::start(Setup::with(busy()));
    for (body, code) in [("<html>", 7), ("[]", 7), ("{\"deviceId\":", 7)] {
        stand_in.fault_when(
            |_| true,
            Fault::Raw {
                status: 200,
                body: body.into(),
            },
        );
        let ran = edgelogs("modules -d press-07 --retries 0")
            .on(&stand_in)
            .exits(code);
        assert_eq!(ran.stderr.matches("error: ").count(), 1, "{}", ran.stderr);
        stand_in.clear_faults();
    }
    stand_in.clear_journal();
    stand_in.fault_when(|call| call.number == 0, Fault::Hub(HubError::throttled()));
    edgelogs("modules -d press-07 -o text")
        .on(&stand_in)
        .exits(0);
    assert_eq!(stand_in.journal().len(), 2);
}

#[test]
fn an_agent_that_never_reported_is_exit_3() {
    let fields = [
        "version",
        "systemModules",
        "modules",
        "lastDesiredStatus",
        "runtime",
    ];
    let nothing: serde_json::Map<String, Value> = fields
        .iter()
        .map(|field| ((*field).to_owned(), Value::Null))
        .collect();
    let device = press("new").reports(Value::Object(nothing));
    let stand_in = StandIn::start(Setup::with(device));
    let ran = edgelogs("modules -d new").on(&stand_in).exits(3);
    assert_eq!(ran.stdout.lines().count(), 1);
    ran.assert_stderr("no modules reported");
}

#[test]
#[cfg(feature = "device")]
fn local_lists_the_sample_modules_without_a_note() {
    let ran = edgelogs("modules --local -o jsonl").quiet();
    let records = ran.json_lines();
    let names: Vec<&Value> = records.iter().map(|record| &record["module"]).collect();
    assert_eq!(names, ["edgeAgent", "edgeHub", "tempSensor"]);
    assert!(records.iter().all(|record| record["state"] == "running"));
    assert!(records.iter().all(|record| record["since"].is_string()));
}
