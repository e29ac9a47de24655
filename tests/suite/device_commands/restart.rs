//! `edgelogs restart`: only when confirmed, and sent once.

use insta::assert_snapshot;
#[cfg(feature = "device")]
use serde_json::Value;
use serde_json::json;

use super::{MIXED, mixed, press};
#[cfg(feature = "device")]
use crate::common::eventually::eventually;
use crate::common::folder::Folder;
use crate::common::{edgelogs, shown};
use stand_in::{Fault, HubError, ModuleSetup, Setup, StandIn};
#[cfg(feature = "device")]
use support::engine::Engine;

fn one() -> StandIn {
    StandIn::start(Setup::with(press("press-07")))
}

#[test]
fn a_module_is_restarted_once_and_reported() {
    let stand_in = one();
    let args = ["restart", "tempSensor", "-d", "press-07", "--yes"];
    let ran = edgelogs(args).on(&stand_in).quiet();
    assert_eq!(
        ran.stdout,
        "DEVICE\tMODULE\tRESULT\npress-07\ttempSensor\trestarted\n"
    );
    assert_eq!(stand_in.restarts("press-07", "tempSensor"), 1);
    let calls = stand_in.calls("RestartModule");
    assert_eq!(
        calls[0].payload,
        json!({ "schemaVersion": "1.0", "id": "tempSensor" })
    );
}

#[test]
fn without_a_terminal_yes_is_required() {
    let stand_in = one();
    let ran = edgelogs(["restart", "temp Sensor", "--where", "tags.site = 'oslo'"])
        .on(&stand_in)
        .run();
    assert_snapshot!("restart-unconfirmed", shown(&ran));
    assert!(stand_in.journal().is_empty());
}

#[test]
fn identity_names_are_refused_with_the_module_name() {
    for (module, hint) in [
        ("$edgeAgent", "hint: edgelogs restart edgeAgent -d press-07"),
        ("$edgeHub", "hint: edgelogs restart edgeHub -d press-07"),
        ("", "the module's name is edgeAgent"),
    ] {
        let ran = edgelogs(["restart", module, "-d", "press-07", "--yes"]).refused();
        ran.assert_stderr(hint);
    }
}

#[test]
fn a_restart_that_may_have_run_is_sent_once_and_reported_as_such() {
    for fault in [
        Fault::LostAnswer,
        Fault::LostRequest,
        Fault::ResetAfterwards,
        Fault::Hub(HubError::server_busy()),
        Fault::Html(502),
        Fault::CutAnswer(5),
    ] {
        let stand_in = one();
        stand_in.fault_when(|call| call.is_method(), fault.clone());
        let ran = edgelogs("restart tempSensor -d press-07 --yes --retries 3")
            .on(&stand_in)
            .run();
        assert_eq!(ran.code, 6, "{fault:?}: {}", ran.stderr);
        assert_eq!(stand_in.calls("RestartModule").len(), 1, "{fault:?}");
        assert!(
            ran.stderr.contains("may have run"),
            "{fault:?}: {}",
            ran.stderr
        );
        assert!(
            ran.stderr.contains("edgelogs modules -d press-07"),
            "{fault:?}: {}",
            ran.stderr
        );
    }
}

#[test]
fn a_refused_restart_is_sent_once_and_has_not_run() {
    for (error, code) in [
        (HubError::basic_tier(), 5),
        (HubError::unauthorized(), 5),
        (HubError::throttled(), 10),
    ] {
        let stand_in = one();
        stand_in.fault_next(Fault::Hub(error));
        let ran = edgelogs("restart tempSensor -d press-07 --yes")
            .on(&stand_in)
            .exits(code);
        ran.assert_no_stderr("may have run");
        assert_eq!(stand_in.calls("RestartModule").len(), 1);
        assert_eq!(stand_in.restarts("press-07", "tempSensor"), 0);
    }
}

#[test]
fn too_many_devices_are_refused() {
    let stand_in =
        StandIn::start(Setup::new().fleet("d", 3, |device| device.module(ModuleSetup::new("m"))));
    let list = "d0\nd1\nd2\n";
    let restart = |more: &[&'static str]| {
        let args = ["restart", "m", "--devices-from", "-"];
        edgelogs(args).args(more).on(&stand_in).stdin(list).run()
    };
    for more in [
        &[][..],
        &["--max-devices", "2"],
        // A typed limit binds.
        &["--max-devices", "2", "--yes"],
    ] {
        let ran = restart(more);
        assert_eq!(ran.code, 2, "{}", ran.stderr);
        assert!(stand_in.journal().is_empty());
    }
    let ran = restart(&["--yes", "-o", "text"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, "3 devices: 3 ok\n"));
    assert_eq!(ran.stdout.lines().count(), 3);
    assert_eq!(stand_in.calls("RestartModule").len(), 3);
}

#[test]
fn restarting_the_agent_reports_that_it_may_have_run() {
    let stand_in = one();
    let ran = edgelogs("restart edgeAgent -d press-07 -y")
        .on(&stand_in)
        .exits(6);
    ran.assert_stderr("may have run");
    assert_eq!(stand_in.restarts("press-07", "edgeAgent"), 1);
}

#[test]
fn the_agent_refuses_an_inexact_module_name() {
    let ran = edgelogs("restart TempSensor -d press-07 -y")
        .on(&one())
        .run();
    assert_snapshot!("restart-unknown-module", shown(&ran));
}

#[test]
fn partial_failure_is_exit_4() {
    let stand_in = mixed();
    let args = [
        &["restart", "tempSensor", "--yes", "-o", "jsonl"],
        &MIXED[..],
    ]
    .concat();
    let ran = edgelogs(&args).on(&stand_in).exits(4);
    let mut results: Vec<String> = ran
        .json_lines()
        .iter()
        .map(|record| record["result"].as_str().unwrap().to_owned())
        .collect();
    results.sort();
    assert_eq!(results, ["offline", "restarted", "unknown"]);
    assert_eq!(stand_in.restarts("good", "tempSensor"), 1);
}

#[test]
fn a_dry_run_requires_neither_yes_nor_a_hub() {
    let ran = edgelogs("restart m -d a --dry-run").exits(0);
    assert_eq!(
        ran.json_lines(),
        [json!({
            "method": "RestartModule", "devices": ["a"],
            "payload": { "schemaVersion": "1.0", "id": "m" },
        })]
    );
}

#[test]
#[cfg(feature = "device")]
fn local_restarts_known_modules_only() {
    let ran = edgelogs("restart tempSensor --local -y -o text").run();
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "local\n"),
        "{}",
        ran.stderr
    );
    edgelogs("restart nobody --local -y").exits(7);
}

/// What `modules` tells of a container.
#[cfg(feature = "device")]
fn record_of(engine: &Engine, container: &str) -> Value {
    let ran = edgelogs(format!("modules --local={} -o jsonl", engine.source())).exits(0);
    let mut records = ran.json_lines().into_iter();
    let record = records.find(|record| record["module"] == container);
    record.expect("the container is a module")
}

#[test]
#[cfg(feature = "device")]
#[ignore = "needs a Docker Engine"]
fn a_real_container_restarts_and_modules_shows_it() {
    let engine = Engine::from_env();
    let container = engine.start(
        "restarted",
        &["--stop-timeout", "0"],
        "echo started; exec sleep 1000",
    );
    let local = format!("--local={}", engine.source());
    let since = || {
        let record = record_of(&engine, &container.name);
        assert_eq!(record["state"], "running");
        record["since"].as_str().expect("a start").to_owned()
    };
    // Times in a twin have at most seven digits of a second.
    let started_at = || {
        let at: jiff::Timestamp = container.inspect("{{.State.StartedAt}}").parse().unwrap();
        let rounding = jiff::TimestampRound::new()
            .increment(100)
            .mode(jiff::RoundMode::Trunc);
        at.round(rounding).unwrap().to_string()
    };
    let before = since();
    assert_eq!(before, started_at());
    let ran = edgelogs(["restart", &container.name, &local, "--yes"]).exits(0);
    assert!(ran.stdout.ends_with("restarted\n"), "{}", ran.stdout);
    let after = since();
    assert_ne!(before, after);
    assert_eq!(after, started_at());
}

#[test]
#[cfg(feature = "device")]
#[ignore = "needs a Docker Engine"]
fn restart_count_and_exit_code_of_a_real_container_are_shown() {
    let engine = Engine::from_env();
    let container = engine.run("failing", &["--restart", "on-failure:2"], "exit 3");
    // `run` has only waited for the first of its three ends.
    eventually("the last end", || {
        (container.inspect("{{.State.Status}}") == "exited").then_some(())
    });
    let record = record_of(&engine, &container.name);
    let counted = container.inspect("{{.RestartCount}}");
    assert_eq!(record["restarts"].to_string(), counted);
    assert_eq!(record["exitCode"], 3);
    assert_eq!(record["state"], "failed");
}

#[test]
fn the_hint_repeats_the_typed_hub_options() {
    let folder = Folder::new();
    let file = folder.write("my settings.toml", "[profiles.a]\nhub = \"127.0.0.1:1\"\n");
    let typed = ["-p", "a", "--config", &file, "--auth", "entra"];
    let args = [&["restart", "tempSensor", "-d", "local"][..], &typed].concat();
    let ran = edgelogs(args).exits(2);
    let hint = format!(
        "hint: edgelogs restart tempSensor -d local --yes -p a --config '{file}' --auth entra\n"
    );
    ran.assert_stderr_ends(&hint);
}
