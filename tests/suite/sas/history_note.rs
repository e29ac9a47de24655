//! A typed SAS URL is accepted, with one note that it stays in the shell's history.

use super::url;
use crate::common::edgelogs;

const NOTE: &str = "stays in the shell's history";

#[test]
fn the_history_note_is_printed_once_and_only_for_typed_urls() {
    let home = tempfile::tempdir().expect("a home");
    let home = home.path().to_str().expect("a path");
    let url = url("sr=c&sp=acw&se=2126-01-01");
    let says = |args: &[&str], variable: &str| {
        let ran = edgelogs(args)
            .env("HOME", home)
            .env("EDGELOGS_SAS", variable)
            .exits(0);
        ran.stderr.contains(NOTE)
    };
    let dry = ["upload", "--dry-run", "--sas", &url];
    assert!(!says(&["upload", "--dry-run"], &url));
    assert!(!says(&[&dry[..], &["-q"]].concat(), ""));
    assert!(says(&dry, ""));
    assert!(!says(&dry, ""));
    assert!(!says(&["bundle", "--dry-run", "--sas", &url], ""));
    assert!(!says(&["sas", "check", &url], ""));
}

#[test]
fn an_unwritable_state_folder_is_no_error() {
    let home = tempfile::NamedTempFile::new().expect("a file in place of a folder");
    let url = url("sr=c&sp=acw&se=2126-01-01");
    for _ in 0..2 {
        let ran = edgelogs(format!("sas check {url}"))
            .env("XDG_STATE_HOME", home.path().to_str().expect("a path"))
            .exits(0);
        assert_eq!(ran.stderr.matches(NOTE).count(), 1, "{}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    }
}
