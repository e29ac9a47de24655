//! From the storage into a file: ranges, one after the other, and again from where they broke off.

use std::io;

use azure_core::http::StatusCode;
use futures::StreamExt;
use md5::{Digest, Md5};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use super::container::{Container, ListedBlob, Patience};
use crate::blob_service::{StorageFailure, StorageFailureKind, is_transient};

/// How much is asked for at a time. It is handed on as it comes, and not kept in memory.
const RANGE_BYTES: u64 = 16 << 20;

/// Why a blob did not arrive whole.
#[derive(Debug)]
pub(super) enum NotFetched {
    /// The storage did not give it.
    Storage(StorageFailure),
    /// It arrived, and is not what the storage says it holds.
    Damaged(String),
    /// It could not be written.
    System(io::Error),
}

/// Writes a blob to an empty file. `arrived` is told of every piece.
///
/// Reading can be repeated, so that a connection that breaks costs what was under way at most.
pub(super) async fn fetch(
    container: &Container,
    blob: &ListedBlob,
    file: std::fs::File,
    arrived: impl Fn(u64),
) -> Result<(), NotFetched> {
    let mut file = File::from_std(file);
    let mut md5 = blob.md5.as_ref().map(|told| (told, Md5::new()));
    let mut offset = 0;
    let mut patience = Patience::default();
    while offset < blob.length {
        let end = blob.length.min(offset.saturating_add(RANGE_BYTES));
        let before = offset;
        let error = match container.read(&blob.name, &blob.etag, offset..end).await {
            Ok(mut pieces) => loop {
                match pieces.next().await {
                    Some(Ok(piece)) => {
                        let fits = usize::try_from(end - offset).unwrap_or(usize::MAX);
                        let piece = &piece[..piece.len().min(fits)];
                        file.write_all(piece).await.map_err(NotFetched::System)?;
                        if let Some((_, md5)) = &mut md5 {
                            md5.update(piece);
                        }
                        offset += piece.len() as u64;
                        arrived(piece.len() as u64);
                        // What a storage sends beyond what it was asked for is not waited for: it
                        // may never end.
                        if offset == end {
                            break None;
                        }
                    }
                    Some(Err(error)) => break Some(error),
                    // An answer that ends too early is one more that broke off.
                    None => {
                        break Some(azure_core::Error::with_message(
                            azure_core::error::ErrorKind::Io,
                            "the answer ends too early",
                        ));
                    }
                }
            },
            Err(error) => Some(error),
        };
        if offset > before {
            patience.renew();
        }
        if let Some(error) = error
            && (!is_transient(&error) || !patience.wait().await)
        {
            return Err(NotFetched::Storage(told(error)));
        }
    }
    file.flush().await.map_err(NotFetched::System)?;
    if md5.is_some_and(|(told, md5)| told[..] != md5.finalize()[..]) {
        return Err(NotFetched::Damaged(
            "its checksum is not the one that the storage tells".to_owned(),
        ));
    }
    Ok(())
}

fn told(error: azure_core::Error) -> StorageFailure {
    match error.http_status() {
        Some(StatusCode::PreconditionFailed) => StorageFailure::new(
            StorageFailureKind::Other,
            "it was written again while it was being fetched",
        ),
        _ => error.into(),
    }
}
