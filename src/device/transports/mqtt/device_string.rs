//! The connection string of a module or a device.

use azure_core::credentials::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::host_port::HostPort;
use super::identity::Identity;
use crate::hub::{ConnectionStringError, connection_string_pairs, connection_string_text};

/// A parsed connection string. `Debug` hides the key.
#[derive(Debug, Clone)]
pub(super) struct DeviceString {
    pub(super) identity: Identity,
    /// The hub's port, if it has one of its own.
    pub(super) port: Option<u16>,
    pub(super) gateway: Option<HostPort>,
    /// `None`: a certificate stands for the identity.
    pub(super) key: Option<Secret>,
}

/// Why a text is not the connection string of a module or a device. Messages contain no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum DeviceStringError {
    #[error(transparent)]
    Pairs(#[from] ConnectionStringError),
    #[error(
        "it is a hub's connection string; `device run` needs that of a module or a device, with `DeviceId`"
    )]
    ForService,
    #[error("it holds a ready SAS token, which expires; use the one with `SharedAccessKey`")]
    ReadyToken,
    #[error("it has neither `SharedAccessKey` nor `x509=true`")]
    NoKey,
    #[error(
        "it has both `SharedAccessKey` and `x509=true`; only one of them can stand for the identity"
    )]
    KeyAndCertificate,
    #[error("`x509` in it is neither `true` nor `false`")]
    X509,
    #[error("the host name in `{0}` is not valid")]
    Host(&'static str),
    #[error("it holds `{0}`, which is not known")]
    Unknown(String),
}

impl DeviceString {
    /// Parses `HostName=…;DeviceId=…;ModuleId=…;SharedAccessKey=…`, in any order and key case, with
    /// `GatewayHostName` or `x509=true`.
    ///
    /// # Errors
    /// What is missing or wrong in it.
    pub(super) fn parse(text: &str) -> Result<Self, DeviceStringError> {
        let text = connection_string_text(text);
        let mut parts = connection_string_pairs(&text)?;
        let mut take =
            |name: &str| -> Option<&str> { parts.remove(name).filter(|text| !text.is_empty()) };
        let missing = |name| DeviceStringError::Pairs(ConnectionStringError::Missing(name));
        let device = take("deviceid");
        let (policy, token) = (take("sharedaccesskeyname"), take("sharedaccesssignature"));
        let (Some(device), None) = (device, policy) else {
            return Err(match policy {
                Some(_) => DeviceStringError::ForService,
                None => missing("DeviceId"),
            });
        };
        if token.is_some() {
            return Err(DeviceStringError::ReadyToken);
        }
        let host = take("hostname").ok_or_else(|| missing("HostName"))?;
        let hub = HostPort::parse(host).ok_or(DeviceStringError::Host("HostName"))?;
        let gateway = take("gatewayhostname")
            .map(|host| HostPort::parse(host).ok_or(DeviceStringError::Host("GatewayHostName")))
            .transpose()?;
        let by_certificate = match take("x509").map(str::to_ascii_lowercase).as_deref() {
            Some("true") => true,
            None | Some("false") => false,
            Some(_) => return Err(DeviceStringError::X509),
        };
        let key = match (take("sharedaccesskey"), by_certificate) {
            (Some(_), true) => return Err(DeviceStringError::KeyAndCertificate),
            (Some(key), false) if STANDARD.decode(key).is_err() => {
                return Err(ConnectionStringError::BadKey.into());
            }
            (Some(key), false) => Some(Secret::new(key.to_owned())),
            (None, true) => None,
            (None, false) => return Err(DeviceStringError::NoKey),
        };
        let module = take("moduleid").map(str::to_owned);
        if let Some(name) = parts.into_keys().next() {
            return Err(DeviceStringError::Unknown(name));
        }
        Ok(Self {
            identity: Identity {
                hub: hub.host,
                device: device.to_owned(),
                module,
            },
            port: hub.port,
            gateway,
            key,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "c2VjcmV0LWtleQ==";

    #[test]
    fn a_module_may_be_behind_a_gateway() {
        let parsed = DeviceString::parse(&format!(
            "HostName=h.azure-devices.net;DeviceId=d;ModuleId=m;SharedAccessKey={KEY};GatewayHostName=gw:8884"
        ))
        .unwrap();
        assert_eq!(parsed.identity.client_id(), "d/m");
        assert_eq!(parsed.port, None);
        let gateway = parsed.gateway.as_ref().unwrap();
        assert_eq!((gateway.host.as_str(), gateway.port), ("gw", Some(8884)));
        assert!(!format!("{parsed:?}").contains(KEY));
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for (text, words) in [
            (
                "HostName=h;SharedAccessKeyName=p;SharedAccessKey=eA==",
                "a hub's",
            ),
            ("HostName=h;SharedAccessKey=eA==", "lacks `DeviceId`"),
            ("DeviceId=d;SharedAccessKey=eA==", "lacks `HostName`"),
            ("HostName=h;DeviceId=d", "neither"),
            ("HostName=h;DeviceId=d;x509=false", "neither"),
            ("HostName=h;DeviceId=d;x509=yes", "neither `true`"),
            (
                "HostName=h;DeviceId=d;x509=true;SharedAccessKey=eA==",
                "both",
            ),
            ("HostName=h;DeviceId=d;SharedAccessKey=%", "not base64"),
            (
                "HostName=h/x;DeviceId=d;SharedAccessKey=eA==",
                "in `HostName`",
            ),
            ("HostName=h;DeviceId=d;SharedAccessSignature=sr", "expires"),
            ("HostName=h;DeviceId=d;SharedAccessKey=eA==;Foo=1", "`foo`"),
            ("HostName=h;DeviceId", "without `=`"),
        ] {
            let error = DeviceString::parse(text)
                .map(|_| ())
                .unwrap_err()
                .to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
        assert!(DeviceString::parse("HostName=h;DeviceId=d;x509=true").is_ok());
    }
}
