//! Ctrl-C while a task is followed: the line that is printed goes on where the run ended.

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use super::{SAS, with_log};
use crate::common::edgelogs;
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
    let connection = hub.connection_string();
    paste_with(line, home, &[("EDGELOGS_CONNECTION_STRING", &connection)])
}

/// The same with no variables but these.
fn paste_with(line: &str, home: &Path, variables: &[(&str, &str)]) -> Output {
    let binary = Path::new(env!("CARGO_BIN_EXE_edgelogs"));
    let path = format!(
        "{}:/usr/bin:/bin",
        binary.parent().expect("a folder").display()
    );
    support::clean(Command::new("sh"))
        .args(["-c", line])
        .env("PATH", path)
        .env("HOME", home)
        .envs(variables.iter().copied())
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

/// A home with a file of the hub's connection string, and a profile for all that is not typed which
/// names a hub that nobody has.
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
fn the_printed_line_names_the_file_of_the_connection_string() {
    let hub = StandIn::start(Setup::with(with_log(
        DeviceSetup::new("d").tasks(long_task()),
    )));
    let (home, file) = home_with(&hub);
    let typed = ["-d", "d", "--connection-string-file", &file];
    let variables = [("HOME", home.path().to_str().expect("a path"))];
    let quoted = format!("'{}'", file.replace('\'', r"'\''"));

    let upload = [&["upload", "--sas", SAS][..], &typed].concat();
    let mut run = Running::start(&upload, &variables);
    let id = run.line();
    let (code, stderr) = run.interrupt();
    assert_eq!(code, 130, "{stderr}");
    let expected =
        format!("edgelogs status {id} --wait --device d --connection-string-file {quoted}");
    assert_eq!(printed(&stderr), expected);

    // A wait that is given up prints the same line.
    let status = [&["status", &id, "--wait"][..], &typed].concat();
    let given_up = [&status[..], &["--wait-timeout", "1ms"]].concat();
    let ran = edgelogs(given_up.iter())
        .env(variables[0].0, variables[0].1)
        .run();
    assert_eq!(ran.code, 9, "{}", ran.stderr);
    assert_eq!(printed(&ran.stderr), expected);

    let output = paste_with(&expected, home.path(), &[]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.stdout, b"Completed\n", "{stderr}");

    let no_wait = [&upload[..], &["--no-wait"]].concat();
    let ran = edgelogs(no_wait.iter())
        .env(variables[0].0, variables[0].1)
        .run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let line = ran
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("note: track it with: "))
        .expect("a line to paste");
    let output = paste_with(line, home.path(), &[]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.stdout, b"Completed\n", "{stderr}");
}

#[test]
fn an_interrupted_status_prints_the_line_that_goes_on() {
    let hub = StandIn::start(Setup::with(with_log(
        DeviceSetup::new("d").tasks(TaskPlan::new(Duration::from_secs(600), TaskEnd::Completed)),
    )));
    let home = tempfile::tempdir().expect("a home");
    let variables = [
        ("HOME", home.path().to_str().expect("a path")),
        ("EDGELOGS_CONNECTION_STRING", &hub.connection_string()),
    ];
    let mut run = Running::start(
        &["upload", "-d", "d", "--sas", SAS, "--no-wait"],
        &variables,
    );
    let id = run.line();
    let run = Running::start(&["status", &id, "--wait"], &variables);
    let start = Instant::now();
    while hub.calls("GetTaskStatus").is_empty() {
        assert!(start.elapsed() < Duration::from_secs(60), "no call");
        std::thread::sleep(Duration::from_millis(10));
    }
    let (code, stderr) = run.interrupt();
    assert_eq!(code, 130, "{stderr}");
    assert_eq!(
        printed(&stderr),
        format!("edgelogs status {id} --wait --device d")
    );
}
