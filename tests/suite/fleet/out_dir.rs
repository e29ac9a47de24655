//! `get --out-dir`: a file for each device and module.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{run, with_log};
use crate::stand_in::{DeviceSetup, Setup, StandIn};

/// All files below a folder.
fn files(folder: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path);
        }
    }
    found
}

#[test]
fn each_module_of_each_device_gets_its_own_file_and_the_paths_are_printed() {
    let stand_in = StandIn::start(Setup::new().fleet("d", 3, |device| {
        with_log(device).log("tempSensor", crate::stand_in::generate::evenly(0, 5, 60, 1))
    }));
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("logs");
    let out = root.to_str().expect("a path");
    let args = ["get", "--where", "tags.x = 1", "--out-dir", out];
    let ran = run(&stand_in, &args);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let printed: BTreeSet<PathBuf> = ran.stdout.lines().map(PathBuf::from).collect();
    assert_eq!(printed, files(&root));
    assert_eq!(printed.len(), 6);
    for (device, module) in [("d0", "edgeHub"), ("d2", "tempSensor")] {
        let bytes = std::fs::read(root.join(device).join(format!("{module}.log"))).expect("a file");
        assert_eq!(bytes, stand_in.module_bytes(device, module));
    }

    // A second run keeps what is there, and one with --force does not.
    stand_in.clear_journal();
    let ran = run(&stand_in, &[&args[..], &["-m", "edgeHub"]].concat());
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("edgeHub.log` already exists"),
        "{}",
        ran.stderr
    );
    assert!(stand_in.calls("GetModuleLogs").is_empty());
    let ran = run(&stand_in, &args);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert_eq!(ran.stdout, "");
    let ran = run(&stand_in, &[&args[..], &["--force"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn hostile_names_stay_within_the_folder() {
    let names = ["../../escape", "..", ".", "a/b", "c\\d", "e\nf"];
    let device = names
        .iter()
        .fold(DeviceSetup::new("../up"), |device, name| {
            device.log(name, crate::stand_in::generate::evenly(0, 1, 40, 1))
        });
    let stand_in = StandIn::start(Setup::with(device));
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("logs");
    let ran = run(
        &stand_in,
        &[
            "get",
            "-d",
            "../up",
            "--out-dir",
            root.to_str().expect("a path"),
        ],
    );
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(files(folder.path()), files(&root));
    assert_eq!(files(&root).len(), names.len());
    assert_eq!(std::fs::read_dir(&root).expect("a folder").count(), 1);
}

#[test]
fn one_file_that_exists_fails_its_module_alone() {
    let stand_in = StandIn::start(Setup::new().fleet("d", 2, |device| {
        with_log(device).log("tempSensor", crate::stand_in::generate::evenly(0, 5, 60, 1))
    }));
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("d1")).expect("a folder");
    std::fs::write(folder.path().join("d1/edgeHub.log"), "mine").expect("a file");
    let out = folder.path().to_str().expect("a path");
    let ran = run(
        &stand_in,
        &["get", "--where", "tags.x = 1", "--out-dir", out],
    );
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert_eq!(ran.stdout.lines().count(), 3);
    assert!(
        ran.stderr.starts_with("2 devices: 1 ok, 1 in part\n"),
        "{}",
        ran.stderr
    );
    let kept = std::fs::read_to_string(folder.path().join("d1/edgeHub.log")).expect("a file");
    assert_eq!(kept, "mine");
}
