//! Uploads to Blob Storage through the Azure SDK.

use std::time::Duration;

use async_trait::async_trait;
use azure_core::error::ErrorKind;
use azure_core::http::{
    ClientOptions, Etag, RequestContent, RetryOptions, StatusCode, Url, XmlFormat,
};
use azure_storage_blob::models::{
    AppendBlobClientAppendBlockOptions, AppendBlobClientCreateOptions,
    BlockBlobClientCommitBlockListOptions, BlockBlobClientUploadOptions, BlockLookupList,
};
use azure_storage_blob::{
    AppendBlobClient, AppendBlobClientOptions, BlockBlobClient, BlockBlobClientOptions,
    StorageError,
};
use bytes::Bytes;

use super::{BlobKind, BlobSink, BlobWriter, NewBlob, SinkError};

/// The version of the service that is asked for: old enough for emulators and for the storage
/// modules of nested devices, and new enough for all that is used here.
const SERVICE_VERSION: &str = "2019-12-12";

/// How often a block is sent again, and the pause before the first time; each later one doubles.
const RETRIES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// A container, with the right to write into it.
#[derive(Debug)]
pub(super) struct Container {
    url: Url,
}

impl Container {
    /// Opens the container of a SAS URL.
    pub(super) fn open(url: &str) -> Result<Self, SinkError> {
        let url = Url::parse(url)
            .map_err(|_| SinkError::Failed("the SAS URL is not a URL".to_owned()))?;
        if url.cannot_be_a_base() {
            return Err(SinkError::Failed(
                "the SAS URL is not a URL of a container".to_owned(),
            ));
        }
        Ok(Self { url })
    }

    /// The URL of a blob; the signature goes along unchanged.
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
                    client_options: no_retries(),
                    version: SERVICE_VERSION.to_owned(),
                };
                let client = AppendBlobClient::new(url, None, Some(options))
                    .map_err(|error| failed(&blob, error))?;
                let mut tries = Tries::default();
                loop {
                    let options = AppendBlobClientCreateOptions {
                        blob_content_type: Some(blob.content_type.to_owned()),
                        blob_content_encoding: blob.content_encoding.map(str::to_owned),
                        if_none_match: Some(Etag::from("*")),
                        ..Default::default()
                    };
                    match client.create(Some(options)).await {
                        Ok(_) => break,
                        Err(error) => tries.pause_after(error, &blob).await?,
                    }
                }
                Ok(Box::new(AppendWriter {
                    client,
                    blob,
                    position: 0,
                }))
            }
            BlobKind::Block => {
                let options = BlockBlobClientOptions {
                    client_options: no_retries(),
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

/// An append blob. The SDK would send a block again blindly, and one whose answer was lost would be
/// there twice; so we repeat ourselves, and say at which position the block belongs.
struct AppendWriter {
    client: AppendBlobClient,
    blob: NewBlob,
    position: u64,
}

#[async_trait]
impl BlobWriter for AppendWriter {
    async fn write(&mut self, block: Bytes) -> Result<(), SinkError> {
        let length = block.len() as u64;
        let position = i64::try_from(self.position).unwrap_or(i64::MAX);
        let mut tries = Tries::default();
        loop {
            let options = AppendBlobClientAppendBlockOptions {
                append_position: Some(position),
                ..Default::default()
            };
            let content = RequestContent::from(block.to_vec());
            match self
                .client
                .append_block(content, length, Some(options))
                .await
            {
                Ok(_) => break,
                // Nobody else writes to this blob: if the position has moved, an earlier try of
                // ours has landed and its answer was lost.
                Err(error)
                    if tries.any()
                        && error.http_status() == Some(StatusCode::PreconditionFailed) =>
                {
                    break;
                }
                Err(error) => tries.pause_after(error, &self.blob).await?,
            }
        }
        self.position += length;
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<(), SinkError> {
        Ok(())
    }
}

/// A block blob. One that fits into a single block is put at once, for which the right to create is
/// enough everywhere; the blocks of a larger one become a blob when their list is committed.
struct BlockWriter {
    client: BlockBlobClient,
    blob: NewBlob,
    /// The first block, as long as it is the only one.
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
            let content = RequestContent::from(block.to_vec());
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
                .upload(RequestContent::from(whole.to_vec()), Some(options))
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

fn no_retries() -> ClientOptions {
    ClientOptions {
        retry: RetryOptions::none(),
        ..Default::default()
    }
}

/// The failed tries of one request.
#[derive(Debug, Default)]
struct Tries {
    failed: u32,
}

impl Tries {
    /// Whether an earlier try may have landed.
    fn any(&self) -> bool {
        self.failed > 0
    }

    /// Waits before the next try.
    ///
    /// # Errors
    /// The error is final, or there were too many.
    async fn pause_after(
        &mut self,
        error: azure_core::Error,
        blob: &NewBlob,
    ) -> Result<(), SinkError> {
        if self.failed >= RETRIES || !is_transient(&error) {
            return Err(failed(blob, error));
        }
        tokio::time::sleep(FIRST_PAUSE * 2_u32.pow(self.failed)).await;
        self.failed += 1;
        Ok(())
    }
}

fn is_transient(error: &azure_core::Error) -> bool {
    match error.http_status() {
        Some(status) => {
            let status = u16::from(status);
            status >= 500 || status == 408 || status == 429
        }
        None => matches!(
            error.kind(),
            ErrorKind::Io | ErrorKind::Connection | ErrorKind::Other
        ),
    }
}

/// The storage's own code and reason. The URL, and with it the signature, stays out.
fn failed(blob: &NewBlob, error: azure_core::Error) -> SinkError {
    let status = error.http_status();
    let words = error.to_string();
    match StorageError::try_from(error) {
        Ok(storage) => {
            let code = storage
                .error_code
                .as_ref()
                .map_or("", AsRef::as_ref)
                .to_owned();
            let exists = matches!(
                code.as_str(),
                "BlobAlreadyExists" | "UnauthorizedBlobOverwrite"
            );
            if exists || status == Some(StatusCode::Conflict) && code.is_empty() {
                return SinkError::Exists(blob.name.clone());
            }
            let mut reason = format!("{}: {} {code}", blob.name, u16::from(storage.status_code));
            let details = [
                storage.message,
                storage.authentication_error_detail,
                storage.reason,
            ];
            for detail in details
                .iter()
                .flatten()
                .filter_map(|detail| detail.lines().next())
            {
                reason.push_str(": ");
                reason.push_str(detail);
            }
            SinkError::Failed(crate::output::redact(&reason))
        }
        Err(_) => SinkError::Failed(crate::output::redact(&format!("{}: {words}", blob.name))),
    }
}
