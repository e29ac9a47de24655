//! Thirty mistakes that people make, and what meets them: one error or note that names what was meant,
//! and the fitting exit code. Nothing is sent where nothing can come of it.

use insta::{assert_snapshot, with_settings};

use crate::common::folder::Folder;
use crate::common::samples::{SAS, hub_string, with_log};
use crate::common::{Ran, edgelogs};
use stand_in::{DeviceSetup, ModuleSetup, Setup, StandIn};

/// The devices press-0001 to press-0012, each with edgeAgent, edgeHub and tempSensor.
fn plant() -> StandIn {
    let module = |name: &str| ModuleSetup::new(name).lines(0, ["<6> one"]);
    let device = |number: usize| {
        let device = DeviceSetup::new(format!("press-{number:04}"));
        let names = ["edgeAgent", "edgeHub", "tempSensor"];
        names
            .into_iter()
            .fold(device, |device, name| device.module(module(name)))
    };
    StandIn::start((1..=12).map(device).fold(Setup::new(), Setup::device))
}

/// What a person sees, without what differs from run to run.
fn seen(typed: &str, ran: &Ran) -> String {
    let mut shown = format!("$ edgelogs {typed}\n{}{}", ran.stdout, ran.stderr);
    if ran.code != 0 {
        shown.push_str(&format!("exit {}\n", ran.code));
    }
    shown.push('\n');
    shown
}

fn snapshot(name: &str, shown: &str) {
    with_settings!({filters => [
        (r"127\.0\.0\.1:\d+", "HUB"),
        (r"\tok\t\d+", "\tok\tMS"),
        (r" \(tracking id [^)]*\)", ""),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", "TIME"),
    ]}, {
        assert_snapshot!(name, shown);
    });
}

#[test]
fn modules_and_devices_in_each_others_places() {
    let plant = plant();
    let mut shown = String::new();
    for typed in [
        "get press-0007",
        "get edgeHub -d press-0001 press-0002",
        "get edgeHub tempSesnor -d press-0001",
        "get -m 'edge.*' -d press-0001",
        "get '*' -d press-0001",
        "get edgeHub,tempSensor -d press-0001",
        "get '' -d press-0001",
        "get '$edgeAgent' -d press-0001",
        "get -m '$edgeAgent' -d press-0001",
        "get edgeHub -d press-7",
        "get edgeHub -d 'press-*'",
        "get edgeHub -d press-0001,press-0002",
        "ping press-0001",
        "ping press-7",
        "ping edgeHub",
        "restart tempSensor press-0001",
        "restart tempSensor --where 'tags.x = 1' --yes --max-devices 10",
    ] {
        let ran = edgelogs(typed).on(&plant).run();
        shown.push_str(&seen(typed, &ran));
    }
    assert!(plant.calls("RestartModule").is_empty());
    snapshot("places", &shown);
    // Of the default device, too.
    let ran = edgelogs("get press-0007")
        .on(&plant)
        .env("EDGELOGS_DEVICE", "press-0001")
        .run();
    snapshot("device-as-module", &seen("get press-0007", &ran));
}

#[test]
fn devices_are_arguments_where_modules_are_not() {
    let plant = plant();
    for command in ["ping", "modules"] {
        let args = format!("{command} press-0001 press-0002 -d press-0003 -o jsonl");
        let ran = edgelogs(args).on(&plant).exits(0);
        for device in ["press-0001", "press-0002", "press-0003"] {
            ran.assert_stdout(format!("\"device\":\"{device}\""));
        }
    }
    let ran = edgelogs("doctor press-0001").on(&plant).run();
    ran.assert_stdout("press-0001");
}

#[test]
fn times_and_numbers() {
    let plant = plant();
    let mut shown = String::new();
    for typed in [
        "get --since 90 -d press-0001",
        "get --since 3600 -d press-0001",
        "get --since 20261129 -d press-0001",
        "get --since '2026-11-29 06:45:37.000 +00:00' -d press-0001",
        "get --since yesterday -d press-0001",
        "get --since '5 minutes ago' -d press-0001",
        "get --since 'last week' -d press-0001",
        "get --since 10m --until 1h -d press-0001",
        "get --tail -1 -d press-0001",
        "get --tail all -d press-0001",
        "get -j 0 -d press-0001",
        "get -l wrn edgeHub -d press-0001",
        "get -l ftl edgeHub -d press-0001",
        "get -l verbose edgeHub -n1 -d press-0001",
        "get -l loud -d press-0001",
    ] {
        let ran = edgelogs(typed).on(&plant).run();
        shown.push_str(&seen(typed, &ran));
    }
    snapshot("times-and-numbers", &shown);
}

#[test]
fn flags_and_commands_of_other_tools() {
    let plant = plant();
    let mut shown = String::new();
    for typed in [
        "get --grep one edgeHub -d press-0001",
        "get --filter one -d press-0001",
        "get --lines 5 -d press-0001",
        "get --watch -d press-0001",
        "get --json -d press-0001",
        "get --all -d press-0001",
        "get --level err -d press-0001",
        "get --color=false -d press-0001",
        "version",
        "list",
        "ls",
        "tail",
        "logs edgeHub -d press-0001",
        "modles",
    ] {
        let ran = edgelogs(typed).on(&plant).run();
        shown.push_str(&seen(typed, &ran));
    }
    snapshot("other-tools", &shown);
}

#[test]
fn what_devices_prints_is_a_list_of_devices() {
    let plant = plant();
    for form in ["table", "text", "json", "jsonl"] {
        let listed = edgelogs(format!("devices -o {form}")).on(&plant).quiet();
        let ran = edgelogs("get edgeHub -q --devices-from -")
            .on(&plant)
            .stdin(&listed.stdout)
            .quiet();
        assert_eq!(ran.stdout.lines().count(), 12, "{form}");
    }
}

#[test]
fn every_id_that_a_hub_registers_survives_its_round_trip() {
    let ids = ["#1", "a,b", "$x", "(1)"];
    let setup = ids.map(DeviceSetup::new).map(with_log);
    let hub = StandIn::start(setup.into_iter().fold(Setup::new(), Setup::device));
    for form in ["table", "text", "json", "jsonl"] {
        let listed = edgelogs(format!("devices -o {form}")).on(&hub).quiet();
        let ran = edgelogs("ping -o text --devices-from -")
            .on(&hub)
            .stdin(&listed.stdout)
            .quiet_apart_from_summary();
        let mut answered: Vec<&str> = ran.stdout.lines().collect();
        answered.sort_unstable();
        assert_eq!(answered, ["#1", "$x", "(1)", "a,b"], "{form}");
    }
    let ran = edgelogs("ping --devices-from -")
        .on(&hub)
        .stdin("a b\n")
        .exits(2);
    ran.assert_stderr("`a b` is not a device id");
}

#[test]
fn a_pattern_selects_devices_by_their_ids() {
    let plant = plant();
    let ping = |args: &str| {
        let ran = edgelogs(format!("ping -o text {args}")).on(&plant).run();
        let mut ids: Vec<String> = ran.stdout.lines().map(str::to_owned).collect();
        ids.sort_unstable();
        (ran.code, ids)
    };
    let ids = |numbers: &[usize]| -> Vec<String> {
        numbers
            .iter()
            .map(|number| format!("press-{number:04}"))
            .collect()
    };
    assert_eq!(ping("--match 'press-001?'"), (0, ids(&[10, 11, 12])));
    assert_eq!(
        ping("--match '*1' --match '*2' -d press-0007").1,
        ids(&[1, 2, 7, 11, 12])
    );
    assert_eq!(ping("--match 'PRESS-*'").0, 3);
    assert_eq!(ping("--match ' '").0, 2);
    assert_eq!(ping("--match '*' --max-devices 11 --yes").0, 2);
}

#[test]
fn strings_of_the_wrong_kind() {
    let mut shown = String::new();
    let cut = SAS.split('&').next().unwrap();
    for (name, url) in [
        ("cut by the shell at &", cut.to_owned()),
        (
            "of a blob",
            SAS.replace("/logs?", "/logs/a.log?")
                .replace("sr=c", "sr=b"),
        ),
        ("a token alone", SAS.split('?').nth(1).unwrap().to_owned()),
        ("expired", SAS.replace("2126", "2020")),
        ("read only", SAS.replace("sp=acw", "sp=r")),
        ("a file without @", "sas.txt".to_owned()),
    ] {
        let ran = edgelogs(["upload", "-d", "press-0001", "--sas", &url])
            .env(
                "EDGELOGS_CONNECTION_STRING",
                hub_string("a.azure-devices.net"),
            )
            .run();
        shown.push_str(&seen(&format!("upload --sas ({name})"), &ran));
    }
    for (name, string) in [
        ("of a device", "HostName=a.azure-devices.net;DeviceId=d;SharedAccessKey=c2VjcmV0LWtleQ==".to_owned()),
        ("of a storage account", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=c2VjcmV0LWtleQ==;EndpointSuffix=core.windows.net".to_owned()),
        ("with https://", hub_string("https://127.0.0.1:1")),
    ] {
        let ran = edgelogs("get -d press-0001 --retries 0")
            .env("EDGELOGS_CONNECTION_STRING", string)
            .run();
        shown.push_str(&seen(&format!("get (connection string {name})"), &ran));
    }
    snapshot("strings", &shown);
}

#[test]
fn settings_of_the_wrong_kind() {
    let plant = plant();
    let mut shown = String::new();
    let typed = "get edgeHub -d press-0001 --config /dev/null";
    shown.push_str(&seen(typed, &edgelogs(typed).on(&plant).run()));
    // A hub by name, with no way to sign in.
    let typed = "get -d press-0001 --hub plant-a";
    let ran = edgelogs(typed).env("PATH", "/nonexistent").run();
    shown.push_str(&seen(typed, &ran));
    snapshot("settings", &shown);

    // A typed profile is what counts.
    let folder = Folder::new();
    let connection = folder.write("hub.txt", plant.connection_string());
    let file = folder.write(
        "config.toml",
        format!("[profiles.demo]\nconnection-string-file = '{connection}'\n"),
    );
    let ran = edgelogs(format!(
        "get edgeHub -q -d press-0001 -p demo --config {file}"
    ))
    .env(
        "EDGELOGS_CONNECTION_STRING",
        hub_string("other.azure-devices.net"),
    )
    .exits(0);
    assert_eq!(ran.stdout.lines().count(), 1);
}
