//! Ctrl-C while a task is followed: the printed command resumes it.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use crate::common::samples::{SAS, with_log};
use crate::common::{edgelogs, program};
use stand_in::{DeviceSetup, DeviceState, Setup, StandIn, TaskEnd, TaskPlan};

fn long_task() -> TaskPlan {
    TaskPlan::new(Duration::from_secs(3), TaskEnd::Completed)
}

/// The command in the hint of an interrupted run.
fn printed(stderr: &str) -> &str {
    let hint = stderr
        .lines()
        .find_map(|line| line.trim().strip_prefix("hint: "));
    hint.expect("a hint")
}

/// Runs a command in a shell that finds the binary; its stdout.
fn paste(line: &str, home: &Path, hub: Option<&StandIn>) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_edgelogs"));
    let folder = binary.parent().expect("a folder").display();
    let hub = hub.map(|hub| ("EDGELOGS_CONNECTION_STRING", hub.connection_string()));
    let output = program("sh")
        .args(["-c", line])
        .env("PATH", format!("{folder}:/usr/bin:/bin"))
        .env("HOME", home)
        .envs(hub)
        .output()
        .expect("sh runs");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout).expect("UTF-8 on stdout")
}

#[test]
fn the_printed_command_resumes_an_interrupted_task() {
    // A name that must be quoted in a shell.
    let device = "it's$(id)";
    let hub = StandIn::start(Setup::with(with_log(
        DeviceSetup::new(device).tasks(long_task()),
    )));
    let home = tempfile::tempdir().expect("a home");
    for command in ["upload", "bundle"] {
        let mut run = edgelogs([command, "--wait", "-d", device, "--sas", SAS])
            .env("HOME", home.path())
            .on(&hub)
            .start();
        let id = run.line();
        let (code, stderr) = run.interrupt();
        assert_eq!(code, 130, "{stderr}");
        // The first run also notes that a SAS in the command line stays in the history.
        assert!(stderr.contains("error: interrupted\n"), "{stderr}");
        let line = printed(&stderr);
        assert_eq!(
            line,
            format!(r"edgelogs status {id} --wait --device 'it'\''s$(id)'")
        );
        assert_eq!(paste(line, home.path(), Some(&hub)), "Completed\n");
    }
    assert_eq!(hub.calls("UploadModuleLogs").len(), 1);
    assert_eq!(hub.calls("UploadSupportBundle").len(), 1);
}

#[test]
fn the_printed_command_resumes_the_tasks_of_many_devices() {
    let hub =
        StandIn::start(Setup::new().fleet("d", 3, |device| with_log(device).tasks(long_task())));
    let home = tempfile::tempdir().expect("a home");
    let run = edgelogs(format!(
        "upload --where 'tags.x = 1' --sas {SAS} --interval 100ms"
    ))
    .env("HOME", home.path())
    .on(&hub)
    .start();
    hub.wait_until(|calls| {
        let polled = calls.iter().filter(|call| call.method == "GetTaskStatus");
        polled
            .map(|call| &call.device)
            .collect::<HashSet<_>>()
            .len()
            == 3
    });
    let (code, list, stderr) = run.interrupt_reading();
    assert_eq!(code, 130, "{stderr}");
    let rows = list
        .lines()
        .skip(1)
        .map(|row| row.split('\t').collect::<Vec<_>>());
    let mut ids: Vec<String> = rows
        .map(|row| {
            assert_eq!(row[2], "Running", "{list}");
            row[1].to_owned()
        })
        .collect();
    let stdout = paste(printed(&stderr), home.path(), Some(&hub));
    let mut followed: Vec<String> = stdout
        .lines()
        .map(|line| {
            assert!(line.starts_with("Completed\td"), "{line}");
            line.rsplit('\t').next().unwrap_or_default().to_owned()
        })
        .collect();
    ids.sort();
    followed.sort();
    assert_eq!(followed, ids);
    assert_eq!(hub.calls("UploadModuleLogs").len(), 3);
}

/// A home with a file of the hub's connection string, and a default profile whose hub
/// does not exist.
fn home_with(hub: &StandIn) -> (tempfile::TempDir, String) {
    let home = tempfile::tempdir().expect("a home");
    let file = home.path().join("it's a file");
    std::fs::write(&file, hub.connection_string()).expect("a file");
    let folder = home.path().join(".config/edgelogs");
    std::fs::create_dir_all(&folder).expect("a folder");
    let settings = "default-profile = \"a\"\n[profiles.a]\nhub = \"127.0.0.1:1\"\n";
    std::fs::write(folder.join("config.toml"), settings).expect("a file");
    let file = file.to_str().expect("a path").to_owned();
    (home, file)
}

#[test]
fn the_printed_command_repeats_the_connection_string_file() {
    let hub = StandIn::start(Setup::with(with_log(
        DeviceSetup::new("d").tasks(long_task()),
    )));
    let (home, file) = home_with(&hub);
    let typed = ["-d", "d", "--connection-string-file", &file];
    let run = |args: &[&str]| edgelogs(args).args(typed).env("HOME", home.path());
    let quoted = format!("'{}'", file.replace('\'', r"'\''"));

    let upload = ["upload", "--sas", SAS];
    let mut interrupted = run(&upload).start();
    let id = interrupted.line();
    let (code, stderr) = interrupted.interrupt();
    assert_eq!(code, 130, "{stderr}");
    let expected =
        format!("edgelogs status {id} --wait --device d --connection-string-file {quoted}");
    assert_eq!(printed(&stderr), expected);

    // A wait that times out prints the same command.
    let ran = run(&["status", &id, "--wait", "--wait-timeout", "1ms"]).exits(9);
    assert_eq!(printed(&ran.stderr), expected);

    assert_eq!(paste(&expected, home.path(), None), "Completed\n");

    let ran = run(&upload).args("--no-wait").exits(0);
    let line = ran
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("note: track it with: "))
        .expect("a line to paste");
    assert_eq!(paste(line, home.path(), None), "Completed\n");
}

#[test]
fn an_interrupted_status_prints_the_command_that_resumes_it() {
    let task = TaskPlan::new(Duration::ZERO, TaskEnd::Never);
    let hub = StandIn::start(Setup::with(with_log(DeviceSetup::new("d").tasks(task))));
    let home = tempfile::tempdir().expect("a home");
    let run = |args: String| edgelogs(args).env("HOME", home.path()).on(&hub);
    let upload = run(format!("upload -d d --sas {SAS} --no-wait")).exits(0);
    let id = upload.stdout.trim();
    let status = run(format!("status {id} --wait")).start();
    hub.wait_until(|calls| calls.iter().any(|call| call.method == "GetTaskStatus"));
    let (code, stderr) = status.interrupt();
    assert_eq!(code, 130, "{stderr}");
    assert_eq!(
        printed(&stderr),
        format!("edgelogs status {id} --wait --device d")
    );
}

#[test]
fn an_interrupted_get_prints_what_has_arrived_and_how_far_it_came() {
    let slow = Duration::from_secs(60);
    let setup = Setup::new().fleet("d", 3, |device| match device.id() {
        "d2" => with_log(device).latency(slow),
        _ => with_log(device),
    });
    let hub = StandIn::start(setup);
    let run = edgelogs("get -d d0 -d d1 -d d2 -j 1 --timeout 120s")
        .on(&hub)
        .start();
    hub.wait_until(|calls| calls.iter().any(|call| call.device == "d2"));
    let (code, stdout, stderr) = run.interrupt_reading();
    assert_eq!(code, 130, "{stderr}");
    assert_eq!(stdout.lines().count(), 20, "{stdout}");
    assert!(
        stderr.contains("interrupted: 2 of 3 devices were read to their end; 20 lines had come"),
        "{stderr}"
    );
    assert!(!stderr.contains("error:"), "{stderr}");
    // A log that is followed has no end that could be missed.
    let mut run = edgelogs("get -f -q -d d0").on(&hub).start();
    let _ = run.line();
    let (code, _, stderr) = run.interrupt_reading();
    assert_eq!((code, stderr.as_str()), (130, ""));
}

#[test]
fn an_interrupted_get_names_the_devices_that_failed_and_counts_those_that_were_not_begun() {
    let setup = Setup::new().fleet("d", 4, |device| match device.id() {
        "d1" => device.state(DeviceState::Offline),
        "d2" => with_log(device).latency(Duration::from_secs(60)),
        _ => with_log(device),
    });
    let hub = StandIn::start(setup);
    let run = edgelogs("get -d d0 -d d1 -d d2 -d d3 -j 1 --retries 0 --timeout 120s")
        .on(&hub)
        .start();
    hub.wait_until(|calls| calls.iter().any(|call| call.device == "d2"));
    let (code, stdout, stderr) = run.interrupt_reading();
    assert_eq!(code, 130, "{stderr}");
    assert_eq!(stdout.lines().count(), 10, "{stdout}");
    for said in [
        "device `d1` is not connected",
        "interrupted: 1 of 4 devices were read to their end; 10 lines had come",
    ] {
        assert!(stderr.contains(said), "{stderr}");
    }
}

#[test]
fn what_is_printed_resumes_an_interrupted_wait_for_the_last_tasks() {
    let task = TaskPlan::new(Duration::ZERO, TaskEnd::Never);
    let hub = StandIn::start(Setup::with(with_log(DeviceSetup::new("d").tasks(task))));
    let home = tempfile::tempdir().expect("a home");
    let run = |args: String| edgelogs(args).env("HOME", home.path()).on(&hub);
    for _ in 0..2 {
        run(format!("upload -d d --sas {SAS} --no-wait")).exits(0);
    }
    let status = run("status --wait --last 2".to_owned()).start();
    hub.wait_until(|calls| calls.iter().any(|call| call.method == "GetTaskStatus"));
    let (code, stderr) = status.interrupt();
    assert_eq!(code, 130, "{stderr}");
    assert_eq!(printed(&stderr), "edgelogs status --wait --last 2");
}
