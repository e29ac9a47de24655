//! `get --out-dir`: a file for each device and module.

use std::collections::BTreeSet;

use crate::common::edgelogs;
use crate::common::samples::{files, with_log};
use stand_in::{DeviceSetup, Setup, StandIn};

#[test]
fn every_module_gets_a_file_and_its_path_is_printed() {
    let stand_in = StandIn::start(Setup::new().fleet("d", 3, |device| {
        with_log(device).log("tempSensor", stand_in::generate::evenly(0, 5, 60, 1))
    }));
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("logs");
    let out = root.to_str().expect("a path");
    let args = ["get", "--where", "tags.x = 1", "--out-dir", out];
    let ran = edgelogs(args).on(&stand_in).exits(0);
    let written = files(&root);
    let paths: BTreeSet<String> = written.keys().map(|path| format!("{out}/{path}")).collect();
    assert_eq!(
        ran.stdout
            .lines()
            .map(str::to_owned)
            .collect::<BTreeSet<_>>(),
        paths
    );
    assert_eq!(paths.len(), 6);
    for (device, module) in [("d0", "edgeHub"), ("d2", "tempSensor")] {
        let bytes = &written[&format!("{device}/{module}.log")];
        assert_eq!(*bytes, stand_in.module_bytes(device, module));
    }

    // A second run keeps existing files, unless with --force.
    stand_in.clear_journal();
    let ran = edgelogs(args).args("-m edgeHub").on(&stand_in).exits(2);
    ran.assert_stderr("edgeHub.log` already exists");
    assert!(stand_in.calls("GetModuleLogs").is_empty());
    edgelogs(args).on(&stand_in).refused();
    edgelogs(args).args("--force").on(&stand_in).exits(0);
}

#[test]
fn hostile_names_never_escape_the_folder() {
    let names = ["../../escape", "..", ".", "a/b", "c\\d", "e\nf"];
    let device = names
        .iter()
        .fold(DeviceSetup::new("../up"), |device, name| {
            device.log(name, stand_in::generate::evenly(0, 1, 40, 1))
        });
    let stand_in = StandIn::start(Setup::with(device));
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("logs");
    edgelogs([
        "get",
        "-d",
        "../up",
        "--out-dir",
        root.to_str().expect("a path"),
    ])
    .on(&stand_in)
    .exits(0);
    assert_eq!(files(folder.path()).len(), names.len());
    assert_eq!(files(&root).len(), names.len());
    assert_eq!(std::fs::read_dir(&root).expect("a folder").count(), 1);
}

#[test]
fn an_existing_file_fails_only_its_module() {
    let stand_in = StandIn::start(Setup::new().fleet("d", 2, |device| {
        with_log(device).log("tempSensor", stand_in::generate::evenly(0, 5, 60, 1))
    }));
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("d1")).expect("a folder");
    std::fs::write(folder.path().join("d1/edgeHub.log"), "mine").expect("a file");
    let out = folder.path().to_str().expect("a path");
    let ran = edgelogs(format!("get --where 'tags.x = 1' --out-dir {out}"))
        .on(&stand_in)
        .exits(4);
    assert_eq!(ran.stdout.lines().count(), 3);
    ran.assert_stderr_starts("2 devices: 1 ok, 1 in part\n");
    let kept = std::fs::read_to_string(folder.path().join("d1/edgeHub.log")).expect("a file");
    assert_eq!(kept, "mine");
}
