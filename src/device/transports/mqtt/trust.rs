//! Whom a connection trusts, read anew for each: certificates are replaced while a module runs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio_rustls::rustls::ClientConfig;

use super::tls::{ClientCertificate, Roots, certificates, client_config, private_key};
use super::workload::Workload;
use crate::text_file::decode;

/// Where certificates come from.
#[derive(Debug, Clone)]
pub(super) struct Trust {
    /// The gateway's issuers, from the workload API. The system's don't count then.
    pub(super) bundle: Option<Workload>,
    /// More certificates to trust.
    pub(super) ca_file: Option<PathBuf>,
    /// The certificate and the key that stand for the identity.
    pub(super) certificate: Option<(PathBuf, PathBuf)>,
}

impl Trust {
    /// The settings for a connection.
    ///
    /// # Errors
    /// A file or the workload API can't be read, or what they hold does not fit. The message names it,
    /// and holds nothing of a key.
    pub(super) async fn config(&self) -> Result<Arc<ClientConfig>, String> {
        let mut roots = match &self.ca_file {
            Some(path) => certificates(&text_of(path)?).map_err(|reason| in_file(path, &reason))?,
            None => Vec::new(),
        };
        let roots = match &self.bundle {
            None => Roots::SystemAnd(roots),
            Some(workload) => {
                let pem = workload.trust_bundle().await?;
                let bundle = certificates(&pem)
                    .map_err(|reason| format!("the trust bundle of the workload API: {reason}"))?;
                roots.extend(bundle);
                Roots::Only(roots)
            }
        };
        let certificate = match &self.certificate {
            None => None,
            Some((chain, key)) => Some(ClientCertificate {
                chain: certificates(&text_of(chain)?).map_err(|reason| in_file(chain, &reason))?,
                key: private_key(&text_of(key)?).map_err(|reason| in_file(key, &reason))?,
            }),
        };
        client_config(&roots, certificate)
    }
}

fn text_of(path: &Path) -> Result<String, String> {
    let bytes = std::fs::read(path).map_err(|error| in_file(path, &error.to_string()))?;
    decode(&bytes).map_err(|reason| in_file(path, reason))
}

fn in_file(path: &Path, reason: &str) -> String {
    format!("`{}`: {reason}", path.display())
}
