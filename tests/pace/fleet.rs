//! 500 devices against the stand-in.

use std::time::Duration;

use assert_cmd::Command;

use stand_in::{DeviceState, Fault, LogScript, Setup, StandIn, at};
use support::secrets::Secrets;

const DEVICES: usize = 500;
const OFFLINE: [&str; 3] = ["d17", "d255", "d498"];
const GARBAGE: &str = "d300";
const LATENCY: Duration = Duration::from_secs(1);
const AT_A_TIME: u32 = 50;

#[test]
fn five_hundred_devices_take_little_longer_than_their_latency() {
    let log = LogScript::new(at("2026-11-22T08:00:00Z"))
        .evenly(10, 80, 10)
        .log();
    let setup = Setup::new().fleet("d", DEVICES, |device| {
        let state = match device.id() {
            id if OFFLINE.contains(&id) => DeviceState::Offline,
            GARBAGE => DeviceState::Faulty(Fault::Raw {
                status: 200,
                body: b"\x00\xffgarbage".to_vec(),
            }),
            _ => DeviceState::Online,
        };
        device
            .log("edgeHub", log.clone())
            .latency(LATENCY)
            .state(state)
    });
    let stand_in = StandIn::start(setup);
    get_all(&stand_in);
    let calls = stand_in.journal();
    let start = calls.iter().map(|call| call.at).min().unwrap();
    let end = calls.iter().map(|call| call.at + call.took).max().unwrap();
    let took = end - start;
    let ideal = LATENCY * u32::try_from(calls.len()).unwrap() / AT_A_TIME;
    println!("{} calls in {took:?}, {ideal:?} at best", calls.len());
    // The latency is long enough that even a busy machine does its part of the work within it.
    let most = ideal * 3 / 2;
    assert!(took <= most, "{took:?} is more than {most:?}");
}

/// Fetches from all devices, and looks at what comes of it.
fn get_all(stand_in: &StandIn) {
    let ids: String = (0..DEVICES).map(|index| format!("d{index}\n")).collect();
    let home = tempfile::tempdir().unwrap();
    let output = Command::from_std(support::edgelogs())
        .env("HOME", home.path())
        .env("EDGELOGS_CONNECTION_STRING", stand_in.connection_string())
        .args(["get", "--devices-from", "-", "--yes"])
        .args(["-j", "50", "--rate", "0"])
        .write_stdin(ids)
        .timeout(Duration::from_secs(60))
        .output()
        .unwrap();
    let mut secrets = Secrets::default();
    secrets.of_text(&stand_in.connection_string());
    secrets.assert_absent("get", "stdout", &output.stdout);
    secrets.assert_absent("get", "stderr", &output.stderr);
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{stderr}");
    let summary = stderr.lines().last().unwrap_or_default();
    assert!(summary.starts_with("500 devices: 496 ok, "), "{summary}");
    assert!(summary.contains("3 offline"), "{summary}");
    assert!(summary.contains("1 unreadable"), "{summary}");
    // Equal failures are one.
    assert_eq!(stderr.matches("error: ").count(), 2, "{stderr}");
    for device in OFFLINE.iter().chain([&GARBAGE]) {
        assert!(stderr.contains(device), "{device}: {stderr}");
    }
    assert_eq!(stdout.lines().count(), 496 * 10);
}
