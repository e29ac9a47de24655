//! A container's SAS, signed with the account key.

use azure_core::credentials::Secret;
use azure_core::hmac::hmac_sha256;
use jiff::Timestamp;

use crate::hub::encode;
use crate::invalid_input::InvalidInput;

/// The service version of the signature: old enough for sovereign clouds and emulators.
const VERSION: &str = "2021-12-02";

/// What a SAS allows, where and until when. It has no start: the storage's clock may be behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ContainerSas {
    pub(crate) account: String,
    pub(crate) container: String,
    /// The letters of `sp`, in the required order.
    pub(crate) rights: &'static str,
    pub(crate) expiry: Timestamp,
    pub(crate) https_only: bool,
}

/// A time in the format of a SAS: UTC, to the second.
pub(crate) fn sas_time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

impl ContainerSas {
    /// The fields of a service SAS in their documented order.
    fn string_to_sign(&self) -> String {
        let Self {
            account,
            container,
            rights,
            ..
        } = self;
        let expiry = sas_time(self.expiry);
        let resource = format!("/blob/{account}/{container}");
        let protocol = self.protocol().unwrap_or_default();
        let none = "";
        [
            rights, none, // start
            &expiry, &resource, none, // stored access policy
            none, // addresses
            protocol, VERSION, "c",  // a container
            none, // snapshot
            none, // encryption scope
            none, // and five headers of the answer
            none, none, none, none,
        ]
        .join("\n")
    }

    fn protocol(&self) -> Option<&'static str> {
        self.https_only.then_some("https")
    }

    /// The SAS token, which is the URL's query and a secret.
    ///
    /// # Errors
    /// A key that is not base64.
    pub(crate) fn sign(&self, key: &Secret) -> Result<Secret, InvalidInput> {
        let signature = hmac_sha256(&self.string_to_sign(), key)
            .map_err(|_| InvalidInput::new("the account key is not base64"))?;
        let mut token = format!(
            "sv={VERSION}&sr=c&sp={}&se={}",
            self.rights,
            encode(&sas_time(self.expiry))
        );
        if let Some(protocol) = self.protocol() {
            token = format!("{token}&spr={protocol}");
        }
        Ok(Secret::new(format!("{token}&sig={}", encode(&signature))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sas(https_only: bool) -> ContainerSas {
        ContainerSas {
            account: "acct".to_owned(),
            container: "logs".to_owned(),
            rights: "acw",
            expiry: "2026-11-22T13:00:00Z".parse().unwrap(),
            https_only,
        }
    }

    /// The signatures were computed with Python: hmac.new(b64decode(key), text, sha256), where the
    /// text is put together from the public documentation of a service SAS.
    #[test]
    fn a_signature_equals_that_of_another_implementation() {
        let key = Secret::new("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
        assert_eq!(
            sas(true).sign(&key).unwrap().secret(),
            "sv=2021-12-02&sr=c&sp=acw&se=2026-11-22T13%3A00%3A00Z&spr=https&sig=WqLF%2F%2FrcV77P6aHGZCC2zSXihnE5K6%2Fss9PV1N4xs1w%3D"
        );
        assert_eq!(
            sas(false).sign(&key).unwrap().secret(),
            "sv=2021-12-02&sr=c&sp=acw&se=2026-11-22T13%3A00%3A00Z&sig=jHLWKuNqonaL6oCip9e%2BN1PyH5zK8oW7BA5eRidyHxs%3D"
        );
    }
}
