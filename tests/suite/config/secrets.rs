//! The settings file holds no secrets, and commands that return them are never quoted.

use super::{Home, set_mode};
use crate::common::Ran;
use crate::common::samples::hub_with;

const KEY: &str = "a2V5LW5vdC1mb3IteW91ci1leWVz";

fn shows_no_key(ran: &Ran, what: &str) {
    for stream in [&ran.stdout, &ran.stderr] {
        assert!(!stream.contains(KEY), "{what}: {stream}");
    }
}

#[test]
fn literal_secrets_are_refused_anywhere_and_never_printed() {
    let connection = format!("HostName=h;SharedAccessKeyName=p;SharedAccessKey={KEY}");
    let sas = format!("https://acct.blob.core.windows.net/c?sr=c&sp=w&sig={KEY}");
    for settings in [
        format!("connection-string = \"{connection}\"\n"),
        format!("connection_string = \"{KEY}\"\n"),
        format!("connection-string = {connection}\n"),
        format!("# connection-string = \"{connection}\"\n"),
        format!("sas = \"{sas}\"\n"),
        format!("[profiles.other]\nsas = \"{sas}\"\n"),
        format!("[profiles.other]\naccount-key = \"{KEY}\"\n"),
        format!("[profiles.other]\npassword = '{KEY}'\n"),
        format!("device = [\"x\", \"{sas}\"]\n"),
        format!("profiles = {{ a = {{ sas = \"{sas}\" }} }}\n"),
        format!("connection-string-command = \"echo '{connection}'\"\n"),
        format!("connection-string-command = \"echo 'Shared\\u0041ccessKey={KEY}'\"\n"),
    ] {
        let home = Home::with(&settings);
        for args in [
            &["get", "-d", "x", "-vv"][..],
            &["get", "-d", "x", "--dry-run", "-vv"],
            &["config", "show", "-vv"],
            &["config", "profiles", "-vv"],
            &["config", "use", "other", "-vv"],
            &["config", "init", "new", "-vv"],
        ] {
            let ran = home.run(args);
            assert_eq!(ran.code, 2, "{settings} {args:?}: {}", ran.stderr);
            assert!(
                ran.stderr.contains("contains a secret"),
                "{settings}: {}",
                ran.stderr
            );
            shows_no_key(&ran, &settings);
        }
        assert_eq!(home.settings(), settings, "nothing was written");
    }
}

#[test]
fn an_invalid_sas_setting_is_never_printed() {
    let home = Home::with(&format!("sas = \"{KEY}\"\n"));
    let ran = home.command(["upload", "-d", "x", "-vv"]).exits(2);
    ran.assert_stderr("only `@FILE` is allowed");
    shows_no_key(&ran, "sas");
}

#[test]
fn init_writes_no_secret() {
    let home = Home::new();
    let connection = format!("HostName=h;SharedAccessKeyName=p;SharedAccessKey={KEY}");
    for args in [
        format!("--set sas={KEY}"),
        format!("--set sas=https://a/c?sig={KEY}"),
        format!("--connection-string-file {connection}"),
        format!("--connection-string-command 'echo {connection}'"),
        format!("--set connection-string={connection}"),
    ] {
        let ran = home.command(format!("config init {args}")).exits(2);
        shows_no_key(&ran, "init");
        assert!(!home.settings_path().exists());
    }
}

#[cfg(unix)]
#[test]
fn the_connection_string_may_come_from_a_command() {
    let hub = hub_with("press-07");
    let home = Home::with_hub(
        &hub,
        "device = \"press-07\"\nconnection-string-command = \"echo 'a warning' >&2; cat \\\"$HOME/hub.txt\\\"\"\n",
    );
    let lines = home.quietly(["get", "-m", "edgeHub", "--tail", "1"]);
    assert_eq!(lines.lines().count(), 1);
}

#[cfg(unix)]
#[test]
fn the_command_is_run_only_when_a_hub_is_called() {
    let home = Home::with("connection-string-command = \"touch \\\"$HOME/ran\\\"\"\n");
    home.request(["get", "-d", "x"]);
    home.quietly(["config", "show"]);
    home.quietly(["config", "profiles", "-q"]);
    assert!(!home.path("ran").exists());
    assert_eq!(home.run(["get", "-d", "x"]).code, 2);
    assert!(home.path("ran").exists(), "it is run where it is needed");
}

#[cfg(unix)]
#[test]
fn a_failing_command_is_exit_2_and_its_output_is_never_printed() {
    for (command, word) in [
        (format!("echo {KEY}; exit 4"), "exited with status 4"),
        (
            format!("echo {KEY}; echo no vault >&2; exit 4"),
            "with status 4: no vault",
        ),
        (
            format!("echo 'AccountKey={KEY}' >&2; exit 4"),
            "AccountKey=REDACTED",
        ),
        (format!("echo '{KEY}'"), "gives no connection string"),
        (
            format!("echo '{KEY}=1;{KEY}=2'"),
            "gives no connection string",
        ),
        (
            format!("echo 'HostName={KEY} x;SharedAccessKeyName=p;SharedAccessKey=c2Vj'"),
            "gives no connection string",
        ),
        ("true".to_owned(), "its output is empty"),
        (
            "printf '\\\\377'".to_owned(),
            "its output can't be read: it is not UTF-8",
        ),
        ("no-such-command-here".to_owned(), "exited with status 127"),
    ] {
        // A secret in the file itself would be refused before the command runs.
        let home = Home::with(
            "default-profile = \"a\"\n[profiles.a]\nconnection-string-command = \"sh ~/command\"\n",
        );
        home.write("command", &command.replace("\\\\", "\\"), 0o600);
        let ran = home.run(["get", "-d", "x", "-vv"]);
        assert_eq!(ran.code, 2, "{command}: {}", ran.stderr);
        assert!(
            ran.stderr
                .contains("`connection-string-command` of profile `a` in `"),
            "{command}: {}",
            ran.stderr
        );
        assert!(ran.stderr.contains(word), "{command}: {}", ran.stderr);
        shows_no_key(&ran, &command);
    }
}

#[cfg(unix)]
#[test]
fn a_command_in_a_file_writable_by_others_is_not_run() {
    let home = Home::with("connection-string-command = \"touch \\\"$HOME/ran\\\"\"\n");
    set_mode(&home.settings_path(), 0o622);
    let ran = home.command(["get", "-d", "x"]).exits(2);
    ran.assert_stderr("is writable by others");
    assert!(!home.path("ran").exists());
}
