//! Why a source fails.

use std::fmt;

/// Why a source failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    kind: SourceErrorKind,
    message: String,
}

/// The kinds of source errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceErrorKind {
    /// The module does not exist.
    NotFound,
    /// The source does not understand the request.
    Invalid,
    /// The request's regular expression can't be decided on a line.
    Undecidable,
    /// The log can't be read, for example because its driver keeps nothing.
    Unreadable,
    /// The log breaks off; what was read before is valid.
    Truncated,
    /// The source can't be reached.
    Unreachable,
    /// The source does not answer in time.
    Silent,
    /// The source can't do this.
    Unsupported,
}

impl SourceError {
    /// An error with a message for people.
    pub fn new(kind: SourceErrorKind, message: impl fmt::Display) -> Self {
        Self {
            kind,
            message: message.to_string(),
        }
    }

    /// The kind of error.
    pub fn kind(&self) -> SourceErrorKind {
        self.kind
    }
}
