//! The progress line, and the screen after it.

use std::time::Duration;

use insta::{assert_snapshot, with_settings};

use super::tmux::Setting;
use stand_in::{DeviceState, Fault, LogScript, Setup, StandIn, at};

/// Eleven devices, some of which fail; they answer one after the other.
fn fleet() -> StandIn {
    let log = LogScript::new(at("2026-11-22T08:00:00Z")).evenly(3, 60, 10);
    let log = log.log();
    let setup = Setup::new().fleet("press-", 11, |device| {
        let number: u64 = device.id()["press-".len()..].parse().unwrap_or(0);
        let state = match number {
            2 | 5 => DeviceState::Offline,
            _ => DeviceState::Online,
        };
        device
            .log("edgeHub", log.clone())
            .state(state)
            .latency(Duration::from_millis(40 * (number % 4 + 1)))
    });
    let stand_in = StandIn::start(setup);
    stand_in.set_state(
        "press-7",
        DeviceState::Faulty(Fault::Raw {
            status: 200,
            body: b"<html>not a hub</html>".to_vec(),
        }),
    );
    stand_in
}

/// Two devices that do not answer within an hour: an answer of one of them would race with Ctrl-C.
fn slow() -> StandIn {
    let stand_in = StandIn::start(Setup::new().fleet("press-0", 9, |device| device));
    for device in ["press-07", "press-08"] {
        stand_in.set_state(
            device,
            DeviceState::Faulty(Fault::Slow(Duration::from_secs(3600))),
        );
    }
    stand_in
}

const GET_ALL: &str = "edgelogs get --where 'tags.x = 1' --retries 0 -j 3";

#[test]
#[ignore = "needs tmux"]
fn progress_of_a_failing_fleet_leaves_a_clean_screen() {
    let stand_in = fleet();
    for columns in [80, 120] {
        let setting = Setting::on(&stand_in).columns(columns);
        let terminal = setting.start(GET_ALL);
        let screen = terminal.at_end();
        // Progress was shown.
        assert!(terminal.transcript().contains("calling press-"));
        assert!(!screen.contains("calling press-"), "{screen}");
        let name = format!("fleet-{columns}");
        // An id of each answer, which a narrow terminal breaks somewhere.
        with_settings!({ filters => vec![(r"\(track\s*ing id [^)]*\)", "(tracking id …)")] }, {
            assert_snapshot!(name, screen);
        });
    }
}

#[test]
#[ignore = "needs tmux"]
fn paths_and_messages_are_printed_above_the_progress() {
    let stand_in = fleet();
    let setting = Setting::on(&stand_in).columns(80);
    let terminal = setting.start(&format!("cd; {GET_ALL} --out-dir logs"));
    let screen = terminal.at_end();
    assert!(terminal.transcript().contains("calling press-"));
    for device in [0, 1, 3, 4, 6, 8, 9, 10] {
        let path = format!("logs/press-{device}/edgeHub.log");
        assert_eq!(
            screen.lines().filter(|line| *line == path).count(),
            1,
            "{screen}"
        );
    }
    let first = screen.lines().nth(8).unwrap_or_default();
    assert_eq!(
        first, "error: 2 devices offline: press-2, press-5",
        "{screen}"
    );
    let summary = screen.lines().rev().nth(1).unwrap_or_default();
    assert_eq!(
        summary, "11 devices: 8 ok, 2 offline, 1 unreadable",
        "{screen}"
    );
    assert!(!screen.contains("calling press-"), "{screen}");
}

#[test]
#[ignore = "needs tmux"]
fn no_progress_without_a_terminal() {
    let stand_in = fleet();
    for (variable, args) in [
        (("CI", "true"), ""),
        (("TERM", "dumb"), ""),
        (("CI", ""), "-q"),
        (("CI", ""), "-v"),
        (("CI", ""), "2>&1 | cat"),
    ] {
        let setting = Setting::on(&stand_in).env(variable.0, variable.1);
        let terminal = setting.start(&format!("{GET_ALL} {args}"));
        terminal.at_end();
        let transcript = terminal.transcript();
        assert!(transcript.contains("[DBG] - line"), "{transcript}");
        assert!(
            !transcript.contains("calling press-"),
            "{variable:?} {args}"
        );
    }
}

#[test]
#[ignore = "needs tmux"]
fn ctrl_c_clears_the_progress() {
    let stand_in = slow();
    let setting = Setting::on(&stand_in).columns(80);
    for (command, said) in [
        ("edgelogs get -d press-07", "0 lines had come"),
        (
            "edgelogs get -d press-07 -d press-08",
            "0 of 2 devices were read to their end; 0 lines had come",
        ),
        // Without `^C` on the screen.
        (
            "stty -echoctl; edgelogs get -d press-07",
            "0 lines had come",
        ),
    ] {
        let terminal = setting.start(&format!("echo before; {command}"));
        terminal.wait_for("calling press-07");
        terminal.press("C-c");
        assert_eq!(
            terminal.at_end(),
            format!("before\nwarning: interrupted: {said}\n[exit 130]\n"),
            "{command}: {:?}",
            terminal.transcript()
        );
    }
}

#[cfg(feature = "device")]
#[test]
#[ignore = "needs tmux"]
fn stopping_a_server_prints_no_error() {
    let terminal = Setting::new().start("edgelogs device serve");
    terminal.wait_for("stop with Ctrl-C");
    terminal.press("C-c");
    let screen = terminal.at_end();
    assert!(!screen.contains("error"), "{screen}");
    assert!(screen.ends_with("\n[exit 130]\n"), "{screen}");
}
