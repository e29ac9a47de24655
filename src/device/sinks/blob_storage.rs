//! Uploads to Blob Storage through the Azure SDK.

use std::time::Duration;

use async_trait::async_trait;
use azure_core::http::{ClientOptions, Etag, RequestContent, StatusCode, Url, XmlFormat};
use azure_storage_blob::models::{
    AppendBlobClientAppendBlockOptions, AppendBlobClientCreateOptions,
    BlockBlobClientCommitBlockListOptions, BlockBlobClientUploadOptions, BlockLookupList,
};
use azure_storage_blob::{
    AppendBlobClient, AppendBlobClientOptions, BlockBlobClient, BlockBlobClientOptions,
};
use bytes::Bytes;
use reqwest::Certificate;

use super::blob_sink::{BlobKind, BlobSink, BlobWriter, NewBlob, SinkError};
use super::retry::{Tries, failed, storage_code};
use crate::blob_service::{SERVICE_VERSION, storage_options};

/// A container to write to.
#[derive(Debug)]
pub(super) struct Container {
    url: Url,
    options: ClientOptions,
}

/// How long the storage may send nothing: a block takes its time on a slow link.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);

impl Container {
    /// Opens the container of a SAS URL. `roots` are trusted in addition to those of the system.
    pub(super) fn open(url: &str, roots: Vec<Certificate>) -> Result<Self, SinkError> {
        let url = Url::parse(url)
            .map_err(|_| SinkError::Failed("the SAS URL is not a URL".to_owned()))?;
        if url.cannot_be_a_base() {
            return Err(SinkError::Failed(
                "the SAS URL is not a URL of a container".to_owned(),
            ));
        }
        let options = storage_options(&url, roots, SILENCE_TIMEOUT)
            .map_err(|failure| SinkError::Failed(failure.to_string()))?;
        Ok(Self { url, options })
    }

    /// The URL of a blob, with the signature unchanged.
    fn blob_url(&self, name: &str) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(name.split('/'));
        }
        url
    }
}

#[async_trait]
impl BlobSink for Container {
    async fn create(&self, blob: NewBlob) -> Result<Box<dyn BlobWriter>, SinkError> {
        let url = self.blob_url(&blob.name);
        match blob.kind {
            BlobKind::Append => {
                let options = AppendBlobClientOptions {
                    client_options: self.options.clone(),
                    version: SERVICE_VERSION.to_owned(),
                };
                let client = AppendBlobClient::new(url, None, Some(options))
                    .map_err(|error| failed(&blob, error))?;
                let mut tries = Tries::default();
                let adopted = loop {
                    let options = AppendBlobClientCreateOptions {
                        blob_content_type: Some(blob.content_type.to_owned()),
                        blob_content_encoding: blob.content_encoding.map(str::to_owned),
                        if_none_match: Some(Etag::from("*")),
                        ..Default::default()
                    };
                    match client.create(Some(options)).await {
                        Ok(_) => break false,
                        Err(error) => match tries.pause_after(error, &blob).await {
                            Ok(()) => {}
                            Err(SinkError::Exists(_)) if tries.may_have_landed() => break true,
                            Err(error) => return Err(error),
                        },
                    }
                };
                Ok(Box::new(AppendWriter {
                    client,
                    blob,
                    position: 0,
                    adopted,
                }))
            }
            BlobKind::Block => {
                let options = BlockBlobClientOptions {
                    client_options: self.options.clone(),
                    version: SERVICE_VERSION.to_owned(),
                };
                let client = BlockBlobClient::new(url, None, Some(options))
                    .map_err(|error| failed(&blob, error))?;
                Ok(Box::new(BlockWriter {
                    client,
                    blob,
                    first: None,
                    blocks: Vec::new(),
                }))
            }
        }
    }
}

/// An append blob. The SDK's retries would append a block twice if its answer was lost, so we retry
/// ourselves and name the position of each block.
struct AppendWriter {
    client: AppendBlobClient,
    blob: NewBlob,
    position: u64,
    /// The blob existed when its creation was retried after a lost answer. It is most likely ours;
    /// the first block confirms it, since it can only be appended to an empty blob.
    adopted: bool,
}

#[async_trait]
impl BlobWriter for AppendWriter {
    async fn write(&mut self, block: Bytes) -> Result<(), SinkError> {
        let mut tries = Tries::default();
        let end = self.position + block.len() as u64;
        loop {
            let error = match self.append(block.clone(), self.position, None).await {
                Ok(()) => break,
                Err(error) => error,
            };
            if error.http_status() != Some(StatusCode::PreconditionFailed) {
                tries.pause_after(error, &self.blob).await?;
            } else if self.adopted && self.position == 0 {
                return Err(SinkError::Exists(self.blob.name.clone()));
            } else if tries.may_have_landed() && self.ends_at(end).await? {
                break;
            } else {
                return Err(failed(&self.blob, error));
            }
        }
        self.position = end;
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<(), SinkError> {
        if self.adopted && self.position == 0 {
            // Nothing shows who created an empty blob.
            return Err(SinkError::Exists(self.blob.name));
        }
        Ok(())
    }
}

impl AppendWriter {
    async fn append(
        &self,
        block: Bytes,
        position: u64,
        most: Option<u64>,
    ) -> azure_core::Result<()> {
        let signed = |number| i64::try_from(number).unwrap_or(i64::MAX);
        let options = AppendBlobClientAppendBlockOptions {
            append_position: Some(signed(position)),
            max_size: most.map(signed),
            ..Default::default()
        };
        let length = block.len() as u64;
        let content = block.into();
        self.client
            .append_block(content, length, Some(options))
            .await
            .map(drop)
    }

    /// Whether the blob has this length: the block whose answer was lost has arrived, and nothing
    /// before it is missing. The SAS may not allow reading, so this sends an append that can't
    /// succeed: the storage names which of its two conditions failed.
    async fn ends_at(&self, end: u64) -> Result<bool, SinkError> {
        let mut tries = Tries::default();
        loop {
            match self.append(Bytes::from_static(b"?"), end, Some(end)).await {
                Ok(()) => {
                    return Err(SinkError::Failed(format!(
                        "{}: the storage ignores the conditions of an append",
                        self.blob.name
                    )));
                }
                Err(error) if error.http_status() == Some(StatusCode::PreconditionFailed) => {
                    return Ok(storage_code(&error) == "MaxBlobSizeConditionNotMet");
                }
                Err(error) => tries.pause_after(error, &self.blob).await?,
            }
        }
    }
}

/// A block blob. One that fits into a single block is uploaded in one request, which needs only the
/// right to create; the blocks of a larger one become a blob when their list is committed.
///
/// If the answer to that last request is lost, the retry finds the name taken, by us or by someone
/// else. Reading may not be allowed, so the blob is written again under another name.
struct BlockWriter {
    client: BlockBlobClient,
    blob: NewBlob,
    /// The first block while it is the only one.
    first: Option<Bytes>,
    blocks: Vec<Vec<u8>>,
}

#[async_trait]
impl BlobWriter for BlockWriter {
    async fn write(&mut self, block: Bytes) -> Result<(), SinkError> {
        if self.blocks.is_empty() {
            match self.first.take() {
                None => {
                    self.first = Some(block);
                    return Ok(());
                }
                Some(first) => self.stage(first).await?,
            }
        }
        self.stage(block).await
    }

    async fn finish(mut self: Box<Self>) -> Result<(), SinkError> {
        if self.blocks.is_empty() {
            self.put().await
        } else {
            self.commit().await
        }
    }
}

impl BlockWriter {
    async fn stage(&mut self, block: Bytes) -> Result<(), SinkError> {
        // All ids of a blob must have one length.
        let id = format!("{:08}", self.blocks.len()).into_bytes();
        let mut tries = Tries::default();
        loop {
            let content = block.clone().into();
            match self
                .client
                .stage_block(&id, block.len() as u64, content, None)
                .await
            {
                Ok(_) => break,
                Err(error) => tries.pause_after(error, &self.blob).await?,
            }
        }
        self.blocks.push(id);
        Ok(())
    }

    async fn put(&mut self) -> Result<(), SinkError> {
        let whole = self.first.take().unwrap_or_default();
        let mut tries = Tries::default();
        loop {
            let options = BlockBlobClientUploadOptions {
                blob_content_type: Some(self.blob.content_type.to_owned()),
                blob_content_encoding: self.blob.content_encoding.map(str::to_owned),
                if_none_match: Some(Etag::from("*")),
                ..Default::default()
            };
            match self
                .client
                .upload(whole.clone().into(), Some(options))
                .await
            {
                Ok(_) => return Ok(()),
                Err(error) => tries.pause_after(error, &self.blob).await?,
            }
        }
    }

    async fn commit(&mut self) -> Result<(), SinkError> {
        let mut tries = Tries::default();
        loop {
            let list = BlockLookupList {
                latest: Some(self.blocks.clone()),
                ..Default::default()
            };
            let content: RequestContent<BlockLookupList, XmlFormat> =
                list.try_into().map_err(|error| failed(&self.blob, error))?;
            let options = BlockBlobClientCommitBlockListOptions {
                blob_content_type: Some(self.blob.content_type.to_owned()),
                blob_content_encoding: self.blob.content_encoding.map(str::to_owned),
                if_none_match: Some(Etag::from("*")),
                ..Default::default()
            };
            match self.client.commit_block_list(content, Some(options)).await {
                Ok(_) => return Ok(()),
                Err(error) => tries.pause_after(error, &self.blob).await?,
            }
        }
    }
}
