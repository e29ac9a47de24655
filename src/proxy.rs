//! The proxy that the environment names for a service.
//!
//! reqwest silently bypasses a proxy if it can't parse the variable. So the variables are checked
//! wherever a client is made.

use std::time::Duration;

use azure_core::credentials::Secret;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hyper_util::client::proxy::matcher::Matcher;
use percent_encoding::percent_decode_str;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use crate::invalid_input::InvalidInput;
use crate::loopback::is_loopback;
use crate::redact::remember;

/// The hint for a variable that can't be parsed.
const EXAMPLE: &str = "a proxy looks like http://proxy:3128, or http://USER:PASSWORD@proxy:3128 with %40 for an @ in \
                       the password";

/// How long to wait for the proxy to repeat its refusal.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest answer to read.
const MAX_HEAD_BYTES: usize = 16 << 10;

/// How much of a status is shown.
const MAX_STATUS_CHARS: usize = 256;

/// The proxy for one service.
#[derive(Debug)]
pub(crate) struct Proxy {
    variable: &'static str,
    /// Whether the proxy itself is reached over TLS.
    tls: bool,
    host: String,
    port: u16,
    /// The user name and the password, as the proxy expects them.
    user: Option<Secret>,
}

/// The variables that name a proxy, or what needs none.
pub(crate) const PROXY_VARIABLES: &[&str] = &[
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    NO_PROXY[0],
    NO_PROXY[1],
];

/// The services that are reached without a proxy.
pub(crate) const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// Checks the proxy for the service at `url`.
///
/// # Errors
/// The variable that names it can't be read. The message shows nothing of it, since it may hold a
/// password.
pub(crate) fn check(url: &Url) -> Result<(), InvalidInput> {
    Proxy::of(url).map(drop)
}

impl Proxy {
    /// The proxy for the service at `url`; none if there is none, the service is on this machine, or
    /// `NO_PROXY` names it.
    ///
    /// # Errors
    /// The variable that names it can't be read.
    pub(crate) fn of(url: &Url) -> Result<Option<Self>, InvalidInput> {
        if is_loopback(url) || bypasses_proxy(url) {
            return Ok(None);
        }
        let own = match url.scheme() {
            "https" => ["HTTPS_PROXY", "https_proxy"],
            "http" => ["HTTP_PROXY", "http_proxy"],
            _ => return Ok(None),
        };
        for names in [own, ["ALL_PROXY", "all_proxy"]] {
            let set = |name: &'static str| Some((name, std::env::var_os(name)?));
            let Some((variable, value)) = names.into_iter().find_map(set) else {
                continue;
            };
            if value.is_empty() {
                continue;
            }
            let text = value.to_str().ok_or("it is not UTF-8");
            return text
                .and_then(|text| Self::parse(variable, text))
                .map(Some)
                .map_err(|reason| {
                    InvalidInput::new(format!("the proxy in {variable} can't be read: {reason}"))
                        .hint(EXAMPLE)
                });
        }
        Ok(None)
    }

    /// The variable that names it.
    pub(crate) fn variable(&self) -> &'static str {
        self.variable
    }

    /// Reads a variable. The reason for an error shows nothing of it.
    fn parse(variable: &'static str, text: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
            None => (None, text),
        };
        let tls = match scheme.as_deref() {
            None | Some("http") => false,
            Some("https") => true,
            Some(socks) if socks.starts_with("socks") => {
                return Err("SOCKS proxies are not supported");
            }
            Some(_) => return Err("it begins with neither http:// nor https://"),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        if tail.contains('@') {
            return Err("a `/`, `?` or `#` before the @ must be percent-encoded");
        }
        if scheme.is_none() && !tail.is_empty() {
            return Err("it has a path, but does not begin with http://");
        }
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, authority),
        };
        if user.is_some_and(|user| user.contains('@')) {
            return Err("an @ in its user name or password must be written as %40");
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:%".contains(c);
        if !user.unwrap_or_default().chars().all(plain) {
            return Err("a character of its user name or password must be percent-encoded");
        }
        let (host, port) = match place.rsplit_once(':') {
            // A colon within the brackets is not that of a port.
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            _ => (place, None),
        };
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        if bare.is_none() && host.contains(':') {
            return Err("its host contains a colon; put an IPv6 address in brackets");
        }
        if url::Host::parse(host).is_err() || !tail.chars().all(|c| c.is_ascii_graphic()) {
            return Err(match host {
                "" => "it has no host",
                _ => "its host is not a host name",
            });
        }
        let port = match port {
            None if tls => 443,
            None => 80,
            Some(port) => match port.parse() {
                Ok(port) if port > 0 => port,
                _ => return Err("its port is not a number from 1 to 65535"),
            },
        };
        Ok(Self {
            variable,
            tls,
            host: bare.unwrap_or(host).to_owned(),
            port,
            user: user.map(|user| {
                // A password may be empty, but its colon must be there.
                let (name, password) = user.split_once(':').unwrap_or((user, ""));
                let decoded = |part| percent_decode_str(part).decode_utf8_lossy();
                remember(&decoded(password));
                Secret::new(format!("{}:{}", decoded(name), decoded(password)))
            }),
        })
    }

    /// Why the connection to `url` failed; unlike `reason`, this names the proxy.
    ///
    /// The status of a refusal is lost within the library, so the proxy is asked once more.
    pub(crate) async fn explain(&self, url: &Url, reason: &str) -> String {
        let Self {
            host,
            port,
            variable,
            ..
        } = self;
        let asked = tokio::time::timeout(REFUSAL_TIMEOUT, self.status(url)).await;
        match asked {
            Ok(Ok(Some(status))) => {
                format!("the proxy in {variable} ({host}:{port}) refuses the connection: {status}")
            }
            _ => format!("the proxy in {variable} ({host}:{port}): {reason}"),
        }
    }

    /// The status with which the proxy refuses a connection; none if it doesn't.
    async fn status(&self, url: &Url) -> std::io::Result<Option<String>> {
        let Some(host) = url.host_str().filter(|_| !self.tls) else {
            return Ok(None);
        };
        let port = url.port_or_known_default().unwrap_or(443);
        let (_, refusal) = self.tunnel(host, port).await?;
        Ok(refusal)
    }

    /// Opens a connection through the proxy, or returns with it the status with which the proxy
    /// refuses.
    async fn tunnel(&self, host: &str, port: u16) -> std::io::Result<(TcpStream, Option<String>)> {
        let place = format!("{host}:{port}");
        let mut request = format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n");
        if let Some(user) = &self.user {
            let user = BASE64_STANDARD.encode(user.secret());
            request.push_str(&format!("Proxy-Authorization: Basic {user}\r\n"));
        }
        request.push_str("\r\n");
        let mut stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        stream.write_all(request.as_bytes()).await?;
        // Byte by byte: what follows the headers belongs to the tunnel.
        let mut head = Vec::new();
        while head.len() < MAX_HEAD_BYTES && !head.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) if head.contains(&b'\n') => break,
                Err(error) => return Err(error),
            }
        }
        let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = String::from_utf8_lossy(line)
            .chars()
            .take(MAX_STATUS_CHARS)
            .collect::<String>();
        let mut words = line.trim_end().splitn(2, ' ');
        let is_http = words.next().is_some_and(|word| word.starts_with("HTTP/"));
        let status = words.next().filter(|_| is_http).map(str::to_owned);
        match status {
            None => Err(std::io::Error::other("its answer is not HTTP")),
            Some(status) if status.starts_with('2') => Ok((stream, None)),
            refusal => Ok((stream, refusal)),
        }
    }

    /// Opens a connection to a service that is not HTTP.
    ///
    /// # Errors
    /// The message names the proxy, and the status with which it refuses.
    #[cfg(feature = "device")]
    pub(crate) async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, String> {
        let Self { variable, .. } = self;
        let place = format!("the proxy in {variable} ({}:{})", self.host, self.port);
        if self.tls {
            return Err(format!(
                "{place} begins with https://, which MQTT does not go through"
            ));
        }
        match self.tunnel(host, port).await {
            Ok((stream, None)) => Ok(stream),
            Ok((_, Some(refusal))) => Err(format!("{place} refuses the connection: {refusal}")),
            Err(error) => Err(format!("{place} can't be used: {error}")),
        }
    }
}

/// Whether reqwest connects to the service directly although there may be a proxy.
fn bypasses_proxy(url: &Url) -> bool {
    // As reqwest does for the sake of CGI programs, whose clients can set HTTP_PROXY.
    if std::env::var_os("REQUEST_METHOD").is_some() {
        return true;
    }
    let names = NO_PROXY.into_iter();
    let list = names.filter_map(|name| std::env::var(name).ok()).next();
    let any = Matcher::builder().all("http://proxy");
    let matcher = any.no(list.unwrap_or_default()).build();
    let service = url.as_str().parse();
    service.is_ok_and(|service| matcher.intercept(&service).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> String {
        let proxy = Proxy::parse("X", text).unwrap();
        format!(
            "{}:{} {}",
            proxy.host,
            proxy.port,
            proxy.user.as_ref().map_or("", Secret::secret)
        )
    }

    #[test]
    fn a_proxy_has_a_host_and_perhaps_a_port_and_a_user() {
        assert_eq!(place("http://proxy:3128"), "proxy:3128 ");
        assert_eq!(place("proxy"), "proxy:80 ");
        assert_eq!(place("HTTPS://proxy.corp/"), "proxy.corp:443 ");
        assert_eq!(place("http://[::1]:3128/"), "::1:3128 ");
        assert_eq!(place("u:p%40x@proxy:3128"), "proxy:3128 u:p@x");
        assert_eq!(place("http://u@proxy"), "proxy:80 u:");
    }

    #[test]
    fn what_is_wrong_is_told_without_the_value() {
        for (text, reason) in [
            ("socks5://proxy:1080", "SOCKS"),
            ("ftp://proxy", "neither http:// nor https://"),
            ("http://u:s#cret@proxy:3128", "must be percent-encoded"),
            ("http://u:s@cret@proxy:3128", "%40"),
            ("http://u:s cret@proxy:3128", "must be percent-encoded"),
            ("http://u:s\u{e9}cret@proxy", "must be percent-encoded"),
            ("http://proxy:port", "its port"),
            ("http://proxy:", "its port"),
            ("http://proxy:70000", "its port"),
            ("http://:3128", "no host"),
            ("http://", "no host"),
            ("http://pro xy:3128", "not a host name"),
            ("http://fe80::1:3128", "brackets"),
            ("proxy:3128/", "does not begin with http://"),
        ] {
            let told = Proxy::parse("X", text).unwrap_err();
            assert!(told.contains(reason), "{text}: {told}");
            assert!(!told.contains("cret"), "{told}");
        }
    }
}
