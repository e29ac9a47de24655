//! Uploads and bundles of many devices, and `status` of their tasks.

#[cfg(unix)]
use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::common::edgelogs;
use crate::common::samples::{SAS, with_log};
use stand_in::{DeviceState, Fault, Setup, StandIn, TaskEnd, TaskPlan};

const ALL: [&str; 5] = ["--where", "tags.x = 1", "--sas", SAS, "-q"];

fn fleet(plan: TaskPlan) -> StandIn {
    StandIn::start(Setup::new().fleet("d", 20, |device| with_log(device).tasks(plan.clone())))
}

#[test]
fn every_task_id_is_printed_and_every_task_followed() {
    let stand_in = fleet(TaskPlan::new(Duration::from_secs(2), TaskEnd::Completed));
    let ran = edgelogs("upload --interval 100ms")
        .args(ALL)
        .on(&stand_in)
        .exits(0);
    let mut rows = ran.stdout.lines().map(|row| row.split('\t').collect());
    assert_eq!(
        rows.next(),
        Some(vec!["DEVICE", "CORRELATION ID", "STATUS"])
    );
    let rows: Vec<Vec<&str>> = rows.collect();
    assert_eq!(rows.len(), 20);
    for row in rows {
        assert!(
            row[0].starts_with('d') && row[1].len() == 36 && row[2] == "Completed",
            "{row:?}"
        );
    }
    assert_eq!(stand_in.calls("UploadModuleLogs").len(), 20);
    assert!(stand_in.calls("GetTaskStatus").len() >= 40);
}

#[cfg(unix)]
#[test]
fn long_tasks_do_not_delay_other_devices() {
    let stand_in = fleet(TaskPlan::new(Duration::ZERO, TaskEnd::Never));
    let _run = edgelogs("bundle -j 2 --interval 500ms --rate 0")
        .args(ALL)
        .on(&stand_in)
        .start();
    // All tasks start, though none has ended.
    let starts = |call: &&stand_in::Call| call.method == "UploadSupportBundle";
    stand_in.wait_until(|calls| calls.iter().filter(starts).count() == 20);
}

#[test]
fn json_is_one_document_with_errors() {
    let stand_in = fleet(TaskPlan::default());
    stand_in.set_state("d4", DeviceState::Offline);
    let ran = edgelogs("upload -o json").args(ALL).on(&stand_in).exits(4);
    let document: Value = ran.json();
    assert_eq!(document["records"].as_array().map(Vec::len), Some(19));
    assert_eq!(document["errors"][0]["device"], "d4");
}

#[test]
fn status_reads_the_tasks_that_an_upload_printed() {
    let stand_in = fleet(TaskPlan::new(
        Duration::from_millis(500),
        TaskEnd::Completed,
    ));
    let upload = edgelogs("upload --no-wait -o jsonl")
        .args(ALL)
        .on(&stand_in);
    let status = edgelogs("status --wait --interval 100ms -").on(&stand_in);
    let stdout = status.stdin(&upload.exits(0).stdout).exits(0).stdout;
    assert_eq!(stdout.lines().count(), 20, "{stdout}");
    for line in stdout.lines() {
        assert!(line.starts_with("Completed\td"), "{line}");
    }
    assert_eq!(stand_in.calls("UploadModuleLogs").len(), 20);
}

#[test]
fn malformed_records_are_refused_before_anything_is_sent() {
    let stand_in = fleet(TaskPlan::default());
    let good = r#"{"device":"d1","correlationId":"3fa85f64-5717-4562-b3fc-2c963f66afa6"}"#;
    let ran = edgelogs("status -")
        .on(&stand_in)
        .stdin(&format!("{good}\n{{\"device\":\"d2\"}}\n"))
        .exits(2);
    ran.assert_stderr("line 2 of stdin");
    assert!(stand_in.journal().is_empty());
    edgelogs("status -").on(&stand_in).stdin("\n").exits(3);
}

#[test]
fn records_name_the_devices_so_no_other_can_be_typed() {
    let stand_in = fleet(TaskPlan::default());
    let record = r#"{"device":"d1","correlationId":"3fa85f64-5717-4562-b3fc-2c963f66afa6"}"#;
    let status = |args: &str| edgelogs(args).on(&stand_in).stdin(record);
    for args in ["status - --device d2", "status --wait -d d1 -"] {
        status(args)
            .exits(2)
            .assert_stderr("--device can't be used with -");
    }
    assert!(stand_in.journal().is_empty());
    // A default device is only for tasks of which the device is unknown.
    let ran = status("status - --dry-run").env("EDGELOGS_DEVICE", "d2");
    assert!(ran.exits(0).stdout.contains("d1"));
}

#[cfg(unix)]
#[test]
fn a_silent_device_does_not_delay_the_others() {
    let stand_in = fleet(TaskPlan::default());
    stand_in.change_hub(|hub| hub.patience = Duration::from_secs(3600));
    stand_in.fault_when(|call| call.device == "d0", Fault::LostRequest);
    let mut run = edgelogs("upload -j 2 --interval 50ms --rate 0")
        .args(ALL)
        .on(&stand_in)
        .start();
    let rows: BTreeSet<String> = (0..20).map(|_| run.line()).collect();
    assert_eq!(rows.len(), 20);
    let follows = |call: &&stand_in::Call| call.method == "GetTaskStatus";
    stand_in.wait_until(|calls| calls.iter().filter(follows).count() >= 19);
}
