//! `UploadSupportBundle`: starts a task that writes a zip of logs and diagnostics to Blob Storage.

use std::time::Duration;

use serde::Serialize;

use super::method_request::MethodRequest;
use super::sas_url::SasUrl;
use super::schema::SchemaVersion;
use super::time_bound::{TimeBound, check_order};
use super::wire::{Fields, FromWire, WireError};
use crate::invalid_input::InvalidInput;

/// The request of `UploadSupportBundle`. The response is a
/// [`TaskStatusResponse`](super::TaskStatusResponse).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UploadSupportBundle {
    schema_version: SchemaVersion,
    sas_url: SasUrl,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    edge_runtime_only: bool,
}

impl MethodRequest for UploadSupportBundle {
    const NAME: &'static str = "UploadSupportBundle";
    const REPEATABLE: bool = false;
}

impl UploadSupportBundle {
    /// Writes a bundle to the container of `sas_url`. Without `since`, edgeAgent 1.6 includes all logs.
    ///
    /// # Errors
    /// `since` is not before `until`.
    pub fn new(
        sas_url: SasUrl,
        since: Option<TimeBound>,
        until: Option<TimeBound>,
        edge_runtime_only: bool,
    ) -> Result<Self, InvalidInput> {
        check_order(since.as_ref(), until.as_ref())?;
        Ok(Self {
            schema_version: SchemaVersion::default(),
            sas_url,
            since: since.map(|bound| bound.to_send(Duration::ZERO)),
            until: until.map(|bound| bound.to_send_as_end(Duration::ZERO)),
            edge_runtime_only,
        })
    }

    /// The container to write to.
    pub fn sas_url(&self) -> &SasUrl {
        &self.sas_url
    }

    /// The start of the window, as sent.
    pub fn since(&self) -> Option<&str> {
        self.since.as_deref()
    }

    /// The end of the window, as sent.
    pub fn until(&self) -> Option<&str> {
        self.until.as_deref()
    }

    /// Whether the bundle contains only edgeAgent and edgeHub.
    pub fn edge_runtime_only(&self) -> bool {
        self.edge_runtime_only
    }
}

impl FromWire for UploadSupportBundle {
    /// Requires a version but doesn't check it: edgeAgent 1.6 accepts even "9.0".
    fn from_wire(fields: &Fields) -> Result<Self, WireError> {
        Ok(Self {
            schema_version: SchemaVersion::from_text(fields.required_text("schemaVersion")?),
            sas_url: SasUrl::from_wire(fields)?,
            since: fields.text("since")?,
            until: fields.text("until")?,
            edge_runtime_only: fields.boolean("edgeRuntimeOnly")?.unwrap_or(false),
        })
    }
}
