//! Finds the blobs of a task and fetches them.

use std::cell::Cell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use futures::StreamExt;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::blob_names::TaskOutput;
use super::container::{Container, ListedBlob, Listing};
use super::error::{BlobFailure, BlobFailureKind, DownloadError};
use super::target_folder::{SavedFile, TargetFolder};
use crate::blob_service::{StorageFailure, StorageFailureKind};
use crate::hub::host_names;
use crate::methods::{CorrelationId, SasUrl};

/// Maximum concurrent transfers and listings, over all devices.
const TRANSFERS: usize = 4;
const LISTS: usize = 8;

/// The clocks of a storage's servers differ slightly. A blob created this shortly before the start is
/// new unless it was listed before.
const CLOCK_TOLERANCE_SECONDS: i64 = 5;

/// A container to fetch from, and the folder to fetch into.
#[derive(Debug)]
pub struct Downloads {
    pub(super) container: Container,
    /// The container's name.
    name: String,
    /// The storage account's name, if the URL contains it.
    account: Option<String>,
    pub(super) target: DownloadTarget,
    /// The names that devices may call the hub by.
    pub(super) hubs: Vec<String>,
    pub(super) output: TaskOutput,
    pub(super) transfers: Semaphore,
    pub(super) lists: Semaphore,
    /// How long the listing before a task may take, and everything after its start.
    time_limit: Duration,
}

/// The target folder, and how to fill it.
#[derive(Debug)]
pub struct DownloadTarget {
    pub(super) folder: TargetFolder,
    pub(super) unpack: bool,
}

/// The latest blobs before a task started.
#[derive(Debug)]
pub struct BlobsBefore {
    /// Seconds by the storage's clock.
    clock: i64,
    /// ETags by name.
    known: HashMap<String, String>,
}

/// The result of a download.
#[derive(Debug, Default)]
pub struct Fetched {
    /// The files in the order of their blobs' names, including damaged ones.
    pub files: Vec<PathBuf>,
    /// Paths that were taken, each with the one written instead.
    pub moved: Vec<(PathBuf, PathBuf)>,
    /// Blobs that did not arrive intact.
    pub failures: Vec<BlobFailure>,
    /// The number of blobs, intact or not.
    pub blobs: usize,
}

impl DownloadTarget {
    /// Creates the folder if it does not exist. `overwrite` replaces files in it; `unpack` unpacks `.gz`.
    ///
    /// # Errors
    /// It can't be created or written.
    pub fn open(folder: PathBuf, overwrite: bool, unpack: bool) -> Result<Self, DownloadError> {
        Ok(Self {
            folder: TargetFolder::open(folder, overwrite)?,
            unpack,
        })
    }
}

impl Downloads {
    /// `hub` is the hub's host as the operator wrote it, with or without a port; `roots` are trusted in
    /// addition to those of the system. `time_limit` is for the listing before a task, and then for the
    /// waiting and the transfers together.
    ///
    /// # Errors
    /// TLS can't be set up.
    pub fn open(
        sas: &SasUrl,
        roots: Vec<reqwest::Certificate>,
        hub: &str,
        target: DownloadTarget,
        output: TaskOutput,
        time_limit: Duration,
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
            time_limit,
        })
    }

    /// Lists the latest blobs of a device before its task starts.
    ///
    /// # Errors
    /// The container can't be listed.
    pub async fn before(&self, device: &str) -> Result<BlobsBefore, DownloadError> {
        let latest =
            |blob: &ListedBlob, clock: i64| blob.created >= clock - CLOCK_TOLERANCE_SECONDS;
        let listing = self.list(device, latest, Instant::now()).await?;
        Ok(BlobsBefore {
            clock: listing.clock,
            known: listing
                .blobs
                .into_iter()
                .map(|blob| (blob.name, blob.etag))
                .collect(),
        })
    }

    /// Fetches what a device's task wrote: the blobs it `reported`, or else those new in the container.
    /// A file gets its name only if it is intact. The time limit counts from `start`. `progress` receives
    /// a message, the bytes that arrived and their total.
    ///
    /// # Errors
    /// The container can't be listed. Failures of single blobs are in the result.
    pub async fn fetch(
        &self,
        device: &str,
        before: &BlobsBefore,
        reported: &[String],
        start: Instant,
        progress: impl Fn(&str, u64, u64),
    ) -> Result<Fetched, DownloadError> {
        let mut fetched = Fetched::default();
        let mut blobs = if reported.is_empty() {
            let new = |blob: &ListedBlob, _| before.is_new(blob);
            self.list(device, new, start).await?.blobs
        } else {
            self.reported_blobs(device, reported, start, &mut fetched)
                .await?
        };
        blobs.sort_by(|one, other| one.name.cmp(&other.name));
        fetched.blobs = blobs.len() + fetched.failures.len();
        let total: u64 = blobs.iter().map(|blob| blob.length).sum();
        let what = format!("fetching {} of {device}", count(blobs.len()));
        let done = Cell::new(0);
        let arrived = |bytes| {
            done.set(done.get() + bytes);
            progress(&what, done.get(), total);
        };
        arrived(0);
        let arrived = &arrived;
        let results: Vec<Result<SavedFile, BlobFailure>> = futures::stream::iter(&blobs)
            .map(|blob| async move { self.fetch_blob(device, blob, start, arrived).await })
            .buffered(TRANSFERS)
            .collect()
            .await;
        for result in results {
            let saved = match result {
                Ok(saved) => saved,
                Err(BlobFailure { place, kind }) => {
                    // A damaged file is saved under a name that shows it, a packed one as it is.
                    if matches!(
                        kind,
                        BlobFailureKind::Damaged(_) | BlobFailureKind::NotUnpacked(_)
                    ) {
                        fetched.files.push(place.clone().into());
                    }
                    fetched.failures.push(BlobFailure { place, kind });
                    continue;
                }
            };
            if let Some(intended) = saved.intended_path {
                fetched.moved.push((intended, saved.path.clone()));
            }
            fetched.files.push(saved.path);
        }
        Ok(fetched)
    }

    /// The failure of a completed task without blobs.
    pub fn no_blob(&self, device: &str, id: CorrelationId) -> DownloadError {
        DownloadError::NoBlob {
            device: device.to_owned(),
            id,
            prefix: self.prefixes(device).swap_remove(0),
            of_modules: matches!(self.output, TaskOutput::ModuleLogs { .. }),
        }
    }

    /// The failure of a task some of whose blobs did not arrive intact.
    pub fn not_intact(&self, device: &str, failures: Vec<BlobFailure>, of: usize) -> DownloadError {
        DownloadError::Blobs {
            container: self.name.clone(),
            device: device.to_owned(),
            failures,
            of,
        }
    }

    /// Where the blobs of one device or of all are, for fetching them by other means.
    pub fn place(&self, device: Option<&str>) -> String {
        let container = format!("container `{}`", self.name);
        match device {
            Some(device) => {
                let prefix = self.prefixes(device).swap_remove(0);
                format!("{container}, in blobs that start with `{prefix}`")
            }
            None => container,
        }
    }

    /// The prefixes of a device's blobs, one for each name of the hub.
    fn prefixes(&self, device: &str) -> Vec<String> {
        let start = self.output.common_prefix();
        let prefix = |hub| format!("{hub}/{device}/{start}");
        self.hubs.iter().map(prefix).collect()
    }

    /// Gives up what isn't done once the time limit has passed since `start`: a storage that sends
    /// little by little never fails.
    pub(super) async fn in_time<T>(
        &self,
        start: Instant,
        work: impl Future<Output = T>,
    ) -> Result<T, StorageFailure> {
        let done = tokio::time::timeout_at(start + self.time_limit, work).await;
        done.map_err(|_| {
            let limit = humantime::format_duration(self.time_limit);
            StorageFailure::new(
                StorageFailureKind::Unreachable,
                format!("the storage was not done within {limit} (--wait-timeout)"),
            )
        })
    }

    /// Lists the blobs of a device that such a task may have written.
    async fn list(
        &self,
        device: &str,
        wanted: impl Fn(&ListedBlob, i64) -> bool,
        start: Instant,
    ) -> Result<Listing, DownloadError> {
        let failed = |source| self.not_listed(device, source);
        let permit = self.in_time(start, self.lists.acquire()).await;
        let _permit = permit.map_err(failed)?;
        let mut whole: Option<Listing> = None;
        for prefix in self.prefixes(device) {
            let folder = prefix.len() - self.output.common_prefix().len();
            let wanted = |blob: &ListedBlob, clock| {
                let name = blob.name.get(folder..);
                name.is_some_and(|name| self.output.may_write(name)) && wanted(blob, clock)
            };
            let listing = self.in_time(start, self.container.list(&prefix, wanted));
            let listing = listing.await.flatten().map_err(failed)?;
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

    pub(super) fn not_listed(&self, device: &str, source: StorageFailure) -> DownloadError {
        DownloadError::List {
            container: self.name.clone(),
            account: self.account.clone(),
            device: device.to_owned(),
            source,
        }
    }
}

impl BlobsBefore {
    /// Whether a blob was created or replaced since.
    fn is_new(&self, blob: &ListedBlob) -> bool {
        blob.created >= self.clock - CLOCK_TOLERANCE_SECONDS
            && self.known.get(&blob.name) != Some(&blob.etag)
    }
}

/// `1 blob`, `2 blobs`.
fn count(blobs: usize) -> String {
    match blobs {
        1 => "1 blob".to_owned(),
        _ => format!("{blobs} blobs"),
    }
}

/// The names a device may use for a hub: as the operator wrote it, and all its host names in lower case.
/// Blob names are case-sensitive, hub names are not.
fn hub_names(hub: &str) -> Vec<String> {
    let host = match hub.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => hub,
    };
    host_names(host)
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
    fn a_blob_is_new_by_the_storages_clock_and_the_earlier_listing() {
        let before = BlobsBefore {
            clock: 1000,
            known: HashMap::from([("just-before".to_owned(), "1".to_owned())]),
        };
        for (blob, new) in [
            (blob("later", 1001, "1"), true),
            (blob("in-the-same-second", 1000, "1"), true),
            // Another server of the storage may be behind.
            (blob("a-little-before", 998, "1"), true),
            (blob("long-before", 900, "1"), false),
            (blob("just-before", 1000, "1"), false),
            (blob("just-before", 1000, "2"), true),
        ] {
            assert_eq!(before.is_new(&blob), new, "{blob:?}");
        }
    }

    #[test]
    fn a_hub_is_searched_by_all_its_names() {
        assert_eq!(
            hub_names("MyHub.service.azure-devices.net:443"),
            [
                "MyHub.service.azure-devices.net",
                "myhub.service.azure-devices.net",
                "myhub.azure-devices.net",
                "myhub.device.azure-devices.net"
            ]
        );
        assert_eq!(hub_names("127.0.0.1:8080"), ["127.0.0.1"]);
        assert_eq!(hub_names("[::1]:8080"), ["[::1]"]);
    }
}
