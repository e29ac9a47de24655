//! Which identity Azure's own environment variables name.
//!
//! The variables are those of the Azure SDKs. What they name half is refused: a service principal
//! without its secret must not silently become whoever is logged in to `az`.

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

/// The identity that the environment names.
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
        /// The user-assigned identity; none is the system's.
        client: Option<String>,
        /// What its endpoint wants to see with each request.
        header: Secret,
    },
}

/// What the environment says about signing in.
#[derive(Debug, Clone, Default)]
pub(super) struct Environment {
    pub(super) named: Option<NamedIdentity>,
    /// Why no identity is taken from the environment.
    pub(super) passed_over: Option<String>,
}

/// The environment names an identity in a way that can't sign in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnusableIdentity {
    /// Some of the variables that belong together are missing.
    #[error("{set} is set, and {missing} is not")]
    Incomplete {
        /// The variable that names the identity.
        set: &'static str,
        /// The first one that is missing.
        missing: &'static str,
    },
    /// Client certificates.
    #[error("{CERTIFICATE} is set, and signing in with a client certificate is not supported")]
    Certificate,
    /// A service principal without a secret, or a managed identity without its endpoint.
    #[error("{TENANT} and {CLIENT} are set, and neither {SECRET} nor {FEDERATED} is")]
    NoSecret,
    /// A tenant is a GUID or a domain.
    #[error("{TENANT} is not the id of a tenant")]
    BadTenant,
}

impl UnusableIdentity {
    /// What to do, in words that can be pasted.
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
    /// Reads the variables through `variable`. A blank one counts as not set.
    ///
    /// # Errors
    /// An identity is named half, or in a way that is not supported.
    pub(super) fn read(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, UnusableIdentity> {
        let get = |name: &str| variable(name).filter(|value| !value.trim().is_empty());
        let needed =
            |set, name| get(name).ok_or(UnusableIdentity::Incomplete { set, missing: name });
        let tenant = |set| {
            let tenant = needed(set, TENANT)?;
            // Refused here without repeating it: values get mixed up, and another one is a secret.
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
                passed_over: None,
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
        let passed_over = match (endpoint, header) {
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
            (Some(_), None) => format!("{ENDPOINT} is set, and {HEADER} is not"),
            (None, _) if get(MSI).is_some() => {
                "the managed identity behind MSI_ENDPOINT (Cloud Shell, Azure ML) is not supported"
                    .to_owned()
            }
            (None, _) => format!("none of {FEDERATED}, {SECRET} and {ENDPOINT} is set"),
        };
        Ok(Self {
            named: None,
            passed_over: Some(passed_over),
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

    /// The first letter of what is named: Workload, ClientSecret, Managed or nothing.
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
        assert_eq!(named(&[(SECRET, " "), (FEDERATED, "")]), '-');
    }

    #[test]
    fn a_client_id_alone_is_for_a_managed_identity() {
        assert_eq!(named(&[(CLIENT, "c")]), '-');
        let environment = read(&[
            (ENDPOINT, "http://127.0.0.1:1"),
            (HEADER, "h"),
            (CLIENT, "c"),
        ])
        .unwrap();
        assert!(matches!(
            environment.named,
            Some(NamedIdentity::Managed { client: Some(client), .. }) if client == "c"
        ));
    }

    #[test]
    fn what_is_named_half_is_refused() {
        for (pairs, words) in [
            (
                &[(SECRET, "s"), (CLIENT, "c")][..],
                "AZURE_CLIENT_SECRET is set, and AZURE_TENANT_ID is not",
            ),
            (
                &[(SECRET, "s"), (TENANT, "t")],
                "AZURE_CLIENT_SECRET is set, and AZURE_CLIENT_ID is not",
            ),
            (
                &[(FEDERATED, "/f"), (TENANT, "t")],
                "AZURE_FEDERATED_TOKEN_FILE is set, and AZURE_CLIENT_ID is not",
            ),
            (
                &[(TENANT, "t"), (CLIENT, "c")],
                "AZURE_TENANT_ID and AZURE_CLIENT_ID are set, and neither AZURE_CLIENT_SECRET nor \
                 AZURE_FEDERATED_TOKEN_FILE is",
            ),
            (
                &[(CERTIFICATE, "/c.pem"), (TENANT, "t"), (CLIENT, "c")],
                "AZURE_CLIENT_CERTIFICATE_PATH is set, and signing in with a client certificate is \
                 not supported",
            ),
            (
                &[(SECRET, "s"), (CLIENT, "c"), (TENANT, "p@ss word")],
                "AZURE_TENANT_ID is not the id of a tenant",
            ),
        ] {
            assert_eq!(read(pairs).unwrap_err().to_string(), words);
        }
    }

    #[test]
    fn managed_identities_that_are_not_supported_are_passed_over_and_named() {
        for (pairs, words) in [
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
            let reason = environment.passed_over.unwrap();
            assert!(reason.contains(words), "{reason}");
        }
    }
}
