//! What a CONNECT is signed with.

use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::Secret;

/// Makes the passwords of one identity.
#[async_trait]
pub(in crate::device) trait Passwords: Send + Sync {
    /// A new password.
    ///
    /// # Errors
    /// What signs does not answer.
    async fn password(&self) -> Result<Password, SignError>;
}

/// A password, or none where a certificate stands for the identity.
#[derive(Debug, Clone)]
pub(in crate::device) struct Password {
    pub(in crate::device) value: Option<Secret>,
    /// How long the other end accepts it; `None`: as long as the certificate is valid.
    pub(in crate::device) lasts: Option<Duration>,
}

/// Why nothing was signed. The message holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no token was signed: {0}")]
pub(in crate::device) struct SignError(pub(in crate::device) String);
