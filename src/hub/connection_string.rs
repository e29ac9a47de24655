//! Parses a hub's service connection string.

use std::borrow::Cow;
use std::collections::BTreeMap;

use azure_core::credentials::Secret;
use serde::Deserialize;

use super::endpoint::{HubEndpoint, InvalidEndpoint};
use crate::redact::remember_marked;
use crate::text_file::unquoted;

/// A service connection string. `Debug` hides the key.
#[derive(Debug, Clone)]
pub struct ConnectionString {
    /// `HostName`.
    pub endpoint: HubEndpoint,
    /// `SharedAccessKeyName`, such as `service`.
    pub policy: String,
    /// `SharedAccessKey`, in base64.
    pub key: Secret,
}

/// Why a text is not a service connection string. Messages contain no value but the host name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionStringError {
    /// A part has no `=`.
    #[error("the connection string has a part without `=`")]
    NotAPair,
    /// A key occurs twice.
    #[error("the connection string contains `{0}` twice")]
    Duplicate(String),
    /// A required key is missing.
    #[error("the connection string lacks `{0}`")]
    Missing(&'static str),
    /// It belongs to a device, which can't call methods.
    #[error("this is a device's connection string, and a device can't call methods of the hub")]
    ForDevice,
    /// It belongs to a storage account.
    #[error("this is a storage account's connection string, not a hub's")]
    ForStorageAccount,
    /// The key is not base64.
    #[error("the shared access key is not base64")]
    BadKey,
    /// `HostName` is not a valid hub address.
    #[error(transparent)]
    Endpoint(#[from] InvalidEndpoint),
}

/// A connection string as it was written: bare, in quotes, or in the JSON that `az` prints without
/// `-o tsv`.
pub(crate) fn connection_string_text(text: &str) -> Cow<'_, str> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Printed {
        connection_string: String,
    }
    match serde_json::from_str::<Printed>(text) {
        Ok(printed) => Cow::Owned(printed.connection_string),
        Err(_) => Cow::Borrowed(unquoted(text)),
    }
}

/// The pairs of a connection string, with lower-case keys.
///
/// # Errors
/// A part has no `=`, or a key occurs twice.
pub(crate) fn connection_string_pairs(
    text: &str,
) -> Result<BTreeMap<String, &str>, ConnectionStringError> {
    remember_marked(text);
    let mut parts = BTreeMap::new();
    for pair in text
        .split(';')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
    {
        // Split at the first `=` only: base64 keys end in `=`.
        let (key, value) = pair
            .split_once('=')
            .ok_or(ConnectionStringError::NotAPair)?;
        let key = key.trim();
        if parts
            .insert(key.to_ascii_lowercase(), value.trim())
            .is_some()
        {
            return Err(ConnectionStringError::Duplicate(key.to_owned()));
        }
    }
    Ok(parts)
}

impl ConnectionString {
    /// Parses `HostName=…;SharedAccessKeyName=…;SharedAccessKey=…`, in any order and key case.
    ///
    /// # Errors
    /// The text can't be used to sign a service token.
    pub fn parse(text: &str) -> Result<Self, ConnectionStringError> {
        let text = connection_string_text(text);
        let parts = connection_string_pairs(&text)?;
        if parts.contains_key("deviceid") {
            return Err(ConnectionStringError::ForDevice);
        }
        if parts.contains_key("accountkey") || parts.contains_key("accountname") {
            return Err(ConnectionStringError::ForStorageAccount);
        }
        let take = |name: &'static str| {
            parts
                .get(name.to_ascii_lowercase().as_str())
                .filter(|value| !value.is_empty())
                .copied()
                .ok_or(ConnectionStringError::Missing(name))
        };
        let endpoint = HubEndpoint::parse(take("HostName")?)?;
        let policy = take("SharedAccessKeyName")?.to_owned();
        let key = take("SharedAccessKey")?;
        if base64::Engine::decode(&base64::engine::general_purpose::STANDARD, key).is_err() {
            return Err(ConnectionStringError::BadKey);
        }
        Ok(Self {
            endpoint,
            policy,
            key: Secret::new(key.to_owned()),
        })
    }

    /// The text including the key, for the command that prints it.
    pub fn expose(&self) -> String {
        format!(
            "HostName={};SharedAccessKeyName={};SharedAccessKey={}",
            self.endpoint.host_name(),
            self.policy,
            self.key.secret()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "c2VjcmV0LWtleQ==";

    #[test]
    fn keys_may_come_in_any_order_and_end_in_equals_signs() {
        let parsed = ConnectionString::parse(&format!(
            "SharedAccessKey={KEY};HostName=h.azure-devices.net;SharedAccessKeyName=service;"
        ))
        .unwrap();
        assert_eq!(parsed.key.secret(), KEY);
        assert_eq!(parsed.policy, "service");
        assert!(!format!("{parsed:?}").contains(KEY));
    }

    #[test]
    fn unusable_connection_strings_are_rejected() {
        let parse = |text: &str| ConnectionString::parse(text).map(|_| ()).unwrap_err();
        assert_eq!(
            parse("HostName=h;SharedAccessKeyName=p;SharedAccessKey=%%"),
            ConnectionStringError::BadKey
        );
        assert_eq!(
            parse("HostName=a;HostName=b"),
            ConnectionStringError::Duplicate("HostName".to_owned())
        );
    }
}
