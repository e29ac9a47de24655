//! The ledger of the tasks that this machine started.

use std::path::Path;

use serde_json::Value;

use crate::common::samples::{SAS, with_log};
use crate::common::{Ran, edgelogs};
use stand_in::{DeviceSetup, Setup, StandIn};

fn hub() -> StandIn {
    StandIn::start(Setup::new().fleet("d", 2, with_log))
}

fn at_home(stand_in: &StandIn, state: &Path, args: &[&str]) -> Ran {
    edgelogs(args)
        .on(stand_in)
        .env("XDG_STATE_HOME", state)
        .run()
}

fn upload(stand_in: &StandIn, state: &Path, device: &str) -> String {
    let ran = at_home(
        stand_in,
        state,
        &["upload", "-d", device, "--sas", SAS, "--no-wait", "-q"],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.stderr, "");
    ran.stdout.trim().to_owned()
}

#[test]
fn status_needs_only_the_id_of_a_local_task() {
    let (stand_in, state) = (hub(), tempfile::tempdir().expect("a folder"));
    let id = upload(&stand_in, state.path(), "d1");
    let ran = at_home(&stand_in, state.path(), &["status", &id]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.stdout, "Completed\n");
    assert_eq!(stand_in.calls("GetTaskStatus")[0].device, "d1");

    let other = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
    let ran = at_home(&stand_in, state.path(), &["status", other]);
    assert_eq!(ran.code, 2);
    ran.assert_stderr("no device given for task");
}

#[test]
fn a_task_of_another_hub_is_refused_with_its_name() {
    let (stand_in, state) = (hub(), tempfile::tempdir().expect("a folder"));
    let id = upload(&stand_in, state.path(), "d1");
    let path = state.path().join("edgelogs").join("tasks.jsonl");
    let ledger = std::fs::read_to_string(&path).expect("a ledger");
    let moved = ledger.replace(stand_in.authority(), "plant-a.azure-devices.net");
    std::fs::write(&path, moved).expect("written");
    // The recorded hub is also compared when the device is typed.
    for device in [&[][..], &["-d", "d1"]] {
        let ran = at_home(
            &stand_in,
            state.path(),
            &[&["status", &id], device].concat(),
        );
        assert_eq!(ran.code, 2);
        ran.assert_stderr("plant-a.azure-devices.net");
    }
    assert!(stand_in.calls("GetTaskStatus").is_empty());
}

/// A hub on this machine takes another port at each start.
#[test]
fn a_task_is_found_on_whatever_port_a_loopback_hub_has_today() {
    let (first, second) = (hub(), hub());
    let state = tempfile::tempdir().expect("a folder");
    let id = upload(&first, state.path(), "d1");
    for (device, asked) in [
        (&[][..], "d1"),
        (&["-d", "d1"], "d1"),
        (&["-d", "d0"], "d0"),
    ] {
        let ran = at_home(&second, state.path(), &[&["status", &id], device].concat());
        // The other hub's device does not know it, and says so.
        assert_eq!(ran.code, 8, "{}", ran.stderr);
        let calls = second.calls("GetTaskStatus");
        assert_eq!(calls.last().expect("a call").device, asked);
    }
}

#[test]
fn without_an_id_tasks_are_listed_offline() {
    let (stand_in, state) = (hub(), tempfile::tempdir().expect("a folder"));
    let ids = ["d0", "d1"].map(|device| upload(&stand_in, state.path(), device));
    let list = |args: &[&str]| {
        edgelogs("status")
            .args(args)
            .env("XDG_STATE_HOME", state.path())
            .run()
    };
    let table = list(&[]);
    assert_eq!(table.code, 0, "{}", table.stderr);
    let lines: Vec<Vec<&str>> = table
        .stdout
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert_eq!(
        lines[0],
        [
            "TIME",
            "DEVICE",
            "METHOD",
            "CORRELATION ID",
            "STATUS",
            "HUB"
        ]
    );
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[1][1..4], ["d0", "UploadModuleLogs", &ids[0]]);
    assert_eq!(lines[2][4..], ["", stand_in.authority()]);

    let jsonl = list(&["-o", "jsonl"]);
    let record: Value =
        serde_json::from_str(jsonl.stdout.lines().last().unwrap_or_default()).expect("JSON");
    assert_eq!(record["correlationId"], ids[1].as_str());
    assert_eq!(list(&["-d", "d1"]).stdout.lines().count(), 2);
    assert_eq!(list(&["--wait"]).code, 2);

    // `status -` reads what the list prints.
    let ran = edgelogs("status --wait -")
        .on(&stand_in)
        .stdin(&jsonl.stdout)
        .exits(0);
    assert_eq!(ran.stdout.matches("Completed").count(), 2);
}

#[test]
fn a_list_asks_the_module_that_runs_a_task_and_believes_no_other() {
    let device =
        with_log(DeviceSetup::new("d")).log("mine", stand_in::generate::evenly(0, 1, 40, 1));
    let stand_in = StandIn::start(Setup::with(device));
    let state = tempfile::tempdir().expect("a folder");
    let id = upload(&stand_in, state.path(), "d");
    let path = state.path().join("edgelogs").join("tasks.jsonl");
    let ledger = std::fs::read_to_string(&path).expect("a ledger");
    let moved = ledger.replace("\"method\"", "\"module\":\"mine\",\"method\"");
    assert_ne!(moved, ledger);
    std::fs::write(&path, &moved).expect("written");
    let list = |args: &[&str]| {
        let ran = at_home(&stand_in, state.path(), &[&["status"], args].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran
    };

    let dry = list(&["--dry-run"]);
    let line: Value = serde_json::from_str(&dry.stdout).expect("one line");
    assert_eq!(line["moduleId"], "mine");
    assert_eq!(line["payload"]["correlationId"], id.as_str());
    assert!(stand_in.calls("GetTaskStatus").is_empty());

    // It listens for no methods.
    let ran = list(&[
        "--timeout",
        "7s",
        "--connect-timeout",
        "3s",
        "--retries",
        "0",
    ]);
    ran.assert_stderr("1 task could not be asked for its status; it shows what was last known");
    let call = &stand_in.calls("GetTaskStatus")[0];
    assert_eq!(call.module, "mine");
    assert_eq!((call.response_timeout, call.connect_timeout), (7, 3));

    let ran = list(&["--module-id", "$edgeAgent"]);
    ran.assert_stdout("\tCompleted\t");
    let calls = stand_in.calls("GetTaskStatus");
    assert_eq!(calls.last().expect("a call").module, "$edgeAgent");
    let noted = std::fs::read_to_string(&path).expect("a ledger");
    assert_eq!(noted, moved, "what another module says is not noted");
}

/// Each kind of damage costs its own line: the tasks around it are listed and found.
#[test]
fn a_damaged_line_of_the_ledger_loses_that_task_alone() {
    let (stand_in, state) = (hub(), tempfile::tempdir().expect("a folder"));
    let path = state.path().join("edgelogs").join("tasks.jsonl");
    let whole = upload(&stand_in, state.path(), "d0");
    let line = std::fs::read(&path).expect("a ledger");
    let text = String::from_utf8(line.clone()).expect("UTF-8");
    let named = |device: &str| {
        text.replace("\"d0\"", &format!("\"{device}\""))
            .into_bytes()
    };
    let huge = named(&"d".repeat(100_000));
    for (damage, what) in [
        (b"\xff\xfe\n".to_vec(), "bytes that are no UTF-8"),
        (named("d\u{1}"), "a bare control character"),
        (huge, "a line of 100 KB"),
        (b"[]\n".to_vec(), "other JSON"),
        (line[..line.len() / 2].to_vec(), "a line that was cut off"),
    ] {
        std::fs::write(&path, [line.clone(), damage].concat()).expect("written");
        // It follows the cut line, which has no end.
        let later = upload(&stand_in, state.path(), "d1");
        let list = at_home(&stand_in, state.path(), &["status", "-o", "jsonl"]);
        assert_eq!(list.code, 0, "{what}: {}", list.stderr);
        let listed = list.json_lines();
        let ids: Vec<&Value> = listed.iter().map(|task| &task["correlationId"]).collect();
        assert_eq!(ids, [&whole, &later], "{what}");
        let path = path.display();
        list.assert_stderr(format!("warning: line 2 of `{path}` is not a task"));
        list.assert_stderr("--device");
        let found = at_home(&stand_in, state.path(), &["status", &later]);
        assert_eq!(found.stdout, "Completed\n", "{what}: {}", found.stderr);
    }
    std::fs::write(&path, b"{}\n{}\n\n").expect("written");
    let list = at_home(&stand_in, state.path(), &["status"]);
    assert_eq!(list.code, 0, "{}", list.stderr);
    list.assert_stderr("warning: 2 lines of");
    list.assert_stderr("the first of them line 1,");
}

#[test]
fn the_ledger_is_private_and_holds_no_secret() {
    let (stand_in, state) = (hub(), tempfile::tempdir().expect("a folder"));
    upload(&stand_in, state.path(), "d1");
    let path = state.path().join("edgelogs").join("tasks.jsonl");
    let text = std::fs::read_to_string(&path).expect("a ledger");
    assert_eq!(text.lines().count(), 1);
    assert!(!text.contains("sig"), "{text}");
    assert!(!text.contains("blob.core"), "{text}");
    #[cfg(unix)]
    assert_eq!(crate::common::samples::mode(&path), 0o600);
}

#[test]
fn an_unwritable_state_folder_is_only_a_warning() {
    let stand_in = StandIn::start(Setup::with(with_log(DeviceSetup::new("d"))));
    let file = tempfile::NamedTempFile::new().expect("a file");
    let ran = at_home(
        &stand_in,
        file.path(),
        &["upload", "-d", "d", "--sas", SAS, "--no-wait"],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(ran.stdout.lines().count(), 1);
    ran.assert_stderr("warning: the task was not recorded");
}

#[test]
fn a_list_asks_for_tasks_that_had_not_ended_and_remembers_their_end() {
    let (stand_in, state) = (hub(), tempfile::tempdir().expect("a folder"));
    let ids = ["d0", "d1"].map(|device| upload(&stand_in, state.path(), device));
    let statuses = || {
        let ran = at_home(&stand_in, state.path(), &["status", "-o", "jsonl"]);
        let records = ran.json_lines();
        records
            .iter()
            .map(|record| record["status"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(statuses(), ["Completed", "Completed"]);
    assert_eq!(stand_in.calls("GetTaskStatus").len(), 2);
    assert_eq!(statuses(), ["Completed", "Completed"]);
    assert_eq!(stand_in.calls("GetTaskStatus").len(), 2, "they have ended");

    // A part of an id is enough, and so is "the last one".
    let ran = at_home(&stand_in, state.path(), &["status", &ids[0][..6]]);
    assert_eq!(ran.stdout, "Completed\n", "{}", ran.stderr);
    let ran = at_home(&stand_in, state.path(), &["status", "--last"]);
    assert_eq!(ran.stdout, "Completed\n", "{}", ran.stderr);
    assert_eq!(stand_in.calls("GetTaskStatus").last().unwrap().device, "d1");
    let ran = at_home(
        &stand_in,
        state.path(),
        &["status", "--wait", "--last", "2"],
    );
    assert_eq!(ran.stdout.lines().count(), 2, "{}", ran.stderr);
    let ran = at_home(&stand_in, state.path(), &["status", "zzzz"]);
    assert_eq!(ran.code, 2);
    let ran = at_home(&stand_in, state.path(), &["status", "ffff0000"]);
    ran.assert_stderr("no task of this machine begins with `ffff0000`");
}
