//! `edgelogs devices`: which devices a hub has.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::press;
use crate::common::{edgelogs, shown};
use stand_in::{DeviceSetup, DeviceState, Fault, HubError, Route, Setup, StandIn};

fn plants() -> StandIn {
    StandIn::start(
        Setup::new()
            .device(press("press-07").tags(json!({ "site": "oslo", "plant": { "line": 3 } })))
            .device(press("press-08").tags(json!({ "site": "bergen" })))
            .device(DeviceSetup::new("leaf").state(DeviceState::WithoutAgent)),
    )
}

fn queries(stand_in: &StandIn) -> Vec<String> {
    let calls = stand_in.journal().into_iter();
    calls
        .filter(|call| call.route == Route::Query)
        .map(|call| call.query)
        .collect()
}

#[test]
fn a_piped_list_is_tab_separated_with_a_header() {
    let ran = edgelogs("devices").on(&plants()).run();
    assert_snapshot!("devices", shown(&ran));
}

#[test]
fn records_hold_tags_and_null_for_missing_values() {
    let stand_in = plants();
    let ran = edgelogs("devices -o jsonl").on(&stand_in).exits(0);
    assert_eq!(
        ran.json_lines()[0],
        json!({
            "device": "press-07",
            "status": "enabled",
            "connectionState": "Disconnected",
            "lastActivity": null,
            "tags": { "site": "oslo", "plant": { "line": 3 } },
        })
    );
    let ran = edgelogs("devices -o json").on(&stand_in).run();
    let document: Value = ran.json();
    assert_eq!(document["records"].as_array().map(Vec::len), Some(2));
    assert_eq!(document["errors"], json!([]));
}

#[test]
fn queries_select_only_edge_devices_and_the_columns_shown() {
    let stand_in = plants();
    let condition = "tags.site = 'oslo'";
    let ran = edgelogs(format!("devices --where \"{condition}\" -o text"))
        .on(&stand_in)
        .run();
    assert_eq!((ran.stdout.as_str(), ran.code), ("press-07\n", 0));
    edgelogs("devices").on(&stand_in).run();
    assert_eq!(
        queries(&stand_in),
        [
            "SELECT deviceId FROM devices WHERE capabilities.iotEdge = true AND (tags.site = 'oslo')",
            "SELECT deviceId, status, connectionState, lastActivityTime, tags FROM devices WHERE capabilities.iotEdge = true",
        ]
    );
}

#[test]
fn all_pages_are_read_including_short_and_empty_ones() {
    let setup = Setup::new()
        .fleet("d", 230, |device| device)
        .hub(|hub| hub.page_sizes = vec![10, 0, 0, 100, 1, 0]);
    let stand_in = StandIn::start(setup);
    for format in ["text", "jsonl", "table", "json"] {
        stand_in.clear_journal();
        let ran = edgelogs(format!("devices -o {format}"))
            .on(&stand_in)
            .exits(0);
        let devices = match format {
            "table" => ran.stdout.lines().count() - 1,
            "json" => ran.stdout.matches("\"device\":").count(),
            _ => ran.stdout.lines().count(),
        };
        assert_eq!(devices, 230, "{format}");
        assert_eq!(queries(&stand_in).len(), 8);
    }
}

#[test]
fn devices_listed_before_a_failure_are_printed() {
    let setup = Setup::new().fleet("d", 150, |device| device);
    let stand_in = StandIn::start(setup);
    stand_in.fault_when(
        |call| call.route == Route::Query && call.number > 0,
        Fault::Hub(HubError::throttled()),
    );
    let ran = edgelogs("devices -o text --retries 0")
        .on(&stand_in)
        .exits(10);
    assert_eq!(ran.stdout.lines().count(), 100);
}

#[test]
fn an_empty_list_is_a_header_and_exit_3() {
    let stand_in = plants();
    let none = ["devices", "--where", "tags.site = 'nowhere'"];
    let ran = edgelogs(none).on(&stand_in).run();
    assert_snapshot!("devices-none", shown(&ran));
    let ran = edgelogs(none).args("-o json").on(&stand_in).exits(3);
    assert_eq!(ran.stdout, "{\"records\":[],\"errors\":[]}\n");
}

#[test]
fn a_query_may_select_other_columns() {
    let stand_in = plants();
    let sql = "SELECT deviceId, status FROM devices WHERE tags.site = 'bergen'";
    let ran = edgelogs(format!("devices --query \"{sql}\""))
        .on(&stand_in)
        .exits(0);
    assert_eq!(ran.stdout.lines().nth(1), Some("press-08\tenabled\t\t\t"));
}

#[test]
fn text_output_can_be_piped_into_devices_from() {
    let stand_in = plants();
    let list = edgelogs("devices -o text").on(&stand_in).run().stdout;
    let ran = edgelogs("ping --devices-from - -o text")
        .on(&stand_in)
        .stdin(&list)
        .exits(0);
    let mut lines: Vec<&str> = ran.stdout.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["press-07", "press-08"]);
}

#[test]
fn secrets_in_tags_are_never_printed() {
    let tags = json!({ "note": "https://a/c?sv=1&sig=c2VjcmV0 SharedAccessKey=dG9wLXNlY3JldA==" });
    let stand_in = StandIn::start(Setup::with(press("d").tags(tags)));
    for format in ["table", "json", "jsonl"] {
        let ran = edgelogs(format!("devices -o {format} -vv"))
            .on(&stand_in)
            .exits(0);
        let shown = shown(&ran);
        assert!(shown.contains("sv=1"), "{shown}");
        for secret in ["c2VjcmV0", "dG9wLXNlY3JldA"] {
            assert!(!shown.contains(secret), "{format}: {shown}");
        }
    }
}

#[test]
fn a_missing_hub_is_a_usage_error() {
    edgelogs("devices").refused();
}

#[test]
#[cfg(feature = "device")]
fn a_thousand_served_devices_and_the_local_one_are_listed() {
    let serve = support::serve::Serve::start(&["--simulate", "1000"]);
    let list = |args: &[&str]| edgelogs("devices").args(args).on(&serve).exits(0);
    let ran = list(&["-o", "text"]);
    assert_eq!(ran.stdout.lines().count(), 1000);
    assert_eq!(ran.stdout.lines().last(), Some("local-1000"));
    let ran = list(&["--where", "tags.site = 'site-02'"]);
    assert_eq!(ran.stdout.lines().count(), 101);
    let row: Vec<&str> = ran.stdout.lines().nth(1).unwrap().split('\t').collect();
    assert_eq!(row[..3], ["local-0002", "enabled", "Connected"]);
    assert_eq!(row[4], "{\"site\":\"site-02\"}");
    let ran = edgelogs("devices --local -o text").run();
    assert_eq!((ran.stdout.as_str(), ran.code), ("local\n", 0));
}
