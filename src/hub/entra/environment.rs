//! Reads the identity from the environment variables of the Azure SDKs.
//!
//! An incomplete identity is an error: a service principal without its secret must not silently be
//! replaced by the user logged in to `az`.

use std::path::PathBuf;

use azure_core::credentials::Secret;

const TENANT: &str = "AZURE_TENANT_ID";
const CLIENT: &str = "AZURE_CLIENT_ID";
const SECRET: &str = "AZURE_CLIENT_SECRET";
const CERTIFICATE: &str = "AZURE_CLIENT_CERTIFICATE_PATH";
const FEDERATED: &str = "AZURE_FEDERATED_TOKEN_FILE";
const ENDPOINT: &str = "IDENTITY_ENDPOINT";
const HEADER: &str = "IDENTITY_HEADER";
const THUMBPRINT: &str = "IDENTITY_SERVER_THUMBPRINT";
const ARC: &str = "IMDS_ENDPOINT";
const MSI: &str = "MSI_ENDPOINT";

/// The variables that name an identity.
pub(crate) const IDENTITY_VARIABLES: &[&str] = &[
    TENANT,
    CLIENT,
    SECRET,
    CERTIFICATE,
    FEDERATED,
    ENDPOINT,
    HEADER,
    THUMBPRINT,
    ARC,
    MSI,
];

/// The identity named by the environment variables.
#[derive(Debug, Clone)]
pub(super) enum NamedIdentity {
    /// A pod's federated token.
    Workload {
        tenant: String,
        client: String,
        file: PathBuf,
    },
    /// A service principal and its secret.
    ClientSecret {
        tenant: String,
        client: String,
        secret: Secret,
    },
    /// The identity of an App Service, a Function or a Container App.
    Managed {
        /// The user-assigned identity; `None` for the system-assigned one.
        client: Option<String>,
        /// The secret that its endpoint requires in each request.
        header: Secret,
    },
}

/// The result of reading the environment variables.
#[derive(Debug, Clone, Default)]
pub(super) struct Environment {
    pub(super) named: Option<NamedIdentity>,
    /// Why they name no identity.
    pub(super) no_identity_reason: Option<String>,
}

/// The environment variables name an identity that can't sign in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnusableIdentity {
    /// A related variable is missing.
    #[error("{set} is set, but {missing} is not")]
    Incomplete {
        /// The variable that names the identity.
        set: &'static str,
        /// The first missing variable.
        missing: &'static str,
    },
    /// Client certificates are not supported.
    #[error("{CERTIFICATE} is set, but signing in with a client certificate is not supported")]
    Certificate,
    /// A service principal without a secret, or a managed identity without its endpoint.
    #[error("{TENANT} and {CLIENT} are set, but neither {SECRET} nor {FEDERATED} is")]
    NoSecret,
    /// The tenant is neither a GUID nor a domain.
    #[error("{TENANT} is not a tenant id")]
    BadTenant,
}

impl UnusableIdentity {
    /// What to do, with a command that can be pasted.
    pub fn hint(&self) -> String {
        match self {
            Self::Incomplete { set, missing } => {
                format!("set {missing} too, or sign in with `az login` after: unset {set}")
            }
            Self::Certificate => {
                format!("set {SECRET}, or sign in with `az login` after: unset {CERTIFICATE}")
            }
            Self::NoSecret => {
                format!("set {SECRET}, or sign in with `az login` after: unset {CLIENT}")
            }
            Self::BadTenant => {
                "compare it with: az account show --query tenantId -o tsv".to_owned()
            }
        }
    }
}

impl Environment {
    /// Reads the variables through `variable`. A blank one counts as unset.
    ///
    /// # Errors
    /// The identity is incomplete or not supported.
    pub(super) fn read(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, UnusableIdentity> {
        let get = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let needed =
            |set, name| get(name).ok_or(UnusableIdentity::Incomplete { set, missing: name });
        let tenant = |set| {
            let tenant = needed(set, TENANT)?;
            // Checked here so that no message shows it: variables get mixed up, and it may be a secret.
            let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
            if tenant.chars().all(fits) {
                Ok(tenant)
            } else {
                Err(UnusableIdentity::BadTenant)
            }
        };
        let named = |identity| {
            Ok(Self {
                named: Some(identity),
                no_identity_reason: None,
            })
        };
        if let Some(file) = get(FEDERATED) {
            return named(NamedIdentity::Workload {
                tenant: tenant(FEDERATED)?,
                client: needed(FEDERATED, CLIENT)?,
                file: file.into(),
            });
        }
        if let Some(secret) = get(SECRET) {
            return named(NamedIdentity::ClientSecret {
                tenant: tenant(SECRET)?,
                client: needed(SECRET, CLIENT)?,
                secret: Secret::new(secret),
            });
        }
        if get(CERTIFICATE).is_some() {
            return Err(UnusableIdentity::Certificate);
        }
        let (endpoint, header) = (get(ENDPOINT), get(HEADER));
        let reason = match (endpoint, header) {
            (Some(_), Some(header)) if variable(THUMBPRINT).is_none() => {
                return named(NamedIdentity::Managed {
                    client: get(CLIENT),
                    header: Secret::new(header),
                });
            }
            _ if get(TENANT).is_some() && get(CLIENT).is_some() => {
                return Err(UnusableIdentity::NoSecret);
            }
            (Some(_), Some(_)) => {
                "the managed identity of Service Fabric is not supported".to_owned()
            }
            (Some(_), None) if get(ARC).is_some() => {
                "the managed identity of Azure Arc is not supported".to_owned()
            }
            (Some(_), None) => format!("{ENDPOINT} is set, but {HEADER} is not"),
            (None, _) if get(MSI).is_some() => {
                "the managed identity behind MSI_ENDPOINT (Cloud Shell, Azure ML) is not supported"
                    .to_owned()
            }
            (None, _) => format!("none of {FEDERATED}, {SECRET} and {ENDPOINT} is set"),
        };
        Ok(Self {
            named: None,
            no_identity_reason: Some(reason),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Environment, UnusableIdentity> {
        Environment::read(|name| {
            let found = pairs.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    /// The initial of the identity: Workload, ClientSecret or Managed; `-` for none.
    fn named(pairs: &[(&str, &str)]) -> char {
        match read(pairs).unwrap().named {
            Some(NamedIdentity::Workload { .. }) => 'W',
            Some(NamedIdentity::ClientSecret { .. }) => 'C',
            Some(NamedIdentity::Managed { .. }) => 'M',
            None => '-',
        }
    }

    #[test]
    fn workload_comes_before_secret_and_secret_before_managed_identity() {
        let all = [
            (TENANT, "t"),
            (CLIENT, "c"),
            (FEDERATED, "/f"),
            (SECRET, "s"),
            (ENDPOINT, "http://127.0.0.1:1"),
            (HEADER, "h"),
        ];
        assert_eq!(named(&all), 'W');
        let without: Vec<_> = all
            .iter()
            .copied()
            .filter(|(name, _)| *name != FEDERATED)
            .collect();
        assert_eq!(named(&without), 'C');
        let without: Vec<_> = without
            .iter()
            .copied()
            .filter(|(name, _)| *name != SECRET)
            .collect();
        assert_eq!(named(&without), 'M');
        assert_eq!(named(&[]), '-');
        assert_eq!(named(&[(CLIENT, "c")]), '-');
        assert_eq!(named(&[(SECRET, " "), (FEDERATED, "")]), '-');
    }

    #[test]
    fn unsupported_managed_identities_are_skipped_with_a_reason() {
        for (pairs, expected) in [
            (&[(ENDPOINT, "x"), (ARC, "y")][..], "Azure Arc"),
            (&[(MSI, "x")], "Cloud Shell"),
            (
                &[(ENDPOINT, "x"), (HEADER, "h"), (THUMBPRINT, "t")],
                "Service Fabric",
            ),
            (&[(ENDPOINT, "x")], "IDENTITY_HEADER is not"),
        ] {
            let environment = read(pairs).unwrap();
            assert!(environment.named.is_none());
            let reason = environment.no_identity_reason.unwrap();
            assert!(reason.contains(expected), "{reason}");
        }
    }
}
