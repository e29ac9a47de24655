//! What a task has written to Blob Storage, fetched into a folder and verified.
//!
//! ```text
//! before the start: list ─┐
//! task ends: list again ──┴→ what is new → ranges → temporary file → verified → DIR/device/NAME
//! ```
//!
//! The shipped agent never tells the names of its blobs, so that they are found: by the folder of
//! hub and device in the container, by the form of their names, and by when they were made, all by
//! the storage's own clock. Our own device module tells the names, and then they
//! alone count, as far as they are in that folder.
//!
//! What can't be told apart: the blobs of another task that the same device runs at the same time,
//! of modules that were asked for here too. They are fetched as well.

mod container;
mod error;
mod folder;
mod names;
mod one;
mod told;
mod transfer;
mod unpacked;
mod verify;

use std::cell::Cell;
use std::collections::HashMap;
use std::path::PathBuf;

use futures::StreamExt;
use tokio::sync::Semaphore;

use self::container::{Container, ListedBlob, Listing};
use self::error::BlobTrouble;
pub use self::error::{BlobFailure, DownloadError};
use self::folder::{Folder, KeptFile};
pub use self::names::TaskOutput;
use crate::blob_service::{StorageFailure, StorageFailureKind};
use crate::methods::{CorrelationId, SasUrl};
use crate::output::Progress;

/// How many blobs are fetched at a time, and how many devices' blobs are listed, over all devices.
const TRANSFERS: usize = 4;
const LISTS: usize = 8;

/// The machines of a storage need not agree on the second. What was made so little before the start
/// counts as new unless it was there before.
const CLOCK_TOLERANCE_SECONDS: i64 = 5;

/// Where blobs are fetched from, and what becomes of them here.
#[derive(Debug)]
pub struct Downloads {
    container: Container,
    /// The container's name.
    name: String,
    /// The storage account's, where the URL names it.
    account: Option<String>,
    target: DownloadTarget,
    /// The names that devices may call the hub by.
    hubs: Vec<String>,
    output: TaskOutput,
    transfers: Semaphore,
    lists: Semaphore,
}

/// Where to, and how.
#[derive(Debug)]
pub struct DownloadTarget {
    folder: Folder,
    unpack: bool,
}

/// What was in the container before a task began.
#[derive(Debug)]
pub struct BlobsBefore {
    /// By the storage's clock, in seconds.
    clock: i64,
    /// The latest blobs: their states by their names.
    known: HashMap<String, String>,
}

/// What was fetched.
#[derive(Debug, Default)]
pub struct Fetched {
    /// The files, in the order of their blobs' names; what is damaged is among them.
    pub files: Vec<PathBuf>,
    /// Paths that were taken, each with the one that was written in its place.
    pub moved: Vec<(PathBuf, PathBuf)>,
    /// What is not whole.
    pub failures: Vec<BlobFailure>,
    /// How many blobs there are, whole or not.
    pub blobs: usize,
}

impl DownloadTarget {
    /// A folder, which is made if it is not there. Files in it are replaced if `overwrite`, and
    /// `.gz` is unpacked if `unpack`.
    ///
    /// # Errors
    /// It can't be made or written.
    pub fn open(folder: PathBuf, overwrite: bool, unpack: bool) -> Result<Self, DownloadError> {
        Ok(Self {
            folder: Folder::open(folder, overwrite)?,
            unpack,
        })
    }
}

impl Downloads {
    /// Gets ready to fetch. `hub` is the hub's host as the operator writes it, with a port or
    /// without; `roots` are trusted beside those of the system.
    ///
    /// # Errors
    /// TLS can't be set up.
    pub fn open(
        sas: &SasUrl,
        roots: Vec<reqwest::Certificate>,
        hub: &str,
        target: DownloadTarget,
        output: TaskOutput,
    ) -> Result<Self, DownloadError> {
        let place = sas.place();
        let name = place.container.unwrap_or_default();
        let container =
            Container::open(sas, roots).map_err(|source| DownloadError::Unreachable {
                container: name.clone(),
                source,
            })?;
        Ok(Self {
            container,
            name,
            account: place.account,
            target,
            hubs: hub_names(hub),
            output,
            transfers: Semaphore::new(TRANSFERS),
            lists: Semaphore::new(LISTS),
        })
    }

    /// Looks at what a device has in the container before its task begins.
    ///
    /// # Errors
    /// The container can't be listed.
    pub async fn before(&self, device: &str) -> Result<BlobsBefore, DownloadError> {
        let latest =
            |blob: &ListedBlob, clock: i64| blob.created >= clock - CLOCK_TOLERANCE_SECONDS;
        let listing = self.list(device, latest).await?;
        Ok(BlobsBefore {
            clock: listing.clock,
            known: listing
                .blobs
                .into_iter()
                .map(|blob| (blob.name, blob.etag))
                .collect(),
        })
    }

    /// Fetches what the task of a device has written: the blobs that it has `told`, or else what is
    /// new in the container. No file is left under its name unless it is whole.
    ///
    /// # Errors
    /// The container can't be listed. What is wrong with single blobs is in the result.
    pub async fn fetch(
        &self,
        device: &str,
        before: &BlobsBefore,
        told: &[String],
        progress: &Progress,
    ) -> Result<Fetched, DownloadError> {
        let mut fetched = Fetched::default();
        let mut blobs = if told.is_empty() {
            let new = |blob: &ListedBlob, _| before.is_new(blob);
            self.list(device, new).await?.blobs
        } else {
            self.named(device, told, &mut fetched).await?
        };
        blobs.sort_by(|one, other| one.name.cmp(&other.name));
        fetched.blobs = blobs.len() + fetched.failures.len();
        let total: u64 = blobs.iter().map(|blob| blob.length).sum();
        let what = format!("fetching {} of {device}", counted(blobs.len()));
        let done = Cell::new(0);
        let arrived = |bytes| {
            done.set(done.get() + bytes);
            progress.bytes(&what, done.get(), total);
        };
        arrived(0);
        let arrived = &arrived;
        let results: Vec<Result<KeptFile, BlobFailure>> = futures::stream::iter(&blobs)
            .map(|blob| async move { self.one(device, blob, arrived).await })
            .buffered(TRANSFERS)
            .collect()
            .await;
        for result in results {
            let kept = match result {
                Ok(kept) => kept,
                Err(BlobFailure { place, trouble }) => {
                    // What is damaged is kept under a name that shows it, and what can't be
                    // unpacked as it is.
                    if matches!(trouble, BlobTrouble::Damaged(_) | BlobTrouble::Packed(_)) {
                        fetched.files.push(place.clone().into());
                    }
                    fetched.failures.push(BlobFailure { place, trouble });
                    continue;
                }
            };
            if let Some(meant) = kept.instead_of {
                fetched.moved.push((meant, kept.path.clone()));
            }
            fetched.files.push(kept.path);
        }
        Ok(fetched)
    }

    /// The failure of a task that completed, and of which nothing was found.
    pub fn no_blob(&self, device: &str, id: CorrelationId) -> DownloadError {
        DownloadError::NoBlob {
            device: device.to_owned(),
            id,
            prefix: self.prefixes(device).swap_remove(0),
            of_modules: matches!(self.output, TaskOutput::ModuleLogs { .. }),
        }
    }

    /// The failure of a task of which not all that there is arrived whole.
    pub fn not_whole(&self, device: &str, failures: Vec<BlobFailure>, of: usize) -> DownloadError {
        DownloadError::Blobs {
            container: self.name.clone(),
            device: device.to_owned(),
            failures,
            of,
        }
    }

    /// Where the blobs are, of one device or of all, for whoever fetches them by other means.
    pub fn place(&self, device: Option<&str>) -> String {
        let container = format!("container `{}`", self.name);
        match device {
            Some(device) => {
                let prefix = self.prefixes(device).swap_remove(0);
                format!("{container}, in blobs that begin with `{prefix}`")
            }
            None => container,
        }
    }

    /// What the names of a device's blobs begin with, by each name of the hub.
    fn prefixes(&self, device: &str) -> Vec<String> {
        let start = self.output.common_start();
        let prefix = |hub| format!("{hub}/{device}/{start}");
        self.hubs.iter().map(prefix).collect()
    }

    /// Lists a device's blobs that can be those of such a task.
    async fn list(
        &self,
        device: &str,
        wanted: impl Fn(&ListedBlob, i64) -> bool,
    ) -> Result<Listing, DownloadError> {
        let failed = |source| self.not_listed(device, source);
        let _permit = self.lists.acquire().await;
        let mut whole: Option<Listing> = None;
        for prefix in self.prefixes(device) {
            let folder = prefix.len() - self.output.common_start().len();
            let wanted = |blob: &ListedBlob, clock| {
                let name = blob.name.get(folder..);
                name.is_some_and(|name| self.output.may_be_named(name)) && wanted(blob, clock)
            };
            let listing = self.container.list(&prefix, wanted).await.map_err(failed)?;
            match &mut whole {
                None => whole = Some(listing),
                Some(whole) => whole.blobs.extend(listing.blobs),
            }
        }
        whole.ok_or_else(|| {
            failed(StorageFailure::new(
                StorageFailureKind::Other,
                "the hub has no name",
            ))
        })
    }

    fn not_listed(&self, device: &str, source: StorageFailure) -> DownloadError {
        DownloadError::List {
            container: self.name.clone(),
            account: self.account.clone(),
            device: device.to_owned(),
            source,
        }
    }
}

impl BlobsBefore {
    /// Whether a blob was made since then, or made again.
    fn is_new(&self, blob: &ListedBlob) -> bool {
        blob.created >= self.clock - CLOCK_TOLERANCE_SECONDS
            && self.known.get(&blob.name) != Some(&blob.etag)
    }
}

/// `1 blob`, `2 blobs`.
fn counted(blobs: usize) -> String {
    match blobs {
        1 => "1 blob".to_owned(),
        _ => format!("{blobs} blobs"),
    }
}

/// The names that devices may call a hub by: as the operator writes it, and in lower case. Blob
/// names tell cases apart, and hub names do not.
fn hub_names(hub: &str) -> Vec<String> {
    let host = match hub.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => hub,
    };
    let mut names = vec![host.to_owned(), host.to_ascii_lowercase()];
    names.dedup();
    names
}

/// A blob's name without `{hub}/{device}/`.
fn without_folders<'a>(name: &'a str, device: &str) -> &'a str {
    let rest = name
        .split_once('/')
        .and_then(|(_, rest)| rest.strip_prefix(device));
    rest.and_then(|rest| rest.strip_prefix('/')).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(name: &str, created: i64, etag: &str) -> ListedBlob {
        ListedBlob {
            name: name.to_owned(),
            length: 1,
            etag: etag.to_owned(),
            created,
            md5: None,
        }
    }

    #[test]
    fn what_is_new_is_told_by_the_storages_clock_and_by_what_was_there() {
        let before = BlobsBefore {
            clock: 1000,
            known: HashMap::from([("just-before".to_owned(), "1".to_owned())]),
        };
        for (blob, new) in [
            (blob("later", 1001, "1"), true),
            (blob("in-the-same-second", 1000, "1"), true),
            // Another machine of the storage may be behind.
            (blob("a-little-before", 998, "1"), true),
            (blob("long-before", 900, "1"), false),
            (blob("just-before", 1000, "1"), false),
            (blob("just-before", 1000, "2"), true),
        ] {
            assert_eq!(before.is_new(&blob), new, "{blob:?}");
        }
    }

    #[test]
    fn a_hub_is_looked_for_in_the_operators_case_and_in_lower_case() {
        let real = hub_names("MyHub.azure-devices.net");
        assert_eq!(real, ["MyHub.azure-devices.net", "myhub.azure-devices.net"]);
        assert_eq!(
            hub_names("myhub.azure-devices.net:443"),
            ["myhub.azure-devices.net"]
        );
        assert_eq!(hub_names("127.0.0.1:8080"), ["127.0.0.1"]);
        assert_eq!(hub_names("[::1]:8080"), ["[::1]"]);
    }

    #[test]
    fn only_the_folders_of_hub_and_device_are_left_away() {
        assert_eq!(without_folders("h/d/m.log", "d"), "m.log");
        assert_eq!(without_folders("h/d/../m.log", "d"), "../m.log");
        assert_eq!(without_folders("h/other/m.log", "d"), "h/other/m.log");
        assert_eq!(without_folders("m.log", "d"), "m.log");
    }
}
