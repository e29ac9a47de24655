//! One blob: fetched beside its place, looked through, and given its name.

use tempfile::NamedTempFile;

use super::container::ListedBlob;
use super::error::{BlobFailure, BlobTrouble};
use super::folder::{KeptFile, LocalName};
use super::transfer::{self, NotFetched};
use super::verify::{self, AbandonOnDrop, Abandoned, Form, NotVerified};
use super::{Downloads, without_folders};

impl Downloads {
    /// Fetches one blob and looks through it. What is not whole is kept under a name that shows it.
    pub(super) async fn one(
        &self,
        device: &str,
        blob: &ListedBlob,
        arrived: &impl Fn(u64),
    ) -> Result<KeptFile, BlobFailure> {
        let of_blob = |trouble| BlobFailure {
            place: blob.name.clone(),
            trouble,
        };
        let unwritable = |error| of_blob(BlobTrouble::System(error));
        let _permit = self.transfers.acquire().await;
        let name = LocalName::of(without_folders(&blob.name, device));
        let form = Form::of(&name.ending);
        let part = self.target.folder.part(device).map_err(unwritable)?;
        let file = part.reopen().map_err(unwritable)?;
        let damage = match transfer::fetch(&self.container, blob, file, arrived).await {
            Ok(()) => None,
            Err(NotFetched::Damaged(words)) => Some(words),
            Err(NotFetched::Storage(failure)) => {
                return Err(of_blob(BlobTrouble::Storage(failure)));
            }
            Err(NotFetched::System(error)) => return Err(unwritable(error)),
        };
        let mut unpacked = match self.target.unpack && form == Form::Gzip {
            true => Some(self.target.folder.part(device).map_err(unwritable)?),
            false => None,
        };
        // Unpacking takes the processor, and others wait for their bytes.
        let abandoned = Abandoned::default();
        let _guard = AbandonOnDrop(abandoned.clone());
        let looked_through = tokio::task::spawn_blocking(move || {
            let mut part = part;
            let mut not_unpacked = None;
            let mut result = match damage {
                Some(words) => Err(NotVerified::Damaged(words)),
                None => {
                    let unpacked = unpacked.as_mut().map(NamedTempFile::as_file_mut);
                    verify::verify(part.as_file_mut(), form, unpacked, &abandoned)
                }
            };
            // What arrived is kept, also where there is no room to unpack it.
            if let (Err(NotVerified::System(_)), Some(_)) = (&result, &unpacked) {
                unpacked = None;
                let packed = verify::verify(part.as_file_mut(), form, None, &abandoned);
                if let Err(NotVerified::System(error)) = std::mem::replace(&mut result, packed) {
                    not_unpacked = Some(error);
                }
            }
            (part, unpacked, not_unpacked, result)
        })
        .await;
        let (part, unpacked, not_unpacked, result) =
            looked_through.map_err(|error| unwritable(std::io::Error::other(error)))?;
        match result {
            Ok(()) => {
                let (file, name) = match unpacked {
                    Some(unpacked) => (unpacked, name.unpacked()),
                    None => (part, name),
                };
                let kept = self
                    .target
                    .folder
                    .keep(file, device, &name)
                    .map_err(unwritable)?;
                match not_unpacked {
                    None => Ok(kept),
                    Some(error) => Err(BlobFailure {
                        place: kept.path.display().to_string(),
                        trouble: BlobTrouble::Packed(error),
                    }),
                }
            }
            Err(NotVerified::System(error)) => Err(unwritable(error)),
            Err(NotVerified::Damaged(words)) => {
                let kept = self
                    .target
                    .folder
                    .keep(part, device, &name.damaged())
                    .map_err(unwritable)?;
                Err(BlobFailure {
                    place: kept.path.display().to_string(),
                    trouble: BlobTrouble::Damaged(words),
                })
            }
        }
    }
}
