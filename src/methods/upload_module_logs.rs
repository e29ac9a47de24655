//! `UploadModuleLogs`: starts a task that writes the logs of modules to Blob Storage.

use serde::Serialize;

use super::encoding::{ContentType, Encoding};
use super::get_module_logs::GetModuleLogs;
use super::items::LogItem;
use super::method_request::MethodRequest;
use super::sas_url::SasUrl;
use super::schema::SchemaVersion;
use super::wire::{Fields, FromWire, WireError};

/// The request of `UploadModuleLogs`. The response is a
/// [`TaskStatusResponse`](super::TaskStatusResponse).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UploadModuleLogs {
    schema_version: SchemaVersion,
    sas_url: SasUrl,
    items: Vec<LogItem>,
    encoding: Encoding,
    content_type: ContentType,
}

impl MethodRequest for UploadModuleLogs {
    const NAME: &'static str = "UploadModuleLogs";
    const REPEATABLE: bool = false;
}

impl UploadModuleLogs {
    /// Writes the selected logs to the container of `sas_url`.
    pub fn new(
        sas_url: SasUrl,
        items: Vec<LogItem>,
        encoding: Encoding,
        content_type: ContentType,
    ) -> Self {
        Self {
            schema_version: SchemaVersion::default(),
            sas_url,
            items,
            encoding,
            content_type,
        }
    }

    /// The version, unchecked.
    pub fn schema_version(&self) -> &SchemaVersion {
        &self.schema_version
    }

    /// The container to write to.
    pub fn sas_url(&self) -> &SasUrl {
        &self.sas_url
    }

    /// The items. For each module, the first match counts.
    pub fn items(&self) -> &[LogItem] {
        &self.items
    }

    /// The encoding of the blobs.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// The content type of the blobs.
    pub fn content_type(&self) -> ContentType {
        self.content_type
    }
}

impl FromWire for UploadModuleLogs {
    fn from_wire(fields: &Fields) -> Result<Self, WireError> {
        let sas_url = SasUrl::from_wire(fields)?;
        let logs = GetModuleLogs::from_wire(fields)?;
        Ok(Self {
            schema_version: logs.schema_version().clone(),
            sas_url,
            items: logs.items().to_vec(),
            encoding: logs.encoding(),
            content_type: logs.content_type(),
        })
    }
}
