//! Why a pattern is refused, or a match aborted.

/// Why a .NET regular expression could not be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DotNetRegexError {
    /// The pattern is not a .NET regular expression: the edge agent would
    /// refuse it too, with status 400.
    #[error("invalid regular expression at offset {offset}: {reason}")]
    Invalid {
        /// Where reading stopped, in UTF-16 code units, as .NET counts.
        offset: usize,
        /// What is wrong there.
        reason: String,
    },
    /// The pattern is valid, but uses something without a counterpart here. It is refused by name,
    /// because the answer could be wrong.
    #[error("{construct} cannot be evaluated here, though .NET allows it")]
    Unsupported {
        /// The construct, as it appears in the message.
        construct: &'static str,
    },
    /// The pattern or the match exceeds a limit that bounds the cost of a hostile pattern.
    #[error("the regular expression is too complex: {limit}")]
    TooComplex {
        /// The limit that was reached.
        limit: &'static str,
    },
}

impl DotNetRegexError {
    pub(super) fn unsupported(construct: &'static str) -> Self {
        Self::Unsupported { construct }
    }

    pub(super) fn too_complex(limit: &'static str) -> Self {
        Self::TooComplex { limit }
    }
}
