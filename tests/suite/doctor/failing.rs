//! Each failing check, after which the dependent ones are skipped.

use super::{results, snapshot};
use crate::common::folder::Folder;
use crate::common::samples::{NO_HUB, hub_string};
use crate::common::{Ran, edgelogs};
use stand_in::{AgentVariant, DeviceSetup, DeviceState, Setup, StandIn};

fn doctor(connection: &str) -> Ran {
    edgelogs("doctor -d press-07")
        .env("EDGELOGS_CONNECTION_STRING", connection)
        .run()
}

fn with_device(device: DeviceSetup) -> Ran {
    let stand_in = StandIn::start(Setup::with(device));
    doctor(&stand_in.connection_string())
}

#[test]
fn without_settings_the_hint_says_how_to_name_a_hub() {
    let ran = edgelogs("doctor").exits(2);
    assert_eq!(
        results(&ran)[..2],
        [("config", "ok"), ("connection", "failed")]
    );
    assert!(
        results(&ran)[2..]
            .iter()
            .all(|(_, result)| *result == "skipped")
    );
    snapshot!("no-config", ran);
}

#[test]
fn unreadable_settings_fail_the_first_check() {
    let folder = Folder::new();
    let file = folder.write("config.toml", "default-profile = \n");
    let ran = edgelogs(format!("doctor --config {file}")).exits(2);
    assert_eq!(results(&ran)[0], ("config", "failed"));
    snapshot!("broken-config", ran);
}

#[test]
fn an_unknown_host_fails_the_dns_check() {
    let ran = doctor(&hub_string("no-such-hub.invalid"));
    assert_eq!(ran.code, 6);
    snapshot!("unknown-host", ran);
}

#[test]
fn a_closed_port_fails_the_connection_check() {
    let ran = doctor(NO_HUB);
    assert_eq!(ran.code, 6);
    snapshot!("closed-port", ran);
}

#[test]
fn a_silent_hub_times_out_after_ten_seconds() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = silent.local_addr().expect("an address");
    let start = std::time::Instant::now();
    let ran = doctor(&hub_string(&format!("http://{address}")));
    assert_eq!(ran.code, 6);
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
    ran.assert_stdout("TLS\tfailed\t`TLS` took longer than 10 s");
    ran.assert_stderr("cause: the hub does not answer\n  hint: check that");
}

/// Runs with a profile whose command prints the connection string, from `hub.txt`.
#[cfg(unix)]
fn with_command(command: &str) -> Ran {
    let folder = Folder::new();
    let hub = folder.write("hub.txt", NO_HUB);
    let command = command.replace("hub.txt", &hub);
    let settings = format!(
        "default-profile = \"a\"\n[profiles.a]\nconnection-string-command = \"{command}\"\n"
    );
    let config = folder.write("config.toml", &settings);
    edgelogs(format!("doctor --config {config}")).run()
}

#[cfg(unix)]
#[test]
fn a_connection_string_command_may_run_longer_than_a_check() {
    let ran = with_command("sleep 11; cat hub.txt");
    assert_eq!(results(&ran)[1], ("connection", "ok"), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn a_connection_string_command_that_hangs_is_exit_2() {
    let ran = with_command("sleep 100");
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert_eq!(results(&ran)[1], ("connection", "failed"));
    ran.assert_stderr("timed out after 30s");
}

#[test]
fn clock_skew_warns_from_two_minutes_and_fails_from_five() {
    let stand_in = StandIn::start(Setup::with(DeviceSetup::new("press-07")));
    let run = |ahead| {
        stand_in.change_hub(|hub| hub.clock_ahead = ahead);
        doctor(&stand_in.connection_string())
    };
    let clock = |ran: &Ran| {
        let line = ran.stdout.lines().find(|line| line.starts_with("clock\t"));
        line.expect("a clock").to_owned()
    };
    let ran = run(0);
    assert_eq!((ran.code, clock(&ran).contains("\tok\t")), (0, true));
    let ran = run(200);
    assert_eq!(ran.code, 0);
    snapshot!("clock-warning", ran);
    let ran = run(-3600);
    assert_eq!(ran.code, 5);
    assert!(clock(&ran).contains("\tfailed\t"));
    // Checks that don't depend on the clock still run.
    assert!(
        results(&ran)
            .iter()
            .all(|(name, result)| *result == "ok" || *name == "clock" || *name == "DNS")
    );
    ran.assert_stderr("ahead of the hub's");
}

#[test]
fn unknown_and_offline_devices_fail_the_device_check() {
    let ran = with_device(DeviceSetup::new("press-07").state(DeviceState::Unknown));
    assert_eq!(ran.code, 3);
    snapshot!("unknown-device", ran);
    let ran = with_device(DeviceSetup::new("press-07").state(DeviceState::Offline));
    assert_eq!(ran.code, 6);
    snapshot!("offline-device", ran);
}

#[test]
fn the_limits_of_an_old_agent_are_reported() {
    let ran = with_device(DeviceSetup::new("press-07").agent(AgentVariant::before_1_2()));
    assert_eq!(ran.code, 0);
    snapshot!("agent-before-1-2", ran);
    let ancient = AgentVariant {
        version: "1.0.9.5".to_owned(),
        ..AgentVariant::before_1_2()
    };
    let ran = with_device(DeviceSetup::new("press-07").agent(ancient));
    assert_eq!(ran.code, 7);
    snapshot!("agent-before-1-0-10", ran);
}
