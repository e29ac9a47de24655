//! Downloads from a real storage, written by the device module.

use std::collections::BTreeMap;

use crate::common::folder::Folder;
use crate::common::samples::{files, signature, unzip};
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

/// A device over a folder of logs, and a folder to download into.
struct Device {
    logs: Folder,
    out: Folder,
    serve: Serve,
}

impl Device {
    fn with(modules: &[&str], log: &str) -> Self {
        let (logs, out) = (Folder::new(), Folder::new());
        for module in modules {
            logs.write(&format!("{module}.log"), log);
        }
        let serve = Serve::start(&["--source", &format!("dir:{}", logs.path(""))]);
        Self { logs, out, serve }
    }

    /// Runs a command with `--local` or against the served device, and checks that the signature
    /// is not printed. The blobs are in the folder `name` of `out`.
    fn download(&self, local: bool, sas: &str, command: &str, name: &str) -> Ran {
        let dir = self.out.path(name);
        let run = edgelogs(command).args(["-d", "local", "--sas", sas, "-vv", "--download", &dir]);
        let run = match local {
            true => run.args([format!("--local=dir:{}", self.logs.path(""))]),
            false => run.on(&self.serve),
        };
        let ran = run.run();
        ran.assert_no_stderr(signature(sas));
        ran
    }

    /// The files of such a folder.
    fn files(&self, name: &str) -> BTreeMap<String, Vec<u8>> {
        files(self.out.path(name).as_ref())
    }
}

#[test]
#[ignore = "needs Azurite"]
fn uploads_of_every_format_are_downloaded_unchanged_and_unpack_to_the_log() {
    let log = log();
    let device = Device::with(&["m", "n"], &log);
    for local in [false, true] {
        for (content_type, encoding) in [
            ("text", "gzip"),
            ("text", "none"),
            ("json", "gzip"),
            ("json", "none"),
        ] {
            let case = format!("{content_type} {encoding}, local: {local}");
            let form = format!("--content-type {content_type} --encoding {encoding}");
            let container = Container::create();
            let sas = container.sas("racwl", 1);
            let ran = device.download(local, &sas, &format!("upload {form}"), &case);
            assert_eq!(ran.code, 0, "{case}: {}", ran.stderr);
            let fetched = device.files(&case);
            let blobs = container.blobs();
            assert_eq!((fetched.len(), blobs.len()), (2, 2), "{case}");
            for blob in &blobs {
                let name = blob.name.strip_prefix("127.0.0.1/").unwrap();
                assert!(fetched[name] == blob.bytes, "{case}: {name}");
            }
            if local {
                continue;
            }
            // Only the blobs of the second task are downloaded.
            let unpacked = format!("{case}, unpacked");
            let command = format!("upload m {form} --decompress");
            let ran = device.download(local, &sas, &command, &unpacked);
            assert_eq!(ran.code, 0, "{case}: {}", ran.stderr);
            let fetched = device.files(&unpacked);
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
    let device = Device::with(&["m"], &log());
    for (local, name) in [(false, "served"), (true, "local")] {
        let container = Container::create();
        let ran = device.download(local, &container.sas("racwl", 1), "bundle", name);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let (file, bytes) = device.files(name).into_iter().next().unwrap();
        let blobs = container.blobs();
        assert!(blobs.len() == 1 && blobs[0].bytes == bytes, "{file}");
        unzip(&["-tq", &device.out.path(&format!("{name}/{file}"))]);
    }
}

#[test]
#[ignore = "needs Azurite"]
fn a_sas_that_may_not_list_is_refused_before_the_task_starts() {
    let device = Device::with(&["m"], "a line\n");
    let container = Container::create();
    // The URL claims rights that its signature does not cover.
    let sas = container.sas("acw", 1).replacen("sp=acw", "sp=racwl", 1);
    let ran = device.download(false, &sas, "upload", "out");
    assert_eq!(ran.code, 5, "{}", ran.stderr);
    ran.assert_stderr("can't be listed");
    assert!(container.blobs().is_empty());
}
