//! The SAS URL of a Blob Storage container: where a device writes to, and the right to do so.

use crate::invalid_input::InvalidInput;
use std::fmt;
use std::path::PathBuf;

use serde::{Serialize, Serializer};
use url::{Host, Url};

use super::wire::{Fields, WireError};
use crate::loopback::is_loopback;

/// The URL of a container with its shared access signature.
///
/// It is a secret and opaque: what was typed goes over the wire unchanged, since encoding it again
/// would break the signature, and `Debug` hides the signature. There is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct SasUrl(String);

/// By what means the storage is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorageScheme {
    /// Blob Storage, or an emulator of it.
    Blob,
    /// A directory of the device. Only a device behind a loopback hub takes one.
    Directory(PathBuf),
    /// The parent device of a nested edge, `$upstream:PORT`.
    Upstream,
}

pub(super) const HOW_TO_MAKE: &str = "make one with `edgelogs sas new --container NAME`, or with `az storage container generate-sas --permissions acw`";

/// How a token becomes a URL.
const TOKEN_TO_URL: &str =
    "put the container in front of it: https://ACCOUNT.blob.core.windows.net/CONTAINER?TOKEN";

/// Where a SAS URL points to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StoragePlace {
    /// The storage account; none where neither host nor path names one.
    pub account: Option<String>,
    /// The host, with the port where one is given.
    pub host: String,
    /// The container; none where the path is empty.
    pub container: Option<String>,
    /// What stands behind the container in the path: a blob or a directory, or nothing.
    pub below: String,
}

impl SasUrl {
    /// Reads a URL that an operator typed; blanks and JSON's quotes around it are dropped.
    ///
    /// # Errors
    /// Anything that no agent could write to. No message holds any part of the URL's query.
    pub fn parse(text: &str) -> Result<Self, InvalidInput> {
        let sas = Self::read(text)?;
        sas.check_form()?;
        Ok(sas)
    }

    /// Reads any URL, so that it can be explained even where no agent could write to it.
    ///
    /// # Errors
    /// Anything that is not a URL. No message holds any part of it.
    pub fn read(text: &str) -> Result<Self, InvalidInput> {
        let text = text.trim().trim_matches(['"', '\'']).trim();
        if text.is_empty() {
            return Err(invalid("the SAS URL is empty").hint(HOW_TO_MAKE));
        }
        // Blanks in a URL are dropped by parsers and not by agents.
        if text.contains(char::is_whitespace) {
            return Err(invalid("the SAS URL contains a space or a line break")
                .hint("pass one URL, quoted for the shell"));
        }
        if !text.contains("://") && text.contains("sig=") {
            return Err(
                invalid("the SAS is a bare token, not a URL; `az storage container generate-sas` prints no more")
                    .hint(TOKEN_TO_URL),
            );
        }
        let sas = Self(text.to_owned());
        if sas.url().is_none() {
            return Err(invalid("the SAS URL is not a URL")
                .hint("it looks like https://ACCOUNT.blob.core.windows.net/CONTAINER?TOKEN"));
        }
        Ok(sas)
    }

    /// Whether the URL has the form of a container's with a signature.
    ///
    /// # Errors
    /// Anything that no agent could write to, whatever the signature allows.
    pub fn check_form(&self) -> Result<(), InvalidInput> {
        let Some(url) = self.url() else {
            return Err(invalid("the SAS URL is not a URL"));
        };
        match self.scheme() {
            StorageScheme::Directory(path)
                if path.as_os_str().is_empty() || !path.is_absolute() =>
            {
                return Err(invalid("the directory of the file URL is not absolute")
                    .hint("write it as file:///var/tmp/logs"));
            }
            StorageScheme::Directory(_) => return Ok(()),
            StorageScheme::Upstream => {}
            StorageScheme::Blob => {
                match url.scheme() {
                    "https" => {}
                    "http" if is_loopback(&url) => {}
                    "http" => {
                        return Err(invalid("the SAS URL is plain http, which would send the signature in the clear")
                        .hint("write https:// in its place"));
                    }
                    other => {
                        return Err(invalid(format!(
                            "the SAS URL has the scheme `{other}`, not https"
                        )));
                    }
                }
            }
        }
        if self.0.to_ascii_lowercase().contains("$upstream")
            && self.scheme() != StorageScheme::Upstream
        {
            return Err(invalid(
                "the SAS URL names `$upstream` without a port, which no agent replaces",
            )
            .hint("write https://$upstream:8000/CONTAINER?TOKEN"));
        }
        self.check_container(&url)?;
        if self
            .query("sig")
            .is_none_or(|signature| signature.is_empty())
        {
            return Err(invalid("the SAS URL has no signature").hint(HOW_TO_MAKE));
        }
        Ok(())
    }

    /// The whole URL, signature included: for the wire and nothing else.
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

    /// By what means the storage is reached.
    pub fn scheme(&self) -> StorageScheme {
        if let Some(path) = self.0.strip_prefix("file://") {
            let path = path.strip_prefix("localhost").unwrap_or(path);
            let decoded = percent_encoding::percent_decode_str(path)
                .decode_utf8_lossy()
                .into_owned();
            return StorageScheme::Directory(PathBuf::from(decoded));
        }
        // The agent's own pattern: the host is followed by a port that starts with 1 to 9.
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

    /// Reads the field `sasUrl`. Any text is taken, as the agent does: only its task fails then.
    pub(super) fn from_wire(fields: &Fields) -> Result<Self, WireError> {
        fields
            .text("sasUrl")?
            .map(Self)
            .ok_or_else(|| WireError("Value cannot be null. (Parameter 'sasUrl')".to_owned()))
    }

    fn url(&self) -> Option<Url> {
        // A URL parser does not accept `$` in a host; the name only has to parse as one.
        Url::parse(&self.0.replacen("://$upstream", "://upstream", 1)).ok()
    }

    /// A field of the query, decoded. Of the signature nothing but its presence is to be told.
    pub fn query(&self, key: &str) -> Option<String> {
        self.url()?
            .query_pairs()
            .find(|(name, _)| name.eq_ignore_ascii_case(key))
            .map(|(_, value)| value.into_owned())
    }

    /// Where the URL points to, apart from what its signature allows.
    pub fn place(&self) -> StoragePlace {
        let Some(url) = self.url() else {
            return StoragePlace::default();
        };
        let host = match self.scheme() {
            StorageScheme::Upstream => "$upstream".to_owned(),
            _ => url.host_str().unwrap_or_default().to_owned(),
        };
        let mut names = names(&url);
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

    /// Emulators, and storage modules of parent devices, have the account in the path.
    fn account_in_path(&self, url: &Url) -> bool {
        is_loopback(url)
            || matches!(url.host(), Some(Host::Ipv4(_) | Host::Ipv6(_)))
            || self.scheme() == StorageScheme::Upstream
    }

    /// The path must end at a container: one name, or account and container where the host has no
    /// account in its name.
    fn check_container(&self, url: &Url) -> Result<(), InvalidInput> {
        match names(url).len() {
            0 => Err(InvalidInput::new("the SAS URL names no container")
                .hint("put the container's name after the host: https://ACCOUNT.blob.core.windows.net/CONTAINER?…")),
            1 => Ok(()),
            2 if self.account_in_path(url) => Ok(()),
            _ => Err(InvalidInput::new("the SAS URL names a blob, and the device chooses the blob names itself")
                .hint("end the path at the container: https://ACCOUNT.blob.core.windows.net/CONTAINER?…")),
        }
    }
}

/// The names in a URL's path, decoded.
fn names(url: &Url) -> Vec<String> {
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

pub(super) fn invalid(message: impl Into<String>) -> InvalidInput {
    InvalidInput::new(message)
}

impl fmt::Debug for SasUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SasUrl").field(&self.redacted()).finish()
    }
}

impl Serialize for SasUrl {
    /// The URL as it is: a request that is not sent must be redacted before it is shown.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_must_end_at_a_container() {
        let parse = |url: &str| {
            SasUrl::parse(url)
                .map(|_| ())
                .map_err(|error| error.to_string())
        };
        assert!(
            parse("https://a.blob.core.windows.net/?sig=x")
                .unwrap_err()
                .contains("no container")
        );
        assert!(
            parse("https://a.blob.core.windows.net/c/b.log?sig=x")
                .unwrap_err()
                .contains("names a blob")
        );
        assert_eq!(
            parse("http://127.0.0.1:10000/devstoreaccount1/c?sig=x"),
            Ok(())
        );
        assert_eq!(parse("https://$upstream:8000/c?sig=x"), Ok(()));
        assert!(
            parse("https://$upstream/c?sig=x")
                .unwrap_err()
                .contains("without a port")
        );
        assert!(
            parse("http://a.blob.core.windows.net/c?sig=x")
                .unwrap_err()
                .contains("plain http")
        );
        assert!(
            parse("\"se=2027-01-01&sp=w&sr=c&sig=x\"")
                .unwrap_err()
                .contains("bare token")
        );
        assert_eq!(parse("file:///var/tmp/x"), Ok(()));
        assert!(parse("file://tmp/x").is_err());
    }

    #[test]
    fn debug_and_redacted_hide_the_signature() {
        let sas =
            SasUrl::parse("https://a.blob.core.windows.net/c?sv=1&sig=s3cr3t%3D&sp=w").unwrap();
        assert!(!format!("{sas:?}").contains("s3cr3t"));
        assert_eq!(
            sas.redacted(),
            "https://a.blob.core.windows.net/c?sv=1&sig=REDACTED&sp=w"
        );
    }
}
