//! An invalid value, typed or in a request.

/// A value found to be invalid before anything was sent: exit code 2.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvalidInput {
    message: String,
    hint: Option<String>,
}

impl InvalidInput {
    /// One lower-case sentence that names the value. It must not hold a secret.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            hint: None,
        }
    }

    /// Adds the hint: what to type instead.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What to type instead, if known.
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}
