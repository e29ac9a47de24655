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
    /// The arguments are wrong.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self {
            status: 400,
            message: message.into(),
        }
    }

    /// The device is busy, and nothing was started. The shipped agent has neither this limit nor
    /// this status; HTTP clients may retry after a 429.
    pub(super) fn too_many(message: impl Into<String>) -> Self {
        Self {
            status: 429,
            message: message.into(),
        }
    }

    /// What the device reads from does not answer. The shipped agent has neither this limit nor this
    /// status; to ask for less, or for one module, would not help.
    fn no_answer(message: impl Into<String>) -> Self {
        Self {
            status: 504,
            message: message.into(),
        }
    }

    /// Something else went wrong.
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
            SourceErrorKind::Invalid | SourceErrorKind::Undecidable => {
                Self::bad_request(error.to_string())
            }
            SourceErrorKind::Silent => Self::no_answer(error.to_string()),
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
