//! `RestartModule`: stops a module's container and starts it again.

use crate::invalid_input::InvalidInput;
use serde::Serialize;

use super::method_request::MethodRequest;
use super::schema::SchemaVersion;
use super::wire::{Fields, FromWire, WireError};

/// The request of `RestartModule`. Its answer has no payload.
///
/// Unlike the `id` of a log request, this one is a name and not a pattern: edgeAgent 1.6 compares it
/// character by character. Restarting `edgeAgent` itself ends the agent before it can answer.
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
    /// A request to restart the module of exactly this name.
    ///
    /// # Errors
    /// A blank name, which the agent refuses.
    pub fn new(id: impl Into<String>) -> Result<Self, InvalidInput> {
        let id = id.into();
        if id.trim().is_empty() {
            return Err(InvalidInput::new("the name of the module is blank"));
        }
        Ok(Self {
            schema_version: SchemaVersion::default(),
            id,
        })
    }

    /// The version as received.
    pub fn schema_version(&self) -> &SchemaVersion {
        &self.schema_version
    }

    /// The module's name, case and all.
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
    fn what_is_sent_is_read_back_the_same() {
        let request = RestartModule::new("tempSensor").unwrap();
        let value = serde_json::to_value(&request).unwrap();
        assert_eq!(value, json!({"schemaVersion": "1.0", "id": "tempSensor"}));
        assert_eq!(
            RestartModule::from_wire(&Fields::of(&value).unwrap()),
            Ok(request)
        );
    }

    #[test]
    fn a_blank_name_is_refused_on_both_sides() {
        assert!(RestartModule::new(" ").is_err());
        let value = json!({"schemaVersion": "1.0", "id": " "});
        assert!(RestartModule::from_wire(&Fields::of(&value).unwrap()).is_err());
    }
}
