//! What is repeated, what never is, and how fast.

use std::time::{Duration, Instant};

use edgelogs::hub::{
    ConnectionString, HubClient, HubErrorKind, MethodCall, MethodTarget, RetryPolicy, Timeouts,
};
use edgelogs::methods::MethodRequest;
use serde::Serialize;

use super::{SAS, run, with_log};
use crate::stand_in::{Call, DeviceSetup, Fault, HubError, Route, Setup, StandIn, Throttle};

fn hub(code: u32, name: &str) -> Fault {
    Fault::Hub(HubError::new(code, name, "x"))
}

/// Every fault between an operator and a device, whether or not the device has seen the call.
fn faults() -> Vec<Fault> {
    vec![
        hub(429_001, "ThrottlingException"),
        hub(500_001, "ServerError"),
        hub(503_001, "ServiceUnavailable"),
        hub(503_102, "DeviceUnavailable"),
        hub(404_103, "DeviceNotOnline"),
        Fault::Hub(HubError::throttled().retry_after(0)),
        Fault::Reset,
        Fault::ResetAfterwards,
        Fault::CutAnswer(10),
        Fault::LostRequest,
        Fault::LostAnswer,
        Fault::AgentRestart,
        Fault::EmptyPayload,
        Fault::Html(502),
        Fault::Raw {
            status: 200,
            body: Vec::new(),
        },
        Fault::Slow(Duration::from_millis(300)),
    ]
}

fn one_device() -> StandIn {
    StandIn::start(Setup::with(with_log(DeviceSetup::new("d"))))
}

#[test]
fn uploads_and_bundles_are_never_sent_twice() {
    for fault in faults() {
        let stand_in = one_device();
        for (command, method) in [
            ("upload", "UploadModuleLogs"),
            ("bundle", "UploadSupportBundle"),
        ] {
            stand_in.clear_faults();
            stand_in.fault_when(move |call: &Call| call.method == method, fault.clone());
            run(
                &stand_in,
                &[
                    command,
                    "-d",
                    "d",
                    "--sas",
                    SAS,
                    "--retries",
                    "5",
                    "--interval",
                    "50ms",
                ],
            );
            assert_eq!(stand_in.calls(method).len(), 1, "{method} and {fault:?}");
        }
    }
}

/// `RestartModule`, which has an effect each time.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RestartModule {
    schema_version: &'static str,
    id: &'static str,
}

impl MethodRequest for RestartModule {
    const NAME: &'static str = "RestartModule";
    const REPEATABLE: bool = false;
}

#[tokio::test]
async fn a_restart_is_never_sent_twice() {
    for fault in faults() {
        let stand_in = one_device();
        stand_in.fault_when(|_| true, fault.clone());
        let connection = ConnectionString::parse(&stand_in.connection_string()).expect("a hub");
        let client = HubClient::new(connection, RetryPolicy::new(5), Vec::new()).expect("a client");
        let request = RestartModule {
            schema_version: "1.0",
            id: "edgeHub",
        };
        let target = MethodTarget {
            device: "d",
            module: "$edgeAgent",
        };
        let timeouts = Timeouts {
            response: Duration::from_secs(5),
            connect: Duration::ZERO,
        };
        // Whatever comes of it, it is not sent again.
        let _ = client
            .invoke(target, &MethodCall::of(&request), timeouts)
            .await;
        assert_eq!(stand_in.calls("RestartModule").len(), 1, "{fault:?}");
        assert!(stand_in.restarts("d", "edgeHub") <= 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_twin_is_read_again_after_a_fault() {
    let stand_in = one_device();
    stand_in.fault_when(|call| call.number == 0, hub(503_001, "ServiceUnavailable"));
    let connection = ConnectionString::parse(&stand_in.connection_string()).expect("a hub");
    let client = HubClient::new(connection, RetryPolicy::new(3), Vec::new()).expect("a client");
    let twin = client
        .module_twin("d", "$edgeAgent")
        .await
        .expect("its twin");
    assert_eq!(twin.device_id, "d");
    assert!(twin.properties.reported.contains_key("systemModules"));
    let missing = client
        .module_twin("d", "nobody")
        .await
        .expect_err("no twin");
    assert_eq!(missing.kind, HubErrorKind::ModuleNotFound);
}

#[test]
fn without_a_connection_nothing_was_sent_so_that_it_may_be_tried_again() {
    let started = Instant::now();
    let ran = crate::common::edgelogs(["upload", "-d", "d", "--sas", SAS, "--retries", "2", "-v"])
        .env(
            "EDGELOGS_CONNECTION_STRING",
            // Nothing listens there.
            "HostName=http://127.0.0.1:1;SharedAccessKeyName=service;SharedAccessKey=c2VjcmV0",
        )
        .run();
    assert_eq!(ran.code, 6, "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("call: UploadModuleLogs d").count(), 3);
    assert!(started.elapsed() > Duration::from_millis(400));
}

#[test]
fn reads_are_repeated() {
    for fault in [
        hub(429_001, "ThrottlingException"),
        hub(500_001, "ServerError"),
        hub(503_001, "ServiceUnavailable"),
        Fault::Reset,
        Fault::ResetAfterwards,
        Fault::CutAnswer(10),
        Fault::Html(502),
    ] {
        let stand_in = one_device();
        stand_in.fault_next(fault.clone());
        let ran = run(&stand_in, &["get", "-d", "d"]);
        assert_eq!(ran.code, 0, "{fault:?}: {}", ran.stderr);
        assert_eq!(ran.stdout.lines().count(), 10, "{fault:?}");
        // The hub's silence may mean that the answer was too large, which is found out first.
        let silent = matches!(fault, Fault::LostRequest | Fault::LostAnswer);
        let most = if silent { 4 } else { 2 };
        let calls = stand_in.calls("GetModuleLogs").len();
        assert!((2..=most).contains(&calls), "{fault:?}: {calls}");
    }
}

#[test]
fn a_silent_device_is_asked_again_whether_it_was_the_request_or_the_answer_that_was_lost() {
    for fault in [Fault::LostRequest, Fault::LostAnswer] {
        let stand_in = one_device();
        stand_in.fault_next(fault.clone());
        let ran = run(&stand_in, &["get", "-d", "d"]);
        assert_eq!(ran.code, 0, "{fault:?}: {}", ran.stderr);
        assert_eq!(ran.stdout.lines().count(), 10, "{fault:?}");
        // Silence may mean that the answer was too large, so that smaller questions come first.
        assert!(stand_in.calls("GetModuleLogs").len() >= 2, "{fault:?}");

        let ran = run(&stand_in, &["upload", "-d", "d", "--sas", SAS, "--no-wait"]);
        let id = ran.stdout.trim();
        stand_in.fault_next(fault.clone());
        let ran = run(&stand_in, &["status", id, "-d", "d"]);
        assert_eq!(ran.stdout, "Completed\n", "{fault:?}: {}", ran.stderr);
        assert_eq!(stand_in.calls("GetTaskStatus").len(), 2, "{fault:?}");
    }
}

#[test]
fn refusals_are_not_repeated() {
    for fault in [
        hub(404_103, "DeviceNotOnline"),
        hub(404_001, "DeviceNotFound"),
        hub(403_010, "OperationNotAvailableInCurrentTier"),
        Fault::EmptyPayload,
    ] {
        let stand_in = one_device();
        stand_in.fault_when(|_| true, fault.clone());
        assert_ne!(run(&stand_in, &["get", "-d", "d"]).code, 0);
        assert_eq!(stand_in.calls("GetModuleLogs").len(), 1, "{fault:?}");
    }
}

#[test]
fn the_number_of_repetitions_is_bounded() {
    let stand_in = one_device();
    stand_in.fault_when(|_| true, hub(429_001, "ThrottlingException"));
    let ran = run(&stand_in, &["get", "-d", "d", "--retries", "1"]);
    assert_eq!(ran.code, 10, "{}", ran.stderr);
    assert_eq!(stand_in.calls("GetModuleLogs").len(), 2);
}

#[test]
fn the_hub_may_say_how_long_to_wait() {
    let stand_in = one_device();
    stand_in.fault_next(Fault::Hub(HubError::throttled().retry_after(2)));
    let ran = run(&stand_in, &["get", "-d", "d"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let calls = stand_in.calls("GetModuleLogs");
    let pause = calls[1].at - calls[0].at;
    assert!(pause >= Duration::from_secs(2), "{pause:?}");
    assert!(pause < Duration::from_secs(4), "{pause:?}");
}

#[test]
fn no_second_holds_more_calls_than_the_rate() {
    let stand_in = StandIn::start(Setup::new().fleet("d", 60, with_log));
    let ran = run(
        &stand_in,
        &[
            "get",
            "--where",
            "tags.x = 1",
            "--yes",
            "--rate",
            "25",
            "-j",
            "20",
        ],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let mut calls = stand_in.journal();
    let query = calls[0].at;
    calls.retain(|call| call.route == Route::ModuleMethod);
    assert_eq!(calls.len(), 60);
    // A busy machine makes calls arrive later than they left, but never earlier.
    for (before, call) in (0..).zip(&calls) {
        let earliest = query + Duration::from_secs(1) * before / 25;
        assert!(call.at >= earliest, "call {before}: {:?}", call.at);
    }
}

#[test]
fn a_hub_that_throttles_is_given_rest_and_all_devices_answer() {
    let setup = Setup::new().fleet("d", 40, with_log).hub(|hub| {
        hub.throttle = Some(Throttle {
            calls_per_second: 15,
            retry_after: None,
        });
    });
    let stand_in = StandIn::start(setup);
    let ran = run(
        &stand_in,
        &[
            "get",
            "--where",
            "tags.x = 1",
            "--rate",
            "0",
            "--retries",
            "8",
        ],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn never_more_calls_are_under_way_than_asked_for() {
    let setup = Setup::new().fleet("d", 30, |device| {
        with_log(device).latency(Duration::from_millis(30))
    });
    let stand_in = StandIn::start(setup);
    let ran = run(
        &stand_in,
        &["get", "--where", "tags.x = 1", "--rate", "0", "-j", "3"],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let mut calls = stand_in.journal();
    calls.retain(|call| call.route == Route::ModuleMethod);
    for call in &calls {
        let during = |other: &&Call| other.at <= call.at && other.at + other.took > call.at;
        assert!(calls.iter().filter(during).count() <= 3);
    }
}
