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

#[cfg(unix)]
#[test]
fn a_file_that_grows_takes_the_place_of_a_link_or_refuses_it() {
    let stand_in = crate::common::samples::hub_with("d");
    let folder = tempfile::tempdir().expect("a folder");
    let (mine, root) = (folder.path().join("mine"), folder.path().join("logs"));
    std::fs::write(&mine, "mine").expect("a file");
    std::fs::create_dir_all(root.join("d")).expect("a folder");
    let name = root.join("d/edgeHub.log");
    let out = root.to_str().expect("a path");
    let link = || std::os::unix::fs::symlink(&mine, &name).expect("a link");
    link();
    let get = format!("get -m edgeHub -d d -q --out-dir {out}");
    let state = folder.path().join("state");
    let ran = edgelogs(&*get)
        .args(["--checkpoint", state.to_str().expect("a path")])
        .on(&stand_in)
        .run();
    assert_ne!(ran.code, 0);
    ran.assert_stderr("it is a link, which is not followed");
    let mut run = edgelogs(&*get).args("-f --force").on(&stand_in).start();
    assert_eq!(run.line(), name.to_str().expect("a path"));
    // Someone puts it back.
    std::fs::remove_file(&name).expect("a file");
    link();
    let before = stand_in.journal().len();
    stand_in.write("d", "edgeHub", "<6> more\n");
    stand_in.wait_until(|calls| calls.len() > before + 3);
    let (code, stderr) = run.interrupt();
    assert_eq!(code, 130, "{stderr}");
    assert!(
        stderr.contains("it is a link, which is not followed"),
        "{stderr}"
    );
    assert_eq!(std::fs::read_to_string(&mine).expect("a file"), "mine");
}

#[test]
fn an_interrupted_run_leaves_what_it_has_of_unfinished_files() {
    let stand_in = StandIn::start(Setup::with(
        with_log(DeviceSetup::new("d"))
            .log("tempSensor", stand_in::generate::evenly(0, 5000, 600, 1)),
    ));
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().to_str().expect("a path");
    let of = |module: &'static str| {
        move |call: &stand_in::Call| {
            call.method == "GetModuleLogs" && call.payload.to_string().contains(module)
        }
    };
    let slow = Fault::Slow(std::time::Duration::from_secs(60));
    stand_in.fault_when(of("tempSensor"), slow);
    let run = edgelogs(format!("get -d d --out-dir {out} --timeout 120s"))
        .on(&stand_in)
        .start();
    stand_in.wait_until(|calls| {
        let mut answered = calls.iter().filter(|call| call.http_status.is_some());
        answered.any(|call| of("edgeHub")(call)) && calls.iter().any(of("tempSensor"))
    });
    // The lines of the other module have been answered, which no event tells that they are here.
    std::thread::sleep(std::time::Duration::from_millis(500));
    let (code, stdout, stderr) = run.interrupt_reading();
    assert_eq!(code, 130, "{stderr}");
    assert_eq!(stdout, format!("{out}/d/edgeHub.log.incomplete\n"));
    let files = files(folder.path());
    assert_eq!(
        files["d/edgeHub.log.incomplete"],
        stand_in.module_bytes("d", "edgeHub")
    );
    assert_eq!(files.len(), 1, "{:?}", files.keys());
}

#[cfg(unix)]
#[test]
fn every_file_that_cannot_grow_is_named() {
    let modules = ["a", "b", "c"];
    let device = modules.iter().fold(DeviceSetup::new("d"), |device, name| {
        device.module(stand_in::ModuleSetup::new(*name))
    });
    let stand_in = StandIn::start(Setup::with(device));
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().to_str().expect("a path");
    let mut run = edgelogs(format!("get -d d -f -q --out-dir {out}"))
        .on(&stand_in)
        .start();
    for name in modules {
        stand_in.write("d", name, "<6> one\n");
        let _ = run.line();
    }
    for name in ["a", "b"] {
        let path = folder.path().join(format!("d/{name}.log"));
        std::fs::remove_file(&path).expect("a file");
        std::fs::create_dir(&path).expect("a folder");
        stand_in.write("d", name, "<6> two\n");
    }
    // So much that it does not wait for a pause.
    for _ in 0..100 {
        stand_in.write("d", "b", format!("<6> {}\n", "x".repeat(1000)));
    }
    let before = stand_in.journal().len();
    stand_in.wait_until(|calls| calls.len() > before + 3);
    let (code, stderr) = run.interrupt();
    for name in ["a", "b"] {
        assert!(
            stderr.contains(&format!("`{out}/d/{name}.log` can't be written")),
            "{stderr}"
        );
    }
    assert_eq!(code, 130, "{stderr}");
}

#[test]
fn what_is_not_about_files_is_refused() {
    for flag in ["--order device", "--highlight x"] {
        let ran = edgelogs(format!("get -d d --out-dir logs {flag}")).refused();
        ran.assert_stderr("can't be used with --out-dir");
    }
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
