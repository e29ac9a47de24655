//! Devices, hubs, URLs and files that many tests use.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

use stand_in::{DeviceSetup, LogScript, Setup, StandIn, at};

/// A container's SAS URL, to which nothing is written.
pub(crate) const SAS: &str = "https://acct.blob.core.windows.net/logs?sv=2025-01-05&sr=c&sp=acw&se=2126-01-01T00%3A00Z&sig=c2VjcmV0LXNpZ25hdHVyZS1vZi10aGlydHktdHdvLWI%3D";

/// A connection string of a hub that does not exist: nothing listens on port 1.
pub(crate) const NO_HUB: &str =
    "HostName=http://127.0.0.1:1;SharedAccessKeyName=service;SharedAccessKey=c2VjcmV0LWtleQ==";

/// A connection string of a hub with this host name.
pub(crate) fn hub_string(host: &str) -> String {
    format!("HostName={host};SharedAccessKeyName=service;SharedAccessKey=c2VjcmV0LWtleQ==")
}

/// The device with ten lines of the module `edgeHub`.
pub(crate) fn with_log(device: DeviceSetup) -> DeviceSetup {
    let log = LogScript::new(at("2026-11-22T08:00:00Z")).evenly(10, 80, 10);
    device.log("edgeHub", log.log())
}

/// A hub with one device that has ten lines.
pub(crate) fn hub_with(device: &str) -> StandIn {
    StandIn::start(Setup::with(with_log(DeviceSetup::new(device))))
}

/// All files below a folder with their contents, by their paths in it. A running program may
/// rename or delete a file between the listing and the reading: such a file is passed over.
pub(crate) fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let Ok(entries) = std::fs::read_dir(root) else {
        return found;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            let below = files(&path).into_iter();
            found.extend(below.map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
        } else {
            match std::fs::read(&path) {
                Ok(bytes) => drop(found.insert(name, bytes)),
                Err(error) => assert_eq!(error.kind(), ErrorKind::NotFound, "{name}"),
            }
        }
    }
    found
}

/// The part of a SAS URL that must never be printed.
#[cfg(feature = "device")]
pub(crate) fn signature(sas: &str) -> &str {
    sas.rsplit_once("sig=").expect("a signature").1
}

/// Whether this is a GUID with hyphens, as a correlation id is.
#[cfg(feature = "device")]
pub(crate) fn is_guid(text: &str) -> bool {
    uuid::Uuid::try_parse(text).is_ok() && text.len() == 36
}

/// The text of one gzip member: a reader of a single member must see all of it.
#[cfg(feature = "device")]
pub(crate) fn gunzip(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut member = flate2::read::GzDecoder::new(bytes);
    std::io::Read::read_to_end(&mut member, &mut text).expect("gzip");
    text
}

/// What `unzip` prints with these arguments, which must succeed.
#[cfg(feature = "device")]
pub(crate) fn unzip(args: &[&str]) -> Vec<u8> {
    let output = std::process::Command::new("unzip").args(args).output();
    let output = output.expect("unzip runs");
    assert!(output.status.success(), "unzip {args:?}: {output:?}");
    output.stdout
}

/// The permissions of a file.
#[cfg(unix)]
pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    let metadata = std::fs::metadata(path).expect("a file");
    metadata.permissions().mode() & 0o777
}
