//! IoT Hub's SAS tokens: signed by clients, verified by the loopback hub.

use azure_core::credentials::Secret;
use azure_core::hmac::hmac_sha256;

use super::url_component::encode;

/// The scope of a token: its resource `sr` and policy `skn`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenScope {
    /// The resource, unencoded: a hub's host name, or a path below it.
    pub resource: String,
    /// The shared access policy; `None` for devices and modules.
    pub policy: Option<String>,
}

/// A SAS token. `Debug` hides the signature.
#[derive(Debug, Clone)]
pub struct SasToken {
    /// The whole header value.
    value: Secret,
    /// The expiry, in seconds since 1970.
    pub expiry: i64,
}

/// The key is not base64.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the shared access key can't sign a token")]
pub struct SigningError;

/// The parts of a token, decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
struct TokenParts {
    resource: String,
    signature: String,
    expiry: i64,
    policy: Option<String>,
}

const PREFIX: &str = "SharedAccessSignature ";

impl SasToken {
    /// Signs a token that expires at `expiry`, in seconds since 1970.
    ///
    /// # Errors
    /// The key is not base64.
    pub fn sign(scope: &TokenScope, key: &Secret, expiry: i64) -> Result<Self, SigningError> {
        let resource = encode(&scope.resource);
        let signature = signature(&resource, expiry, key)?;
        let mut value = format!(
            "{PREFIX}sr={resource}&sig={}&se={expiry}",
            encode(&signature)
        );
        if let Some(policy) = &scope.policy {
            value.push_str("&skn=");
            value.push_str(&encode(policy));
        }
        Ok(Self {
            value: Secret::new(value),
            expiry,
        })
    }

    /// What has to be signed for a resource that is not encoded, for a key that only another process
    /// has.
    #[cfg(feature = "device")]
    pub(crate) fn to_be_signed(resource: &str, expiry: i64) -> String {
        format!("{}\n{expiry}", encode(resource))
    }

    /// A token of a device or a module with a signature made elsewhere, in base64.
    #[cfg(feature = "device")]
    pub(crate) fn signed_elsewhere(resource: &str, expiry: i64, signature: &str) -> Self {
        let (resource, signature) = (encode(resource), encode(signature));
        Self {
            value: Secret::new(format!("{PREFIX}sr={resource}&sig={signature}&se={expiry}")),
            expiry,
        }
    }

    /// The value of the `Authorization` header, to be sent but never shown.
    pub fn expose(&self) -> &str {
        self.value.secret()
    }

    /// Whether `header` is a token signed with `key` that covers `scope` and is valid at `now`.
    pub fn verify(header: &str, scope: &TokenScope, key: &Secret, now: i64) -> bool {
        let Some(parts) = TokenParts::parse(header) else {
            return false;
        };
        // The signature covers the resource as the client encoded it, which may differ from our
        // encoding.
        let Some(encoded) = raw_value(header, "sr") else {
            return false;
        };
        let Ok(expected) = signature(encoded, parts.expiry, key) else {
            return false;
        };
        let resource = parts.resource.to_ascii_lowercase();
        let wanted = scope.resource.to_ascii_lowercase();
        let covers = wanted == resource || wanted.starts_with(&format!("{resource}/"));
        // `Secret` compares in constant time.
        Secret::new(expected) == Secret::new(parts.signature)
            && covers
            && parts.policy == scope.policy
            && parts.expiry > now
    }
}

/// The base64 signature of an encoded resource.
fn signature(encoded_resource: &str, expiry: i64, key: &Secret) -> Result<String, SigningError> {
    hmac_sha256(&format!("{encoded_resource}\n{expiry}"), key).map_err(|_| SigningError)
}

fn raw_value<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    header
        .strip_prefix(PREFIX)?
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(name, _)| *name == key)
        .map(|(_, value)| value)
}

impl TokenParts {
    fn parse(header: &str) -> Option<Self> {
        let decode = |key| {
            let value = raw_value(header, key)?;
            percent_encoding::percent_decode_str(value)
                .decode_utf8()
                .ok()
                .map(|text| text.into_owned())
        };
        Some(Self {
            resource: decode("sr")?,
            signature: decode("sig")?,
            expiry: decode("se")?.parse().ok()?,
            policy: decode("skn"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> TokenScope {
        TokenScope {
            resource: "myhub.azure-devices.net".to_owned(),
            policy: Some("service".to_owned()),
        }
    }

    fn key() -> Secret {
        Secret::new("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
    }

    #[test]
    fn a_token_equals_that_of_another_implementation() {
        // Computed with Python:
        // hmac.new(b64decode(key), b"myhub.azure-devices.net\n1795340000", sha256).
        let token = SasToken::sign(&scope(), &key(), 1_795_340_000).unwrap();
        assert_eq!(
            token.expose(),
            "SharedAccessSignature sr=myhub.azure-devices.net\
             &sig=Bq9l8Wqsze%2FenJ6rO3RQe%2BHfywbDKMCid8siKoEEJHU%3D&se=1795340000&skn=service"
        );
    }

    #[test]
    fn a_token_is_valid_for_its_hub_key_and_time() {
        let token = SasToken::sign(&scope(), &key(), 2000).unwrap();
        assert!(SasToken::verify(token.expose(), &scope(), &key(), 1999));
        assert!(!SasToken::verify(token.expose(), &scope(), &key(), 2000));
        assert!(!SasToken::verify(
            token.expose(),
            &scope(),
            &Secret::new("b3RoZXI="),
            1999
        ));
        let other = TokenScope {
            resource: "other.azure-devices.net".to_owned(),
            ..scope()
        };
        assert!(!SasToken::verify(token.expose(), &other, &key(), 1999));
        let below = TokenScope {
            resource: "myhub.azure-devices.net/devices/d".to_owned(),
            ..scope()
        };
        assert!(SasToken::verify(token.expose(), &below, &key(), 1999));
        assert!(!SasToken::verify("Bearer x", &scope(), &key(), 1999));
    }

    #[test]
    fn debug_hides_the_signature() {
        let token = SasToken::sign(&scope(), &key(), 2000).unwrap();
        assert!(!format!("{token:?}").contains("sig="));
    }
}
