//! Copies a blob into a file, range by range, and resumes where the connection broke.

use std::io;

use azure_core::http::StatusCode;
use futures::StreamExt;
use md5::{Digest, Md5};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use super::container::{Container, ListedBlob};
use crate::blob_service::{Retries, StorageFailure, StorageFailureKind, is_transient};

/// Bytes per request. They are streamed, not kept in memory.
const RANGE_BYTES: u64 = 16 << 20;

/// Why a blob did not arrive intact.
#[derive(Debug)]
pub(super) enum TransferError {
    /// The storage did not deliver it.
    Storage(StorageFailure),
    /// Its checksum differs from the storage's.
    Damaged(String),
    /// It could not be written.
    System(io::Error),
}

/// Writes a blob to an empty file. `arrived` receives the size of every piece.
pub(super) async fn fetch(
    container: &Container,
    blob: &ListedBlob,
    file: std::fs::File,
    arrived: impl Fn(u64),
) -> Result<(), TransferError> {
    let mut file = File::from_std(file);
    let mut md5 = blob.md5.as_ref().map(|expected| (expected, Md5::new()));
    let mut offset = 0;
    if blob.length == 0 {
        // An empty blob has no range that would show its length.
        let holds = container.length(&blob.name).await;
        let holds = holds.map_err(|error| TransferError::Storage(failure(error)))?;
        if let Some(holds) = holds.filter(|holds| *holds > 0) {
            return Err(TransferError::Storage(StorageFailure::new(
                StorageFailureKind::Other,
                format!("the storage lists 0 bytes, but the blob holds {holds}"),
            )));
        }
    }
    let mut retries = Retries::default();
    while offset < blob.length {
        let end = blob.length.min(offset.saturating_add(RANGE_BYTES));
        let before = offset;
        let error = match container.read(blob, offset..end).await {
            Ok(mut pieces) => loop {
                match pieces.next().await {
                    Some(Ok(piece)) => {
                        let fits = usize::try_from(end - offset).unwrap_or(usize::MAX);
                        let piece = &piece[..piece.len().min(fits)];
                        file.write_all(piece).await.map_err(TransferError::System)?;
                        if let Some((_, md5)) = &mut md5 {
                            md5.update(piece);
                        }
                        offset += piece.len() as u64;
                        arrived(piece.len() as u64);
                        // Don't wait for anything beyond the range: it may never end.
                        if offset == end {
                            break None;
                        }
                    }
                    Some(Err(error)) => break Some(error),
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
            retries.reset();
        }
        if let Some(error) = error
            && (!is_transient(&error) || !retries.wait().await)
        {
            return Err(TransferError::Storage(failure(error)));
        }
    }
    file.flush().await.map_err(TransferError::System)?;
    if md5.is_some_and(|(expected, md5)| expected[..] != md5.finalize()[..]) {
        return Err(TransferError::Damaged(
            "its checksum differs from the storage's".to_owned(),
        ));
    }
    Ok(())
}

fn failure(error: azure_core::Error) -> StorageFailure {
    match error.http_status() {
        Some(StatusCode::PreconditionFailed) => StorageFailure::new(
            StorageFailureKind::Other,
            "it was overwritten while it was being fetched",
        ),
        _ => error.into(),
    }
}
