//! Which devices are called.

use std::collections::HashMap;

use super::{called, sorted};
use crate::common::edgelogs;
use crate::common::folder::Folder;
use crate::common::samples::{SAS, with_log};
use serde_json::json;
use stand_in::{DeviceSetup, DeviceState, Fault, HubError, Route, Setup, StandIn};

fn fleet(count: usize) -> StandIn {
    StandIn::start(Setup::new().fleet("d", count, with_log))
}

fn names(ids: impl IntoIterator<Item = usize>) -> Vec<String> {
    sorted(ids.into_iter().map(|index| format!("d{index}")).collect())
}

#[test]
fn named_devices_are_called_once_and_in_order() {
    let stand_in = fleet(3);
    edgelogs("get -d d2 -d d0 --device d2 -j 1")
        .on(&stand_in)
        .exits(0);
    assert_eq!(called(&stand_in.journal()), ["d2", "d0"]);
}

#[test]
fn the_environment_names_devices_only_without_arguments() {
    let stand_in = fleet(4);
    let get = |args: &[&'static str]| {
        stand_in.clear_journal();
        let args = [&["get", "-j", "1"], args].concat();
        edgelogs(args)
            .on(&stand_in)
            .env("EDGELOGS_DEVICE", " d1\nd3 ")
            .exits(0);
        called(&stand_in.calls("GetModuleLogs"))
    };
    assert_eq!(get(&[]), ["d1", "d3"]);
    assert_eq!(get(&["-d", "d0"]), ["d0"]);
    assert_eq!(get(&["--where", "deviceId = 'd2'"]), ["d2"]);
}

#[test]
fn devices_are_read_from_a_file_or_stdin_with_comments() {
    let stand_in = fleet(5);
    let list = "# plant a\nd1\n\n  d3  # press\nd1\n";
    let folder = Folder::new();
    let path = folder.write("devices", list);
    edgelogs(format!("get --devices-from {path} -d d4"))
        .on(&stand_in)
        .exits(0);
    assert_eq!(sorted(called(&stand_in.journal())), ["d1", "d3", "d4"]);

    stand_in.clear_journal();
    edgelogs("get --devices-from -")
        .on(&stand_in)
        .stdin(list)
        .exits(0);
    assert_eq!(sorted(called(&stand_in.journal())), ["d1", "d3"]);
}

#[test]
fn only_one_argument_reads_stdin() {
    for args in [
        "get --devices-from - --connection-string-file -",
        "upload --devices-from - --sas -",
        "bundle --devices-from - --sas @-",
        "status - --connection-string-file -",
        "upload --sas - --connection-string-file -",
        "invoke ping --payload - --devices-from -",
        "invoke ping --payload @- --connection-string-file -",
        "ping --devices-from - --connection-string-file -",
        "modules --devices-from - --connection-string-file -",
    ] {
        let ran = edgelogs(args).stdin("x").exits(2);
        ran.assert_stderr("two arguments read stdin");
    }
}

#[test]
fn every_page_of_a_query_is_read() {
    let setup = Setup::new()
        .fleet("d", 230, with_log)
        .hub(|hub| hub.page_sizes = vec![10, 0, 0, 100, 1, 0]);
    let stand_in = StandIn::start(setup);
    edgelogs("get --where 'tags.x = 1' --yes --rate 0 -q")
        .on(&stand_in)
        .exits(0);
    assert_eq!(
        sorted(called(&stand_in.calls("GetModuleLogs"))),
        names(0..230)
    );
    let queries: Vec<_> = stand_in
        .journal()
        .into_iter()
        .filter(|call| call.route == Route::Query)
        .collect();
    assert_eq!(queries.len(), 8);
    assert_eq!(
        queries[0].query,
        "SELECT deviceId FROM devices WHERE capabilities.iotEdge = true AND (tags.x = 1)"
    );
}

#[test]
fn a_condition_selects_edge_devices_by_their_tags() {
    let setup = Setup::new()
        .fleet("d", 6, |device| {
            let site = if device.id() < "d3" { "oslo" } else { "bergen" };
            with_log(device).tags(json!({ "site": site }))
        })
        .device(
            DeviceSetup::new("leaf")
                .tags(json!({ "site": "oslo" }))
                .state(DeviceState::WithoutAgent),
        );
    let stand_in = StandIn::start(setup);
    edgelogs(["get", "--where", "tags.site = 'oslo'"])
        .on(&stand_in)
        .exits(0);
    let get = sorted(called(&stand_in.calls("GetModuleLogs")));
    assert_eq!(get, ["d0", "d1", "d2"]);
}

#[test]
fn a_query_must_yield_device_ids_and_conflicts_with_where() {
    let stand_in = fleet(2);
    let sql = "SELECT deviceId FROM devices WHERE deviceId IN ['d1']";
    assert_eq!(
        edgelogs(format!("get --query \"{sql}\""))
            .on(&stand_in)
            .run()
            .code,
        0
    );
    assert_eq!(called(&stand_in.calls("GetModuleLogs")), ["d1"]);
    stand_in.clear_journal();

    for command in ["get", "devices"] {
        let ran = edgelogs(format!("{command} --query 'SELECT status FROM devices'"))
            .on(&stand_in)
            .exits(2);
        ran.assert_stderr("no deviceId");
        for broken in [["--query", "SELECT '"], ["--where", "tags.site = '"]] {
            edgelogs(command).args(broken).on(&stand_in).exits(2);
        }
        edgelogs(format!("{command} --query \"{sql}\" --where 'x = 1'"))
            .on(&stand_in)
            .refused();
    }
    assert!(stand_in.calls("GetModuleLogs").is_empty());
}

#[test]
fn an_empty_selection_is_exit_3() {
    let stand_in = fleet(2);
    let ran = edgelogs(["get", "--where", "deviceId = 'nobody'"])
        .on(&stand_in)
        .exits(3);
    ran.assert_stderr("no device selected by --where");
    edgelogs(["upload", "--devices-from", "-", "--sas", SAS])
        .on(&stand_in)
        .stdin("# none\n")
        .exits(3);
    edgelogs("get").on(&stand_in).exits(2);
}

#[test]
fn too_many_devices_are_refused_with_their_count() {
    let stand_in = fleet(51);
    let all = ["get", "--where", "tags.x = 1", "--rate", "0", "-q"];
    let ran = edgelogs(all).on(&stand_in).exits(2);
    ran.assert_stderr("51 devices selected");
    ran.assert_stderr("--yes");
    assert!(stand_in.calls("GetModuleLogs").is_empty());

    for more in [&["--yes"][..], &["--max-devices", "51"]] {
        stand_in.clear_journal();
        edgelogs(all).args(more).on(&stand_in).exits(0);
        assert_eq!(stand_in.calls("GetModuleLogs").len(), 51);
    }
}

#[test]
fn a_typed_limit_of_devices_binds_even_with_yes() {
    let stand_in = fleet(3);
    let all = "get --where 'tags.x = 1' --rate 0 -q --yes";
    // Without --yes, the hint must not name it.
    edgelogs("get --where 'tags.x = 1' --max-devices 2")
        .on(&stand_in)
        .exits(2)
        .assert_no_stderr("--yes");
    let ran = edgelogs(all).args("--max-devices 2").on(&stand_in).exits(2);
    ran.assert_stderr("3 devices selected, more than the 2 that --max-devices allows");
    ran.assert_stderr("hint: select fewer devices, or raise or omit --max-devices");
    assert!(stand_in.calls("GetModuleLogs").is_empty());

    // That of a profile does not: it was not written for this run.
    let folder = Folder::new();
    let file = folder.write(
        "config.toml",
        "default-profile = 'a'\n[profiles.a]\nmax-devices = '2'\n",
    );
    edgelogs(all)
        .args(["--config", &file])
        .on(&stand_in)
        .exits(0);
    assert_eq!(stand_in.calls("GetModuleLogs").len(), 3);
}

#[test]
fn shards_cover_every_device_exactly_once() {
    let stand_in = fleet(1000);
    let all = "get --where 'tags.x = 1' --rate 0 --yes -q -j 50";
    let mut sizes = Vec::new();
    for shard in ["0/3", "1/3", "2/3"] {
        let before = stand_in.calls("GetModuleLogs").len();
        edgelogs(all)
            .args(format!("--shard {shard}"))
            .on(&stand_in)
            .exits(0);
        sizes.push(stand_in.calls("GetModuleLogs").len() - before);
    }
    let calls = stand_in.calls("GetModuleLogs");
    assert_eq!(sorted(called(&calls)), names(0..1000));
    assert!(
        sizes.iter().all(|size| size.abs_diff(333) < 50),
        "{sizes:?}"
    );
}

#[test]
fn an_indexed_job_reads_its_shard_from_the_environment() {
    let stand_in = fleet(20);
    let mut count: HashMap<String, usize> = HashMap::new();
    for index in ["0", "1"] {
        stand_in.clear_journal();
        edgelogs("get --where 'tags.x = 1'")
            .on(&stand_in)
            .env("JOB_COMPLETION_INDEX", index)
            .env("JOB_COMPLETIONS", "2")
            .exits(0);
        for device in called(&stand_in.calls("GetModuleLogs")) {
            *count.entry(device).or_default() += 1;
        }
    }
    assert_eq!(count.len(), 20);
    assert!(count.values().all(|count| *count == 1));
    // A blank variable does not stand for all devices.
    edgelogs("get --where 'tags.x = 1'")
        .on(&stand_in)
        .env("JOB_COMPLETION_INDEX", "0")
        .env("JOB_COMPLETIONS", " ")
        .exits(2);
    for (set, unset) in [
        ("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS"),
        ("JOB_COMPLETIONS", "JOB_COMPLETION_INDEX"),
    ] {
        let half = |more: &str| {
            edgelogs(format!("get --where 'tags.x = 1' {more}"))
                .on(&stand_in)
                .env(set, "1")
        };
        let ran = half("").refused();
        ran.assert_stderr(format!("{set} is set, but {unset} is not"));
        half("--shard 0/1").exits(0);
    }
    let ran = edgelogs("get --where 'tags.x = 1' --shard 2/2")
        .on(&stand_in)
        .exits(2);
    ran.assert_stderr("`2/2`");
}

#[test]
fn a_throttled_query_is_retried() {
    let stand_in = fleet(2);
    stand_in.fault_when(
        |call| call.number == 0,
        Fault::Hub(HubError::throttled().retry_after(1)),
    );
    edgelogs("get --where 'tags.x = 1'").on(&stand_in).exits(0);
    assert_eq!(stand_in.calls("GetModuleLogs").len(), 2);
}

#[test]
fn a_dry_run_shows_named_devices_without_a_hub() {
    let ran = edgelogs(["get", "-d", "a", "-d", "b", "--where", "x = 1", "--dry-run"]).exits(0);
    ran.assert_stdout(r#""devices":["a","b"]"#);
    ran.assert_stderr("unknown in a dry run");
}
