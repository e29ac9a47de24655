//! `bundle --out`, and reading bundles and blobs again.

use serde_json::Value;

use crate::common::edgelogs;
use crate::common::folder::Folder;
use crate::common::samples::{SAS, unzip};
use stand_in::{DeviceSetup, LogScript, ModuleSetup, Setup, StandIn, at};
use support::engine::Engine;
use support::serve::Serve;

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
    let folder = Folder::new();
    let file = folder.path("a.zip");
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
    let hub = regex::Regex::new(r#""(iothub|stream)":("[^"]*"|null),?"#).unwrap();
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
        let without_hub = |text: &str| hub.replace_all(text, "").into_owned();
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
#[ignore = "needs a Docker Engine"]
fn a_bundle_of_a_served_docker_engine_reads_like_its_device() {
    let engine = Engine::from_env();
    let script = "\
for n in 1 2 3; do echo \"<6> 2026-11-20 10:00:0$n.000 +00:00 [INF] - tagged $n\"; echo \"plain $n\"; sleep 0.1; done
echo '  at an indented line'; sleep 0.1
head -c 40000 /dev/zero | tr '\\0' x; echo
for n in 4 5; do echo \"<3> 2026-11-20 10:00:0$n.000 +00:00 [ERR] - tagged $n\" >&2; sleep 0.1; done";
    let container = engine.run("bundled", &[], script);
    let serve = Serve::start(&["--source", &engine.source()]);
    let folder = Folder::new();
    let file = folder.path("local.zip");
    let ran = edgelogs(format!("bundle --out {file} -d local -q"))
        .on(&serve)
        .run();
    // Containers of other tests come and go meanwhile.
    assert!(matches!(ran.code, 0 | 4), "{ran:?}");
    unzip(&["-t", &file]);
    let stream = regex::Regex::new(r#""(iothub|stream)":("[^"]*"|null),?"#).unwrap();
    for form in [
        "-o text", "-o raw", "-o jsonl", "-l err", "--tail 4", "-g plain",
    ] {
        let get = format!("get -q -m {} {form} -d local", container.name);
        let asked = edgelogs(get.as_str()).on(&serve).exits(0).stdout;
        let read = edgelogs(format!("{get} --local=bundle:{file}"))
            .exits(0)
            .stdout;
        let known = |text: &str| stream.replace_all(text, "").into_owned();
        assert_eq!(known(&read), known(&asked), "{form}");
        assert!(!read.is_empty(), "{form}");
    }
}

#[test]
fn blobs_that_were_downloaded_are_read_as_one_log() {
    let folder = Folder::new();
    let device = std::path::PathBuf::from(folder.path("a"));
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
    let source = format!("--local=blobs:{}", folder.path(""));
    let get = |args: &str| edgelogs(format!("get -q {args} {source}")).exits(0).stdout;
    assert_eq!(
        get("--format '{module} {severity} {text}'"),
        "edgeHub err [ERR] - first\nfilter warning slow\nedgeHub info [INF] - later\n"
    );
    assert_eq!(get("-l err edgeHub").lines().count(), 1);
    let none = folder.path("none");
    std::fs::create_dir_all(&none).unwrap();
    let ran = edgelogs(format!("get --local=blobs:{none}")).exits(2);
    ran.assert_stderr("it holds none");
    let ran = edgelogs("get --local=bundle:/nonexistent.zip").exits(2);
    ran.assert_stderr("there is no file `/nonexistent.zip`");
}
