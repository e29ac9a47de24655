//! `edgelogs invoke`: any method, sent once.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{MIXED, mixed, press};
use crate::common::folder::Folder;
use crate::common::{Args, Ran, edgelogs, shown};
use stand_in::{Fault, HubError, ModuleSetup, Setup, StandIn};

const SIGNATURE: &str = "c2VjcmV0LXNpZ25hdHVyZS1vZi10aGlydHktdHdvLWI";

/// A device whose module `counter` takes methods itself.
fn stand_in() -> StandIn {
    let counter = ModuleSetup::new("counter")
        .answers("reset", 200, json!({ "was": 12, "big": 1.50 }))
        .answers("quiet", 200, Value::Null)
        .answers("fail", 409, json!({ "message": "not now" }));
    StandIn::start(Setup::with(press("press-07").module(counter)))
}

fn invoke(stand_in: &StandIn, args: impl Args) -> Ran {
    edgelogs("invoke -d press-07").args(args).on(stand_in).run()
}

fn refused(args: &[&str]) -> Ran {
    edgelogs("invoke -d press-07").args(args).refused()
}

#[test]
fn the_payload_of_one_device_is_printed_on_one_line() {
    let stand_in = stand_in();
    let ran = invoke(&stand_in, "reset --module-id counter");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_eq!(ran.stdout, "{\"was\":12,\"big\":1.5}\n");
    let ran = invoke(&stand_in, "quiet --module-id counter");
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "null\n"));
}

#[test]
fn the_agent_is_called_with_an_empty_object_by_default() {
    let stand_in = stand_in();
    assert_eq!(invoke(&stand_in, "ping").stdout, "null\n");
    let call = stand_in.calls("ping").remove(0);
    assert_eq!(
        (call.module.as_str(), call.payload),
        ("$edgeAgent", json!({}))
    );
}

#[test]
fn the_payload_comes_from_the_argument_a_file_or_stdin() {
    let stand_in = stand_in();
    let request = "{ \"schemaVersion\": \"1.0\",\n  \"id\": \"tempSensor\" }\n";
    let folder = Folder::new();
    let file = folder.write("payload.json", format!("\u{feff}{request}"));
    let from_file = format!("@{file}");
    for payload in [request, &from_file, "-", "@-"] {
        edgelogs("invoke RestartModule -d press-07")
            .args(["--payload", payload])
            .on(&stand_in)
            .stdin(request)
            .exits(0);
    }
    let calls = stand_in.calls("RestartModule");
    assert_eq!(calls.len(), 4);
    for call in calls {
        assert_eq!(
            call.payload,
            json!({ "schemaVersion": "1.0", "id": "tempSensor" })
        );
    }
    assert_eq!(stand_in.restarts("press-07", "tempSensor"), 4);
}

#[test]
fn records_hold_device_method_status_and_payload() {
    let stand_in = stand_in();
    let ran = invoke(&stand_in, "reset --module-id counter -o jsonl");
    let record = json!({
        "device": "press-07", "method": "reset", "status": 200, "payload": { "was": 12, "big": 1.5 },
    });
    assert_eq!(ran.json_lines(), std::slice::from_ref(&record));
    let ran = invoke(&stand_in, "reset --module-id counter -o json");
    let document: Value = ran.json();
    assert_eq!(document, json!({ "records": [record], "errors": [] }));
    let ran = invoke(&stand_in, "reset --module-id counter -o table");
    assert_eq!(
        ran.stdout,
        "DEVICE    STATUS  PAYLOAD\npress-07  200     {\"was\":12,\"big\":1.5}\n"
    );
    let ran = edgelogs("invoke ping").args(MIXED).on(&mixed()).exits(4);
    assert_eq!(
        ran.json_lines(),
        [json!({ "device": "good", "method": "ping", "status": 200, "payload": null })]
    );
}

#[test]
fn a_status_other_than_200_is_exit_7_with_the_payload() {
    let ran = invoke(&stand_in(), "fail --module-id counter");
    assert_snapshot!("invoke-status", shown(&ran));
}

#[test]
fn a_method_that_may_have_run_is_sent_once() {
    for (fault, code) in [
        (Fault::LostAnswer, 6),
        (Fault::ResetAfterwards, 6),
        (Fault::Hub(HubError::server_error()), 6),
        (Fault::Hub(HubError::basic_tier()), 5),
        (Fault::Hub(HubError::throttled()), 10),
    ] {
        let stand_in = stand_in();
        stand_in.fault_when(|call| call.is_method(), fault.clone());
        let ran = invoke(&stand_in, "ping --retries 3");
        assert_eq!(ran.code, code, "{fault:?}: {}", ran.stderr);
        assert_eq!(ran.stdout, "");
        assert_eq!(stand_in.calls("ping").len(), 1, "{fault:?}");
        assert_eq!(
            ran.stderr.contains("may have run"),
            code == 6,
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn unknown_modules_and_modules_without_methods_are_named() {
    let stand_in = stand_in();
    let id = regex::Regex::new(" \\(tracking id .*\\)").unwrap();
    for (module, name, code) in [
        ("edgeAgent", "invoke-no-module", 3),
        ("tempSensor", "invoke-no-methods", 6),
    ] {
        let ran = invoke(&stand_in, ["ping", "--module-id", module]);
        assert_eq!(ran.code, code, "{module}: {}", ran.stderr);
        assert_snapshot!(name, id.replace_all(&ran.stderr, ""));
    }
}

#[test]
fn invalid_arguments_are_refused_before_anything_is_sent() {
    let ran = refused(&["ping", "--module-id", ""]);
    ran.assert_stderr("--module-id '$edgeAgent'");
    refused(&["ping", "--module-id", ".."]);
    refused(&[" "]);
    refused(&["ping", "--payload", "@/nowhere/payload.json"]);
    for payload in [
        "{a:1}",
        "",
        "{",
        "{} {}",
        "'{}'",
        &format!("sig={SIGNATURE}"),
    ] {
        let ran = refused(&["ping", "--payload", payload]);
        ran.assert_stderr("not JSON");
        ran.assert_no_stderr(SIGNATURE);
    }
    let ran = refused(&["ping", "--payload", "@/dev/zero"]);
    ran.assert_stderr("131072 bytes");
}

#[test]
fn the_largest_payload_is_128_kib() {
    let stand_in = stand_in();
    let of_size = |size: usize| format!("\"{}\"", "x".repeat(size - 2));
    let ping = |payload: &str| {
        edgelogs("invoke ping -d press-07 --payload -")
            .on(&stand_in)
            .stdin(payload)
            .run()
    };
    assert_eq!(ping(&of_size(128 << 10)).code, 0);
    assert_eq!(ping(&of_size((128 << 10) + 1)).code, 2);
    assert_eq!(stand_in.calls("ping").len(), 1);
}

#[test]
fn a_signature_in_the_payload_is_never_printed() {
    let sas = format!("https://a/c?sv=1&sr=c&sig={SIGNATURE}%3D&sp=w");
    let payload = json!({ "schemaVersion": "1.0", "sasUrl": sas }).to_string();
    let echo = ModuleSetup::new("echo").answers("echo", 200, json!({ "you sent": [sas] }));
    let stand_in = StandIn::start(Setup::with(press("press-07").module(echo)));
    for more in [
        &["--dry-run"][..],
        &["-vv"],
        &["-o", "jsonl"],
        &["-o", "table"],
    ] {
        let args = ["echo", "--module-id", "echo", "--payload", &payload];
        let ran = invoke(&stand_in, [&args, more].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ran.assert_nowhere(SIGNATURE);
        ran.assert_stdout("sig=REDACTED&sp=w");
    }
    let sent = stand_in.calls("echo")[0].payload.to_string();
    assert!(sent.contains(SIGNATURE), "{sent}");
}

#[test]
fn a_dry_run_names_the_module() {
    let ran = edgelogs("invoke reset --module-id counter --payload [1] --dry-run").exits(0);
    assert_eq!(
        ran.json_lines(),
        [json!({ "method": "reset", "devices": [], "moduleId": "counter", "payload": [1] })]
    );
}
