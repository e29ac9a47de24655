//! A problem of the settings: a message, its cause and a hint.

use crate::error::Error;

/// A problem with the settings.
#[derive(Debug)]
pub(crate) struct Problem {
    message: String,
    cause: Option<String>,
    hint: Option<String>,
}

/// `message` is one lower-case sentence. It must not hold a secret.
pub(crate) fn invalid(message: impl Into<String>) -> Problem {
    Problem {
        message: message.into(),
        cause: None,
        hint: None,
    }
}

impl Problem {
    pub(crate) fn cause(mut self, cause: impl Into<String>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Settings {
            message: problem.message,
            cause: problem.cause,
            hint: problem.hint,
        }
    }
}
