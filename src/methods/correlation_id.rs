//! The correlation id of an upload or a support bundle.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::invalid_input::InvalidInput;

/// The longest id to take from a device, in bytes. It is printed, kept and sent back, and a GUID has 36.
const MAX_BYTES: usize = 128;

/// The correlation id of a task: a hyphenated GUID, kept as typed, since edgeAgent 1.6 compares the
/// text, not the value. A device may send any text; [`Self::is_guid`] tells whether it is a GUID.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct CorrelationId(String);

/// A device sent an id that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the correlation id has {0} bytes, and a GUID has 36")]
pub struct TooLongId(usize);

impl TryFrom<String> for CorrelationId {
    type Error = TooLongId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.len() {
            ..=MAX_BYTES => Ok(Self(text)),
            length => Err(TooLongId(length)),
        }
    }
}

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
        let id = Self(text.trim().to_owned());
        match id.is_guid() {
            true => Ok(id),
            false => Err(InvalidInput::new(format!("correlation id `{id}` is not a GUID"))
                .hint("use the id that `edgelogs upload` printed, such as 3fa85f64-5717-4562-b3fc-2c963f66afa6")),
        }
    }

    /// Accepts any text, as the agent does.
    pub fn from_wire(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Whether it is a GUID with hyphens, as the shipped agent's ids are. Only such an id can be given
    /// to `status`, so no other is remembered or put into a command.
    pub fn is_guid(&self) -> bool {
        self.0.len() == 36 && uuid::Uuid::try_parse(&self.0).is_ok()
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
