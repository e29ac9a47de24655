//! Reads a container: lists blobs by prefix, and fetches ranges of them.

use std::collections::HashSet;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::num::NonZero;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use azure_core::http::policies::{Policy, PolicyResult};
use azure_core::http::{
    AsyncRawResponse, ClientOptions, Context, Etag, Request, Response, Url, XmlFormat,
};
use azure_storage_blob::models::{
    BlobClientDownloadOptions, BlobContainerClientListBlobsOptions, BlobItem, BlobType,
    ListBlobsResponse,
};
use azure_storage_blob::{
    BlobClient, BlobClientOptions, BlobContainerClient, BlobContainerClientOptions,
};
use bytes::Bytes;
use futures::{Stream, StreamExt};
use jiff::fmt::rfc2822;

use crate::blob_service::{
    Retries, SERVICE_VERSION, StorageFailure, StorageFailureKind, is_transient, storage_options,
};
use crate::hub::encode;
use crate::methods::SasUrl;

const SILENCE_TIMEOUT: Duration = Duration::from_secs(30);

/// A page holds 5,000 names: only a faulty storage has more pages.
const MAX_PAGES: usize = 10_000;

/// A task writes a blob for each module, and few run at a time.
const MAX_BLOBS: usize = 100_000;

/// A page is held in memory. 5,000 blobs with the longest names take less.
const MAX_PAGE_BYTES: usize = 32 << 20;

/// A container that can be listed and read.
pub(super) struct Container {
    client: BlobContainerClient,
    options: ClientOptions,
}

impl fmt::Debug for Container {
    /// The client holds the signature.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Container").finish_non_exhaustive()
    }
}

/// A blob in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ListedBlob {
    pub(super) name: String,
    pub(super) length: u64,
    pub(super) etag: String,
    /// Creation time in seconds, by the storage's clock.
    pub(super) created: i64,
    /// Of the whole content, if the storage knows it.
    pub(super) md5: Option<Vec<u8>>,
}

/// A complete listing.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) blobs: Vec<ListedBlob>,
    /// Start of the listing in seconds, by the storage's clock.
    pub(super) clock: i64,
}

/// Ends an answer that is larger than a page of a listing can be: the library reads it whole.
#[derive(Debug)]
struct BoundedBody;

#[async_trait::async_trait]
impl Policy for BoundedBody {
    async fn send(
        &self,
        context: &Context,
        request: &mut Request,
        next: &[Arc<dyn Policy>],
    ) -> PolicyResult {
        let (first, rest) = next.split_first().ok_or_else(|| {
            azure_core::Error::with_message(azure_core::error::ErrorKind::Other, "no transport")
        })?;
        let (status, headers, body) = first.send(context, request, rest).await?.deconstruct();
        let mut received = 0;
        let bounded = body.map(move |piece| {
            let piece = piece?;
            received += piece.len();
            if received <= MAX_PAGE_BYTES {
                return Ok(piece);
            }
            Err(azure_core::Error::with_message(
                azure_core::error::ErrorKind::Other,
                format!(
                    "a page of the listing is larger than {} MiB",
                    MAX_PAGE_BYTES >> 20
                ),
            ))
        });
        Ok(AsyncRawResponse::new(status, headers, Box::pin(bounded)))
    }
}

impl Container {
    /// The container of a SAS URL. `roots` are trusted in addition to those of the system.
    pub(super) fn open(
        sas: &SasUrl,
        roots: Vec<reqwest::Certificate>,
    ) -> Result<Self, StorageFailure> {
        let other = |reason: &str| StorageFailure::new(StorageFailureKind::Other, reason);
        let mut url = Url::parse(sas.expose()).map_err(|_| other("the SAS URL is not a URL"))?;
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty();
        }
        let options = storage_options(&url, roots, SILENCE_TIMEOUT)?;
        let mut listing = options.clone();
        listing.per_try_policies.push(Arc::new(BoundedBody));
        let container = BlobContainerClientOptions {
            client_options: listing,
            version: SERVICE_VERSION.to_owned(),
        };
        let client = BlobContainerClient::new(url, None, Some(container))
            .map_err(|_| other("the SAS URL is not a URL of a container"))?;
        Ok(Self { client, options })
    }

    /// A client of one blob. The one of the container client drops newlines from names.
    fn blob(&self, name: &str) -> azure_core::Result<BlobClient> {
        let mut url = self.client.url().clone();
        let path = format!("{}/{}", url.path(), encode(name));
        url.set_path(&path);
        let options = BlobClientOptions {
            client_options: self.options.clone(),
            version: SERVICE_VERSION.to_owned(),
        };
        BlobClient::new(url, None, Some(options))
    }

    /// Lists the blobs that start with `prefix` and that `wanted` accepts, given the listing's clock.
    pub(super) async fn list(
        &self,
        prefix: &str,
        mut wanted: impl FnMut(&ListedBlob, i64) -> bool,
    ) -> Result<Listing, StorageFailure> {
        let mut blobs = Vec::new();
        let mut clock = None;
        let mut marker: Option<String> = None;
        let mut markers = HashSet::new();
        for _ in 0..MAX_PAGES {
            let response = self.page(prefix, marker.as_deref()).await?;
            let clock = match clock {
                Some(clock) => clock,
                None => *clock.insert(date(&response)?),
            };
            let page: ListBlobsResponse = response.into_model()?;
            let items = page.blob_items.into_iter().filter_map(listed);
            blobs.extend(items.filter(|blob| wanted(blob, clock)));
            if blobs.len() > MAX_BLOBS {
                return Err(StorageFailure::new(
                    StorageFailureKind::Other,
                    format!(
                        "the listing has more than {MAX_BLOBS} blobs that the task may have written"
                    ),
                ));
            }
            let next = page.next_marker.filter(|marker| !marker.is_empty());
            let Some(next) = next else {
                return Ok(Listing { blobs, clock });
            };
            let mut hasher = DefaultHasher::new();
            next.hash(&mut hasher);
            if !markers.insert(hasher.finish()) {
                return Err(StorageFailure::new(
                    StorageFailureKind::Other,
                    "the listing does not end: the storage returned the same page twice",
                ));
            }
            marker = Some(next);
        }
        Err(StorageFailure::new(
            StorageFailureKind::Other,
            format!("the listing does not end after {MAX_PAGES} pages"),
        ))
    }

    /// One page, with retries.
    async fn page(
        &self,
        prefix: &str,
        marker: Option<&str>,
    ) -> Result<Response<ListBlobsResponse, XmlFormat>, StorageFailure> {
        let mut retries = Retries::default();
        loop {
            let options = BlobContainerClientListBlobsOptions {
                prefix: Some(prefix.to_owned()),
                marker: marker.map(str::to_owned),
                ..Default::default()
            };
            let error = match self
                .client
                .list_blobs(Some(options))?
                .into_pages()
                .next()
                .await
            {
                Some(Ok(page)) => return Ok(page),
                Some(Err(error)) => error,
                None => {
                    return Err(StorageFailure::new(
                        StorageFailureKind::Other,
                        "the listing has no page",
                    ));
                }
            };
            if !is_transient(&error) || !retries.wait().await {
                return Err(error.into());
            }
        }
    }

    /// Streams a non-empty range. The blob must still be what was listed.
    pub(super) async fn read(
        &self,
        blob: &ListedBlob,
        range: Range<u64>,
    ) -> azure_core::Result<impl Stream<Item = azure_core::Result<Bytes>> + Send + 'static> {
        let ListedBlob {
            name,
            etag,
            length: length_listed,
            ..
        } = blob;
        let start = range.start;
        let length = range.end.saturating_sub(start);
        let options = BlobClientDownloadOptions {
            if_match: Some(Etag::from(etag.clone())),
            // With more than one request, ranges would be buffered.
            parallel: NonZero::new(1),
            partition_size: NonZero::new(usize::try_from(length).unwrap_or(usize::MAX)),
            range: Some(range.into()),
            ..Default::default()
        };
        let answer = self.blob(name)?.download(Some(options)).await?;
        let returned = answer.headers.get_optional_str(&"content-range".into());
        let total = returned.and_then(|range| {
            let rest = range.strip_prefix(&format!("bytes {start}-"))?;
            rest.split_once('/').map(|(_, total)| total.to_owned())
        });
        let refused = |reason: String| {
            let kind = azure_core::error::ErrorKind::Other;
            Err(azure_core::Error::with_message(kind, reason))
        };
        match total {
            None => refused("the storage answers with a range that was not requested".to_owned()),
            Some(total) if total != "*" && total != length_listed.to_string() => refused(format!(
                "the storage lists {length_listed} bytes, but the blob holds {total}"
            )),
            Some(_) => Ok(answer.body),
        }
    }

    /// How many bytes a blob holds.
    pub(super) async fn length(&self, name: &str) -> azure_core::Result<Option<u64>> {
        let properties = self.blob(name)?.get_properties(None).await?;
        Ok(properties
            .headers()
            .get_optional_str(&"content-length".into())
            .and_then(|length| length.parse().ok()))
    }
}

/// The time of an answer by the storage's clock, in seconds.
fn date<T, F>(response: &Response<T, F>) -> Result<i64, StorageFailure> {
    let date = response.headers().get_optional_str(&"date".into());
    let time = date.and_then(|date| rfc2822::parse(date).ok());
    time.map(|time| time.timestamp().as_second())
        .ok_or_else(|| {
            StorageFailure::new(
                StorageFailureKind::Other,
                "the storage's answer has no date",
            )
        })
}

/// None if an item lacks what is needed to read it.
fn listed(item: BlobItem) -> Option<ListedBlob> {
    let properties = item.properties?;
    let time = properties.creation_time.or(properties.last_modified)?;
    // The MD5 of an append blob, if any, may be outdated.
    let md5 = match properties.blob_type {
        Some(BlobType::BlockBlob) => properties.content_md5.filter(|md5| !md5.is_empty()),
        _ => None,
    };
    Some(ListedBlob {
        name: item.name?,
        length: properties.content_length?,
        etag: properties.etag?.to_string(),
        created: time.unix_timestamp(),
        md5,
    })
}
