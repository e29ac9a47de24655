//! Opens the sink that a request names.

use super::blob_sink::{BlobSink, SinkError};
use super::{blob_storage, directory};
use crate::methods::{SasUrl, StorageScheme};

/// Where this device may write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::device) enum Storage {
    /// Blob Storage only.
    BlobsOnly,
    /// `file://` directories as well.
    BlobsAndDirectories,
}

/// Opens the sink that a SAS URL names.
pub(in crate::device) fn open(
    sas: &SasUrl,
    storage: Storage,
) -> Result<Box<dyn BlobSink>, SinkError> {
    match sas.scheme() {
        StorageScheme::Blob => Ok(Box::new(blob_storage::Container::open(sas.expose())?)),
        StorageScheme::Upstream => {
            let parent = std::env::var("IOTEDGE_GATEWAYHOSTNAME").unwrap_or_default();
            let url = upstream(sas.expose(), &parent)?;
            Ok(Box::new(blob_storage::Container::open(&url)?))
        }
        StorageScheme::Directory(root) if storage == Storage::BlobsAndDirectories => {
            Ok(Box::new(directory::Directory::new(root)))
        }
        StorageScheme::Directory(_) => Err(SinkError::Failed(
            "this device does not write to file:// directories".to_owned(),
        )),
    }
}

/// Replaces `$upstream` with the parent device, whose name the runtime sets in the environment.
fn upstream(url: &str, parent: &str) -> Result<String, SinkError> {
    if parent.is_empty() {
        return Err(SinkError::Failed(
            "the SAS URL names $upstream, and IOTEDGE_GATEWAYHOSTNAME is not set".to_owned(),
        ));
    }
    Ok(url.replacen("$upstream", parent, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upstream_is_the_parent_and_the_rest_of_the_url_stays() {
        let url = "https://$upstream:8000/logs?sv=1&sig=a%2Bb%3D";
        assert_eq!(
            upstream(url, "parent.plant").unwrap(),
            "https://parent.plant:8000/logs?sv=1&sig=a%2Bb%3D"
        );
        let words = upstream(url, "").unwrap_err().to_string();
        assert!(words.contains("IOTEDGE_GATEWAYHOSTNAME") && !words.contains("sig"));
    }
}
