//! The credential for a hub and the `Authorization` header created from it.
//!
//! All calls of a client share one token. It is renewed some minutes before it expires by one call at a
//! time, while the other calls use the old one. A token leaves this file only as a header whose `Debug`
//! hides it.

use std::sync::{Arc, Mutex};

use azure_core::credentials::Secret;
use jiff::Timestamp;
use reqwest::header::HeaderValue;

use super::connection_string::ConnectionString;
use super::endpoint::HubEndpoint;
use super::entra::{EntraChain, principal_id};
use super::error::{HubError, HubErrorKind};
use super::sas_token::{SasToken, TokenScope};
use super::signed_in::{SignInMethod, SignedIn};
use crate::lock::lock;
use crate::redact::remember_marked;

/// The scope of tokens for IoT Hub's data plane, in every cloud.
pub const IOT_HUB_SCOPE: &str = "https://iothubs.azure.net/.default";

/// The lifetime of a token that we sign.
const SAS_SECONDS: i64 = 3600;
/// How long before its expiry a token is renewed.
const RENEW_SECONDS: i64 = 300;
/// The pause after a failed renewal.
const PAUSE_SECONDS: i64 = 30;

/// A hub and the credential for it.
#[derive(Debug, Clone)]
pub struct HubAccess {
    /// The hub.
    pub endpoint: HubEndpoint,
    /// The credential.
    pub credential: Credential,
}

impl From<ConnectionString> for HubAccess {
    fn from(connection: ConnectionString) -> Self {
        Self {
            endpoint: connection.endpoint,
            credential: Credential::SharedAccessKey {
                policy: connection.policy,
                key: connection.key,
            },
        }
    }
}

/// A credential for a hub. `Debug` hides the key.
#[derive(Debug, Clone)]
pub enum Credential {
    /// The key of a shared access policy.
    SharedAccessKey {
        /// The policy, such as `service`.
        policy: String,
        /// Its key, in base64.
        key: Secret,
    },
    /// An identity of Microsoft Entra ID.
    Entra(Arc<EntraChain>),
}

/// The current header, and its identity.
#[derive(Debug, Clone)]
pub(super) struct Authorization {
    /// Marked as sensitive, so that `Debug` hides it.
    pub(super) header: HeaderValue,
    pub(super) signed_in: Arc<SignedIn>,
    renew_at: i64,
}

impl Authorization {
    /// `value` is the whole header, `now` in seconds since 1970.
    fn new(value: &str, signed_in: SignedIn, now: i64) -> Result<Self, HubError> {
        remember_marked(value);
        let mut header = HeaderValue::from_str(value).map_err(|_| {
            HubError::without_answer(
                HubErrorKind::SignInRefused,
                format!("the token from {} is malformed", signed_in.method),
            )
        })?;
        header.set_sensitive(true);
        let left = signed_in.expires.as_second().saturating_sub(now);
        // A source may return the same token until it expires. Don't ask again on every call.
        let pause = (left - RENEW_SECONDS).max(left.clamp(0, PAUSE_SECONDS));
        Ok(Self {
            header,
            signed_in: Arc::new(signed_in),
            renew_at: now.saturating_add(pause),
        })
    }

    fn is_valid(&self, now: i64) -> bool {
        now < self.signed_in.expires.as_second()
    }
}

/// Provides the header for each call.
#[derive(Debug)]
pub(super) struct Authorizer {
    credential: Credential,
    /// The resource in signed tokens: the hub's host and port as given.
    resource: String,
    current: Mutex<Current>,
    renewal: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Current {
    authorization: Option<Authorization>,
    /// The error of the last renewal, and when to try again, in seconds since 1970.
    failure: Option<(i64, HubError)>,
}

impl Authorizer {
    pub(super) fn new(credential: Credential, resource: String) -> Self {
        Self {
            credential,
            resource,
            current: Mutex::default(),
            renewal: tokio::sync::Mutex::new(()),
        }
    }

    /// The header for a call made now.
    ///
    /// # Errors
    /// The key can't sign, or no identity gets a token.
    pub(super) async fn authorization(&self) -> Result<Authorization, HubError> {
        self.authorization_at(Timestamp::now().as_second()).await
    }

    /// The header for a call at `now`, in seconds since 1970.
    async fn authorization_at(&self, now: i64) -> Result<Authorization, HubError> {
        let held = self.current().authorization.clone();
        let _one_at_a_time = match held {
            Some(held) if now < held.renew_at => return Ok(held),
            // Another call is renewing it, and it is still valid.
            Some(held) if held.is_valid(now) => match self.renewal.try_lock() {
                Ok(guard) => guard,
                Err(_) => return Ok(held),
            },
            _ => self.renewal.lock().await,
        };
        {
            let current = self.current();
            if let Some(renewed) = &current.authorization
                && now < renewed.renew_at
            {
                return Ok(renewed.clone());
            }
            if let Some((until, error)) = &current.failure
                && now < *until
            {
                return Err(error.clone());
            }
        }
        let new = self.renew(now).await;
        let mut current = self.current();
        match new {
            Ok(new) => {
                *current = Current {
                    authorization: Some(new.clone()),
                    failure: None,
                };
                Ok(new)
            }
            Err(error) => {
                if let Some(held) = current
                    .authorization
                    .as_mut()
                    .filter(|held| held.is_valid(now))
                {
                    held.renew_at = now + PAUSE_SECONDS;
                    return Ok(held.clone());
                }
                current.failure = Some((now + PAUSE_SECONDS, error.clone()));
                Err(error)
            }
        }
    }

    fn current(&self) -> std::sync::MutexGuard<'_, Current> {
        lock(&self.current)
    }

    async fn renew(&self, now: i64) -> Result<Authorization, HubError> {
        match &self.credential {
            Credential::SharedAccessKey { policy, key } => {
                let scope = TokenScope {
                    resource: self.resource.clone(),
                    policy: Some(policy.clone()),
                };
                let token = SasToken::sign(&scope, key, now + SAS_SECONDS).map_err(|error| {
                    HubError::without_answer(HubErrorKind::NotAuthorized, error.to_string())
                })?;
                let signed_in = SignedIn {
                    method: SignInMethod::SharedAccessKey {
                        policy: policy.clone(),
                    },
                    principal: None,
                    expires: timestamp(token.expiry),
                };
                Authorization::new(token.expose(), signed_in, now)
            }
            Credential::Entra(chain) => {
                let (token, method) = chain.token(&[IOT_HUB_SCOPE]).await?;
                let bearer = token.token.secret();
                let signed_in = SignedIn {
                    method,
                    principal: principal_id(bearer),
                    expires: timestamp(token.expires_on.unix_timestamp()),
                };
                Authorization::new(&format!("Bearer {bearer}"), signed_in, now)
            }
        }
    }
}

/// Converts seconds since 1970; out of range means never.
fn timestamp(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use azure_core::credentials::{AccessToken, TokenCredential, TokenRequestOptions};
    use azure_core::time::OffsetDateTime;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    /// Returns `token-1`, `token-2`, …, each valid until `NOW` + `until`; fails if that is negative.
    #[derive(Debug, Default)]
    struct Counter {
        calls: AtomicI64,
        until: AtomicI64,
    }

    #[async_trait::async_trait]
    impl TokenCredential for Counter {
        async fn get_token(
            &self,
            _: &[&str],
            _: Option<TokenRequestOptions<'_>>,
        ) -> azure_core::Result<AccessToken> {
            let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
            tokio::task::yield_now().await;
            let until = self.until.load(Ordering::SeqCst);
            if until < 0 {
                return Err(azure_core::Error::with_message(
                    azure_core::error::ErrorKind::Credential,
                    "logged out",
                ));
            }
            let end = OffsetDateTime::from_unix_timestamp(NOW + until).unwrap();
            Ok(AccessToken::new(format!("token-{number}"), end))
        }
    }

    fn authorizer(until: i64) -> (Arc<Counter>, Authorizer) {
        let source = Arc::new(Counter::default());
        source.until.store(until, Ordering::SeqCst);
        let chain = EntraChain::with_source(SignInMethod::AzureCli, source.clone());
        let credential = Credential::Entra(Arc::new(chain));
        (source, Authorizer::new(credential, "h".to_owned()))
    }

    async fn header(authorizer: &Authorizer, at: i64) -> String {
        let authorization = authorizer.authorization_at(NOW + at).await.unwrap();
        authorization.header.to_str().unwrap().to_owned()
    }

    #[tokio::test]
    async fn a_token_is_reused_until_five_minutes_before_its_expiry() {
        let (source, authorizer) = authorizer(3600);
        assert_eq!(header(&authorizer, 0).await, "Bearer token-1");
        assert_eq!(header(&authorizer, 3299).await, "Bearer token-1");
        source.until.store(7200, Ordering::SeqCst);
        assert_eq!(header(&authorizer, 3300).await, "Bearer token-2");
        assert_eq!(source.calls.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_new_token_close_to_its_expiry_is_reused_for_a_while() {
        let (source, authorizer) = authorizer(200);
        assert_eq!(header(&authorizer, 0).await, "Bearer token-1");
        assert_eq!(header(&authorizer, 29).await, "Bearer token-1");
        assert_eq!(header(&authorizer, 30).await, "Bearer token-2");
        assert_eq!(source.calls.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_failed_renewal_keeps_a_token_that_is_still_valid() {
        let (source, authorizer) = authorizer(400);
        assert_eq!(header(&authorizer, 0).await, "Bearer token-1");
        source.until.store(-1, Ordering::SeqCst);
        for at in [100, 129, 130, 399] {
            assert_eq!(header(&authorizer, at).await, "Bearer token-1");
        }
        assert_eq!(source.calls.load(Ordering::SeqCst), 4);
        let error = authorizer.authorization_at(NOW + 430).await.unwrap_err();
        assert_eq!(error.kind, HubErrorKind::NotSignedIn);
        // The failure is remembered for a while too.
        assert!(authorizer.authorization_at(NOW + 431).await.is_err());
        assert_eq!(source.calls.load(Ordering::SeqCst), 5);
    }

    #[tokio::test]
    async fn debug_output_hides_tokens_and_keys() {
        let (_, entra) = authorizer(3600);
        entra.authorization_at(NOW).await.unwrap();
        let key = Credential::SharedAccessKey {
            policy: "service".to_owned(),
            key: Secret::new("c2VjcmV0LWtleQ=="),
        };
        let sas = Authorizer::new(key, "h".to_owned());
        let header = sas.authorization_at(NOW).await.unwrap();
        let shown = format!("{entra:?} {sas:?} {header:?}");
        for secret in ["token-1", "Bearer", "c2VjcmV0LWtleQ", "sig="] {
            assert!(!shown.contains(secret), "{secret}: {shown}");
        }
    }

    #[tokio::test]
    async fn a_signed_token_lasts_an_hour_and_is_renewed_before_its_expiry() {
        let key = Credential::SharedAccessKey {
            policy: "service".to_owned(),
            key: Secret::new("c2VjcmV0LWtleQ=="),
        };
        let sas = Authorizer::new(key, "h".to_owned());
        let first = header(&sas, 0).await;
        assert!(first.contains(&format!("&se={}", NOW + 3600)), "{first}");
        assert_eq!(header(&sas, 3299).await, first);
        assert_ne!(header(&sas, 3300).await, first);
        let signed_in = sas.authorization_at(NOW).await.unwrap().signed_in;
        assert_eq!(
            signed_in.method.to_string(),
            "shared access key of policy `service`"
        );
    }
}
