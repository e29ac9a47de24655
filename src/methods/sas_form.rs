//! Checks the form of a SAS URL: damage from copying it, its host, its container and its signature.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use super::sas_url::{CREATE_SAS_HINT, SasUrl, StorageScheme};
use crate::invalid_input::InvalidInput;
use crate::loopback::is_loopback;

/// A signature is an HMAC-SHA256.
const SIGNATURE_BYTES: usize = 32;
/// Its length in base64.
const SIGNATURE_CHARACTERS: usize = 44;

/// The other services of a storage account, which have hosts of their own.
const OTHER_SERVICES: [&str; 5] = ["dfs", "file", "queue", "table", "web"];

/// Containers that the service itself has.
const SPECIAL_CONTAINERS: [&str; 4] = ["$root", "$logs", "$web", "$blobchangefeed"];

/// Refuses a text that was damaged by copying it.
pub(super) fn check_undamaged(text: &str) -> Result<(), InvalidInput> {
    let Some((_, query)) = text.split_once('?') else {
        return Ok(());
    };
    for (damage, from) in [("&amp;", "HTML or XML"), ("\\u0026", "JSON")] {
        if query.contains(damage) {
            return Err(InvalidInput::new(format!(
                "the SAS URL has `{damage}` in place of `&`, since it was copied from {from}"
            ))
            .hint(format!("write & for each {damage}")));
        }
    }
    if query.contains('?') {
        return Err(InvalidInput::new("the SAS URL has a `?` twice")
            .hint("write one ? between the container and the token"));
    }
    Ok(())
}

/// Whether Blob Storage can have a container of this name.
pub(crate) fn is_container_name(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let fits = (3..=63).contains(&name.len())
        && name.chars().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--");
    fits || SPECIAL_CONTAINERS.contains(&name)
}

/// Whether only a device may reach the host: a name without a domain, such as that of Blob Storage on
/// IoT Edge in the device's network, or one of a private network.
pub(super) fn is_private(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_private() || address.is_link_local(),
        Some(Host::Ipv6(address)) => address.is_unique_local() || address.is_unicast_link_local(),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            !name.contains('.')
                || [".local", ".lan", ".internal", ".home.arpa"]
                    .iter()
                    .any(|end| name.ends_with(end))
        }
        None => false,
    }
}

impl SasUrl {
    /// Checks that the URL names a container of Blob Storage and has a signature.
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
            StorageScheme::Blob => self.check_host(&url)?,
        }
        if self.expose().to_ascii_lowercase().contains("$upstream")
            && self.scheme() != StorageScheme::Upstream
        {
            return Err(InvalidInput::new(
                "the SAS URL names `$upstream` without a port; agents replace only `$upstream:PORT`",
            )
            .hint("write https://$upstream:8000/CONTAINER?TOKEN"));
        }
        self.check_path()?;
        self.check_signature()
    }

    fn check_host(&self, url: &Url) -> Result<(), InvalidInput> {
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(url) || is_private(url) => {}
            "http" => {
                return Err(InvalidInput::new(
                    "the SAS URL is plain http, which would send the signature in the clear",
                )
                .hint("write https:// in its place"));
            }
            other => {
                return Err(InvalidInput::new(format!(
                    "the SAS URL has the scheme `{other}`, not https"
                )));
            }
        }
        let host = url.host_str().unwrap_or_default();
        // ACCOUNT.SERVICE.core.windows.net in all clouds; a zone or `privatelink` may be in between.
        let labels: Vec<&str> = host.split('.').collect();
        let is_azure = host.contains(".core.") || host.ends_with(".storage.azure.net");
        if !is_azure {
            return Ok(());
        }
        if let Some(service) = labels
            .iter()
            .skip(1)
            .find(|label| OTHER_SERVICES.contains(label))
        {
            let right = host.replacen(&format!(".{service}."), ".blob.", 1);
            let container = self.container().unwrap_or_else(|| "CONTAINER".to_owned());
            return Err(InvalidInput::new(format!(
                "the SAS URL is at the host `{service}`, but devices write through the Blob API, which is at the host `blob`"
            ))
            .hint(format!("write https://{right}/{container}?TOKEN")));
        }
        let account = labels[0];
        if let Some(primary) = account.strip_suffix("-secondary") {
            return Err(InvalidInput::new(format!(
                "the SAS URL is at the copy of storage account `{primary}`, which can only be read"
            ))
            .hint("omit -secondary"));
        }
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        if !(3..=24).contains(&account.len()) || !account.chars().all(fits) {
            return Err(InvalidInput::new(format!(
                "`{account}` is not the name of a storage account"
            ))
            .hint("a name has 3 to 24 lowercase letters and digits"));
        }
        Ok(())
    }

    /// Checks that the path is `/CONTAINER`, or `/ACCOUNT/CONTAINER` if the host doesn't name the
    /// account.
    fn check_path(&self) -> Result<(), InvalidInput> {
        let place = self.place();
        let Some(container) = place.container else {
            let head = match self.has_account_in_path() {
                true => "after the account: HOST/ACCOUNT/CONTAINER?…",
                false => "after the host: https://ACCOUNT.blob.core.windows.net/CONTAINER?…",
            };
            return Err(InvalidInput::new("the SAS URL names no container")
                .hint(format!("put the container's name {head}")));
        };
        if !place.below.is_empty() {
            return Err(InvalidInput::new(
                "the SAS URL names a blob, but the device chooses the blob names itself",
            )
            .hint(
                "end the path at the container: https://ACCOUNT.blob.core.windows.net/CONTAINER?…",
            ));
        }
        if is_container_name(&container) {
            return Ok(());
        }
        Err(InvalidInput::new(format!(
            "`{container}` can't be the name of a container"
        ))
        .hint(
            "a name has 3 to 63 lowercase letters, digits and single hyphens, and no hyphen at either end",
        ))
    }

    /// Checks that the signature has the form of one. No message holds a part of it.
    fn check_signature(&self) -> Result<(), InvalidInput> {
        let raw = self.raw_query("sig").unwrap_or_default();
        if raw.is_empty() {
            let invalid = InvalidInput::new("the SAS URL has no signature");
            let query = self.expose().split_once('?').map_or("", |(_, query)| query);
            return Err(match query.is_empty() || query.contains('&') {
                true => invalid.hint(CREATE_SAS_HINT),
                // A shell takes `&` for the end of a command.
                false => invalid.hint("a shell cuts a URL at &: put it in single quotes, or in a file: --sas @sas.txt"),
            });
        }
        let damaged = |what: &str| InvalidInput::new(format!("the signature of the SAS {what}"));
        let copy = "copy the whole URL again";
        let decoded = decode(raw);
        let is_signature = |text: &str| {
            BASE64_STANDARD
                .decode(text)
                .is_ok_and(|bytes| bytes.len() == SIGNATURE_BYTES)
        };
        if is_signature(&decoded) {
            // The storage reads a plus sign as a blank.
            return match raw.contains('+') {
                true => Err(damaged("has a `+` that is not percent-encoded")
                    .hint("write %2B for each + in the signature")),
                false => Ok(()),
            };
        }
        if is_signature(&decode(&decoded)) {
            return Err(damaged("is percent-encoded twice").hint("write % for each %25"));
        }
        let is_base64 = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=');
        let characters = decoded.chars().count();
        Err(match decoded.chars().all(is_base64) {
            true if is_signature(&format!("{decoded}=")) => {
                damaged("lacks the `=` at its end").hint("write %3D at the end of the signature")
            }
            true if characters < SIGNATURE_CHARACTERS => damaged(&format!(
                "is cut: it has {characters} characters of base64, not {SIGNATURE_CHARACTERS}"
            ))
            .hint(copy),
            _ => damaged(&format!("is not {SIGNATURE_BYTES} bytes of base64")).hint(copy),
        })
    }

    /// A warning if the device will send the signature in the clear, which is its own affair.
    pub fn plain_http_warning(&self) -> Option<String> {
        let url = self.url()?;
        (url.scheme() == "http" && is_private(&url)).then(|| {
            format!(
                "the SAS URL is plain http, so the device sends the signature to `{}` in the clear",
                self.place().host
            )
        })
    }
}

/// Undoes percent-encoding, and nothing else.
fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 32 bytes in base64 with each character that is encoded in a URL.
    const SIGNATURE: &str = "mQ%2B8rT%2FzK1pXw3LfVhY7cN0jDs5aGbE%2Bu4iRoZ2tJk8%3D";

    fn check(url: &str) -> Result<(), String> {
        SasUrl::parse(url)
            .map(|_| ())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_damaged_signature_is_named_by_its_damage_and_not_shown() {
        for (signature, part) in [
            (SIGNATURE.replace("%2B", "+"), "`+`"),
            (SIGNATURE.replace('%', "%25"), "encoded twice"),
            (SIGNATURE[..20].to_owned(), "is cut: it has 16"),
            (SIGNATURE.replace("%3D", ""), "lacks the `=`"),
            (SIGNATURE.replace("%2B", "-"), "not 32 bytes"),
            (SIGNATURE.repeat(2), "not 32 bytes"),
            ("%ff%fe".to_owned(), "not 32 bytes"),
            (String::new(), "no signature"),
        ] {
            let error = check(&format!(
                "https://acct.blob.core.windows.net/logs?sv=1&sig={signature}"
            ))
            .unwrap_err();
            assert!(error.contains(part), "{signature}: {error}");
            assert!(!error.contains("rT"), "{error}");
        }
        for signature in [
            SIGNATURE.to_owned(),
            SIGNATURE.replace("%2F", "/").replace("%3D", "="),
        ] {
            let url = format!("https://acct.blob.core.windows.net/logs?sv=1&sig={signature}");
            assert_eq!(check(&url), Ok(()));
        }
    }

    #[test]
    fn hosts_and_names_that_cannot_be_are_refused() {
        for (place, part) in [
            ("https://acct.dfs.core.windows.net/logs", "host `blob`"),
            (
                "https://acct.privatelink.file.core.chinacloudapi.cn/logs",
                "host `blob`",
            ),
            ("https://acct.z13.web.storage.azure.net/logs", "host `blob`"),
            (
                "https://acct-secondary.blob.core.windows.net/logs",
                "only be read",
            ),
            (
                "https://a.blob.core.windows.net/logs",
                "`a` is not the name",
            ),
            ("https://acct.blob.core.windows.net/Logs", "`Logs` can't be"),
            ("https://acct.blob.core.windows.net/l", "`l` can't be"),
            ("https://acct.blob.core.windows.net/logs/b", "names a blob"),
            ("http://127.0.0.1:10000/devstoreaccount1", "no container"),
            ("http://edgeblob:11002/edgeacct/logs/b", "names a blob"),
            ("http://acct.blob.core.windows.net/logs", "plain http"),
            ("http://203.0.113.7/acct/logs", "plain http"),
        ] {
            let error = check(&format!("{place}?sv=1&sig={SIGNATURE}")).unwrap_err();
            assert!(error.contains(part), "{place}: {error}");
        }
        for place in [
            "https://acct.privatelink.blob.core.windows.net/logs",
            "https://acct.z13.blob.storage.azure.net/logs",
            "https://logs.example.com/logs",
            "https://acct.blob.core.windows.net/$root",
        ] {
            assert_eq!(
                check(&format!("{place}?sv=1&sig={SIGNATURE}")),
                Ok(()),
                "{place}"
            );
        }
    }

    #[test]
    fn a_private_host_may_be_plain_http_with_the_account_in_the_path() {
        for host in [
            "azureblobstorageoniotedge:11002",
            "10.0.0.5:11002",
            "192.168.1.2",
            "[fd00::5]:11002",
            "edge.local",
            "host.docker.internal:10000",
        ] {
            let sas =
                SasUrl::parse(&format!("http://{host}/acct/logs?sv=1&sig={SIGNATURE}")).unwrap();
            let place = sas.place();
            assert_eq!(place.account.as_deref(), Some("acct"), "{host}");
            assert_eq!(place.container.as_deref(), Some("logs"), "{host}");
            assert!(sas.plain_http_warning().unwrap().contains(&place.host));
        }
        let loopback = format!("http://127.0.0.1:10000/acct/logs?sv=1&sig={SIGNATURE}");
        assert_eq!(SasUrl::parse(&loopback).unwrap().plain_http_warning(), None);
    }

    #[test]
    fn damage_from_copying_is_named() {
        for (token, part) in [
            ("sv=1&amp;sig=x", "`&amp;`"),
            ("sv=1\\u0026sig=x", "`\\u0026`"),
            ("?sv=1&sig=x", "twice"),
        ] {
            let error = check(&format!("https://acct.blob.core.windows.net/logs?{token}"));
            assert!(error.clone().unwrap_err().contains(part), "{error:?}");
        }
    }
}
