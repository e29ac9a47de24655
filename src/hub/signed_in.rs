//! The identity that signed in to a hub, without its token.

use std::fmt;

use jiff::Timestamp;

/// How a token was obtained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInMethod {
    /// The key of a shared access policy.
    SharedAccessKey {
        /// The policy, such as `service`.
        policy: String,
    },
    /// A federated token, such as that of a Kubernetes pod.
    WorkloadIdentity,
    /// A service principal's secret.
    ClientSecret,
    /// The managed identity of an Azure service.
    ManagedIdentity,
    /// The account logged in to `az`.
    AzureCli,
    /// The account logged in to `azd`.
    AzureDeveloperCli,
}

impl SignInMethod {
    /// Whether it is an Entra ID identity, which needs a role assignment.
    pub fn is_entra(&self) -> bool {
        !matches!(self, Self::SharedAccessKey { .. })
    }
}

impl fmt::Display for SignInMethod {
    /// A display name such as `Azure CLI`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SharedAccessKey { policy } => {
                write!(f, "shared access key of policy `{policy}`")
            }
            Self::WorkloadIdentity => f.write_str("workload identity"),
            Self::ClientSecret => f.write_str("client secret"),
            Self::ManagedIdentity => f.write_str("managed identity"),
            Self::AzureCli => f.write_str("Azure CLI"),
            Self::AzureDeveloperCli => f.write_str("Azure Developer CLI"),
        }
    }
}

/// A token's origin, identity and expiry, without the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// How it was obtained.
    pub method: SignInMethod,
    /// The object id of the Entra ID identity, if the token contains it.
    pub principal: Option<String>,
    /// When the token expires.
    pub expires: Timestamp,
}
