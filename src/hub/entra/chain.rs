//! Tries the sources of a token one after the other.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use azure_core::credentials::{AccessToken, Secret, TokenCredential, TokenRequestOptions};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential,
    AzureDeveloperCliCredentialOptions, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, Executor, ManagedIdentityCredential,
    ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};

use super::environment::{Environment, NamedIdentity, UnusableIdentity};
use super::http::{authority_options, identity_options};
use super::process::{BoundedProcess, Ending};
use super::token_failure;
use crate::error_chain::innermost_cause;
use crate::hub::error::{HubError, HubErrorKind};
use crate::hub::signed_in::SignInMethod;
use crate::redact::remember;

/// The time limit for each source. `az` takes some seconds on a slow machine.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// The identities to sign in with: the one in the environment variables, or else `az`, then `azd`. The
/// source of the first token is used for all later ones.
pub struct EntraChain {
    sources: Vec<Source>,
    /// Why the environment variables give no source.
    no_identity_reason: Option<String>,
    chosen: OnceLock<usize>,
    time_limit: Duration,
}

/// One source of tokens.
struct Source {
    method: SignInMethod,
    /// The credential, or why it can't be used.
    credential: Result<Arc<dyn TokenCredential>, String>,
    kind: SourceKind,
}

enum SourceKind {
    /// Named by the environment variables, so no other source is tried. Its secrets are redacted.
    Named(Vec<Secret>),
    /// A program that may not be installed.
    Program(&'static str, Arc<BoundedProcess>),
}

/// No source returned a token. `Display` has a line for each one tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInError {
    /// The sources tried, and why each failed.
    pub tried: Vec<(String, String)>,
    /// Whether the environment variables name the identity, so that no others were tried.
    pub is_named: bool,
}

impl fmt::Display for SignInError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, reason)) in self.tried.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(f, "{end}{name}: {reason}")?;
        }
        Ok(())
    }
}

impl std::error::Error for SignInError {}

impl From<SignInError> for HubError {
    fn from(error: SignInError) -> Self {
        let kind = if error.is_named {
            HubErrorKind::SignInRefused
        } else {
            HubErrorKind::NotSignedIn
        };
        Self::without_answer(kind, error.to_string())
    }
}

impl fmt::Debug for EntraChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let methods = self.sources.iter().map(|source| &source.method);
        f.debug_list().entries(methods).finish()
    }
}

impl EntraChain {
    /// The chain for the environment variables of this process. It trusts `roots` in addition to the
    /// system's certificates.
    ///
    /// # Errors
    /// The environment variables name an identity that can't sign in.
    pub fn from_environment(roots: &[reqwest::Certificate]) -> Result<Self, UnusableIdentity> {
        let environment = Environment::read(|name| std::env::var(name).ok())?;
        let sources = match environment.named {
            Some(identity) => vec![Source::named(identity, roots)],
            None => Source::programs(&Arc::default(), &Arc::default()),
        };
        Ok(Self {
            sources,
            no_identity_reason: environment.no_identity_reason,
            chosen: OnceLock::new(),
            time_limit: TIME_LIMIT,
        })
    }

    /// A chain with one source.
    #[cfg(test)]
    pub(in crate::hub) fn with_source(
        method: SignInMethod,
        credential: Arc<dyn TokenCredential>,
    ) -> Self {
        let source = Source {
            method,
            credential: Ok(credential),
            kind: SourceKind::Program("az", Arc::default()),
        };
        Self {
            sources: vec![source],
            no_identity_reason: None,
            chosen: OnceLock::new(),
            time_limit: TIME_LIMIT,
        }
    }

    /// A chain with the `az` and `azd` in `search_path`.
    #[cfg(test)]
    pub(super) fn with_programs(search_path: &std::path::Path, time_limit: Duration) -> Self {
        let process = || Arc::new(BoundedProcess::searching(search_path));
        Self {
            sources: Source::programs(&process(), &process()),
            no_identity_reason: None,
            chosen: OnceLock::new(),
            time_limit,
        }
    }

    /// Gets a token for these scopes, and how it was obtained. Doesn't cache it.
    ///
    /// # Errors
    /// No source returned a token in time.
    pub async fn token(&self, scopes: &[&str]) -> Result<(AccessToken, SignInMethod), SignInError> {
        let chosen = self.chosen.get();
        let mut tried = Vec::new();
        if let Some(reason) = &self.no_identity_reason
            && chosen.is_none()
        {
            tried.push(("environment".to_owned(), reason.clone()));
        }
        let mut is_named = false;
        for (index, source) in self.sources.iter().enumerate() {
            // Don't switch to another identity during a run.
            if chosen.is_some_and(|chosen| *chosen != index) {
                continue;
            }
            let result = tokio::time::timeout(self.time_limit, source.get_token(scopes)).await;
            let reason = match result {
                Ok(Ok(token)) => {
                    let _ = self.chosen.set(index);
                    return Ok((token, source.method.clone()));
                }
                Ok(Err(reason)) => reason,
                Err(_) => format!(
                    "no token within {}",
                    humantime::format_duration(self.time_limit)
                ),
            };
            tried.push((source.name(), reason));
            is_named = matches!(source.kind, SourceKind::Named(_));
        }
        Err(SignInError { tried, is_named })
    }
}

/// Lets the chain be used by other clients of the Azure SDK.
#[async_trait::async_trait]
impl TokenCredential for EntraChain {
    async fn get_token(
        &self,
        scopes: &[&str],
        _: Option<TokenRequestOptions<'_>>,
    ) -> azure_core::Result<AccessToken> {
        match self.token(scopes).await {
            Ok((token, _)) => Ok(token),
            Err(error) => Err(azure_core::Error::new(
                azure_core::error::ErrorKind::Credential,
                error,
            )),
        }
    }
}

impl Source {
    fn named(identity: NamedIdentity, roots: &[reqwest::Certificate]) -> Self {
        match identity {
            NamedIdentity::Workload {
                tenant,
                client,
                file,
            } => {
                let path = file.display().to_string();
                // The library reads it for itself. If it can't, it says so.
                if let Ok(token) = std::fs::read_to_string(&file) {
                    remember(token.trim());
                }
                let options = authority_options(roots).and_then(|client_options| {
                    WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
                        credential_options: ClientAssertionCredentialOptions { client_options },
                        client_id: Some(client),
                        tenant_id: Some(tenant),
                        token_file_path: Some(file),
                    }))
                });
                let credential = match options {
                    Ok(credential) => Ok(credential as Arc<dyn TokenCredential>),
                    Err(error) => Err(format!(
                        "`{path}`: {}",
                        token_failure::request_failure(&error, &[])
                    )),
                };
                Self {
                    method: SignInMethod::WorkloadIdentity,
                    credential,
                    kind: SourceKind::Named(Vec::new()),
                }
            }
            NamedIdentity::ClientSecret {
                tenant,
                client,
                secret,
            } => {
                remember(secret.secret());
                let kind = SourceKind::Named(vec![secret.clone()]);
                let credential = authority_options(roots).and_then(|client_options| {
                    let options = ClientSecretCredentialOptions { client_options };
                    ClientSecretCredential::new(&tenant, client, secret, Some(options))
                });
                Self::from_library(SignInMethod::ClientSecret, credential, kind)
            }
            NamedIdentity::Managed { client, header } => {
                let credential = identity_options().and_then(|client_options| {
                    ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
                        client_options,
                        user_assigned_id: client.map(UserAssignedId::ClientId),
                    }))
                });
                let kind = SourceKind::Named(vec![header]);
                Self::from_library(SignInMethod::ManagedIdentity, credential, kind)
            }
        }
    }

    fn from_library<C: TokenCredential + 'static>(
        method: SignInMethod,
        credential: azure_core::Result<Arc<C>>,
        kind: SourceKind,
    ) -> Self {
        let secrets = match &kind {
            SourceKind::Named(secrets) => secrets.as_slice(),
            SourceKind::Program(..) => &[],
        };
        let credential = match credential {
            Ok(credential) => Ok(credential as Arc<dyn TokenCredential>),
            Err(error) => Err(token_failure::one_line(&innermost_cause(&error), secrets)),
        };
        Self {
            method,
            credential,
            kind,
        }
    }

    /// `az` and `azd`.
    fn programs(az: &Arc<BoundedProcess>, azd: &Arc<BoundedProcess>) -> Vec<Self> {
        let executor =
            |process: &Arc<BoundedProcess>| Some(Arc::clone(process) as Arc<dyn Executor>);
        let cli = AzureCliCredential::new(Some(AzureCliCredentialOptions {
            executor: executor(az),
            ..AzureCliCredentialOptions::default()
        }));
        let developer_cli =
            AzureDeveloperCliCredential::new(Some(AzureDeveloperCliCredentialOptions {
                executor: executor(azd),
                ..AzureDeveloperCliCredentialOptions::default()
            }));
        let (az, azd) = (Arc::clone(az), Arc::clone(azd));
        vec![
            Self::from_library(SignInMethod::AzureCli, cli, SourceKind::Program("az", az)),
            Self::from_library(
                SignInMethod::AzureDeveloperCli,
                developer_cli,
                SourceKind::Program("azd", azd),
            ),
        ]
    }

    /// The display name, with the environment variable that selects the source.
    fn name(&self) -> String {
        let variable = match self.method {
            SignInMethod::WorkloadIdentity => " (AZURE_FEDERATED_TOKEN_FILE)",
            SignInMethod::ClientSecret => " (AZURE_CLIENT_SECRET)",
            SignInMethod::ManagedIdentity => " (IDENTITY_ENDPOINT)",
            _ => "",
        };
        format!("{}{variable}", self.method)
    }

    async fn get_token(&self, scopes: &[&str]) -> Result<AccessToken, String> {
        let credential = self.credential.as_ref().map_err(Clone::clone)?;
        let error = match credential.get_token(scopes, None).await {
            Ok(token) => {
                remember(token.token.secret());
                return Ok(token);
            }
            Err(error) => error,
        };
        Err(match &self.kind {
            SourceKind::Named(secrets) => token_failure::request_failure(&error, secrets),
            SourceKind::Program(program, process) => match process.last() {
                Some(Ending::NotFound) => format!("`{program}` is not installed"),
                Some(Ending::Success) => format!("the output of `{program}` is not a token"),
                Some(Ending::Failure(Some(code))) => {
                    format!(
                        "`{program}` exited with {code}: {}",
                        token_failure::program_failure(&error)
                    )
                }
                Some(Ending::Failure(None)) => format!("`{program}` was killed"),
                None => token_failure::one_line(&innermost_cause(&error), &[]),
            },
        })
    }
}
