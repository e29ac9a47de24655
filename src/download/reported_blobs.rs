//! The blobs whose names a device reports. Nothing outside the device's own folder of the container is
//! fetched, whatever it reports.

use std::collections::HashSet;

use tokio::time::Instant;

use super::blob_names::is_in_folder;
use super::container::ListedBlob;
use super::downloads::{Downloads, Fetched};
use super::error::{BlobFailure, BlobFailureKind, DownloadError};
use crate::blob_service::{StorageFailure, StorageFailureKind};

/// Maximum names looked up for one task, which writes one blob per module.
const MAX_NAMES: usize = 10_000;

/// Maximum refused names shown.
const MAX_SHOWN: usize = 10;

impl Downloads {
    /// Finds the blobs of these names. A missing blob, or one of another device, is a failure.
    pub(super) async fn reported_blobs(
        &self,
        device: &str,
        reported: &[String],
        start: Instant,
        fetched: &mut Fetched,
    ) -> Result<Vec<ListedBlob>, DownloadError> {
        let prefix = self.output.common_prefix();
        let (names, refused) = select_own(reported, |name| {
            is_in_folder(name, &self.hubs, device, prefix)
        });
        fetched.failures.extend(refused);
        let failed = |source| self.not_listed(device, source);
        let permit = self.in_time(start, self.lists.acquire()).await;
        let _permit = permit.map_err(failed)?;
        let mut blobs = Vec::new();
        for name in names {
            let listing = self.container.list(name, |blob, _| blob.name == name);
            let listing = self.in_time(start, listing).await.flatten();
            let listing = listing.map_err(failed)?;
            if listing.blobs.is_empty() {
                fetched.failures.push(BlobFailure {
                    place: name.to_owned(),
                    kind: BlobFailureKind::Storage(StorageFailure::new(
                        StorageFailureKind::Missing,
                        "the device reports that it wrote it, but it does not exist",
                    )),
                });
            }
            blobs.extend(listing.blobs);
        }
        Ok(blobs)
    }
}

/// The distinct names to look up, and failures for all others.
fn select_own(reported: &[String], is_own: impl Fn(&str) -> bool) -> (Vec<&str>, Vec<BlobFailure>) {
    let mut seen = HashSet::new();
    let (mut names, mut refused, mut too_many) = (Vec::new(), Vec::new(), Vec::new());
    for name in reported.iter().map(String::as_str) {
        if !seen.insert(name) {
            continue;
        }
        if !is_own(name) {
            refused.push(name);
        } else if names.len() < MAX_NAMES {
            names.push(name);
        } else {
            too_many.push(name);
        }
    }
    let failure = |place: &str, reason: String| BlobFailure {
        place: place.to_owned(),
        kind: BlobFailureKind::NotRequested(reason),
    };
    let mut failures: Vec<BlobFailure> = refused
        .iter()
        .take(MAX_SHOWN)
        .map(|name| {
            let reason = "the device reports this blob, but it is not in the device's folder";
            failure(name, reason.to_owned())
        })
        .collect();
    if let Some(last) = refused.get(MAX_SHOWN..).and_then(<[&str]>::last) {
        let more = refused.len() - MAX_SHOWN;
        let reason = format!(
            "{more} more reported names, the last of them this one, are not blobs of this device"
        );
        failures.push(failure(last, reason));
    }
    if let Some(first) = too_many.first() {
        let more = too_many.len();
        let reason = format!(
            "the device reports {more} more names than the maximum of {MAX_NAMES}, starting with this one"
        );
        failures.push(failure(first, reason));
    }
    (names, failures)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_once_and_refused_names_are_summarised() {
        let reported: Vec<String> = (0..MAX_NAMES + 3)
            .flat_map(|number| {
                [
                    format!("own{number}"),
                    format!("{number}"),
                    "own0".to_owned(),
                ]
            })
            .collect();
        let (names, failures) = select_own(&reported, |name| name.starts_with("own"));
        assert_eq!(names.len(), MAX_NAMES);
        assert_eq!(names[..2], ["own0", "own1"]);
        assert_eq!(failures.len(), MAX_SHOWN + 2);
        let last: Vec<String> = failures[MAX_SHOWN..]
            .iter()
            .map(ToString::to_string)
            .collect();
        assert!(last[0].contains("9993 more reported names"), "{last:?}");
        assert!(last[1].contains("3 more names"), "{last:?}");
    }
}
