//! Ids and names that a device, a hub or a file tells: none of them can do harm in a terminal or in a
//! command that is pasted.

use crate::common::eventually::eventually;
use crate::common::one_answer::OneAnswer;
use crate::common::samples::{NO_HUB, SAS, hub_string};
use crate::common::{Edgelogs, edgelogs};
use stand_in::{DeviceSetup, Setup, StandIn};

/// A hub whose device names its task like this.
fn naming(id: &str) -> OneAnswer {
    let task = serde_json::json!({ "status": "Running", "message": "", "correlationId": id });
    let answer = serde_json::json!({ "status": 200, "payload": task }).to_string();
    OneAnswer::http(move |_| ("200 OK", answer.clone()))
}

fn upload(hub: &OneAnswer) -> Edgelogs {
    edgelogs(["upload", "-d", "d", "--sas", SAS, "--no-wait"])
        .env("EDGELOGS_CONNECTION_STRING", hub_string(&hub.url))
}

#[test]
fn an_id_that_is_not_a_guid_is_in_no_command_and_not_remembered() {
    let hub = naming("$(touch owned)\u{1b}]0;x\u{7}");
    let state = tempfile::tempdir().expect("a folder");
    let ran = upload(&hub)
        .args("--color always")
        .env("XDG_STATE_HOME", state.path())
        .exits(0);
    assert_eq!(ran.stdout, "$(touch owned)\\u{1b}]0;x\\u{7}\n");
    ran.assert_stderr("device `d` named its task `$(touch owned)\\u{1b}]0;x\\u{7}`");
    ran.assert_stderr("not a GUID");
    ran.assert_no_stderr("edgelogs status");
    ran.assert_no_stderr("\u{1b}]");
    let list = edgelogs("status")
        .env("XDG_STATE_HOME", state.path())
        .exits(0);
    list.assert_stderr("this machine remembers no tasks");
}

#[test]
fn an_id_that_is_too_long_is_refused_with_its_length() {
    let hub = naming(&"d".repeat(100_000));
    let ran = upload(&hub).run();
    assert_ne!(ran.code, 0);
    assert_eq!(ran.stdout, "");
    ran.assert_stderr("the correlation id has 100000 bytes, and a GUID has 36");
    assert!(ran.stderr.len() < 1000, "{}", ran.stderr.len());
}

/// An older version may have kept such ids.
#[test]
fn a_remembered_id_that_is_not_a_guid_is_a_broken_line() {
    let state = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(state.path().join("edgelogs")).expect("a folder");
    std::fs::write(
        state.path().join("edgelogs").join("tasks.jsonl"),
        r#"{"device":"d","method":"m","correlationId":"$(x)","hub":"h","time":"2026-01-01T00:00:00Z"}"#,
    )
    .expect("a ledger");
    let list = edgelogs("status")
        .env("XDG_STATE_HOME", state.path())
        .exits(0);
    list.assert_stderr("line 1 of ");
    assert!(!list.stdout.contains("$(x)"), "{}", list.stdout);
}

#[test]
fn what_is_pasted_is_quoted() {
    let id = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
    let record = format!(r#"{{"device":"d","correlationId":"{id}","hub":"$(touch owned)"}}"#);
    edgelogs("status -")
        .env("EDGELOGS_CONNECTION_STRING", NO_HUB)
        .stdin(&record)
        .exits(2)
        .assert_stderr("pass --hub '$(touch owned)',");

    let hub = naming(id);
    edgelogs([
        "upload",
        "-d",
        "$(touch${IFS}owned)",
        "--sas",
        SAS,
        "--no-wait",
    ])
    .env("EDGELOGS_CONNECTION_STRING", hub_string(&hub.url))
    .exits(0)
    .assert_stderr(format!(
        "edgelogs status {id} --wait --device '$(touch${{IFS}}owned)'"
    ));
}

#[test]
fn a_dry_run_for_people_shows_no_control_characters() {
    let words = ["restart", "m\u{9b}31m", "-d", "d\u{202e}", "--dry-run"];
    let ran = edgelogs(words).args("--color always").exits(0);
    ran.assert_stdout(r"m\u009b31m");
    ran.assert_stdout(r"d\u202e");
}

#[test]
fn a_name_with_a_line_break_is_not_completed() {
    let device = DeviceSetup::new;
    let setup = Setup::new().device(device("d1")).device(device("d2\n$(x)"));
    let hub = StandIn::start(setup);
    // Names that don't arrive in time are not offered, on a busy machine.
    eventually("the names", || {
        let run = edgelogs("-- edgelogs get -d d").env("COMPLETE", "fish");
        let offered = run.on(&hub).exits(0).stdout;
        assert!(
            !offered.contains("d2") && !offered.contains("$(x)"),
            "{offered}"
        );
        (offered == "d1\n").then_some(())
    });
}
