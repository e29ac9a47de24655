//! The correlation id of an upload or a support bundle.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::invalid_input::InvalidInput;

/// The correlation id of a task: a hyphenated GUID, kept as typed, since edgeAgent 1.6 compares the
/// text, not the value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CorrelationId(String);

impl CorrelationId {
    /// A new id for a task on the device side.
    pub fn random() -> Self {
        Self(uuid::Uuid::new_v4().hyphenated().to_string())
    }

    /// Parses an id typed by an operator.
    ///
    /// # Errors
    /// The text is not a GUID with hyphens.
    pub fn parse(text: &str) -> Result<Self, InvalidInput> {
        let text = text.trim();
        match uuid::Uuid::try_parse(text) {
            Ok(_) if text.len() == 36 => Ok(Self(text.to_owned())),
            _ => Err(InvalidInput::new(format!("correlation id `{text}` is not a GUID"))
                .hint("use the id that `edgelogs upload` printed, such as 3fa85f64-5717-4562-b3fc-2c963f66afa6")),
        }
    }

    /// Accepts any text, as the agent does.
    pub fn from_wire(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CorrelationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_hyphenated_guid_is_accepted() {
        assert!(CorrelationId::parse("3FA85F64-5717-4562-b3fc-2c963f66afa6").is_ok());
        for text in [
            "",
            "1234",
            "3fa85f6457174562b3fc2c963f66afa6",
            "{3fa85f64-5717-4562-b3fc-2c963f66afa6}",
        ] {
            assert!(CorrelationId::parse(text).is_err(), "{text}");
        }
    }
}
