//! The SAS URL of a Blob Storage container.

use std::fmt;
use std::path::PathBuf;

use serde::{Serialize, Serializer};
use url::{Host, Url};

use super::wire::{Fields, WireError};
use crate::invalid_input::InvalidInput;
use crate::loopback::is_loopback;

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
        let sas = Self(text.to_owned());
        if sas.url().is_none() {
            return Err(InvalidInput::new("the SAS URL is not a URL")
                .hint("it looks like https://ACCOUNT.blob.core.windows.net/CONTAINER?TOKEN"));
        }
        Ok(sas)
    }

    /// Checks that the URL names a container and has a signature.
    ///
    /// # Errors
    /// No agent could write to it, whatever the signature allows.
    pub fn check_form(&self) -> Result<(), InvalidInput> {
        let Some(url) = self.url() else {
            return Err(InvalidInput::new("the SAS URL is not a URL"));
        };
        match self.scheme() {
            StorageScheme::Directory(path)
                if path.as_os_str().is_empty() || !path.is_absolute() =>
            {
                return Err(
                    InvalidInput::new("the path of the file URL is not absolute")
                        .hint("write it as file:///var/tmp/logs"),
                );
            }
            StorageScheme::Directory(_) => return Ok(()),
            StorageScheme::Upstream => {}
            StorageScheme::Blob => {
                match url.scheme() {
                    "https" => {}
                    "http" if is_loopback(&url) => {}
                    "http" => {
                        return Err(InvalidInput::new("the SAS URL is plain http, which would send the signature in the clear")
                        .hint("write https:// in its place"));
                    }
                    other => {
                        return Err(InvalidInput::new(format!(
                            "the SAS URL has the scheme `{other}`, not https"
                        )));
                    }
                }
            }
        }
        if self.0.to_ascii_lowercase().contains("$upstream")
            && self.scheme() != StorageScheme::Upstream
        {
            return Err(InvalidInput::new(
                "the SAS URL names `$upstream` without a port; agents replace only `$upstream:PORT`",
            )
            .hint("write https://$upstream:8000/CONTAINER?TOKEN"));
        }
        self.check_container(&url)?;
        if self
            .query("sig")
            .is_none_or(|signature| signature.is_empty())
        {
            return Err(InvalidInput::new("the SAS URL has no signature").hint(CREATE_SAS_HINT));
        }
        Ok(())
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
            .map(Self)
            .ok_or_else(|| WireError("Value cannot be null. (Parameter 'sasUrl')".to_owned()))
    }

    fn url(&self) -> Option<Url> {
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
        let account = match self.account_in_path(&url) {
            true => (names.len() > 1).then(|| names.remove(0)),
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

    /// Whether the account is in the path, as for emulators and storage modules of parent devices.
    fn account_in_path(&self, url: &Url) -> bool {
        is_loopback(url)
            || matches!(url.host(), Some(Host::Ipv4(_) | Host::Ipv6(_)))
            || self.scheme() == StorageScheme::Upstream
    }

    /// Checks that the path is `/CONTAINER`, or `/ACCOUNT/CONTAINER` if the host doesn't name the
    /// account.
    fn check_container(&self, url: &Url) -> Result<(), InvalidInput> {
        match path_segments(url).len() {
            0 => Err(InvalidInput::new("the SAS URL names no container")
                .hint("put the container's name after the host: https://ACCOUNT.blob.core.windows.net/CONTAINER?…")),
            1 => Ok(()),
            2 if self.account_in_path(url) => Ok(()),
            _ => Err(InvalidInput::new("the SAS URL names a blob, but the device chooses the blob names itself")
                .hint("end the path at the container: https://ACCOUNT.blob.core.windows.net/CONTAINER?…")),
        }
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
    fn a_url_names_a_container_and_no_blob() {
        let error = SasUrl::parse("https://a.blob.core.windows.net/c/b.log?sig=x").unwrap_err();
        assert!(error.to_string().contains("names a blob"));
        assert!(SasUrl::parse("http://127.0.0.1:10000/devstoreaccount1/c?sig=x").is_ok());
        assert!(SasUrl::parse("file://tmp/x").is_err());
    }

    #[test]
    fn the_signature_is_redacted() {
        let sas =
            SasUrl::parse("https://a.blob.core.windows.net/c?sv=1&sig=s3cr3t%3D&sp=w").unwrap();
        assert!(!format!("{sas:?}").contains("s3cr3t"));
        assert_eq!(
            sas.redacted(),
            "https://a.blob.core.windows.net/c?sv=1&sig=REDACTED&sp=w"
        );
    }
}
