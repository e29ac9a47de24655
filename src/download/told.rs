//! The names of blobs that a device tells. A device may say what it likes: it gets nothing fetched
//! that is outside its own folder of the container.

use std::collections::HashSet;

use super::container::ListedBlob;
use super::error::{BlobFailure, BlobTrouble, DownloadError};
use super::{Downloads, Fetched};
use crate::blob_service::{StorageFailure, StorageFailureKind};

/// How many names of one task are looked for. A task writes a blob a module.
const MOST_NAMES: usize = 10_000;

/// How many of the names that are not looked for are shown.
const MOST_SHOWN: usize = 10;

impl Downloads {
    /// The blobs of these names. One that is not there, or not the device's, is a failure of its own.
    pub(super) async fn named(
        &self,
        device: &str,
        told: &[String],
        fetched: &mut Fetched,
    ) -> Result<Vec<ListedBlob>, DownloadError> {
        let start = self.output.common_start();
        let (names, refused) = sorted_out(told, |name| is_of(name, &self.hubs, device, start));
        fetched.failures.extend(refused);
        let _permit = self.lists.acquire().await;
        let mut blobs = Vec::new();
        for name in names {
            let listing = self
                .container
                .list(name, |blob, _| blob.name == name)
                .await
                .map_err(|source| self.not_listed(device, source))?;
            if listing.blobs.is_empty() {
                fetched.failures.push(BlobFailure {
                    place: name.to_owned(),
                    trouble: BlobTrouble::Storage(StorageFailure::new(
                        StorageFailureKind::Missing,
                        "the device says that it wrote it, and it is not there",
                    )),
                });
            }
            blobs.extend(listing.blobs);
        }
        Ok(blobs)
    }
}

/// The names to look for, each once, and the failures of all others.
fn sorted_out(told: &[String], is_own: impl Fn(&str) -> bool) -> (Vec<&str>, Vec<BlobFailure>) {
    let mut seen = HashSet::new();
    let (mut names, mut refused, mut too_many) = (Vec::new(), Vec::new(), 0);
    for name in told.iter().map(String::as_str) {
        if !seen.insert(name) {
            continue;
        }
        if !is_own(name) {
            refused.push(name);
        } else if names.len() < MOST_NAMES {
            names.push(name);
        } else {
            too_many += 1;
        }
    }
    let failure = |place: &str, words: String| BlobFailure {
        place: place.to_owned(),
        trouble: BlobTrouble::NotFetched(words),
    };
    let mut failures: Vec<BlobFailure> = refused
        .iter()
        .take(MOST_SHOWN)
        .map(|name| {
            let words = "the device tells this name, and it is not one of its own blobs";
            failure(name, words.to_owned())
        })
        .collect();
    if let Some(last) = refused.get(MOST_SHOWN..).and_then(<[&str]>::last) {
        let more = refused.len() - MOST_SHOWN;
        let words = format!("{more} more names, this the last of them, are not of its own blobs");
        failures.push(failure(last, words));
    }
    if too_many > 0 {
        let words = format!("{too_many} more names are told after {MOST_NAMES}, this the last");
        failures.push(failure(names.last().copied().unwrap_or_default(), words));
    }
    (names, failures)
}

/// Whether a name is that of a blob in the folder that a device has in one of these hubs. Hub names
/// do not tell cases apart.
fn is_of(name: &str, hubs: &[String], device: &str, start: &str) -> bool {
    let Some((hub, rest)) = name.split_once('/') else {
        return false;
    };
    let file = rest
        .strip_prefix(device)
        .and_then(|rest| rest.strip_prefix('/'));
    hubs.iter().any(|own| own.eq_ignore_ascii_case(hub))
        && file.is_some_and(|file| {
            !file.is_empty() && file.starts_with(start) && file.split('/').all(|part| part != "..")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_in_the_folder_of_hub_and_device_is_the_devices_own() {
        let hubs = ["Hub.net".to_owned(), "hub.net".to_owned()];
        for (name, own) in [
            ("hub.net/d/m.log", true),
            ("HUB.net/d/m.log", true),
            ("hub.net/d/x/m.log", true),
            ("hub.net/d2/m.log", false),
            ("hub.net/D/m.log", false),
            ("other.net/d/m.log", false),
            ("hub.net/d/../d2/m.log", false),
            ("hub.net/d/", false),
            ("hub.net/", false),
            ("/d/m.log", false),
            ("m.log", false),
            ("", false),
        ] {
            assert_eq!(is_of(name, &hubs, "d", ""), own, "{name}");
        }
        assert!(is_of(
            "hub.net/d/support-bundle-1.zip",
            &hubs,
            "d",
            "support-bundle-"
        ));
        assert!(!is_of("hub.net/d/m.zip", &hubs, "d", "support-bundle-"));
    }

    #[test]
    fn a_name_counts_once_and_what_is_left_out_is_told_in_a_few_lines() {
        let told: Vec<String> = (0..MOST_NAMES + 3)
            .flat_map(|number| {
                [
                    format!("own{number}"),
                    format!("{number}"),
                    "own0".to_owned(),
                ]
            })
            .collect();
        let (names, failures) = sorted_out(&told, |name| name.starts_with("own"));
        assert_eq!(names.len(), MOST_NAMES);
        assert_eq!(names[..2], ["own0", "own1"]);
        assert_eq!(failures.len(), MOST_SHOWN + 2);
        let last: Vec<String> = failures[MOST_SHOWN..]
            .iter()
            .map(ToString::to_string)
            .collect();
        assert!(last[0].contains("9993 more names"), "{last:?}");
        assert!(last[1].contains("3 more names"), "{last:?}");
    }
}
