//! Downloads from a real storage, written by the device module.

use std::fs;
use std::process::Command;

use crate::common::samples::files;
use crate::common::{Ran, edgelogs};
use support::azurite::Container;
use support::serve::Serve;

/// A log of some hundred kilobytes, so that no single read holds it.
fn log() -> String {
    (0..8000)
        .map(|n| {
            format!(
                "<6> 2026-11-20 10:00:{:02}.000 +00:00 [INF] - line {n}\n",
                n % 60
            )
        })
        .collect()
}

/// Runs against `device serve` or `--local`, and checks that nobody sees the signature.
fn run(local: bool, logs: &str, serve: &Serve, sas: &str, args: &[&str]) -> Ran {
    let flag = format!("--local=dir:{logs}");
    let mut all = [args, &["-d", "local", "--sas", sas, "-vv"]].concat();
    if local {
        all.push(&flag);
    }
    let mut command = edgelogs(all);
    if !local {
        command = command.on(&serve);
    }
    let ran = command.run();
    let (_, signature) = sas.rsplit_once("sig=").unwrap();
    ran.assert_no_stderr(signature);
    ran
}

#[test]
#[ignore = "needs Azurite"]
fn uploads_of_every_format_are_downloaded_unchanged_and_unpack_to_the_log() {
    let (logs, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let log = log();
    for module in ["m", "n"] {
        fs::write(logs.path().join(format!("{module}.log")), &log).unwrap();
    }
    let folder = logs.path().to_str().unwrap();
    let serve = Serve::start(&["--source", &format!("dir:{folder}")]);
    for local in [false, true] {
        for (content_type, encoding) in [
            ("text", "gzip"),
            ("text", "none"),
            ("json", "gzip"),
            ("json", "none"),
        ] {
            let case = format!("{content_type} {encoding}, local: {local}");
            let container = Container::create();
            let sas = container.sas("racwl", 1);
            let dir = out.path().join(&case);
            let args = [
                "upload",
                "--content-type",
                content_type,
                "--encoding",
                encoding,
            ];
            let args = [&args[..], &["--download", dir.to_str().unwrap()]].concat();
            let ran = run(local, folder, &serve, &sas, &args);
            assert_eq!(ran.code, 0, "{case}: {}", ran.stderr);
            let fetched = files(&dir);
            let blobs = container.blobs();
            assert_eq!((fetched.len(), blobs.len()), (2, 2), "{case}");
            for blob in &blobs {
                let name = blob.name.strip_prefix("127.0.0.1/").unwrap();
                assert!(fetched[name] == blob.bytes, "{case}: {name}");
            }
            if local {
                continue;
            }
            // The second task's blobs are fetched, and not the first one's again.
            let unpacked = out.path().join(format!("{case}, unpacked"));
            let args = [
                "upload",
                "m",
                "--content-type",
                content_type,
                "--encoding",
                encoding,
            ];
            let more = ["--download", unpacked.to_str().unwrap(), "--decompress"];
            let ran = run(local, folder, &serve, &sas, &[&args[..], &more].concat());
            assert_eq!(ran.code, 0, "{case}: {}", ran.stderr);
            let fetched = files(&unpacked);
            assert_eq!(fetched.len(), 1, "{case}");
            let (name, bytes) = fetched.into_iter().next().unwrap();
            let text = String::from_utf8(bytes).unwrap();
            if content_type == "text" {
                assert!(name.ends_with(".log") && text == log, "{case}: {name}");
            } else {
                let records: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
                assert!(
                    name.ends_with(".json") && records.len() == 8000,
                    "{case}: {name}"
                );
            }
        }
    }
}

#[test]
#[ignore = "needs Azurite"]
fn a_downloaded_bundle_is_a_valid_zip() {
    let (logs, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(logs.path().join("m.log"), log()).unwrap();
    let folder = logs.path().to_str().unwrap();
    let serve = Serve::start(&["--source", &format!("dir:{folder}")]);
    for local in [false, true] {
        let container = Container::create();
        let dir = out.path().join(format!("{local}"));
        let args = ["bundle", "--download", dir.to_str().unwrap()];
        let ran = run(local, folder, &serve, &container.sas("racwl", 1), &args);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let fetched = files(&dir);
        let blobs = container.blobs();
        let (name, bytes) = fetched.into_iter().next().unwrap();
        assert!(blobs.len() == 1 && blobs[0].bytes == bytes, "{name}");
        let tested = Command::new("unzip")
            .arg("-tq")
            .arg(dir.join(name))
            .output()
            .unwrap();
        assert!(tested.status.success(), "{tested:?}");
    }
}

#[test]
#[ignore = "needs Azurite"]
fn a_sas_that_may_not_list_is_refused_before_the_task_starts() {
    let (logs, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(logs.path().join("m.log"), "a line\n").unwrap();
    let folder = logs.path().to_str().unwrap();
    let serve = Serve::start(&["--source", &format!("dir:{folder}")]);
    let container = Container::create();
    // The URL claims what its signature does not cover.
    let sas = container.sas("acw", 1).replacen("sp=acw", "sp=racwl", 1);
    let dir = out.path().join("out");
    let args = ["upload", "--download", dir.to_str().unwrap()];
    let ran = run(false, folder, &serve, &sas, &args);
    assert_eq!(ran.code, 5, "{}", ran.stderr);
    ran.assert_stderr("can't be listed");
    assert!(container.blobs().is_empty());
}
