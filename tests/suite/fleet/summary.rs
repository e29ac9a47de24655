//! The output and exit code of a run over many devices.

use serde_json::Value;

use crate::common::samples::{SAS, with_log};
use crate::common::{Ran, edgelogs};
use stand_in::{DeviceSetup, DeviceState, Fault, Setup, StandIn};

fn garbage() -> DeviceState {
    DeviceState::Faulty(Fault::Raw {
        status: 200,
        body: b"<html>not a hub</html>".to_vec(),
    })
}

fn states(bad: &'static [(&'static str, DeviceState)]) -> StandIn {
    let setup = Setup::new().fleet("d", 12, |device| {
        let state = bad.iter().find(|(id, _)| *id == device.id());
        let state = state.map_or(DeviceState::Online, |(_, state)| state.clone());
        with_log(device).state(state)
    });
    StandIn::start(setup)
}

fn get_all(stand_in: &StandIn, more: &[&str]) -> Ran {
    edgelogs("get --where 'tags.x = 1' --retries 0")
        .args(more)
        .on(stand_in)
        .run()
}

#[test]
fn partial_failure_is_exit_4_and_equal_failures_are_named_together() {
    let stand_in = states(&[
        ("d2", DeviceState::Offline),
        ("d5", DeviceState::Offline),
        ("d7", DeviceState::WithoutAgent),
    ]);
    stand_in.set_state("d9", garbage());
    let ran = get_all(&stand_in, &[]);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    let last = ran.stderr.lines().last().unwrap_or_default();
    assert!(last.starts_with("11 devices: 8 ok, "), "{last}");
    assert!(last.contains("2 offline"), "{last}");
    assert!(last.contains("1 unreadable"), "{last}");
    ran.assert_stderr("error: 2 devices offline: d2, d5\n");
    // The hint is printed once, not for each device.
    assert_eq!(ran.stderr.matches("--connect-timeout").count(), 1);
    assert_eq!(ran.stdout.lines().count(), 80);
    // The summary comes last, also with -q.
    let quiet = get_all(&stand_in, &["-q"]);
    quiet.assert_stderr_ends(format!("\n{last}\n"));
}

#[test]
fn devices_without_the_module_are_told_apart_from_those_that_worked() {
    let setup = Setup::new().fleet("d", 3, |device| match device.id() {
        "d0" => with_log(device),
        _ => device.module(stand_in::ModuleSetup::new("other")),
    });
    let stand_in = StandIn::start(setup);
    for command in [
        "get -m edgeHub".to_owned(),
        format!("upload -m edgeHub --no-wait --sas {SAS}"),
    ] {
        let ran = edgelogs(format!("{command} -d d0 -d d1 -d d2"))
            .on(&stand_in)
            .run();
        assert_eq!(ran.code, 0, "{command}: {}", ran.stderr);
        ran.assert_stderr("3 devices: 1 ok, 2 without a matching module\n");
    }
    // One that can't be asked does not make the others work.
    stand_in.set_state("d0", DeviceState::Offline);
    let ran = edgelogs("get -m edgeHub -d d0 -d d1 -d d2 --retries 0")
        .on(&stand_in)
        .run();
    assert_eq!(ran.code, 6, "{}", ran.stderr);
    ran.assert_stderr("3 devices: 0 ok, 1 offline, 2 without a matching module\n");
}

#[test]
fn lines_are_merged_by_time_and_prefixed() {
    let stand_in = states(&[]);
    let ran = get_all(&stand_in, &[]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.stderr, "12 devices: 12 ok\n");
    assert_eq!(ran.stdout.lines().count(), 120);
    for line in ran.stdout.lines() {
        assert!(line.starts_with("[d"), "{line}");
        assert!(line.contains("/edgeHub] <"), "{line}");
    }
    let time = |line: &str| line.split_once("> ").map(|(_, rest)| rest[..23].to_owned());
    assert!(ran.stdout.lines().is_sorted_by_key(time), "{}", ran.stdout);
    // The logs have the same times, so that the devices take turns, always in the same order.
    let again = get_all(&stand_in, &["-j", "3"]);
    assert_eq!(again.stdout, ran.stdout);
    let quiet = get_all(&stand_in, &["-q", "--prefix", "never"]);
    assert!(quiet.stdout.lines().all(|line| line.starts_with('<')));
    assert_eq!(quiet.stderr, "");
}

#[test]
fn raw_is_unmerged_and_json_is_one_document() {
    let stand_in = states(&[("d2", DeviceState::Offline)]);
    let raw = get_all(&stand_in, &["-o", "raw"]);
    let bytes = String::from_utf8(stand_in.module_bytes("d1", "edgeHub")).expect("text");
    raw.assert_stdout(&bytes);
    assert_eq!(raw.stdout.len(), bytes.len() * 11);

    let json = get_all(&stand_in, &["-o", "json"]);
    assert_eq!(json.code, 4);
    let document: Value = json.json();
    assert_eq!(document["records"].as_array().map(Vec::len), Some(110));
    assert_eq!(document["errors"][0]["device"], "d2");
    assert_eq!(document["errors"][0]["exit"], 6);

    let jsonl = get_all(&stand_in, &["-o", "jsonl"]);
    assert_eq!(jsonl.stdout.lines().count(), 110);
}

#[test]
fn a_shared_failure_keeps_its_exit_code_and_mixed_ones_are_exit_1() {
    let stand_in = StandIn::start(Setup::new().fleet("d", 3, |device| {
        with_log(device).state(DeviceState::Offline)
    }));
    assert_eq!(get_all(&stand_in, &[]).code, 6);
    stand_in.set_state("d1", garbage());
    let ran = get_all(&stand_in, &[]);
    assert_eq!(ran.code, 1);
    ran.assert_stderr("\n3 devices: 0 ok, ");
}

#[test]
fn a_single_device_has_no_summary() {
    let stand_in = StandIn::start(Setup::with(
        with_log(DeviceSetup::new("d")).state(DeviceState::Offline),
    ));
    let ran = edgelogs("get -d d").on(&stand_in).exits(6);
    ran.assert_stderr_starts("error: device `d`");
    assert_eq!(ran.stdout, "");

    let json = edgelogs("get -d d -o json").on(&stand_in).exits(6);
    let document: Value = json.json();
    assert_eq!(document["records"], Value::Array(Vec::new()));
    assert_eq!(document["errors"][0]["device"], "d");
}

#[test]
fn a_failed_task_fails_only_its_device() {
    use stand_in::{TaskEnd, TaskPlan};
    use std::time::Duration;

    let stand_in = states(&[]);
    let failed = TaskPlan::new(Duration::ZERO, TaskEnd::Failed("no room".to_owned()));
    stand_in.set_tasks("d3", failed);
    let ran = edgelogs(format!("bundle --where 'tags.x = 1' --sas {SAS} -o jsonl"))
        .on(&stand_in)
        .exits(4);
    ran.assert_stderr("\n12 devices: 11 ok, 1 failed\n");
    assert_eq!(ran.stdout.lines().count(), 12);
    assert_eq!(ran.stdout.matches(r#""status":"Failed""#).count(), 1);
}
