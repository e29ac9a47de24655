//! The schema version of a request.

use serde::{Deserialize, Serialize};

/// A request's `schemaVersion`, kept as received. The operator side always sends 1.0.
///
/// edgeAgent 1.6 requires two to four dotted integers with major version 1. It accepts another minor
/// version with a warning in its log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaVersion(String);

impl Default for SchemaVersion {
    fn default() -> Self {
        Self("1.0".to_owned())
    }
}

/// Why a schema version is rejected. Messages and statuses are those of edgeAgent 1.6.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// Status 400.
    #[error("schemaVersion is null or whitespace.")]
    Blank,
    /// Status 500: not two to four dotted integers.
    #[error("Invalid {context} version {version}")]
    Invalid {
        /// The agent's name of the schema.
        context: &'static str,
        /// The version as received.
        version: String,
    },
    /// Status 500: another major version.
    #[error("The {context} version {version} is not compatible with the expected version 1.0")]
    Incompatible {
        /// The agent's name of the schema.
        context: &'static str,
        /// The version as received.
        version: String,
    },
}

impl SchemaVersion {
    /// A version as received, unchecked.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Checks the version as the agent does. `context` is the agent's name of the schema.
    ///
    /// # Errors
    /// The version is blank, malformed, or has another major version.
    pub fn check(&self, context: &'static str) -> Result<(), SchemaError> {
        if self.0.trim().is_empty() {
            return Err(SchemaError::Blank);
        }
        let version = self.0.clone();
        let parts: Vec<Result<i32, _>> = self
            .0
            .trim()
            .split('.')
            .map(|part| part.trim().parse::<i32>())
            .collect();
        let is_well_formed = (2..=4).contains(&parts.len())
            && parts
                .iter()
                .all(|part| matches!(part, Ok(number) if *number >= 0));
        match parts.first() {
            Some(Ok(1)) if is_well_formed => Ok(()),
            _ if is_well_formed => Err(SchemaError::Incompatible { context, version }),
            _ => Err(SchemaError::Invalid { context, version }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(version: &str) -> Result<(), SchemaError> {
        SchemaVersion::from_text(version).check("logs upload request schema")
    }

    #[test]
    fn other_minor_versions_are_accepted() {
        for version in ["1.0", "1.5", " 1.0 ", "1.0.0", "1.2.3.4"] {
            assert_eq!(check(version), Ok(()), "{version}");
        }
    }

    #[test]
    fn malformed_versions_are_rejected() {
        for version in ["1", "v1", "1.x", "abc", "1.-1", "1.0.0.0.0"] {
            assert!(
                matches!(check(version), Err(SchemaError::Invalid { .. })),
                "{version}"
            );
        }
    }

    #[test]
    fn another_major_version_is_rejected() {
        assert_eq!(
            check("2.0").unwrap_err().to_string(),
            "The logs upload request schema version 2.0 is not compatible with the expected version 1.0"
        );
    }
}
