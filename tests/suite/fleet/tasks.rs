//! Uploads and bundles of many devices, and how their tasks are picked up again.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{SAS, operator, run, with_log};
use crate::common::secrets::Secrets;
use crate::stand_in::{DeviceState, Setup, StandIn, TaskEnd, TaskPlan};

const ALL: [&str; 5] = ["--where", "tags.x = 1", "--sas", SAS, "-q"];

fn fleet(plan: TaskPlan) -> StandIn {
    StandIn::start(Setup::new().fleet("d", 20, |device| with_log(device).tasks(plan.clone())))
}

#[test]
fn every_id_is_printed_on_a_line_of_its_own_and_every_task_is_followed() {
    let stand_in = fleet(TaskPlan::new(Duration::from_secs(2), TaskEnd::Completed));
    let ran = run(
        &stand_in,
        &[&["upload", "--interval", "100ms"], &ALL[..]].concat(),
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.stdout.lines().count(), 20);
    assert!(
        ran.stdout.lines().all(|id| id.len() == 36),
        "{}",
        ran.stdout
    );
    assert_eq!(stand_in.calls("UploadModuleLogs").len(), 20);
    assert!(stand_in.calls("GetTaskStatus").len() >= 40);
}

#[test]
fn a_task_that_runs_long_does_not_keep_the_next_device_waiting() {
    let stand_in = fleet(TaskPlan::new(Duration::from_secs(2), TaskEnd::Completed));
    let ran = run(
        &stand_in,
        &[
            &["bundle", "-j", "2", "--interval", "500ms", "--rate", "0"],
            &ALL[..],
        ]
        .concat(),
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let calls = stand_in.calls("UploadSupportBundle");
    assert!(calls[19].at - calls[0].at < Duration::from_secs(2));
}

#[test]
fn json_is_one_document_with_the_errors_of_the_others() {
    let stand_in = fleet(TaskPlan::default());
    stand_in.set_state("d4", DeviceState::Offline);
    let ran = run(&stand_in, &[&["upload", "-o", "json"], &ALL[..]].concat());
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    let document: Value = serde_json::from_str(&ran.stdout).expect("one document");
    assert_eq!(document["records"].as_array().map(Vec::len), Some(19));
    assert_eq!(document["errors"][0]["device"], "d4");
}

#[test]
fn status_picks_up_the_tasks_of_an_upload_through_a_pipe() {
    let stand_in = fleet(TaskPlan::new(
        Duration::from_millis(500),
        TaskEnd::Completed,
    ));
    let program = |args: &[&str]| {
        let home = tempfile::tempdir().expect("a home");
        let mut command = support::edgelogs();
        command
            .env("HOME", home.path())
            .env("EDGELOGS_CONNECTION_STRING", stand_in.connection_string())
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        (command, home)
    };
    let start = [&["upload", "--no-wait", "-o", "jsonl"], &ALL[..]].concat();
    let (mut upload, _home) = program(&start);
    let mut upload = upload.spawn().expect("the binary runs");
    let (mut status, _other) = program(&["status", "--wait", "--interval", "100ms", "-"]);
    let status = status
        .stdin(upload.stdout.take().expect("its stdout"))
        .output()
        .expect("the binary runs");
    assert!(upload.wait().expect("it ends").success());
    let stderr = String::from_utf8_lossy(&status.stderr);
    assert!(status.status.success(), "{stderr}");
    let mut secrets = Secrets::default();
    secrets.of_text(&stand_in.connection_string());
    secrets.of_text(SAS);
    secrets.assert_absent("status", "stdout", &status.stdout);
    secrets.assert_absent("status", "stderr", &status.stderr);
    let stdout = String::from_utf8_lossy(&status.stdout);
    assert_eq!(stdout.lines().count(), 20, "{stdout}");
    for line in stdout.lines() {
        assert!(line.starts_with("Completed\td"), "{line}");
    }
    assert_eq!(stand_in.calls("UploadModuleLogs").len(), 20);
}

#[test]
fn a_record_that_is_none_is_named_and_nothing_is_sent() {
    let stand_in = fleet(TaskPlan::default());
    let good = r#"{"device":"d1","correlationId":"3fa85f64-5717-4562-b3fc-2c963f66afa6"}"#;
    let ran = operator(&stand_in, ["status", "-"])
        .stdin(&format!("{good}\n{{\"device\":\"d2\"}}\n"))
        .run();
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("line 2 of stdin"), "{}", ran.stderr);
    assert!(stand_in.journal().is_empty());
    let ran = operator(&stand_in, ["status", "-"]).stdin("\n").run();
    assert_eq!(ran.code, 3, "{}", ran.stderr);
}

#[test]
fn one_silent_device_holds_no_other_back() {
    let stand_in = fleet(TaskPlan::default());
    stand_in.change_hub(|hub| hub.patience = Duration::from_secs(3));
    stand_in.fault_when(
        |call| call.device == "d0",
        crate::stand_in::Fault::LostRequest,
    );
    let started = Instant::now();
    let ran = run(
        &stand_in,
        &[
            &["upload", "-j", "2", "--interval", "50ms", "--rate", "0"],
            &ALL[..],
        ]
        .concat(),
    );
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    let calls = stand_in.journal();
    let others = calls.iter().filter(|call| call.device != "d0");
    let last = others.map(|call| call.at).max().unwrap_or_default();
    assert!(last < Duration::from_secs(3), "{last:?}");
    assert!(started.elapsed() >= Duration::from_secs(3));
    assert_eq!(ran.stdout.lines().count(), 19);
}
