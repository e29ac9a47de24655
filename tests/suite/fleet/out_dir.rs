//! `get --out-dir`: a file for each device and module.

use std::collections::BTreeSet;

use crate::common::edgelogs;
use crate::common::samples::{files, with_log};
use stand_in::{DeviceSetup, Fault, Setup, StandIn};

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
    ran.assert_stderr_ends("\n2 devices: 1 ok, 1 in part\n");
    let kept = std::fs::read_to_string(folder.path().join("d1/edgeHub.log")).expect("a file");
    assert_eq!(kept, "mine");
}

#[cfg(unix)]
#[test]
fn a_link_in_the_way_is_replaced_and_what_it_leads_to_is_kept() {
    let stand_in = crate::common::samples::hub_with("d");
    let folder = tempfile::tempdir().expect("a folder");
    let (mine, root) = (folder.path().join("mine"), folder.path().join("logs"));
    std::fs::write(&mine, "mine").expect("a file");
    std::fs::create_dir_all(root.join("d")).expect("a folder");
    let name = root.join("d/edgeHub.log");
    std::os::unix::fs::symlink(&mine, &name).expect("a link");
    let out = root.to_str().expect("a path");
    let get = format!("get -m edgeHub -d d --out-dir {out}");
    edgelogs(&*get).on(&stand_in).exits(2);
    edgelogs(&*get).args("--force").on(&stand_in).exits(0);
    assert_eq!(std::fs::read_to_string(&mine).expect("a file"), "mine");
    assert!(!name.symlink_metadata().expect("a file").is_symlink());
    let written = std::fs::read(&name).expect("a file");
    assert_eq!(written, stand_in.module_bytes("d", "edgeHub"));
}

#[test]
fn a_log_that_lacks_something_never_gets_the_final_name() {
    let stand_in = StandIn::start(Setup::with(
        with_log(DeviceSetup::new("d"))
            .log("tempSensor", stand_in::generate::evenly(0, 5000, 600, 1)),
    ));
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("d")).expect("a folder");
    let name = folder.path().join("d/tempSensor.log");
    std::fs::write(&name, "of an earlier run").expect("a file");
    let out = folder.path().to_str().expect("a path");
    let of_large = |call: &stand_in::Call| {
        call.method == "GetModuleLogs" && call.payload.to_string().contains("tempSensor")
    };
    // The first answers of the large log come, the rest fails.
    let failing = std::sync::atomic::AtomicUsize::new(0);
    let later = move |call: &stand_in::Call| {
        of_large(call) && failing.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 4
    };
    stand_in.fault_when(
        later,
        Fault::Raw {
            status: 500,
            body: Vec::new(),
        },
    );
    let ran = edgelogs(format!("get -d d --out-dir {out} --force --retries 0"))
        .on(&stand_in)
        .exits(4);
    assert_eq!(
        std::fs::read_to_string(&name).expect("a file"),
        "of an earlier run"
    );
    ran.assert_stdout("d/tempSensor.log.incomplete\n");
    let files = files(folder.path());
    assert_eq!(
        files.keys().collect::<Vec<_>>(),
        [
            "d/edgeHub.log",
            "d/tempSensor.log",
            "d/tempSensor.log.incomplete"
        ]
    );
}
