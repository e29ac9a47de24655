//! The address of a hub: https, or plain http for a loopback address.

use std::fmt;
use std::net::Ipv6Addr;

use url::Url;

use crate::loopback::is_loopback;

/// The address of a hub's REST service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubEndpoint {
    base: Url,
    /// Host and port as given: the resource that a token is signed for.
    authority: String,
}

/// Why a text is not a hub's address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEndpoint {
    /// Not a host name, with or without a scheme.
    #[error("`{0}` is not the host name of a hub")]
    NotAHost(String),
    /// Not a host name. It may contain a key or a password, so it is not shown.
    #[error("this is not the host name of a hub; it may contain a secret, so it is not shown")]
    MayBeSecret,
    /// Plain http to another machine would expose the token.
    #[error("hub `{0}` is plain http, which is accepted for loopback addresses only")]
    PlainHttp(String),
}

/// What follows the name of a hub in its host names, in every cloud.
const DOMAIN: &str = ".azure-devices.";
/// A hub has a host name for everybody, and may have one for services and one for devices.
const ROLES: [&str; 3] = ["", ".service", DEVICES];
const DEVICES: &str = ".device";

/// The hub's own name, the role and the rest of one of its host names, in lower case; none for a host
/// outside Azure.
fn parts(host: &str) -> Option<(String, &'static str, String)> {
    let host = host.to_ascii_lowercase();
    let (name, rest) = host.split_once(DOMAIN)?;
    let role = ROLES[1..]
        .iter()
        .find(|role| name.ends_with(**role))
        .unwrap_or(&"");
    let name = name.strip_suffix(role).unwrap_or(name);
    (!name.is_empty()).then(|| (name.to_owned(), *role, rest.to_owned()))
}

/// The name of the hub behind one of its host names, as `az` takes it.
pub(crate) fn hub_name(host: &str) -> Option<String> {
    parts(host).map(|(name, ..)| name)
}

/// All host names of the hub behind one of them, that one first. Others are in lower case.
pub(crate) fn host_names(host: &str) -> Vec<String> {
    let mut names = vec![host.to_owned(), host.to_ascii_lowercase()];
    if let Some((name, _, rest)) = parts(host) {
        names.extend(ROLES.map(|role| format!("{name}{role}{DOMAIN}{rest}")));
    }
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

/// The host name for services, if this one is for devices only.
pub(crate) fn service_host(host: &str) -> Option<String> {
    let (name, role, rest) = parts(host)?;
    (role == DEVICES).then(|| format!("{name}{DOMAIN}{rest}"))
}

impl HubEndpoint {
    /// Parses `myhub.azure-devices.net`, or `http://127.0.0.1:PORT` for a loopback hub.
    ///
    /// # Errors
    /// The text is not a host name, or is plain http to another machine.
    pub fn parse(text: &str) -> Result<Self, InvalidEndpoint> {
        let not_a_host = || not_a_host(text);
        let with_scheme = if text.contains("://") {
            text.to_owned()
        } else {
            format!("https://{text}")
        };
        let base = Url::parse(&with_scheme).map_err(|_| not_a_host())?;
        let plain = base.path() == "/" && base.query().is_none() && base.username().is_empty();
        if base.host().is_none() || !plain {
            return Err(not_a_host());
        }
        let authority = with_scheme
            .split_once("://")
            .map_or("", |(_, rest)| rest)
            .trim_end_matches('/')
            .to_owned();
        // URL parsers accept more than host names.
        if !is_authority(&authority) {
            return Err(not_a_host());
        }
        match base.scheme() {
            "https" => {}
            "http" if is_loopback(&base) => {}
            "http" => return Err(InvalidEndpoint::PlainHttp(text.to_owned())),
            _ => return Err(not_a_host()),
        }
        Ok(Self { base, authority })
    }

    /// Parses a host name like [`parse`](Self::parse), or a bare hub name in the public cloud.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn named(text: &str) -> Result<Self, InvalidEndpoint> {
        if text.contains(['.', ':', '/']) || text.is_empty() {
            return Self::parse(text);
        }
        Self::parse(&format!("{text}.azure-devices.net")).map_err(|_| not_a_host(text))
    }

    /// Whether both are the same hub, by whatever host name, ignoring case and the default port.
    pub fn is_same(&self, other: &Self) -> bool {
        let same_hub = || {
            let (mine, theirs) = (parts(self.name()), parts(other.name()));
            let port = |endpoint: &Self| endpoint.base.port_or_known_default();
            mine.zip(theirs).is_some_and(|(mine, theirs)| {
                (mine.0, mine.2) == (theirs.0, theirs.2) && port(self) == port(other)
            })
        };
        self.base == other.base || same_hub()
    }

    /// Host and port as given: the resource of a SAS token for this hub.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The value of `HostName` in a connection string: with the scheme if that is plain http.
    pub fn host_name(&self) -> String {
        if self.is_plain_http() {
            format!("http://{}", self.authority)
        } else {
            self.authority.clone()
        }
    }

    /// The host without a port, as devices name the hub in blob names and records.
    pub fn name(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    /// The one name of the hub that does not depend on which of its host names was given: that for
    /// everybody, in lower case.
    pub fn canonical_name(&self) -> String {
        match parts(self.name()) {
            Some((name, _, rest)) => format!("{name}{DOMAIN}{rest}"),
            None => self.name().to_ascii_lowercase(),
        }
    }

    /// Whether the hub is on this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.base)
    }

    /// Whether calls don't use TLS, which is only possible for a loopback address.
    fn is_plain_http(&self) -> bool {
        self.base.scheme() == "http"
    }

    /// The base URL.
    pub(crate) fn url(&self) -> &Url {
        &self.base
    }

    /// The URL for a path that is already percent-encoded.
    pub(super) fn url_for(&self, path: &str) -> String {
        format!("{}{path}", self.base.as_str().trim_end_matches('/'))
    }
}

impl fmt::Display for HubEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.authority)
    }
}

fn not_a_host(text: &str) -> InvalidEndpoint {
    // It may be a connection string, a signature or a password.
    match text.contains([';', '=', '@']) {
        true => InvalidEndpoint::MayBeSecret,
        false => InvalidEndpoint::NotAHost(text.to_owned()),
    }
}

/// Whether a text is a host name or an IP address, with or without a port.
fn is_authority(text: &str) -> bool {
    if let Some((address, port)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let port_fits = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return port_fits && address.parse::<Ipv6Addr>().is_ok();
    }
    match text.split_once(':') {
        None => text.split('.').all(is_label),
        Some((host, port)) => is_port(port) && host.split('.').all(is_label),
    }
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

/// Whether a text can be one part of a host name. Container names may contain `_`, unlike DNS names.
fn is_label(label: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=63).contains(&label.len())
        && label.bytes().all(allowed)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authority_is_kept_as_given() {
        assert_eq!(
            HubEndpoint::parse("MyHub.azure-devices.net")
                .unwrap()
                .authority(),
            "MyHub.azure-devices.net"
        );
        assert_eq!(
            HubEndpoint::parse("http://127.0.0.1:8080")
                .unwrap()
                .authority(),
            "127.0.0.1:8080"
        );
    }

    #[test]
    fn a_bare_name_is_a_hub_of_the_public_cloud() {
        let named = |text: &str| HubEndpoint::named(text).map(|hub| hub.authority().to_owned());
        assert_eq!(named("plant-a").unwrap(), "plant-a.azure-devices.net");
        assert_eq!(
            named("plant-a.azure-devices.us").unwrap(),
            "plant-a.azure-devices.us"
        );
        assert_eq!(named("http://127.0.0.1:80").unwrap(), "127.0.0.1:80");
        assert_eq!(
            named("a b"),
            Err(InvalidEndpoint::NotAHost("a b".to_owned()))
        );
        assert!(named("").is_err());
        assert!(named("http://10.0.0.1").is_err());
    }

    #[test]
    fn hubs_are_compared_without_case_and_default_port() {
        let hub = |text: &str| HubEndpoint::parse(text).unwrap();
        assert!(hub("H.azure-devices.net").is_same(&hub("h.azure-devices.net:443")));
        assert!(!hub("h.azure-devices.net").is_same(&hub("g.azure-devices.net")));
        for host in ["H.azure-devices.net", "h.service.azure-devices.net:443"] {
            assert_eq!(hub(host).canonical_name(), "h.azure-devices.net");
        }
        assert_eq!(hub("http://LOCALHOST:80").canonical_name(), "localhost");
        assert!(hub("h.service.azure-devices.net").is_same(&hub("H.azure-devices.net")));
        assert!(!hub("h.azure-devices.net").is_same(&hub("h.azure-devices.us")));
        assert!(!hub("http://127.0.0.1:80").is_same(&hub("http://127.0.0.1:81")));
    }

    #[test]
    fn a_path_a_space_or_another_scheme_is_rejected() {
        for text in ["", "myhub.azure-devices.net/x", "ftp://myhub", "a b"] {
            assert!(HubEndpoint::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn host_names_and_ports_are_validated() {
        for text in [
            "h",
            "h_1.example",
            "10.0.0.7",
            "h:8443",
            "[::1]:8443",
            "[::1]",
            "h/",
        ] {
            assert!(HubEndpoint::parse(text).is_ok(), "{text}");
        }
        for text in [
            "..", "a..b", "a.", "-x", "x-.y", "a!b", "h:", "h:+1", "h:70000", "h:1:2", "[::1]x",
            "[h]", "h\\x", "h%41", "a\tb",
        ] {
            assert!(HubEndpoint::named(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_may_contain_a_secret_is_not_shown() {
        for text in [
            "a;b",
            "a=b",
            "HostName=h.example;SharedAccessKeyName=p;SharedAccessKey=c2VjcmV0",
            "user:secret@h.example",
            "user@h",
            ":secret@h.example",
            "https://h.example/?sig=secret",
        ] {
            assert_eq!(HubEndpoint::named(text), Err(InvalidEndpoint::MayBeSecret));
        }
    }

    #[test]
    fn a_hub_has_three_host_names() {
        let all = [
            "plant-a.azure-devices.net",
            "plant-a.service.azure-devices.net",
            "plant-a.device.azure-devices.net",
        ];
        for host in all {
            let names = host_names(host);
            assert_eq!(names[0], host);
            assert_eq!(names.len(), all.len(), "{names:?}");
            assert!(all.iter().all(|name| names.contains(&(*name).to_owned())));
            assert_eq!(hub_name(host).as_deref(), Some("plant-a"));
        }
        assert_eq!(service_host(all[0]), None);
        assert_eq!(service_host(all[2]).as_deref(), Some(all[0]));
        assert_eq!(
            host_names("MyHub.azure-devices.cn")[..2],
            ["MyHub.azure-devices.cn", "myhub.azure-devices.cn"]
        );
        assert_eq!(host_names("127.0.0.1"), ["127.0.0.1"]);
        assert_eq!(
            hub_name("device.azure-devices.net").as_deref(),
            Some("device")
        );
    }
}
