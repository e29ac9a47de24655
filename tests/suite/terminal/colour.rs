//! When output is coloured, and how log text is escaped then, without a terminal.

use super::two_modules;
use crate::common::edgelogs;

const ESCAPE: char = '\u{1b}';

#[test]
fn piped_output_is_coloured_only_on_request() {
    for (args, variables, colour) in [
        ("--help", "", false),
        ("--help", "CLICOLOR=1", false),
        ("--help", "CLICOLOR_FORCE=1", true),
        ("--help", "CLICOLOR_FORCE=", false),
        // The first variable that is set decides.
        ("--help", "CLICOLOR_FORCE=1 NO_COLOR=1", false),
        ("--help", "CLICOLOR_FORCE=1 NO_COLOR=", true),
        ("--help", "CLICOLOR_FORCE=1 CLICOLOR=0", true),
        ("--color always --help", "NO_COLOR=1", true),
        ("--help --color=never", "CLICOLOR_FORCE=1", false),
        ("status - --color=always", "", true),
        ("get --nonsense --color=always", "", true),
    ] {
        let pairs = variables.split_whitespace();
        let pairs: Vec<_> = pairs.filter_map(|pair| pair.split_once('=')).collect();
        let ran = edgelogs(args).envs(&pairs).run();
        let text = ran.stdout + &ran.stderr;
        assert!(!text.is_empty());
        assert_eq!(text.contains(ESCAPE), colour, "{args} {variables}");
    }
}

#[test]
fn only_labels_are_coloured() {
    let ran = edgelogs("get --tail x --color always").run();
    ran.assert_stderr_starts("\u{1b}[1m\u{1b}[31merror: \u{1b}[0m");
    let first = ran.stderr.lines().next().unwrap_or_default();
    assert_eq!(first.matches(ESCAPE).count(), 3, "{first:?}");
}

#[test]
fn piped_lines_equal_the_modules_bytes() {
    let stand_in = two_modules();
    let ran = edgelogs("get -m tempSensor -d press-07")
        .on(&stand_in)
        .run();
    let bytes = stand_in.module_bytes("press-07", "tempSensor");
    assert_eq!(ran.stdout.as_bytes(), bytes);
    ran.assert_stdout("\u{1b}[31mred");
}

#[test]
fn forced_colour_escapes_the_sequences_of_lines() {
    let stand_in = two_modules();
    let args = ["get", "-m", "tempSensor", "-d", "press-07"];
    let asked = edgelogs(args).args("--color always").on(&stand_in).run();
    // The output is that of a terminal.
    asked.assert_stdout("reading");
    assert!(!asked.stdout.contains("\"msg\""), "{}", asked.stdout);
    let forced = edgelogs(args)
        .on(&stand_in)
        .env("CLICOLOR_FORCE", "1")
        .run();
    // The output is that of a pipe, in colour.
    forced.assert_stdout("\"msg\":\"reading\"");
    for text in [&asked.stdout, &forced.stdout] {
        assert!(
            text.contains("plain \\u{1b}[31mred\\u{1b}[0m text \\u{1b}]0;title\\u{7}"),
            "{text}"
        );
        assert!(!text.contains("\u{1b}[31mred"), "{text:?}");
    }
}

#[test]
fn forced_colour_does_not_change_raw_and_json() {
    let stand_in = two_modules();
    for format in ["raw", "json", "jsonl"] {
        let args = ["get", "-m", "tempSensor", "-d", "press-07", "-o", format];
        let forced = edgelogs(args)
            .on(&stand_in)
            .env("CLICOLOR_FORCE", "1")
            .run();
        assert_eq!(forced.stdout, edgelogs(args).on(&stand_in).run().stdout);
    }
}

#[test]
fn timestamps_are_requested_and_printed_in_utc() {
    let stand_in = two_modules();
    let args = ["get", "-m", "tempSensor", "-d", "press-07", "--timestamps"];
    let ran = edgelogs(args).on(&stand_in).env("TZ", "<+05>-5").run();
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(
        lines[0].starts_with("2026-11-22T12:05:09.") && lines[0].contains("Z {\"level\":\"info\""),
        "{}",
        ran.stdout
    );
    assert!(
        lines.is_sorted() && lines.iter().all(|line| line.as_bytes()[29] == b'Z'),
        "{}",
        ran.stdout
    );
    let dry = edgelogs(args).args("--dry-run").on(&stand_in).run();
    dry.assert_stdout("\"includeTimestamp\":true");
}

#[test]
fn raw_output_refuses_timestamps() {
    let ran = edgelogs("get -o raw -t -d d").exits(2);
    ran.assert_stderr("--timestamps");
}
