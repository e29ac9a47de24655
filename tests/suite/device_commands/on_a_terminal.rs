//! Questions and tables on a terminal, made with `script` of util-linux.

use std::io::Write;
use std::process::Stdio;

use super::press;
use crate::common::program;
use stand_in::{Setup, StandIn};
use support::secrets::Secrets;

/// Runs the binary on a terminal with these keys pressed. Gives all that the terminal got, and the
/// exit code.
fn on_terminal(stand_in: &StandIn, args: &str, keys: &str) -> (String, Option<i32>) {
    let command = format!("{} {args}", env!("CARGO_BIN_EXE_edgelogs"));
    let home = tempfile::tempdir().unwrap();
    let mut child = support::clean(program("script"))
        .args(["-q", "-e", "-c", &command, "/dev/null"])
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", home.path())
        .env("TERM", "xterm")
        .env("EDGELOGS_CONNECTION_STRING", stand_in.connection_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(keys.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let mut secrets = Secrets::default();
    secrets.of_text(&stand_in.connection_string());
    secrets.assert_absent(args, "the terminal", &output.stdout);
    let text = String::from_utf8(output.stdout).unwrap();
    (text.replace('\r', ""), output.status.code())
}

fn two() -> StandIn {
    StandIn::start(Setup::new().device(press("a")).device(press("b")))
}

#[test]
fn restart_asks_for_confirmation_and_only_y_proceeds() {
    let stand_in = two();
    for keys in ["n\n", "\n", "no\n"] {
        let (seen, code) = on_terminal(&stand_in, "restart edgeHub -d a -d b", keys);
        assert!(
            seen.contains("Restart module edgeHub on a, b? [y/N]"),
            "{seen}"
        );
        assert!(seen.contains("not confirmed"), "{seen}");
        assert_eq!(code, Some(2), "{seen}");
        assert!(stand_in.journal().is_empty());
    }
    let (seen, code) = on_terminal(&stand_in, "restart edgeHub -d a -d b", "y\n");
    assert_eq!(code, Some(0), "{seen}");
    assert_eq!(stand_in.calls("RestartModule").len(), 2);
    let (seen, code) = on_terminal(&stand_in, "restart edgeHub -d a --yes", "");
    assert_eq!(code, Some(0), "{seen}");
    assert!(!seen.contains("[y/N]"), "{seen}");
}

#[test]
fn a_table_of_one_device_has_no_device_column() {
    let stand_in = two();
    let (seen, code) = on_terminal(&stand_in, "modules -d a", "");
    assert_eq!(code, Some(0), "{seen}");
    assert!(
        seen.contains("MODULE") && !seen.contains("DEVICE"),
        "{seen}"
    );
    let (seen, _) = on_terminal(&stand_in, "modules -d a -d b", "");
    assert!(seen.contains("DEVICE"), "{seen}");
    // What is not known is a dash for people: the agent does not count its own restarts.
    assert!(seen.contains(" - "), "{seen}");
}

#[test]
fn answers_are_indented_on_a_terminal() {
    let (seen, code) = on_terminal(&two(), "invoke nothing -d a", "");
    assert_eq!(code, Some(7), "{seen}");
    assert!(seen.contains("{\n  \"message\": \"Command"), "{seen}");
}
