//! The sources of a token, one after the other.

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
use super::reason;
use crate::error_chain::innermost_cause;
use crate::hub::error::{HubError, HubErrorKind};
use crate::hub::signed_in::SignInMethod;

/// How long one source may take. `az` alone takes some seconds on a slow machine.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// The identities to sign in with, in order: what the environment names, or else `az` and then
/// `azd`. Whichever gives the first token gives all of them.
pub struct EntraChain {
    sources: Vec<Source>,
    /// Why no source of the environment is among them.
    passed_over: Option<String>,
    chosen: OnceLock<usize>,
    time_limit: Duration,
}

/// One source of tokens.
struct Source {
    method: SignInMethod,
    /// Or why it can't work.
    credential: Result<Arc<dyn TokenCredential>, String>,
    kind: SourceKind,
}

enum SourceKind {
    /// The environment names it, so that nothing may take its place. It knows these secrets.
    Named(Vec<Secret>),
    /// A program that may not be there.
    Program(&'static str, Arc<BoundedProcess>),
}

/// No source gave a token. `Display` has a line for each that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInError {
    /// What was tried, and why it gave nothing.
    pub tried: Vec<(String, String)>,
    /// Whether the environment names the identity, so that others were not tried.
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
    /// The chain that this process's environment means. It trusts `roots` as well.
    ///
    /// Nothing is asked yet.
    ///
    /// # Errors
    /// The environment names an identity that can't sign in.
    pub fn of_environment(roots: &[reqwest::Certificate]) -> Result<Self, UnusableIdentity> {
        let environment = Environment::read(|name| std::env::var(name).ok())?;
        let sources = match environment.named {
            Some(identity) => vec![Source::named(identity, roots)],
            None => Source::programs(&Arc::default(), &Arc::default()),
        };
        Ok(Self {
            sources,
            passed_over: environment.passed_over,
            chosen: OnceLock::new(),
            time_limit: TIME_LIMIT,
        })
    }

    /// A chain of one source.
    #[cfg(test)]
    pub(in crate::hub) fn of(method: SignInMethod, credential: Arc<dyn TokenCredential>) -> Self {
        let source = Source {
            method,
            credential: Ok(credential),
            kind: SourceKind::Program("az", Arc::default()),
        };
        Self {
            sources: vec![source],
            passed_over: None,
            chosen: OnceLock::new(),
            time_limit: TIME_LIMIT,
        }
    }

    /// `az` and `azd` as they are found in `search_path`, each of which may take this long.
    #[cfg(test)]
    pub(super) fn of_programs(search_path: &std::path::Path, time_limit: Duration) -> Self {
        let process = || Arc::new(BoundedProcess::searching(search_path));
        Self {
            sources: Source::programs(&process(), &process()),
            passed_over: None,
            chosen: OnceLock::new(),
            time_limit,
        }
    }

    /// A token for these scopes, and what gave it. Not kept: who asks again gets another one.
    ///
    /// # Errors
    /// No source gives one within its time.
    pub async fn token(&self, scopes: &[&str]) -> Result<(AccessToken, SignInMethod), SignInError> {
        let chosen = self.chosen.get();
        let mut tried = Vec::new();
        if let Some(reason) = &self.passed_over
            && chosen.is_none()
        {
            tried.push(("environment".to_owned(), reason.clone()));
        }
        let mut is_named = false;
        for (index, source) in self.sources.iter().enumerate() {
            // Another identity must not take over in the middle of a run.
            if chosen.is_some_and(|chosen| *chosen != index) {
                continue;
            }
            let asked = tokio::time::timeout(self.time_limit, source.ask(scopes)).await;
            let reason = match asked {
                Ok(Ok(token)) => {
                    let _ = self.chosen.set(index);
                    return Ok((token, source.method.clone()));
                }
                Ok(Err(reason)) => reason,
                Err(_) => format!(
                    "gave no token within {}",
                    humantime::format_duration(self.time_limit)
                ),
            };
            tried.push((source.name(), reason));
            is_named = matches!(source.kind, SourceKind::Named(_));
        }
        Err(SignInError { tried, is_named })
    }
}

/// The chain as the Azure SDK's other clients take it.
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
                let options = authority_options(roots, TIME_LIMIT).and_then(|client_options| {
                    WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
                        credential_options: ClientAssertionCredentialOptions { client_options },
                        client_id: Some(client),
                        tenant_id: Some(tenant),
                        token_file_path: Some(file),
                    }))
                });
                let credential = match options {
                    Ok(credential) => Ok(credential as Arc<dyn TokenCredential>),
                    Err(error) => Err(format!("`{path}`: {}", reason::of_request(&error, &[]))),
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
                let secrets = vec![secret.clone()];
                let credential = authority_options(roots, TIME_LIMIT).and_then(|client_options| {
                    let options = ClientSecretCredentialOptions { client_options };
                    ClientSecretCredential::new(&tenant, client, secret, Some(options))
                });
                Self::of_library(SignInMethod::ClientSecret, credential, secrets)
            }
            NamedIdentity::Managed { client, header } => {
                let credential = identity_options(TIME_LIMIT).and_then(|client_options| {
                    ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
                        client_options,
                        user_assigned_id: client.map(UserAssignedId::ClientId),
                    }))
                });
                Self::of_library(SignInMethod::ManagedIdentity, credential, vec![header])
            }
        }
    }

    fn of_library<C: TokenCredential + 'static>(
        method: SignInMethod,
        credential: azure_core::Result<Arc<C>>,
        secrets: Vec<Secret>,
    ) -> Self {
        let credential = match credential {
            Ok(credential) => Ok(credential as Arc<dyn TokenCredential>),
            Err(error) => Err(reason::shown(&innermost_cause(&error), &secrets)),
        };
        Self {
            method,
            credential,
            kind: SourceKind::Named(secrets),
        }
    }

    /// `az` and `azd`, each run in a way of its own.
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
        let mut sources = vec![
            Self::of_library(SignInMethod::AzureCli, cli, Vec::new()),
            Self::of_library(SignInMethod::AzureDeveloperCli, developer_cli, Vec::new()),
        ];
        for (source, kind) in sources.iter_mut().zip([
            SourceKind::Program("az", Arc::clone(az)),
            SourceKind::Program("azd", Arc::clone(azd)),
        ]) {
            source.kind = kind;
        }
        sources
    }

    /// The name for people, with what to look at.
    fn name(&self) -> String {
        let variable = match self.method {
            SignInMethod::WorkloadIdentity => " (AZURE_FEDERATED_TOKEN_FILE)",
            SignInMethod::ClientSecret => " (AZURE_CLIENT_SECRET)",
            SignInMethod::ManagedIdentity => " (IDENTITY_ENDPOINT)",
            _ => "",
        };
        format!("{}{variable}", self.method)
    }

    async fn ask(&self, scopes: &[&str]) -> Result<AccessToken, String> {
        let credential = self.credential.as_ref().map_err(Clone::clone)?;
        let error = match credential.get_token(scopes, None).await {
            Ok(token) => return Ok(token),
            Err(error) => error,
        };
        Err(match &self.kind {
            SourceKind::Named(secrets) => reason::of_request(&error, secrets),
            SourceKind::Program(program, process) => match process.last() {
                Some(Ending::NotFound) => format!("`{program}` is not installed"),
                Some(Ending::Success) => format!("what `{program}` printed is not a token"),
                Some(Ending::Failure(Some(code))) => {
                    format!(
                        "`{program}` ended with {code}: {}",
                        reason::of_program(&error)
                    )
                }
                Some(Ending::Failure(None)) => format!("`{program}` was killed"),
                None => reason::shown(&innermost_cause(&error), &[]),
            },
        })
    }
}
