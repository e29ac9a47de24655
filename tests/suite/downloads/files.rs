//! Where files go, and what is never overwritten.

use super::{Plant, STAMP, gzip};
use crate::common::edgelogs;

#[test]
fn blob_names_never_escape_the_folder() {
    let plant = Plant::new();
    let long = "x".repeat(900);
    let modules = [
        "..\\..\\up",
        "..",
        "C:x",
        "a\0b",
        "e\nf",
        "Case",
        "case",
        "é",
        long.as_str(),
        "%2e%2e",
    ];
    for module in modules {
        plant.wrote(module, "log", module.as_bytes());
    }
    plant.upload("--encoding none").exits(0);
    let files = plant.files();
    assert_eq!(files.len(), modules.len(), "{:?}", plant.names());
    for (name, bytes) in &files {
        assert!(
            name.starts_with("d/") && name.matches('/').count() == 1,
            "{name}"
        );
        assert!(
            name.is_ascii() && !name.contains(['\\', ':', '\n', '\0']),
            "{name}"
        );
        assert!(name.len() < 255, "{name}");
        assert!(
            modules.contains(&std::str::from_utf8(bytes).unwrap()),
            "{name}"
        );
    }
    // Nothing was written beside the folder.
    assert_eq!(std::fs::read_dir(plant.folder.path()).unwrap().count(), 1);
}

#[test]
fn hostile_blob_names_of_a_device_never_escape_the_folder() {
    let names = [
        "127.0.0.1/d/../../up.log",
        "/etc/cron.d/x.log",
        "../x.log",
        "h/d/sub/y.log",
        "127.0.0.1/d/sub/y.log",
    ];
    let plant = Plant::telling(&names);
    for name in names {
        plant.storage.written(name, name.as_bytes());
    }
    let ran = plant.upload("--encoding none").exits(7);
    ran.assert_stderr("error: 4 of 5 blobs of device `d`");
    assert_eq!(plant.names(), ["d/sub%2Fy.log"]);
    assert_eq!(std::fs::read_dir(plant.folder.path()).unwrap().count(), 1);
}

#[test]
fn existing_files_are_kept_unless_forced() {
    let plant = Plant::new();
    plant.wrote("edgeHub", "log.gz", &gzip("new\n"));
    let folder = plant.folder.path().join("out/d");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("edgeHub-{STAMP}.log.gz"));
    std::fs::write(&path, "mine").unwrap();
    let ran = plant.upload("").exits(0);
    let beside = format!("d/edgeHub-{STAMP}~2.log.gz");
    assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    assert_eq!(plant.files()[&beside], gzip("new\n"));
    let warning = format!(
        "warning: `{}` already exists; the new file is `{}/{beside}`",
        path.display(),
        plant.dir()
    );
    ran.assert_stderr(&warning);

    plant.storage.state().before_a_task();
    let ran = plant.upload("--force").exits(0);
    assert_eq!(std::fs::read(&path).unwrap(), gzip("new\n"));
    ran.assert_no_stderr("warning: `");
    assert_eq!(plant.names().len(), 2);
}

#[test]
fn impossible_downloads_are_refused_before_anything_is_sent() {
    let plant = Plant::new();
    let dir = plant.dir();
    let refused = |rights: &str, args: &[&str]| {
        let sas = plant.storage.sas(rights);
        let ran = edgelogs(format!("upload -d d --sas {sas}"))
            .args(args)
            .on(&plant.hub)
            .refused();
        ran.stderr
    };
    insta::assert_snapshot!("sas-without-reading", refused("acw", &["--download", &dir]));
    let words = refused("racw", &["--download", &dir]);
    assert!(words.contains("lacks the right to list (l)"), "{words}");
    let words = refused("acw", &["--download", &dir, "--dry-run"]);
    assert!(words.contains("read (r)"), "{words}");
    let words = refused("racwl", &["--download", &dir, "--no-wait"]);
    assert!(words.contains("--no-wait"), "{words}");
    for flag in ["--force", "--decompress"] {
        let words = refused("racwl", &[flag]);
        assert!(words.contains("--download"), "{words}");
    }
    let file = plant.folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let words = refused("racwl", &["--download", file.to_str().unwrap()]);
    let words = words.replace(plant.folder.path().to_str().unwrap(), "TMP");
    insta::assert_snapshot!("download-folder-is-a-file", words);
    assert!(plant.hub.journal().is_empty());
    assert!(plant.storage.state().requests.is_empty());
    assert!(!plant.folder.path().join("out").exists());
}
