//! The screen after a command.

use insta::assert_snapshot;

use super::tmux::Setting;
use super::two_modules;

const ID: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";

fn ledger() -> String {
    let entry = |device: &str, method: &str| {
        format!(
            r#"{{"device":"{device}","method":"{method}","correlationId":"{ID}","hub":"plant-a-production-westeurope.azure-devices.net","time":"2026-11-22T12:05:09Z"}}"#
        )
    };
    format!(
        "{}\n{}\n",
        entry("press-07", "UploadModuleLogs"),
        entry("press-\\u001b8", "UploadSupportBundle")
    )
}

#[test]
#[ignore = "needs tmux"]
fn modules_are_prefixed_and_severities_coloured() {
    let stand_in = two_modules();
    let setting = Setting::on(&stand_in);
    let terminal = setting.start("edgelogs get -d press-07");
    assert_snapshot!("get", terminal.at_end());
    assert_snapshot!("get-in-colour", terminal.at_end_in_colour());
}

#[test]
#[ignore = "needs tmux"]
fn a_terminal_has_no_colour_when_it_is_turned_off() {
    let stand_in = two_modules();
    for (name, value, args) in [
        ("NO_COLOR", "1", ""),
        ("CLICOLOR", "0", ""),
        ("TERM", "dumb", ""),
        ("TERM", "screen", "--color never"),
    ] {
        let setting = Setting::on(&stand_in).env(name, value);
        let terminal = setting.start(&format!(
            "edgelogs get -d press-07 --tail x {args}; edgelogs get -d press-07 -q {args}"
        ));
        let screen = terminal.at_end_in_colour();
        assert!(screen.contains("[edgeHub] <4>"), "{screen}");
        assert!(!screen.contains('␛'), "{name}={value} {args}\n{screen}");
        // It still is a terminal.
        assert!(screen.contains("\\u{1b}[31mred"), "{screen}");
        assert!(!terminal.transcript().contains("\u{1b}[31m"));
    }
}

#[test]
#[ignore = "needs tmux"]
fn escape_sequences_of_lines_never_reach_the_terminal() {
    let stand_in = two_modules();
    let setting = Setting::on(&stand_in).env("NO_COLOR", "1");
    for format in ["text", "raw", "json", "jsonl"] {
        let terminal = setting.start(&format!(
            "edgelogs get -q -m tempSensor -d press-07 -o {format}"
        ));
        terminal.at_end();
        let transcript = terminal.transcript();
        assert!(transcript.contains("plain "), "{transcript}");
        assert!(
            !transcript.contains(['\u{1b}', '\u{7}']),
            "{format}: {transcript:?}"
        );
    }
}

#[test]
#[ignore = "needs tmux"]
fn times_are_local_or_utc() {
    let stand_in = two_modules();
    let setting = Setting::on(&stand_in)
        .env("NO_COLOR", "1")
        .env("TZ", "<+05>-5")
        .ledger(ledger());
    let get = "edgelogs get -m edgeHub -d press-07 --tail 1 --timestamps";
    let screen = setting.screen(&format!("{get}; {get} --utc"));
    let mut lines = screen.lines();
    let line = "<7> 2026-11-22 12:05:12.123 +00:00 [DBG] - 3 connections";
    let (local, utc) = (lines.next().unwrap(), lines.next().unwrap());
    assert!(local.starts_with("2026-11-22 17:05:"), "{screen}");
    assert_eq!(local.split_at("2026-11-22 17:05:12.123 ".len()).1, line);
    assert!(utc.starts_with("2026-11-22 12:05:"), "{screen}");
    assert_eq!(utc.split_at("2026-11-22 12:05:12.123Z ".len()).1, line);
    let screen = setting.screen("edgelogs status; edgelogs status --utc");
    assert!(screen.contains("2026-11-22 17:05:09  press-07"), "{screen}");
    assert!(
        screen.contains("2026-11-22 12:05:09Z  press-07"),
        "{screen}"
    );
}

#[test]
#[ignore = "needs tmux"]
fn json_logs_off_leaves_json_lines_alone() {
    let stand_in = two_modules();
    let setting = Setting::on(&stand_in);
    let get = "edgelogs get -m tempSensor -d press-07";
    let screen = setting.screen(&format!("{get} --json-logs off"));
    assert!(screen.contains(r#"{"level":"info","ts":"12:05:09","msg":"reading""#));
    let screen = setting.screen(get);
    assert!(
        screen.contains("12:05:09 INFO reading temperature=21.5 unit=C"),
        "{screen}"
    );
    assert!(screen.contains(r#"{"temperature":21.5}"#), "{screen}");
}

#[test]
#[ignore = "needs tmux"]
fn tables_fit_the_terminal_without_cutting_ids() {
    for columns in [80, 120] {
        let setting = Setting::new()
            .env("TZ", "<+05>-5")
            .columns(columns)
            .ledger(ledger());
        let terminal = setting.start("edgelogs status");
        let screen = terminal.at_end();
        assert_eq!(screen.matches(&ID[..8]).count(), 2, "{screen}");
        assert_snapshot!(format!("table-{columns}"), screen);
        let header = terminal.at_end_in_colour();
        let is_bold = |line: &str| line.starts_with("␛[1mTIME ");
        assert!(header.lines().any(is_bold), "{header}");
    }
    // The variable overrides the width of the terminal, and a pipe has no width.
    let setting = Setting::new()
        .env("COLUMNS", "80")
        .columns(120)
        .ledger(ledger());
    let screen = setting.screen("edgelogs status");
    let mut rows = screen.lines().skip_while(|line| !line.starts_with("TIME "));
    assert!(rows.all(|row| row.chars().count() <= 80), "{screen}");
    let piped = setting.screen("edgelogs status | cat");
    assert!(piped.contains("HUB") && !piped.contains('…'), "{piped}");
}

#[test]
#[ignore = "needs tmux"]
fn help_and_usage_errors_are_coloured() {
    let setting = Setting::new();
    let help = setting.start("edgelogs status -h").at_end_in_colour();
    assert!(help.contains("␛[1mUsage:"), "{help}");
    let error = setting
        .start("edgelogs status --nonsense")
        .at_end_in_colour();
    assert!(error.contains("error:"), "{error}");
    assert!(error.contains("␛["), "{error}");
    // stdout is a pipe, and stderr is not.
    let apart = setting.start("edgelogs status -h | cat; edgelogs status --nonsense");
    let screen = apart.at_end_in_colour();
    let (help, error) = screen.split_once("error:").unwrap();
    assert!(
        !help.trim_end_matches("␛[1m␛[31m").contains("␛[1mUsage"),
        "{screen}"
    );
    assert!(error.contains("␛["), "{screen}");
}
