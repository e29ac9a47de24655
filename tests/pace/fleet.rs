//! 500 devices against the stand-in.

use std::time::{Duration, Instant};

use assert_cmd::Command;

use crate::secrets::Secrets;
use crate::stand_in::{DeviceState, Fault, LogScript, Setup, StandIn, at};

const DEVICES: usize = 500;
const OFFLINE: [&str; 3] = ["d17", "d255", "d498"];
const GARBAGE: &str = "d300";
const LATENCY: Duration = Duration::from_millis(20);
const AT_A_TIME: u32 = 50;

/// What a build without optimisation spends on a call, in the program and in the stand-in, beside
/// the time that passes anyway.
const UNOPTIMISED: Duration = Duration::from_millis(3);

/// The fastest of so many runs counts: what other processes take of the machine is no matter here.
const RUNS: usize = 5;

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
    let mut fastest = Duration::MAX;
    let mut bound = Duration::ZERO;
    for _ in 0..RUNS {
        stand_in.clear_journal();
        fastest = fastest.min(get_all(&stand_in));
        let calls = u32::try_from(stand_in.journal().len()).unwrap();
        bound = LATENCY * calls / AT_A_TIME * 3 / 2;
        if cfg!(debug_assertions) {
            bound += UNOPTIMISED * calls;
        }
        println!(
            "{calls} calls, {} ms at best, at most {} ms",
            fastest.as_millis(),
            bound.as_millis()
        );
        if fastest <= bound {
            return;
        }
    }
    panic!("{fastest:?} is more than {bound:?}");
}

/// Fetches from all devices, looks at what comes of it, and tells how long it took.
fn get_all(stand_in: &StandIn) -> Duration {
    let ids: String = (0..DEVICES).map(|index| format!("d{index}\n")).collect();
    let home = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let output = Command::new(env!("CARGO_BIN_EXE_edgelogs"))
        .env_clear()
        .env("HOME", home.path())
        .env("EDGELOGS_CONNECTION_STRING", stand_in.connection_string())
        .args(["get", "--devices-from", "-", "--yes"])
        .args(["-j", "50", "--rate", "0"])
        .write_stdin(ids)
        .timeout(Duration::from_secs(60))
        .output()
        .unwrap();
    let took = started.elapsed();
    let mut secrets = Secrets::default();
    secrets.of_text(&stand_in.connection_string());
    secrets.assert_absent("get", "stdout", &output.stdout);
    secrets.assert_absent("get", "stderr", &output.stderr);
    let stdout = String::from_utf8(output.stdout).unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4), "{stderr}");
    let summary = stderr.lines().next().unwrap_or_default();
    assert!(summary.starts_with("500 devices: 496 ok, "), "{summary}");
    assert!(summary.contains("3 offline"), "{summary}");
    assert!(summary.contains("1 unreadable"), "{summary}");
    assert_eq!(stderr.matches("error: ").count(), 4, "{stderr}");
    for device in OFFLINE.iter().chain([&GARBAGE]) {
        assert!(
            stderr.contains(&format!("device `{device}`")),
            "{device}: {stderr}"
        );
    }
    assert_eq!(stdout.lines().count(), 496 * 10);
    took
}
