//! Uploads to a directory of this machine, named by a `file://` URL.

use std::path::PathBuf;

use async_trait::async_trait;
use bytes::Bytes;
use tempfile::NamedTempFile;
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt;

use super::blob_sink::{BlobSink, BlobWriter, NewBlob, SinkError};

/// A directory instead of a container.
#[derive(Debug)]
pub(super) struct Directory {
    root: PathBuf,
}

/// A file written under a temporary name, so that no reader mistakes a part for the whole. It is
/// deleted unless it is finished.
#[derive(Debug)]
struct FileWriter {
    file: File,
    part: NamedTempFile,
    whole: PathBuf,
    name: String,
}

impl Directory {
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }
}

#[async_trait]
impl BlobSink for Directory {
    async fn create(&self, blob: NewBlob) -> Result<Box<dyn BlobWriter>, SinkError> {
        let mut folder = self.root.clone();
        let mut parts = blob.name.split('/').peekable();
        let mut file_name = "";
        while let Some(part) = parts.next() {
            // Module and device names become file names; none may escape the directory.
            if part.is_empty() || part == "." || part == ".." || part.contains(['\\', '\0']) {
                return Err(SinkError::Failed(format!(
                    "`{}` is not a valid file name",
                    blob.name
                )));
            }
            if parts.peek().is_some() {
                folder.push(part);
            } else {
                file_name = part;
            }
        }
        let failed = |error: std::io::Error| SinkError::Failed(format!("{}: {error}", blob.name));
        let whole = folder.join(file_name);
        fs::create_dir_all(&folder).await.map_err(failed)?;
        if fs::try_exists(&whole).await.map_err(failed)? {
            return Err(SinkError::Exists(blob.name));
        }
        let part = NamedTempFile::with_prefix_in(".part-", &folder).map_err(failed)?;
        let file = File::from_std(part.reopen().map_err(failed)?);
        Ok(Box::new(FileWriter {
            file,
            part,
            whole,
            name: blob.name,
        }))
    }
}

#[async_trait]
impl BlobWriter for FileWriter {
    async fn write(&mut self, block: Bytes) -> Result<(), SinkError> {
        let written = self.file.write_all(&block).await;
        written.map_err(|error| SinkError::Failed(format!("{}: {error}", self.name)))
    }

    async fn finish(mut self: Box<Self>) -> Result<(), SinkError> {
        let failed = |error: std::io::Error| SinkError::Failed(format!("{}: {error}", self.name));
        self.file.flush().await.map_err(failed)?;
        self.file.sync_all().await.map_err(failed)?;
        match self.part.persist_noclobber(&self.whole) {
            Ok(_) => Ok(()),
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => {
                Err(SinkError::Exists(self.name))
            }
            Err(error) => Err(SinkError::Failed(format!("{}: {}", self.name, error.error))),
        }
    }
}
