//! Ctrl-C while a task is followed: the line that is printed goes on where the run ended.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use super::{SAS, with_log};
use crate::common::running::Running;
use crate::stand_in::{DeviceSetup, Setup, StandIn, TaskEnd, TaskPlan};

fn long_task() -> TaskPlan {
    TaskPlan::new(Duration::from_secs(3), TaskEnd::Completed)
}

/// The command that an interrupted run hints at.
fn printed(stderr: &str) -> &str {
    let hint = stderr
        .lines()
        .find_map(|line| line.trim().strip_prefix("hint: "));
    hint.expect("a hint")
}

/// Pastes a line into a shell in which the binary is called by its name.
fn paste(line: &str, hub: &StandIn, home: &Path) -> Output {
    let binary = Path::new(env!("CARGO_BIN_EXE_edgelogs"));
    let path = format!(
        "{}:/usr/bin:/bin",
        binary.parent().expect("a folder").display()
    );
    Command::new("sh")
        .args(["-c", line])
        .env_clear()
        .env("PATH", path)
        .env("HOME", home)
        .env("EDGELOGS_CONNECTION_STRING", hub.connection_string())
        .output()
        .expect("sh runs")
}

#[test]
fn the_printed_line_follows_an_interrupted_task_to_its_end() {
    // A name that a shell must not take apart.
    let device = "it's$(id)";
    let hub = StandIn::start(Setup::with(with_log(
        DeviceSetup::new(device).tasks(long_task()),
    )));
    let home = tempfile::tempdir().expect("a home");
    for command in ["upload", "bundle"] {
        let mut run = Running::start(
            &[command, "--wait", "-d", device, "--sas", SAS],
            &[
                ("HOME", home.path().to_str().expect("a path")),
                ("EDGELOGS_CONNECTION_STRING", &hub.connection_string()),
            ],
        );
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
        let output = paste(line, &hub, home.path());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{stderr}");
        assert_eq!(output.stdout, b"Completed\n", "{stderr}");
    }
    assert_eq!(hub.calls("UploadModuleLogs").len(), 1);
    assert_eq!(hub.calls("UploadSupportBundle").len(), 1);
}

#[test]
fn the_printed_line_follows_the_tasks_of_many_devices() {
    let hub =
        StandIn::start(Setup::new().fleet("d", 3, |device| with_log(device).tasks(long_task())));
    let home = tempfile::tempdir().expect("a home");
    let mut run = Running::start(
        &["upload", "--where", "tags.x = 1", "--sas", SAS],
        &[
            ("HOME", home.path().to_str().expect("a path")),
            ("EDGELOGS_CONNECTION_STRING", &hub.connection_string()),
        ],
    );
    let mut ids: Vec<String> = (0..3).map(|_| run.line()).collect();
    let (code, stderr) = run.interrupt();
    assert_eq!(code, 130, "{stderr}");
    let output = paste(printed(&stderr), &hub, home.path());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    let stdout = String::from_utf8_lossy(&output.stdout);
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
