//! Which calls are retried, and how fast.

use std::time::{Duration, Instant};

use crate::common::edgelogs;
use crate::common::samples::{NO_HUB, SAS, hub_with, with_log};
use stand_in::{Call, Fault, HubError, Route, Setup, StandIn, Throttle};

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

#[test]
fn uploads_bundles_and_restarts_are_never_sent_twice() {
    for fault in faults() {
        let stand_in = hub_with("d");
        let task = format!("-d d --sas {SAS} --retries 5 --interval 50ms");
        for (command, method) in [
            (format!("upload {task}"), "UploadModuleLogs"),
            (format!("bundle {task}"), "UploadSupportBundle"),
            (
                "restart edgeHub -d d --yes --retries 5".to_owned(),
                "RestartModule",
            ),
        ] {
            stand_in.clear_faults();
            stand_in.fault_when(move |call: &Call| call.method == method, fault.clone());
            let ran = edgelogs(command).on(&stand_in).run();
            assert_eq!(stand_in.calls(method).len(), 1, "{method} and {fault:?}");
            let fails = matches!(fault, Fault::Hub(_) | Fault::Reset | Fault::LostAnswer);
            assert!(
                !fails || ran.code != 0,
                "{method} and {fault:?}: {}",
                ran.stdout
            );
        }
    }
}

#[test]
fn uploads_are_retried_while_no_connection_was_made() {
    let started = Instant::now();
    let ran = edgelogs(format!("upload -d d --sas {SAS} --retries 2 -v"))
        .env("EDGELOGS_CONNECTION_STRING", NO_HUB)
        .exits(6);
    assert_eq!(ran.stderr.matches("call: UploadModuleLogs d").count(), 3);
    assert!(started.elapsed() > Duration::from_millis(400));
}

#[test]
fn reads_are_retried() {
    for fault in [
        hub(429_001, "ThrottlingException"),
        hub(500_001, "ServerError"),
        hub(503_001, "ServiceUnavailable"),
        Fault::Reset,
        Fault::ResetAfterwards,
        Fault::CutAnswer(10),
        Fault::Html(502),
    ] {
        let stand_in = hub_with("d");
        stand_in.fault_next(fault.clone());
        let ran = edgelogs("get -d d").on(&stand_in).run();
        assert_eq!(ran.code, 0, "{fault:?}: {}", ran.stderr);
        assert_eq!(ran.stdout.lines().count(), 10, "{fault:?}");
        assert_eq!(stand_in.calls("GetModuleLogs").len(), 2, "{fault:?}");
    }
}

#[test]
fn reads_are_retried_after_a_lost_request_or_answer() {
    for fault in [Fault::LostRequest, Fault::LostAnswer] {
        let stand_in = hub_with("d");
        stand_in.fault_next(fault.clone());
        let ran = edgelogs("get -d d").on(&stand_in).run();
        assert_eq!(ran.code, 0, "{fault:?}: {}", ran.stderr);
        assert_eq!(ran.stdout.lines().count(), 10, "{fault:?}");
        // No answer may mean that it was too large, so smaller requests come first.
        assert!(stand_in.calls("GetModuleLogs").len() >= 2, "{fault:?}");

        let ran = edgelogs(format!("upload -d d --sas {SAS} --no-wait"))
            .on(&stand_in)
            .run();
        let id = ran.stdout.trim();
        stand_in.fault_next(fault.clone());
        let ran = edgelogs(format!("status {id} -d d")).on(&stand_in).run();
        assert_eq!(ran.stdout, "Completed\n", "{fault:?}: {}", ran.stderr);
        assert_eq!(stand_in.calls("GetTaskStatus").len(), 2, "{fault:?}");
    }
}

#[test]
fn refusals_are_not_retried() {
    for fault in [
        hub(404_103, "DeviceNotOnline"),
        hub(404_001, "DeviceNotFound"),
        hub(403_010, "OperationNotAvailableInCurrentTier"),
    ] {
        let stand_in = hub_with("d");
        stand_in.fault_when(|_| true, fault.clone());
        assert_ne!(edgelogs("get -d d").on(&stand_in).run().code, 0);
        assert_eq!(stand_in.calls("GetModuleLogs").len(), 1, "{fault:?}");
    }
}

#[test]
fn a_damaged_answer_is_asked_for_again_within_the_retries() {
    for (flags, calls) in [("--retries 0", 1), ("--retries 2", 3)] {
        let stand_in = hub_with("d");
        stand_in.fault_when(|_| true, Fault::EmptyPayload);
        let ran = edgelogs(format!("get -d d {flags}")).on(&stand_in).run();
        assert_ne!(ran.code, 0);
        assert_eq!(stand_in.calls("GetModuleLogs").len(), calls, "{flags}");
    }
}

#[test]
fn the_number_of_retries_is_bounded() {
    let stand_in = hub_with("d");
    stand_in.fault_when(|_| true, hub(429_001, "ThrottlingException"));
    edgelogs("get -d d --retries 1").on(&stand_in).exits(10);
    assert_eq!(stand_in.calls("GetModuleLogs").len(), 2);
}

#[test]
fn retry_after_is_respected() {
    let stand_in = hub_with("d");
    stand_in.fault_next(Fault::Hub(HubError::throttled().retry_after(2)));
    edgelogs("get -d d").on(&stand_in).exits(0);
    let calls = stand_in.calls("GetModuleLogs");
    let pause = calls[1].at - calls[0].at;
    let asked = Duration::from_secs(2)..Duration::from_secs(20);
    assert!(asked.contains(&pause), "{pause:?}");
}

#[test]
fn calls_never_exceed_the_rate() {
    let stand_in = StandIn::start(Setup::new().fleet("d", 60, with_log));
    edgelogs("get --where 'tags.x = 1' --yes --rate 25 -j 20")
        .on(&stand_in)
        .exits(0);
    let mut calls = stand_in.journal();
    // They start after the query; a busy machine may delay them, but none comes too early.
    let begun = calls[0].at;
    assert_eq!(calls[0].route, Route::Query);
    calls.retain(|call| call.route == Route::ModuleMethod);
    assert_eq!(calls.len(), 60);
    for (number, call) in calls.iter().enumerate() {
        let after = call.at - begun;
        let least = Duration::from_secs(1) * number as u32 / 25;
        assert!(after >= least, "call {number} after {after:?}");
    }
}

#[test]
fn throttled_devices_are_retried_until_all_answer() {
    let setup = Setup::new().fleet("d", 40, with_log).hub(|hub| {
        hub.throttle = Some(Throttle {
            calls_per_second: 15,
            retry_after: None,
        });
    });
    let stand_in = StandIn::start(setup);
    edgelogs("get --where 'tags.x = 1' --rate 0 --retries 8")
        .on(&stand_in)
        .exits(0);
}

#[test]
fn concurrent_calls_never_exceed_the_limit() {
    let setup = Setup::new().fleet("d", 30, |device| {
        with_log(device).latency(Duration::from_millis(30))
    });
    let stand_in = StandIn::start(setup);
    edgelogs("get --where 'tags.x = 1' --rate 0 -j 3")
        .on(&stand_in)
        .exits(0);
    let mut calls = stand_in.journal();
    calls.retain(|call| call.route == Route::ModuleMethod);
    for call in &calls {
        let during = |other: &&Call| other.at <= call.at && other.at + other.took > call.at;
        assert!(calls.iter().filter(during).count() <= 3);
    }
}
