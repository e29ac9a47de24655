//! `bundle --out`, and reading bundles and blobs again.

use serde_json::Value;

use crate::common::edgelogs;
use crate::common::samples::{SAS, unzip};
use stand_in::{DeviceSetup, LogScript, ModuleSetup, Setup, StandIn, at};

const SINCE: &str = "--since 2026-11-22T00:00:00Z";

/// A device with 12 MB of logs, a module that can't be read, and secrets.
fn plant() -> StandIn {
    let script = LogScript::new(at("2026-11-22T08:00:00Z")).evenly(60_000, 200, 100);
    let secret = ["<6> connect with SharedAccessKey=c2VjcmV0LWtleQ== now"];
    let device = DeviceSetup::new("a")
        .log("edgeHub", script.log())
        .module(
            ModuleSetup::new("edgeAgent")
                .lines(at("2026-11-22T08:00:00Z"), ["<3> one", "  two", "three"]),
        )
        .module(ModuleSetup::new("filter").lines(at("2026-11-22T08:00:00Z"), secret))
        .module(ModuleSetup::new("broken").unreadable(500));
    StandIn::start(Setup::with(device))
}

#[test]
fn a_bundle_without_storage_holds_what_can_be_had_and_names_what_is_missing() {
    let plant = plant();
    let folder = tempfile::tempdir().unwrap();
    let file = format!("{}/a.zip", folder.path().display());
    let ran = edgelogs(format!("bundle --out {file} -d a {SINCE}"))
        .on(&plant)
        .exits(4);
    assert_eq!(ran.stdout, format!("{file}\n"));
    ran.assert_stderr("the log of module broken is missing");
    unzip(&["-t", &file]);
    let entry = |name: &str| unzip(&["-p", &file, name]);
    let manifest: Value = serde_json::from_slice(&entry("manifest.json")).unwrap();
    assert_eq!(manifest["device"], "a");
    assert!(
        manifest["missing"][0]["what"]
            .as_str()
            .unwrap()
            .contains("broken"),
        "{manifest}"
    );
    for name in [
        "twins/edgeAgent.json",
        "twins/edgeHub.json",
        "modules.json",
        "identity.json",
        "checks.json",
    ] {
        let _: Value = serde_json::from_slice(&entry(name)).expect(name);
    }
    let checks: Value = serde_json::from_slice(&entry("checks.json")).unwrap();
    assert!(
        checks
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row["check"] == "agent"),
        "{checks}"
    );
    let filter = String::from_utf8(entry("logs/filter.log")).unwrap();
    assert!(!filter.contains("c2VjcmV0"), "{filter}");

    // Reading it equals asking the device.
    for args in [
        "get edgeAgent",
        "get edgeHub --tail 50 -l warning",
        "get edgeHub -g 77 --since 2026-11-22T08:05:00Z --until 2026-11-22T08:05:30Z",
        "get edgeAgent -o jsonl",
    ] {
        let asked = edgelogs(format!("{args} -q -d a"))
            .on(&plant)
            .exits(0)
            .stdout;
        let read = edgelogs(format!("{args} -q -d a --local=bundle:{file}"))
            .exits(0)
            .stdout;
        let without_hub = |text: &str| {
            let hub = regex::Regex::new(r#""(iothub|stream)":("[^"]*"|null),?"#).unwrap();
            hub.replace_all(text, "").into_owned()
        };
        assert_eq!(without_hub(&read), without_hub(&asked), "{args}");
        assert!(!read.is_empty(), "{args}");
    }
    // What exists stays.
    edgelogs(format!("bundle --out {file} -d a {SINCE}"))
        .on(&plant)
        .exits(2);
    edgelogs(format!("bundle --out {file} -d a --sas '{SAS}'"))
        .on(&plant)
        .exits(2);
    edgelogs(format!("upload -d a --force --sas '{SAS}'"))
        .on(&plant)
        .exits(2);
}

#[test]
fn blobs_that_were_downloaded_are_read_as_one_log() {
    let folder = tempfile::tempdir().unwrap();
    let device = folder.path().join("a");
    std::fs::create_dir(&device).unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(device.join(name), bytes).unwrap();
    write(
        "edgeHub-2026-11-22--09-00-00.log",
        b"<6> 2026-11-22 09:00:00.000 +00:00 [INF] - later\n",
    );
    write(
        "edgeHub-2026-11-22--08-00-00.log",
        b"<3> 2026-11-22 08:00:00.000 +00:00 [ERR] - first",
    );
    let record = r#"[{"iothub":"h","device":"a","id":"x","stream":"stdout","loglevel":4,"text":"slow","timestamp":"2026-11-22T08:30:00.5+00:00"}]"#;
    write("filter-2026-11-22--09-00-00.json", record.as_bytes());
    let source = format!("--local=blobs:{}", folder.path().display());
    let get = |args: &str| edgelogs(format!("get -q {args} {source}")).exits(0).stdout;
    assert_eq!(
        get("--format '{module} {severity} {text}'"),
        "edgeHub err [ERR] - first\nfilter warning slow\nedgeHub info [INF] - later\n"
    );
    assert_eq!(get("-l err edgeHub").lines().count(), 1);
    let none = folder.path().join("none");
    std::fs::create_dir_all(&none).unwrap();
    let ran = edgelogs(format!("get --local=blobs:{}", none.display())).exits(2);
    ran.assert_stderr("it holds none");
    let ran = edgelogs("get --local=bundle:/nonexistent.zip").exits(2);
    ran.assert_stderr("there is no file `/nonexistent.zip`");
}
