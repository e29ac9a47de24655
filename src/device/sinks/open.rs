//! Opens the sink that a request names.

use std::path::{Component, Path, PathBuf};

use reqwest::Certificate;

use super::blob_sink::{BlobSink, SinkError};
use super::{blob_storage, directory};
use crate::methods::{SasUrl, StorageScheme};

/// Where this device may write: to Blob Storage in any case.
#[derive(Debug, Clone, Default)]
pub(in crate::device) struct Storage {
    /// Which `file://` directories it may write to as well.
    pub(in crate::device) directories: Directories,
    /// Root certificates to trust in addition to the system's.
    pub(in crate::device) roots: Vec<Certificate>,
}

/// The directories that a caller may name.
#[derive(Debug, Clone, Default)]
pub(in crate::device) enum Directories {
    /// None.
    #[default]
    Nowhere,
    /// Those below this one.
    Below(PathBuf),
    /// All: the caller is on this machine.
    Anywhere,
}

impl Directories {
    /// Whether a path may be written to. Symbolic links lead out of a directory only where an owner of
    /// it has set them.
    fn allows(&self, path: &Path) -> bool {
        match self {
            Self::Nowhere => false,
            Self::Anywhere => true,
            Self::Below(root) => {
                let mut below = path.components();
                path.starts_with(root) && below.all(|part| part != Component::ParentDir)
            }
        }
    }
}

/// Opens the sink that a SAS URL names.
pub(in crate::device) fn open(
    sas: &SasUrl,
    storage: &Storage,
) -> Result<Box<dyn BlobSink>, SinkError> {
    match sas.scheme() {
        StorageScheme::Blob => {
            let roots = storage.roots.clone();
            Ok(Box::new(blob_storage::Container::open(
                sas.expose(),
                roots,
            )?))
        }
        StorageScheme::Upstream => {
            let parent = std::env::var("IOTEDGE_GATEWAYHOSTNAME").unwrap_or_default();
            let url = upstream(sas.expose(), &parent)?;
            Ok(Box::new(blob_storage::Container::open(
                &url,
                storage.roots.clone(),
            )?))
        }
        StorageScheme::Directory(path) if storage.directories.allows(&path) => {
            Ok(Box::new(directory::Directory::new(path)))
        }
        StorageScheme::Directory(_) => Err(SinkError::Failed(match &storage.directories {
            Directories::Below(root) => format!(
                "this device writes to file:// directories below {} only",
                root.display()
            ),
            _ => "this device does not write to file:// directories".to_owned(),
        })),
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
    fn only_directories_below_the_root_are_written_to() {
        let below = Directories::Below("/data/logs".into());
        for (path, allowed) in [
            ("/data/logs", true),
            ("/data/logs/a/b", true),
            ("/data/logs2", false),
            ("/data", false),
            ("/data/logs/../x", false),
            ("data/logs", false),
        ] {
            assert_eq!(below.allows(Path::new(path)), allowed, "{path}");
        }
        assert!(!Directories::default().allows(Path::new("/data/logs")));
    }

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
