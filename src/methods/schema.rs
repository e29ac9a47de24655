//! The schema version that every request carries.

use serde::{Deserialize, Serialize};

/// A request's `schemaVersion`: what the operator side sends is always 1.0.
///
/// The text is kept as received. edgeAgent 1.6 wants two to four dotted integers with the major
/// version 1; another minor version is accepted with a warning in its own log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaVersion(String);

impl Default for SchemaVersion {
    fn default() -> Self {
        Self("1.0".to_owned())
    }
}

/// Why a schema version is refused. The texts are edgeAgent 1.6's, as is the status they go with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaError {
    /// Status 400.
    #[error("schemaVersion is null or whitespace.")]
    Blank,
    /// Status 500: not two to four dotted integers.
    #[error("Invalid {context} version {version}")]
    Invalid {
        /// Whose schema it is, in the agent's words.
        context: &'static str,
        /// The version as received.
        version: String,
    },
    /// Status 500: another major version.
    #[error("The {context} version {version} is not compatible with the expected version 1.0")]
    Incompatible {
        /// Whose schema it is, in the agent's words.
        context: &'static str,
        /// The version as received.
        version: String,
    },
}

impl SchemaVersion {
    /// Takes a version as received.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Checks the version as the agent does; `context` is how the agent names the schema.
    ///
    /// # Errors
    /// A blank version, one that is not made of two to four integers, or another major version.
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
        let whole = (2..=4).contains(&parts.len())
            && parts
                .iter()
                .all(|part| matches!(part, Ok(number) if *number >= 0));
        match parts.first() {
            Some(Ok(1)) if whole => Ok(()),
            _ if whole => Err(SchemaError::Incompatible { context, version }),
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
    fn other_minor_versions_pass() {
        for version in ["1.0", "1.5", " 1.0 ", "1.0.0", "1.2.3.4"] {
            assert_eq!(check(version), Ok(()), "{version}");
        }
    }

    #[test]
    fn a_version_without_a_minor_part_is_invalid() {
        for version in ["1", "v1", "1.x", "abc", "1.-1", "1.0.0.0.0"] {
            assert!(
                matches!(check(version), Err(SchemaError::Invalid { .. })),
                "{version}"
            );
        }
    }

    #[test]
    fn another_major_version_names_the_one_expected() {
        assert_eq!(
            check("2.0").unwrap_err().to_string(),
            "The logs upload request schema version 2.0 is not compatible with the expected version 1.0"
        );
    }
}
