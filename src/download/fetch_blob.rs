//! Fetches one blob into a temporary file, verifies it, and gives it its name.

use tempfile::NamedTempFile;
use tokio::time::Instant;

use super::blob_names::without_folders;
use super::container::ListedBlob;
use super::downloads::Downloads;
use super::error::{BlobFailure, BlobFailureKind};
use super::target_folder::{LocalName, SavedFile};
use super::transfer::{self, TransferError};
use super::verify::{self, CancelOnDrop, Cancelled, FileFormat, VerifyError};

impl Downloads {
    /// Fetches and verifies one blob. A damaged one is saved under a name that shows it.
    pub(super) async fn fetch_blob(
        &self,
        device: &str,
        blob: &ListedBlob,
        start: Instant,
        arrived: &impl Fn(u64),
    ) -> Result<SavedFile, BlobFailure> {
        let of_blob = |kind| BlobFailure {
            place: blob.name.clone(),
            kind,
        };
        let unwritable = |error| of_blob(BlobFailureKind::Unwritable(error));
        let permit = self.in_time(start, self.transfers.acquire()).await;
        let _permit = permit.map_err(|failure| of_blob(BlobFailureKind::Storage(failure)))?;
        let name = LocalName::of(without_folders(&blob.name, device));
        let format = FileFormat::of(&name.ending);
        let part = self.target.folder.part(device).map_err(unwritable)?;
        let file = part.reopen().map_err(unwritable)?;
        let fetched = self
            .in_time(start, transfer::fetch(&self.container, blob, file, arrived))
            .await;
        let fetched = fetched
            .map_err(TransferError::Storage)
            .and_then(|done| done);
        let damage = match fetched {
            Ok(()) => None,
            Err(TransferError::Damaged(reason)) => Some(reason),
            Err(TransferError::Storage(failure)) => {
                return Err(of_blob(BlobFailureKind::Storage(failure)));
            }
            Err(TransferError::System(error)) => return Err(unwritable(error)),
        };
        let mut unpacked = match self.target.unpack && format == FileFormat::Gzip {
            true => Some(self.target.folder.part(device).map_err(unwritable)?),
            false => None,
        };
        // Unpacking would block the transfers of other blobs.
        let cancelled = Cancelled::default();
        let _guard = CancelOnDrop(cancelled.clone());
        let verified = tokio::task::spawn_blocking(move || {
            let mut part = part;
            let mut not_unpacked = None;
            let mut result = match damage {
                Some(reason) => Err(VerifyError::Damaged(reason)),
                None => {
                    let unpacked = unpacked.as_mut().map(NamedTempFile::as_file_mut);
                    verify::verify(part.as_file_mut(), format, unpacked, &cancelled)
                }
            };
            // If there is no room to unpack, the packed file is saved.
            if let (Err(VerifyError::System(_)), Some(_)) = (&result, &unpacked) {
                unpacked = None;
                let packed = verify::verify(part.as_file_mut(), format, None, &cancelled);
                if let Err(VerifyError::System(error)) = std::mem::replace(&mut result, packed) {
                    not_unpacked = Some(error);
                }
            }
            (part, unpacked, not_unpacked, result)
        })
        .await;
        let (part, unpacked, not_unpacked, result) =
            verified.map_err(|error| unwritable(std::io::Error::other(error)))?;
        match result {
            Ok(()) => {
                let (file, name) = match unpacked {
                    Some(unpacked) => (unpacked, name.unpacked()),
                    None => (part, name),
                };
                let saved = self
                    .target
                    .folder
                    .save(file, device, &name)
                    .map_err(unwritable)?;
                match not_unpacked {
                    None => Ok(saved),
                    Some(error) => Err(BlobFailure {
                        place: saved.path.display().to_string(),
                        kind: BlobFailureKind::NotUnpacked(error),
                    }),
                }
            }
            Err(VerifyError::System(error)) => Err(unwritable(error)),
            Err(VerifyError::Damaged(reason)) => {
                let saved = self
                    .target
                    .folder
                    .save(part, device, &name.damaged())
                    .map_err(unwritable)?;
                Err(BlobFailure {
                    place: saved.path.display().to_string(),
                    kind: BlobFailureKind::Damaged(reason),
                })
            }
        }
    }
}
