//! `GetTaskStatus`: the status of an upload or a support bundle.

use serde::Serialize;

use super::correlation_id::CorrelationId;
use super::method_request::MethodRequest;
use super::schema::SchemaVersion;
use super::wire::{Fields, FromWire, WireError};

/// The request of `GetTaskStatus`. The response is a
/// [`TaskStatusResponse`](super::TaskStatusResponse).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GetTaskStatus {
    schema_version: SchemaVersion,
    correlation_id: CorrelationId,
}

impl MethodRequest for GetTaskStatus {
    const NAME: &'static str = "GetTaskStatus";
    const REPEATABLE: bool = true;
}

impl GetTaskStatus {
    /// A request for the status of this task.
    pub fn new(correlation_id: CorrelationId) -> Self {
        Self {
            schema_version: SchemaVersion::default(),
            correlation_id,
        }
    }

    /// The version, unchecked.
    pub fn schema_version(&self) -> &SchemaVersion {
        &self.schema_version
    }

    /// The task.
    pub fn correlation_id(&self) -> &CorrelationId {
        &self.correlation_id
    }
}

impl FromWire for GetTaskStatus {
    fn from_wire(fields: &Fields) -> Result<Self, WireError> {
        Ok(Self {
            schema_version: SchemaVersion::from_text(fields.required_text("schemaVersion")?),
            correlation_id: CorrelationId::from_wire(fields.required_text("correlationId")?),
        })
    }
}
