//! Why a source fails.

use std::fmt;

/// Why a source can't do what it was asked to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    kind: SourceErrorKind,
    message: String,
}

/// The kinds of source errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceErrorKind {
    /// There is no such module.
    NotFound,
    /// The source does not understand the request.
    Invalid,
    /// The log can't be read, for example because its driver keeps nothing.
    Unreadable,
    /// The log breaks off; what was read before stands.
    Truncated,
    /// The source is out of reach.
    Unreachable,
    /// The source has no such function.
    Unsupported,
}

impl SourceError {
    /// An error with a sentence for people.
    pub fn new(kind: SourceErrorKind, message: impl fmt::Display) -> Self {
        Self {
            kind,
            message: message.to_string(),
        }
    }

    /// What kind of error it is.
    pub fn kind(&self) -> SourceErrorKind {
        self.kind
    }
}
