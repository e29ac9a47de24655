//! The storage account of a new SAS: name, endpoint and key. No message holds a key.

use azure_core::credentials::Secret;
use base64::Engine;
use url::Url;

use crate::hub::{ConnectionStringError, connection_string_pairs, connection_string_text};
use crate::invalid_input::InvalidInput;
use crate::loopback::is_loopback;
use crate::methods::is_container_name;
use crate::redact::remember;
use crate::text_file::unquoted;

pub(crate) const HOW_TO_GIVE: &str = "export AZURE_STORAGE_CONNECTION_STRING=\"$(az storage account show-connection-string \
     -n ACCOUNT -o tsv)\"";

/// A storage account. `Debug` hides the key.
#[derive(Debug, Clone)]
pub(crate) struct StorageAccount {
    pub(crate) name: String,
    /// The blob endpoint: https, or http on this machine.
    pub(crate) endpoint: Url,
    /// The account key, base64; none if an identity signs.
    pub(crate) key: Option<Secret>,
}

/// The emulators' account. Its key is public.
const EMULATOR: &str = "devstoreaccount1";
const EMULATOR_KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const EMULATOR_ENDPOINT: &str = "http://127.0.0.1:10000/devstoreaccount1";

/// The public cloud's; connection strings for other clouds name theirs.
const DEFAULT_SUFFIX: &str = "core.windows.net";

impl StorageAccount {
    /// # Errors
    /// An invalid name or endpoint.
    pub(crate) fn named(name: &str, endpoint: Option<&str>) -> Result<Self, InvalidInput> {
        check_name(name)?;
        let public = format!("https://{name}.blob.{DEFAULT_SUFFIX}");
        Ok(Self {
            name: name.to_owned(),
            endpoint: blob_endpoint(endpoint.unwrap_or(&public))?,
            key: None,
        })
    }

    /// Replaces the endpoint.
    ///
    /// # Errors
    /// An invalid endpoint.
    pub(crate) fn at(self, endpoint: &str) -> Result<Self, InvalidInput> {
        Ok(Self {
            endpoint: blob_endpoint(endpoint)?,
            ..self
        })
    }

    /// Adds the account's key, read from `origin`.
    ///
    /// # Errors
    /// A key that is not base64.
    pub(crate) fn with_key(self, key: &str, origin: &str) -> Result<Self, InvalidInput> {
        let key = unquoted(key);
        remember(key);
        let decoded = base64::engine::general_purpose::STANDARD.decode(key);
        if decoded.is_ok_and(|bytes| !bytes.is_empty()) {
            return Ok(Self {
                key: Some(Secret::new(key.to_owned())),
                ..self
            });
        }
        Err(
            InvalidInput::new(format!("{origin} is not an account key: it is not base64")).hint(
                "print it with `az storage account keys list -n ACCOUNT --query [0].value -o tsv`",
            ),
        )
    }

    /// Parses a storage account's connection string, read from `origin`.
    ///
    /// # Errors
    /// It is invalid or has no key.
    pub(crate) fn parse(text: &str, origin: &str) -> Result<Self, InvalidInput> {
        let wrong = |what: &str| InvalidInput::new(format!("{origin} {what}")).hint(HOW_TO_GIVE);
        let text = connection_string_text(text);
        let parts = connection_string_pairs(&text).map_err(|error| match error {
            ConnectionStringError::Duplicate(key) => {
                wrong(&format!("has `{}` twice", key.to_ascii_lowercase()))
            }
            _ => wrong("is not a connection string: it has a part without `=`"),
        })?;
        let part = |name: &str| parts.get(name).copied().filter(|value| !value.is_empty());
        if part("usedevelopmentstorage").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return Self::named(EMULATOR, Some(EMULATOR_ENDPOINT))?.with_key(EMULATOR_KEY, origin);
        }
        if part("hostname").is_some() {
            return Err(wrong("is an IoT Hub's, not a storage account's"));
        }
        if part("sharedaccesssignature").is_some() && part("accountkey").is_none() {
            return Err(wrong(
                "contains a SAS, which can't sign another one: it needs `AccountKey`",
            ));
        }
        let name = part("accountname").ok_or_else(|| wrong("lacks `AccountName`"))?;
        let key = part("accountkey").ok_or_else(|| wrong("lacks `AccountKey`"))?;
        let protocol = part("defaultendpointsprotocol").unwrap_or("https");
        let suffix = part("endpointsuffix").unwrap_or(DEFAULT_SUFFIX);
        let composed = format!("{protocol}://{name}.blob.{suffix}");
        let endpoint = part("blobendpoint").unwrap_or(&composed);
        Self::named(name, Some(endpoint))?.with_key(key, &format!("the `AccountKey` of {origin}"))
    }

    /// Whether the endpoint is plain http, which is only allowed on this machine.
    pub(crate) fn is_plain_http(&self) -> bool {
        self.endpoint.scheme() == "http"
    }

    /// A container's URL, without a signature.
    pub(crate) fn container_url(&self, container: &str) -> String {
        format!(
            "{}/{container}",
            self.endpoint.as_str().trim_end_matches('/')
        )
    }
}

/// A typed name, unless it may be a key.
fn shown(name: &str) -> String {
    if name.len() > 63 && name.ends_with('=') {
        "the given value".to_owned()
    } else {
        format!("`{name}`")
    }
}

fn check_name(name: &str) -> Result<(), InvalidInput> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if (3..=24).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(());
    }
    Err(InvalidInput::new(format!(
        "{} is not the name of a storage account",
        shown(name)
    ))
    .hint("a name has 3 to 24 lowercase letters and digits, without a domain"))
}

fn blob_endpoint(text: &str) -> Result<Url, InvalidInput> {
    let refused =
        |what: &str| InvalidInput::new(format!("the blob endpoint {} {what}", shown(text)));
    let url = Url::parse(text).map_err(|_| {
        refused("is not a URL").hint("it looks like https://ACCOUNT.blob.core.windows.net")
    })?;
    if url.query().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err(InvalidInput::new(
            "the blob endpoint has more than a host and a path",
        ));
    }
    match url.scheme() {
        _ if url.host().is_none() => Err(refused("has no host")),
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(
            refused("is plain http, which would send the signature in the clear")
                .hint("use https:// instead"),
        ),
        _ => Err(refused("is neither https nor http")),
    }
}

/// # Errors
/// A name that Azure doesn't allow.
pub(crate) fn check_container(name: &str) -> Result<(), InvalidInput> {
    if is_container_name(name) && !name.starts_with('$') {
        return Ok(());
    }
    let error = InvalidInput::new(format!("{} is not the name of a container", shown(name)));
    Err(if name.contains("://") {
        error.hint("pass only the name, such as --container logs")
    } else {
        error.hint(
            "a name has 3 to 63 lowercase letters, digits and single hyphens, and no hyphen at either end",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "c2VjcmV0LWtleQ==";

    fn endpoint(text: &str) -> Result<String, String> {
        StorageAccount::parse(text, "it")
            .map(|account| account.container_url("logs"))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_endpoint_is_the_clouds_or_the_named_one() {
        for (text, expected) in [
            (
                format!("AccountName=acct;AccountKey={KEY}"),
                "https://acct.blob.core.windows.net/logs",
            ),
            (
                format!(
                    "\"DefaultEndpointsProtocol=https;AccountName=acct;AccountKey={KEY};EndpointSuffix=core.chinacloudapi.cn\"\n"
                ),
                "https://acct.blob.core.chinacloudapi.cn/logs",
            ),
            (
                format!(
                    "accountname=acct; accountkey={KEY}; BlobEndpoint=https://logs.example.com/;"
                ),
                "https://logs.example.com/logs",
            ),
            (
                format!(
                    "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={KEY};BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;"
                ),
                "http://127.0.0.1:10000/devstoreaccount1/logs",
            ),
            (
                "UseDevelopmentStorage=true".to_owned(),
                "http://127.0.0.1:10000/devstoreaccount1/logs",
            ),
        ] {
            assert_eq!(endpoint(&text).unwrap(), expected);
        }
    }

    #[test]
    fn errors_never_show_the_key() {
        for (text, part) in [
            (format!("AccountKey={KEY}"), "lacks `AccountName`"),
            ("AccountName=acct".to_owned(), "lacks `AccountKey`"),
            (
                format!("AccountName=acct;AccountName=b;AccountKey={KEY}"),
                "`accountname` twice",
            ),
            (KEY.trim_end_matches('=').to_owned(), "without `=`"),
            (
                "BlobEndpoint=https://a.b;SharedAccessSignature=sv=1&sig=s3cr3t".to_owned(),
                "contains a SAS",
            ),
            (
                format!("AccountName=My.Acct;AccountKey={KEY}"),
                "`My.Acct` is not the name",
            ),
            (
                format!("AccountName=acct;AccountKey={KEY};BlobEndpoint=a.b"),
                "is not a URL",
            ),
            (
                format!("AccountName=acct;AccountKey={KEY};BlobEndpoint=https://a.b/?sig=s3cr3t"),
                "more than a host",
            ),
        ] {
            let error = endpoint(&text).unwrap_err();
            assert!(error.contains(part), "{error}");
            assert!(!error.contains("s3cr3t") && !error.contains(KEY), "{error}");
        }
    }

    #[test]
    fn debug_hides_the_key() {
        let account = StorageAccount::parse(&format!("AccountName=acct;AccountKey={KEY}"), "it");
        assert!(!format!("{account:?}").contains(KEY));
    }

    #[test]
    fn container_names_follow_azures_rules() {
        for name in ["logs", "a-1", "0ab", &"x".repeat(63)] {
            assert_eq!(check_container(name), Ok(()), "{name}");
        }
        for name in [
            "",
            "ab",
            "Logs",
            "-ab",
            "ab-",
            "a--b",
            "a_b",
            "a/b",
            "$root",
            "lögs",
            &"x".repeat(64),
        ] {
            assert!(check_container(name).is_err(), "{name}");
        }
    }
}
