//! `RestartModule`: stops a module's container and starts it again.

use serde::Serialize;

use super::method_request::MethodRequest;
use super::schema::SchemaVersion;
use super::wire::{Fields, FromWire, WireError};
use crate::invalid_input::InvalidInput;

/// The request of `RestartModule`. The response has no payload.
///
/// Unlike in a log request, `id` is a name, not a pattern: edgeAgent 1.6 compares it exactly. An agent
/// that restarts itself can't respond.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RestartModule {
    schema_version: SchemaVersion,
    id: String,
}

impl MethodRequest for RestartModule {
    const NAME: &'static str = "RestartModule";
    const REPEATABLE: bool = false;
}

impl RestartModule {
    /// Restarts the module with this name.
    ///
    /// # Errors
    /// The name is blank, which the agent rejects.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidInput> {
        let id = id.into();
        if id.trim().is_empty() {
            return Err(InvalidInput::new("the module name is blank"));
        }
        Ok(Self {
            schema_version: SchemaVersion::default(),
            id,
        })
    }

    /// The version, unchecked.
    pub fn schema_version(&self) -> &SchemaVersion {
        &self.schema_version
    }

    /// The module's name, case-sensitive.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl FromWire for RestartModule {
    fn from_wire(fields: &Fields) -> Result<Self, WireError> {
        Ok(Self {
            schema_version: SchemaVersion::from_text(fields.required_text("schemaVersion")?),
            id: fields.required_text("id")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_blank_name_is_rejected_on_both_sides() {
        assert!(RestartModule::new(" ").is_err());
        let value = json!({"schemaVersion": "1.0", "id": " "});
        assert!(RestartModule::from_wire(&Fields::of(&value).unwrap()).is_err());
    }
}
