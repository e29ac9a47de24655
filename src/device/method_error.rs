//! Why a method is refused, with the status that the shipped agent gives the same refusal.

use super::sources::{SourceError, SourceErrorKind};
use crate::methods::SchemaError;

/// A refusal: the method's status, and the `message` of its payload.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(super) struct MethodError {
    pub(super) status: i32,
    pub(super) message: String,
}

impl MethodError {
    /// The arguments are at fault.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self {
            status: 400,
            message: message.into(),
        }
    }

    /// Too much is going on. The shipped agent has no such limit and no such status; 429 is what
    /// clients of HTTP know to repeat, and nothing was begun.
    pub(super) fn too_many(message: impl Into<String>) -> Self {
        Self {
            status: 429,
            message: message.into(),
        }
    }

    /// Something else is.
    pub(super) fn failed(message: impl Into<String>) -> Self {
        Self {
            status: 500,
            message: message.into(),
        }
    }
}

impl From<SourceError> for MethodError {
    fn from(error: SourceError) -> Self {
        match error.kind() {
            SourceErrorKind::Invalid => Self::bad_request(error.to_string()),
            _ => Self::failed(error.to_string()),
        }
    }
}

impl From<SchemaError> for MethodError {
    fn from(error: SchemaError) -> Self {
        match error {
            SchemaError::Blank => Self::bad_request(error.to_string()),
            SchemaError::Invalid { .. } | SchemaError::Incompatible { .. } => {
                Self::failed(error.to_string())
            }
        }
    }
}
