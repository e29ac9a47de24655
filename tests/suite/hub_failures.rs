//! Errors, broken answers and silence of hubs and agents, against the stand-in.

use std::time::Duration;

use insta::assert_snapshot;

use crate::common::samples::{NO_HUB, SAS};
use crate::common::{Args, Edgelogs, Ran, edgelogs, shown};
use stand_in::{
    DeviceSetup, DeviceState, ErrorShape, Fault, HubError, LogScript, Setup, StandIn, at,
};
use stand_in::{TaskEnd, TaskPlan};

const MINUTE: Duration = Duration::from_secs(60);

fn stand_in() -> StandIn {
    let log = LogScript::new(at("2026-11-22T08:00:00Z"))
        .evenly(200, 80, 10)
        .entries();
    StandIn::start(Setup::with(
        DeviceSetup::new("press-07").log("edgeHub", log),
    ))
}

/// The binary as an operator of this device.
fn operator(stand_in: &StandIn, args: impl Args) -> Edgelogs {
    edgelogs(args)
        .on(stand_in)
        .env("EDGELOGS_DEVICE", "press-07")
}

/// `get`, where every call meets this fault.
fn get_with(fault: Fault) -> Ran {
    let stand_in = stand_in();
    stand_in.fault_when(|_| true, fault);
    operator(&stand_in, "get -m edgeHub --tail 5 --retries 1").run()
}

#[test]
fn hub_errors_have_their_exit_code_in_every_format() {
    let errors = [
        (HubError::unauthorized(), 5),
        (HubError::basic_tier(), 5),
        (HubError::device_not_found("press-07"), 3),
        (
            HubError::module_not_found("press-07", "$edgeAgent", "hub"),
            3,
        ),
        (HubError::not_online(0), 6),
        (HubError::gateway_timeout(), 6),
        (HubError::server_error(), 6),
        (HubError::new(503_001, "ServiceUnavailable", "busy"), 6),
        (HubError::throttled(), 10),
    ];
    for (error, exit) in errors {
        for shape in [
            ErrorShape::Nested,
            ErrorShape::Semicolon,
            ErrorShape::Flat,
            ErrorShape::Wrapped,
            ErrorShape::Empty,
        ] {
            let ran = get_with(Fault::Hub(error.clone().shaped(shape)));
            assert_eq!(ran.code, exit, "{error:?} as {shape:?}: {}", ran.stderr);
            assert_eq!(ran.stdout, "");
        }
    }
}

#[test]
fn hub_errors_match_their_snapshots() {
    for (name, error) in [
        ("unauthorized", HubError::unauthorized()),
        ("basic-tier", HubError::basic_tier()),
        ("unknown-device", HubError::device_not_found("press-07")),
        ("not-connected", HubError::not_online(0)),
        (
            "throttled",
            HubError::new(429_001, "ThrottlingException", "slow down"),
        ),
    ] {
        let text = shown(&get_with(Fault::Hub(error)));
        let mut settings = insta::Settings::clone_current();
        settings.add_filter(r"tracking id [^)]*", "tracking id ID");
        settings.bind(|| assert_snapshot!(name, text));
    }
}

#[test]
fn offline_devices_are_exit_6_and_those_that_the_hub_does_not_know_3() {
    for (state, code) in [
        (DeviceState::Offline, 6),
        (DeviceState::Unknown, 3),
        (DeviceState::WithoutAgent, 3),
    ] {
        let stand_in = stand_in();
        stand_in.set_state("press-07", state.clone());
        let ran = operator(&stand_in, "get").run();
        assert_eq!(ran.code, code, "{state:?}: {}", ran.stderr);
        ran.assert_stderr("press-07");
    }
}

#[test]
fn an_unreachable_hub_is_exit_6() {
    edgelogs("get -d x --retries 0")
        .env("EDGELOGS_CONNECTION_STRING", NO_HUB)
        .exits(6);
}

#[test]
fn an_agents_refusal_is_exit_7_with_its_message() {
    let stand_in = stand_in();
    let ran = operator(&stand_in, "get '('").exits(7);
    ran.assert_stderr("status 400");
    let message = Fault::Answer {
        status: 400,
        payload: r#"{"message":"no such luck"}"#.to_owned(),
    };
    let ran = get_with(message);
    assert_eq!(ran.code, 7);
    ran.assert_stderr("status 400: no such luck");
}

#[test]
fn undecodable_answers_are_exit_7_with_one_error() {
    let raw = |body: &str| Fault::Raw {
        status: 200,
        body: body.into(),
    };
    let answer = |payload: &str| Fault::Answer {
        status: 200,
        payload: payload.to_owned(),
    };
    for fault in [
        raw("{\"status\":200,\"payl"),
        raw("<html><body>hello</body></html>"),
        raw(""),
        answer("{\"a\":1}"),
        answer("[{\"id\":1}]"),
        Fault::EmptyPayload,
        Fault::BadBase64,
        Fault::CutGzip,
    ] {
        let ran = get_with(fault.clone());
        assert_eq!(ran.code, 7, "{fault:?}: {}", ran.stderr);
        let errors = ran.stderr.matches("error: ").count();
        assert_eq!(errors, 1, "{fault:?}: {}", ran.stderr);
    }
}

#[test]
fn whole_lines_of_a_truncated_answer_are_printed() {
    let log = LogScript::new(at("2026-11-22T08:00:00Z"))
        .evenly(2000, 120, 10)
        .entries();
    let stand_in = StandIn::start(Setup::with(
        DeviceSetup::new("press-07").log("edgeHub", log),
    ));
    // One line more is asked for, which is not of the tail.
    let whole = operator(&stand_in, "get -m edgeHub --tail 1000")
        .run()
        .stdout;
    stand_in.fault_when(|_| true, Fault::CutGzip);
    let ran = operator(&stand_in, "get -m edgeHub --tail 1000").exits(7);
    assert!(ran.stdout.lines().count() > 100);
    assert!(whole.starts_with(&ran.stdout) && ran.stdout.ends_with('\n'));
}

#[test]
fn gzip_bombs_are_stopped() {
    let stand_in = stand_in();
    stand_in.fault_when(|_| true, Fault::GzipBomb(60 << 20));
    let ran = operator(&stand_in, "get -m edgeHub").exits(7);
    assert!(
        ran.stderr.contains("32 MiB") || ran.stderr.contains("16 MiB"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_task_is_followed_until_it_completes_fails_or_is_cancelled() {
    for (end, exit, word) in [
        (TaskEnd::Completed, 0, "Completed"),
        (
            TaskEnd::Failed("storage said no".to_owned()),
            8,
            "storage said no",
        ),
        (TaskEnd::Cancelled, 8, "was cancelled"),
    ] {
        let hub = stand_in();
        hub.set_tasks("press-07", TaskPlan::new(Duration::from_millis(500), end));
        let ran = operator(&hub, format!("upload --sas {SAS} -o jsonl")).exits(exit);
        assert!(
            ran.stdout.contains(word) || ran.stderr.contains(word),
            "{} {}",
            ran.stdout,
            ran.stderr
        );
        assert_eq!(hub.calls("UploadModuleLogs").len(), 1);
        assert!(hub.calls("GetTaskStatus").len() > 1);
    }
}

#[test]
fn a_wait_timeout_is_exit_9_with_the_status_command() {
    let hub = stand_in();
    hub.set_tasks("press-07", TaskPlan::new(MINUTE, TaskEnd::Completed));
    let ran = operator(&hub, format!("bundle --sas {SAS} --wait-timeout 1s")).exits(9);
    let id = ran.stdout.trim_end();
    ran.assert_stderr(format!("edgelogs status {id} --wait --device press-07"));
    let ran = operator(&hub, format!("status {id}")).run();
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "Running\n"));
}

#[test]
fn a_hub_that_was_never_reached_is_not_waited_for() {
    let id = "3fa85f64-5717-4562-b3fc-2c963f66afa6";
    let started = std::time::Instant::now();
    let ran = edgelogs(format!("status {id} --wait --wait-timeout 10m -d d"))
        .env("EDGELOGS_CONNECTION_STRING", NO_HUB)
        .exits(6);
    assert_eq!(ran.stdout, "");
    assert!(started.elapsed() < MINUTE, "{:?}", started.elapsed());
}

#[test]
fn a_task_forgotten_by_its_agent_is_exit_8() {
    let hub = stand_in();
    hub.set_tasks("press-07", TaskPlan::new(MINUTE, TaskEnd::Completed));
    let id = operator(&hub, format!("upload --sas {SAS} --no-wait"))
        .run()
        .stdout;
    hub.restart_agent("press-07", Duration::ZERO);
    let ran = operator(&hub, ["status", id.trim_end(), "--wait"]).run();
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (8, "Unknown\n"),
        "{}",
        ran.stderr
    );
}
