//! What was typed is honoured, or refused by name: modules that match nothing, ids, times.

use serde_json::json;

use crate::common::edgelogs;
use crate::common::samples::{SAS, with_log};
use stand_in::{DeviceSetup, ModuleSetup, Setup, StandIn};

/// The device `a` with the modules edgeHub and tempSensor, and `b` with edgeHub alone.
fn two_devices() -> StandIn {
    let module = |name: &str| ModuleSetup::new(name).lines(0, ["<6> one"]);
    let a = DeviceSetup::new("a")
        .module(module("edgeHub"))
        .module(module("tempSensor"));
    let b = DeviceSetup::new("b").module(module("edgeHub"));
    StandIn::start(Setup::new().device(a).device(b))
}

#[test]
fn an_id_that_matches_no_module_is_named_beside_the_lines_of_others() {
    let stand_in = two_devices();
    for args in [
        "get edgeHub tempSesnor -d a",
        "get -m edgeHub -m tempSesnor -d a",
        "get --item edgeHub tail=1 --item tempSesnor -d a",
        "get edgeHub tempSesnor -d a --out-dir logs",
    ] {
        let ran = edgelogs(args).on(&stand_in).at_home().exits(4);
        ran.assert_stderr("no module of device `a` matches `tempSesnor`");
        ran.assert_stderr("did you mean `tempSensor`? the modules are edgeHub, tempSensor");
        assert_eq!(ran.stdout.lines().count(), 1, "{args}");
    }
    let ran = edgelogs("get edgeHub tempSesnor -d a -o json")
        .on(&stand_in)
        .exits(4);
    let document = ran.json();
    assert_eq!(document["records"].as_array().unwrap().len(), 1);
    assert_eq!(document["errors"][0]["exit"], 3);
}

#[test]
fn an_id_that_alone_matches_no_module_is_exit_3_with_the_names() {
    let stand_in = two_devices();
    for args in [
        "get tempSesnor -d a",
        "get -m tempSesnor -d a",
        "get -f -m tempSesnor -d a",
    ] {
        let ran = edgelogs(args).on(&stand_in).exits(3);
        assert_eq!(ran.stdout, "");
        ran.assert_stderr("did you mean `tempSensor`?");
    }
}

#[test]
fn an_upload_of_what_matches_no_module_is_refused_or_named() {
    let stand_in = two_devices();
    let upload = |modules: &str, devices: &str| {
        let args = format!("upload {modules} {devices} --sas '{SAS}' --interval 1s");
        edgelogs(args).on(&stand_in)
    };
    for modules in ["tempSesnor", "-m tempSesnor", "--item tempSesnor tail=1"] {
        let ran = upload(modules, "-d a").exits(3);
        assert_eq!(ran.stdout, "");
        ran.assert_stderr("did you mean `tempSensor`?");
    }
    assert_eq!(stand_in.calls("UploadModuleLogs").len(), 0);
    let ran = upload("edgeHub tempSesnor", "-d a").exits(4);
    ran.assert_stderr("no module of device `a` matches `tempSesnor`");
    assert_eq!(stand_in.calls("UploadModuleLogs").len(), 1);
    let ran = upload("edgeHub tempSensor", "-d a -d b").exits(0);
    ran.assert_stderr("note: `tempSensor` matches no module of 1 of 2 devices");
    upload("edgeHub tempSesnor", "-d a -d b").exits(3);
}

/// What only .NET can read is left to the agent.
#[test]
fn patterns_that_match_are_not_named() {
    for args in [
        "get edge 'Sensor$' --local",
        "get EDGEHUB -m tempsensor --local",
        "get edgeHub '(?<=temp)Sensor' --local",
        "get all edgeHub --local",
    ] {
        edgelogs(args).args("-n 1").quiet();
    }
    let ran = edgelogs("get edgeHub '(?<=x)Sensor' -n 1 --local").exits(4);
    ran.assert_stderr("matches `(?<=x)Sensor`");
}

#[test]
fn in_a_fleet_a_missing_module_is_counted_and_one_of_no_device_is_exit_3() {
    let stand_in = two_devices();
    let ran = edgelogs("get edgeHub tempSensor -d a -d b")
        .on(&stand_in)
        .exits(0);
    ran.assert_stderr("note: `tempSensor` matches no module of 1 of 2 devices");
    assert_eq!(ran.stdout.lines().count(), 3);
    let ran = edgelogs("get edgeHub tempSesnor -d a -d b")
        .on(&stand_in)
        .exits(3);
    ran.assert_stderr("no module of 2 devices matches `tempSesnor`");
    ran.assert_stderr("did you mean `tempSensor`?");
    assert_eq!(ran.stdout.lines().count(), 2);
}

#[test]
fn what_matches_nowhere_is_among_the_errors_of_the_document() {
    let stand_in = two_devices();
    for (line, records) in [
        ("get edgeHub tempSesnor".to_owned(), 2),
        (
            format!("upload edgeHub tempSesnor --sas '{SAS}' --interval 1s"),
            2,
        ),
    ] {
        let ran = edgelogs(format!("{line} -d a -d b -o json"))
            .on(&stand_in)
            .exits(3);
        let document = ran.json();
        assert_eq!(document["records"].as_array().unwrap().len(), records);
        let errors = document["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 1, "{document}");
        let message = errors[0]["message"].as_str().unwrap();
        assert_eq!(message, "no module of 2 devices matches `tempSesnor`");
        assert_eq!(errors[0]["exit"], 3);
        ran.assert_stderr(message);
    }
}

#[test]
fn a_second_id_behind_one_device_flag_is_named_as_a_device() {
    let stand_in = StandIn::start(Setup::new().fleet("press-", 3, with_log));
    for (args, code) in [
        ("get edgeHub -d press-1 press-2", 4),
        ("get -d press-1 press-2", 3),
        ("get edgeHub -d press-1 -d press-0 press-2", 3),
    ] {
        let ran = edgelogs(args).on(&stand_in).exits(code);
        ran.assert_stderr("`press-2` is a device, and each needs its own flag: -d press-2");
    }
    for command in [
        "get",
        "ping",
        "status 3fa85f64-5717-4562-b3fc-2c963f66afa6",
        "doctor",
    ] {
        let ran = edgelogs(format!("{command} -d 'a b'"))
            .on(&stand_in)
            .refused();
        ran.assert_stderr("`a b` is not a device id");
        ran.assert_stderr("hint: give each device its own flag: -d a -d b");
    }
    assert!(stand_in.calls("ping").is_empty());
}

#[test]
fn a_blank_device_is_refused_rather_than_passed_over() {
    for device in ["''", "' '"] {
        let ran = edgelogs(format!("get --dry-run -d a -d {device}")).refused();
        ran.assert_stderr("--device holds a blank device id");
    }
}

/// Ids may contain commas.
#[test]
fn the_environment_names_devices_with_white_space_between_them() {
    let ran = edgelogs("get --dry-run")
        .env("EDGELOGS_DEVICE", "a,b\n c\td ")
        .quiet();
    assert_eq!(ran.json()["devices"], json!(["a,b", "c", "d"]));
}

#[test]
fn a_bare_small_number_is_no_time() {
    for (args, hint) in [
        (
            "get --since 90",
            "write 90s or 90m for a duration, or 1970-01-01T00:01:30Z",
        ),
        ("get --until 3600", "write 3600s or 3600m"),
        ("get --since 20261129", "write 2026-11-29 for a date"),
        ("get --item edgeHub since=90", "write 90s or 90m"),
        ("bundle --sas SAS --since 90", "write 90s or 90m"),
    ] {
        let args = format!("{args} --dry-run").replace("SAS", &format!("'{SAS}'"));
        let ran = edgelogs(args).refused();
        ran.assert_stderr("could be seconds since 1970 or");
        ran.assert_stderr(hint);
    }
    let ran = edgelogs("get --since 1787234700 --dry-run").quiet();
    assert_eq!(
        ran.json()["payload"]["items"][0]["filter"]["since"],
        "1787234700"
    );
}

/// The agent drops fractions: the end is the next whole second, and it is said.
#[test]
fn a_task_gets_seconds_that_hold_the_window() {
    let window = "--since 2026-11-29T06:11:11.7Z --until 2026-11-29T06:11:11.8Z --dry-run";
    for command in ["upload edgeHub", "bundle"] {
        let ran = edgelogs(format!("{command} --sas '{SAS}' {window} -q")).exits(0);
        ran.assert_stderr("agents drop fractions of a second");
        let payload = &ran.json()["payload"];
        let filter = match payload.get("items") {
            Some(items) => &items[0]["filter"],
            None => payload,
        };
        assert_eq!(filter["until"], "2026-11-29T06:11:12Z");
        assert_eq!(filter["since"], "2026-11-29T06:11:11.7Z");
    }
}

#[test]
fn a_window_within_one_second_is_one() {
    let since = "get --dry-run --since 2026-11-29T06:11:11.7Z";
    edgelogs(format!("{since} --until 2026-11-29T06:11:11.8Z")).quiet();
    edgelogs(format!("{since} --until 2026-11-29T06:11:11.7Z")).refused();
}

/// What is typed without an offset is local time.
#[cfg(unix)]
#[test]
fn times_are_taken_as_people_and_logs_write_them() {
    let since = |text: &str, flags: &str| {
        let args = ["get", "--dry-run", "--since", text];
        let ran = edgelogs(args).args(flags).env("TZ", "Asia/Kolkata").quiet();
        ran.json()["payload"]["items"][0]["filter"]["since"].clone()
    };
    for (text, sent) in [
        ("2026-11-29 06:45:37.000 +00:00", "2026-11-29T06:45:37Z"),
        ("2026-11-29 06:45:37.120Z", "2026-11-29 06:45:37.120Z"),
        (
            "2026-11-29T06:45:37.123000000Z",
            "2026-11-29T06:45:37.123000000Z",
        ),
        (
            "2026-11-29T06:45:37.1234567+00:00",
            "2026-11-29T06:45:37.1234567+00:00",
        ),
        ("2026-11-29 06:45:37.000", "2026-11-29T01:15:37Z"),
        ("2026-11-29 06:45", "2026-11-29T01:15:00Z"),
        ("2026-11-29", "2026-11-28T18:30:00Z"),
        ("5 minutes ago", "5 minutes"),
    ] {
        assert_eq!(since(text, ""), sent, "{text}");
    }
    assert_eq!(since("2026-11-29 06:45", "--utc"), "2026-11-29T06:45:00Z");
    let yesterday = since("yesterday", "");
    assert!(yesterday.as_str().unwrap().ends_with("T18:30:00Z"));
    // Today's midnight is never later than now.
    since("00:00", "");
}

/// The payload is sent as typed, and shown as it is sent.
#[test]
fn a_large_number_in_a_payload_is_not_rounded() {
    let payload = r#"{"n": 99999999999999999999999, "x": 1.10}"#;
    let ran = edgelogs(["invoke", "m", "--dry-run", "-d", "a", "--payload", payload]).quiet();
    ran.assert_stdout(r#""payload":{"n":99999999999999999999999,"x":1.10}"#);
}

#[test]
fn an_empty_exclude_and_a_blank_condition_are_refused() {
    let stand_in = StandIn::start(Setup::with(with_log(DeviceSetup::new("a"))));
    for (args, named) in [
        ("get -d a --exclude ''", "--exclude is empty"),
        ("get --where ' '", "--where is blank"),
        ("get --query ''", "--query is blank"),
        ("devices --where ''", "--where is blank"),
    ] {
        edgelogs(args).on(&stand_in).refused().assert_stderr(named);
    }
    assert!(stand_in.journal().is_empty());
}

/// clap does not ask for a required flag that would be refused beside another one.
#[test]
fn a_flag_that_needs_another_one_is_refused_where_that_one_is() {
    for (args, flag) in [
        ("get -d a --follow --force", "--force"),
        ("upload -d a --sas x --no-wait --force", "--force"),
        ("upload -d a --sas x --no-wait --decompress", "--decompress"),
        ("bundle -d a --sas x --no-wait --force", "--force"),
        (
            "sas new --container c --account a --account-key-file k --ca-file p",
            "--ca-file",
        ),
    ] {
        edgelogs(args).refused().assert_stderr(flag);
    }
}

#[test]
fn json_in_transit_is_refused_for_lines_as_they_were_written() {
    for form in ["", "-o raw", "--out-dir out", "--follow"] {
        let ran = edgelogs(format!("get --local --content-type json {form}")).refused();
        ran.assert_stderr("--content-type json lacks the beginnings of lines");
    }
    for form in ["-o json", "-o jsonl"] {
        edgelogs(format!("get --local -n 1 --content-type json {form}")).quiet();
    }
}
