//! Makes passwords: with a key, or through IoT Edge's workload API.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::Secret;
use jiff::Timestamp;

use super::credential::{Password, Passwords, SignError};
use super::identity::Identity;
use super::workload::Workload;
use crate::hub::{SasToken, TokenScope};

/// What signs for an identity.
pub(super) struct Signer {
    pub(super) identity: Arc<Identity>,
    pub(super) with: SignWith,
    /// How long tokens are valid.
    pub(super) lifetime: Duration,
}

/// What an identity is proved with.
pub(super) enum SignWith {
    Key(Secret),
    Workload(Workload),
    /// TLS has shown a certificate.
    Certificate,
}

#[async_trait]
impl Passwords for Signer {
    async fn password(&self) -> Result<Password, SignError> {
        let lifetime = i64::try_from(self.lifetime.as_secs()).unwrap_or(i64::MAX);
        let expiry = Timestamp::now().as_second().saturating_add(lifetime);
        let resource = self.identity.resource();
        let token = match &self.with {
            SignWith::Certificate => {
                return Ok(Password {
                    value: None,
                    lasts: None,
                });
            }
            SignWith::Key(key) => {
                let scope = TokenScope {
                    resource,
                    policy: None,
                };
                SasToken::sign(&scope, key, expiry).map_err(|error| SignError(error.to_string()))?
            }
            SignWith::Workload(workload) => {
                let data = SasToken::to_be_signed(&resource, expiry);
                let signature = workload.sign(&data).await.map_err(SignError)?;
                SasToken::signed_elsewhere(&resource, expiry, &signature)
            }
        };
        Ok(Password {
            value: Some(Secret::new(token.expose().to_owned())),
            lasts: Some(self.lifetime),
        })
    }
}
