//! `upload --download` and `bundle --download` fetch exactly what a task wrote.
//!
//! * `which_blobs`: which blobs belong to a task, against a stand-in of the storage.
//! * `files`: where files go, and what is never overwritten.
//! * `failures`: damaged blobs, outages, refusals, and tasks that write nothing.
//! * `interrupted`: Ctrl-C during a transfer.
//! * `fleet`: many devices, some of which fail.
//! * `azurite`: a real storage and the device module.

#[cfg(feature = "device")]
mod azurite;
mod failures;
mod files;
mod fleet;
#[cfg(unix)]
mod interrupted;
mod which_blobs;

use std::collections::BTreeMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::common::samples::{files, with_log};
use crate::common::{Args, Edgelogs, edgelogs};
use stand_in::{Call, DeviceSetup, Fault, Setup, StandIn, TaskEnd, TaskPlan};
use support::storage::Storage;

/// The time in a blob's name; nothing depends on it.
const STAMP: &str = "2026-11-22--08-00-00";

/// A hub with one device, a storage, and a folder to fetch into.
struct Plant {
    hub: StandIn,
    storage: Storage,
    folder: tempfile::TempDir,
}

impl Plant {
    fn new() -> Self {
        Self::ending(TaskEnd::Completed)
    }

    /// All tasks end like this, at once.
    fn ending(end: TaskEnd) -> Self {
        Self::planned(TaskPlan::new(std::time::Duration::ZERO, end))
    }

    /// All tasks run like this.
    fn planned(plan: TaskPlan) -> Self {
        Self {
            hub: StandIn::start(Setup::with(with_log(DeviceSetup::new("d").tasks(plan)))),
            storage: Storage::start(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// All tasks complete at once, and tell these names of blobs as our own device module does.
    fn telling(blobs: &[&str]) -> Self {
        let plant = Self::new();
        let payload = serde_json::json!({
            "status": "Completed", "message": "",
            "correlationId": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "blobs": blobs,
        });
        let status = Fault::Answer {
            status: 200,
            payload: payload.to_string(),
        };
        let is_status = |call: &Call| call.method == "GetTaskStatus";
        plant.hub.fault_when(is_status, status);
        plant
    }

    /// The folder as an argument.
    fn dir(&self) -> String {
        self.folder.path().join("out").to_str().unwrap().to_owned()
    }

    /// A command with `--download`.
    fn command(&self, command: &str) -> Edgelogs {
        let (dir, sas) = (self.dir(), self.storage.sas("racwl"));
        edgelogs(command)
            .args(format!("-d d --sas {sas} --download {dir}"))
            .on(&self.hub)
    }

    fn upload(&self, more: impl Args) -> Edgelogs {
        self.command("upload --interval 50ms -vv").args(more)
    }

    fn bundle(&self) -> Edgelogs {
        self.command("bundle --interval 50ms -vv")
    }

    /// Puts the blob of a module into the storage, as a task writes it.
    fn wrote(&self, module: &str, ending: &str, bytes: &[u8]) {
        self.storage.written(&blob(module, ending), bytes);
    }

    /// The same for a support bundle.
    fn wrote_bundle(&self, bytes: &[u8]) {
        self.wrote("support-bundle", "zip", bytes);
    }

    /// All files below the folder by their paths, with their contents.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        files(&self.folder.path().join("out"))
    }

    /// The names of the files below the folder.
    fn names(&self) -> Vec<String> {
        self.files().into_keys().collect()
    }
}

/// The blob of a module of the device `d`.
fn blob(module: &str, ending: &str) -> String {
    format!("127.0.0.1/d/{module}-{STAMP}.{ending}")
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn zipped(text: &str) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive
        .start_file("logs/m_log.txt", zip::write::SimpleFileOptions::default())
        .unwrap();
    archive.write_all(text.as_bytes()).unwrap();
    archive.finish().unwrap().into_inner()
}
