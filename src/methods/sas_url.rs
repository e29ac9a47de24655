//! The SAS URL of a Blob Storage container.

use std::fmt;
use std::path::PathBuf;

use serde::{Serialize, Serializer};
use url::{Host, Url};

use super::sas_form::{check_undamaged, is_private};
use super::wire::{Fields, WireError};
use crate::invalid_input::InvalidInput;
use crate::loopback::is_loopback;
use crate::redact::remember_marked;

/// The URL of a container with its shared access signature, which is a secret: `Debug` redacts it, and
/// there is no `Display`.
///
/// Sent exactly as typed, since encoding it again would break the signature.
#[derive(Clone, PartialEq, Eq)]
pub struct SasUrl(String);

/// The kind of storage that a SAS URL addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorageScheme {
    /// Blob Storage or an emulator.
    Blob,
    /// A directory on the device. Only a device behind a loopback hub accepts one.
    Directory(PathBuf),
    /// The parent of a nested device, `$upstream:PORT`.
    Upstream,
}

pub(super) const CREATE_SAS_HINT: &str = "make one with `edgelogs sas new --container NAME`, or with `az storage container generate-sas --permissions acw`";

const ADD_CONTAINER_HINT: &str =
    "put the container URL in front of it: https://ACCOUNT.blob.core.windows.net/CONTAINER?TOKEN";

/// The parts of a SAS URL's host and path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoragePlace {
    /// The storage account, if the host or the path names one.
    pub account: Option<String>,
    /// The host, with the port if there is one.
    pub host: String,
    /// The container, unless the path is empty.
    pub container: Option<String>,
    /// The path below the container: a blob, a directory or nothing.
    pub below: String,
}

impl SasUrl {
    /// Parses a URL typed by an operator and checks its form. Trims white space and quotes around it.
    ///
    /// # Errors
    /// No agent could write to it. The message contains no part of the query.
    pub fn parse(text: &str) -> Result<Self, InvalidInput> {
        let sas = Self::read(text)?;
        sas.check_form()?;
        Ok(sas)
    }

    /// Parses a URL without checking its form, so that `sas check` can explain what is wrong.
    ///
    /// # Errors
    /// The text is not a URL. The message contains no part of it.
    pub fn read(text: &str) -> Result<Self, InvalidInput> {
        let text = text.trim().trim_matches(['"', '\'']).trim();
        if text.is_empty() {
            return Err(InvalidInput::new("the SAS URL is empty").hint(CREATE_SAS_HINT));
        }
        // URL parsers drop white space, but agents don't.
        if text.contains(char::is_whitespace) {
            return Err(
                InvalidInput::new("the SAS URL contains a space or a line break")
                    .hint("pass one URL, quoted for the shell"),
            );
        }
        if !text.contains("://") && text.contains("sig=") {
            return Err(
                InvalidInput::new("the SAS is a bare token, not a URL; `az storage container generate-sas` prints only the token")
                    .hint(ADD_CONTAINER_HINT),
            );
        }
        check_undamaged(text)?;
        let sas = Self::new(text.to_owned());
        if sas.url().is_none() {
            return Err(InvalidInput::new("the SAS URL is not a URL")
                .hint("it looks like https://ACCOUNT.blob.core.windows.net/CONTAINER?TOKEN"));
        }
        Ok(sas)
    }

    /// Remembers the signature, which the receiver of the URL may send back.
    fn new(text: String) -> Self {
        remember_marked(&text);
        Self(text)
    }

    /// The whole URL including the signature, to be sent but never shown.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The URL with its signature replaced by `REDACTED`.
    pub fn redacted(&self) -> String {
        let Some((head, query)) = self.0.split_once('?') else {
            return self.0.clone();
        };
        let shown: Vec<String> = query
            .split('&')
            .map(|pair| match pair.split_once('=') {
                Some((key, _)) if key.eq_ignore_ascii_case("sig") => format!("{key}=REDACTED"),
                _ => pair.to_owned(),
            })
            .collect();
        format!("{head}?{}", shown.join("&"))
    }

    /// The container's name.
    pub fn container(&self) -> Option<String> {
        self.place().container
    }

    /// The kind of storage.
    pub fn scheme(&self) -> StorageScheme {
        if let Some(path) = self.0.strip_prefix("file://") {
            let path = path.strip_prefix("localhost").unwrap_or(path);
            let decoded = percent_encoding::percent_decode_str(path)
                .decode_utf8_lossy()
                .into_owned();
            return StorageScheme::Directory(PathBuf::from(decoded));
        }
        // The agent's pattern requires a port that starts with 1 to 9.
        let upstream = self
            .0
            .split_once("://$upstream:")
            .is_some_and(|(_, rest)| rest.starts_with(|first: char| ('1'..='9').contains(&first)));
        if upstream {
            StorageScheme::Upstream
        } else {
            StorageScheme::Blob
        }
    }

    /// Reads the field `sasUrl`. Accepts any text, as the agent does: only its task fails then.
    pub(super) fn from_wire(fields: &Fields) -> Result<Self, WireError> {
        fields
            .text("sasUrl")?
            .map(Self::new)
            .ok_or_else(|| WireError("Value cannot be null. (Parameter 'sasUrl')".to_owned()))
    }

    pub(super) fn url(&self) -> Option<Url> {
        // URL parsers reject `$` in a host.
        Url::parse(&self.0.replacen("://$upstream", "://upstream", 1)).ok()
    }

    /// A decoded field of the query. Never show the value of `sig`.
    pub fn query(&self, key: &str) -> Option<String> {
        self.url()?
            .query_pairs()
            .find(|(name, _)| name.eq_ignore_ascii_case(key))
            .map(|(_, value)| value.into_owned())
    }

    /// A field of the query as it is sent.
    pub(super) fn raw_query(&self, key: &str) -> Option<&str> {
        let (_, query) = self.0.split_once('?')?;
        let query = query.split('#').next()?;
        query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(name, _)| name.eq_ignore_ascii_case(key))
            .map(|(_, value)| value)
    }

    /// The account, host, container and path.
    pub fn place(&self) -> StoragePlace {
        let Some(url) = self.url() else {
            return StoragePlace::default();
        };
        let host = match self.scheme() {
            StorageScheme::Upstream => "$upstream".to_owned(),
            _ => url.host_str().unwrap_or_default().to_owned(),
        };
        let mut names = path_segments(&url);
        let account = match self.has_account_in_path() {
            // For a parent device the account may be left out.
            true if names.len() > 1 || self.scheme() == StorageScheme::Blob => {
                (!names.is_empty()).then(|| names.remove(0))
            }
            true => None,
            false => host.split('.').next().map(str::to_owned),
        };
        let container = (!names.is_empty()).then(|| names.remove(0));
        StoragePlace {
            account,
            host: match url.port() {
                Some(port) => format!("{host}:{port}"),
                None => host,
            },
            container,
            below: names.join("/"),
        }
    }

    /// Whether the account is in the path, as for emulators, Blob Storage on IoT Edge and storage
    /// modules of parent devices.
    pub(super) fn has_account_in_path(&self) -> bool {
        let of_host = |url: &Url| {
            is_loopback(url)
                || is_private(url)
                || matches!(url.host(), Some(Host::Ipv4(_) | Host::Ipv6(_)))
        };
        self.scheme() == StorageScheme::Upstream || self.url().as_ref().is_some_and(of_host)
    }
}

/// The decoded segments of a URL's path.
fn path_segments(url: &Url) -> Vec<String> {
    url.path_segments()
        .into_iter()
        .flatten()
        .filter(|name| !name.is_empty())
        .map(|name| {
            percent_encoding::percent_decode_str(name)
                .decode_utf8_lossy()
                .into_owned()
        })
        .collect()
}

impl fmt::Debug for SasUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SasUrl").field(&self.redacted()).finish()
    }
}

impl Serialize for SasUrl {
    /// Includes the signature: redact a request before showing it.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_redacted() {
        let sas = SasUrl::read("https://acct.blob.core.windows.net/logs?sv=1&sig=s3cr3t%3D&sp=w")
            .unwrap();
        assert!(!format!("{sas:?}").contains("s3cr3t"));
        assert_eq!(
            sas.redacted(),
            "https://acct.blob.core.windows.net/logs?sv=1&sig=REDACTED&sp=w"
        );
    }
}
