//! Checks that callers hold the key of the one policy.

use std::net::{IpAddr, SocketAddr};

use azure_core::credentials::Secret;
use hyper::http::uri;
use jiff::Timestamp;

use super::refusal::{HubCode, Refusal};
use crate::hub::{SasToken, TokenScope};

/// The only policy of the loopback hub.
pub(super) const POLICY: &str = "service";

/// The key, and the names of the hub.
#[derive(Debug)]
pub(super) struct Authority {
    key: Secret,
    hosts: Vec<String>,
    scopes: Vec<TokenScope>,
}

impl Authority {
    /// A hub that listens on `address` and whose certificate, if it has one, holds `names`.
    ///
    /// Clients sign tokens for the host name in their connection string, some with the port and
    /// some without. Every name of this hub is accepted.
    pub(super) fn new(key: Secret, address: SocketAddr, names: &[String]) -> Self {
        let port = address.port();
        let mut hosts: Vec<String> = ["localhost", "127.0.0.1", "[::1]"]
            .map(str::to_owned)
            .into();
        hosts.push(match address {
            SocketAddr::V4(address) => address.ip().to_string(),
            SocketAddr::V6(address) => format!("[{}]", address.ip()),
        });
        hosts.extend(names.iter().cloned());
        hosts.sort();
        hosts.dedup();
        let scopes = hosts
            .iter()
            .flat_map(|host| [format!("{host}:{port}"), host.clone()])
            .map(|resource| TokenScope {
                resource,
                policy: Some(POLICY.to_owned()),
            })
            .collect();
        Self { key, hosts, scopes }
    }

    /// Checks the `Host` header. A page in a browser on this machine can't call the hub by a name that
    /// its own server made lead here, even if it knew the key.
    ///
    /// # Errors
    /// It is a name that is not this hub's.
    pub(super) fn check_host(&self, header: Option<&str>) -> Result<(), Refusal> {
        let Some(host) = header.and_then(|host| host.parse::<uri::Authority>().ok()) else {
            return Err(Refusal::registry(
                HubCode::ArgumentInvalid,
                "the request names no host",
            ));
        };
        let host = host.host();
        let is_address = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
        if is_address || self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host)) {
            return Ok(());
        }
        Err(Refusal::registry(
            HubCode::ArgumentInvalid,
            format!("`{host}` is not a name of this hub"),
        ))
    }

    /// Checks the `Authorization` header: signature, expiry, resource and policy. As with IoT Hub,
    /// the refusal does not say which of them is wrong.
    ///
    /// # Errors
    /// 401 for anything but a valid token.
    pub(super) fn check(&self, header: &str) -> Result<(), Refusal> {
        let now = Timestamp::now().as_second();
        if self
            .scopes
            .iter()
            .any(|scope| SasToken::verify(header, scope, &self.key, now))
        {
            Ok(())
        } else {
            Err(Refusal::registry(HubCode::Unauthorized, "Unauthorized"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authority() -> Authority {
        Authority::new(
            key(),
            SocketAddr::from(([127, 0, 0, 1], 8443)),
            &["edge.example.net".to_owned()],
        )
    }

    fn key() -> Secret {
        Secret::new("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
    }

    fn token(resource: &str, policy: Option<&str>, lasts: i64) -> String {
        let scope = TokenScope {
            resource: resource.to_owned(),
            policy: policy.map(str::to_owned),
        };
        let expiry = Timestamp::now().as_second() + lasts;
        let token = SasToken::sign(&scope, &key(), expiry).unwrap();
        token.expose().to_owned()
    }

    #[test]
    fn every_name_of_the_hub_is_accepted_with_and_without_its_port() {
        for resource in [
            "localhost:8443",
            "localhost",
            "LOCALHOST:8443",
            "127.0.0.1:8443",
            "127.0.0.1",
            "[::1]:8443",
            "edge.example.net:8443",
            "edge.example.net",
        ] {
            let token = token(resource, Some(POLICY), 60);
            assert!(authority().check(&token).is_ok(), "{resource}");
        }
    }

    #[test]
    fn another_resource_policy_or_time_is_refused() {
        for (resource, policy, lasts) in [
            ("myhub.azure-devices.net", Some(POLICY), 60),
            ("localhost:1", Some(POLICY), 60),
            ("localhost:8443/devices/d", Some(POLICY), 60),
            ("localhost:8443", Some("iothubowner"), 60),
            ("localhost:8443", None, 60),
            ("localhost:8443", Some(POLICY), -1),
        ] {
            let token = token(resource, policy, lasts);
            assert!(
                authority().check(&token).is_err(),
                "{resource} {policy:?} {lasts}"
            );
        }
        for header in [
            "",
            "Bearer x",
            "SharedAccessSignature ",
            "SharedAccessSignature sr=&sig=&se=",
        ] {
            assert!(authority().check(header).is_err(), "{header}");
        }
    }

    #[test]
    fn a_host_is_an_address_or_a_name_of_the_hub() {
        for host in [
            "localhost:8443",
            "LOCALHOST",
            "127.0.0.1:8443",
            "192.168.7.2",
            "[::1]:8443",
            "edge.example.net",
        ] {
            assert!(authority().check_host(Some(host)).is_ok(), "{host}");
        }
        for host in [
            None,
            Some(""),
            Some("attacker.example.net:8443"),
            Some("localhost.example.net"),
            Some("127.0.0.1.example.net"),
        ] {
            assert!(authority().check_host(host).is_err(), "{host:?}");
        }
    }

    #[test]
    fn a_token_with_raw_slashes_in_its_signature_is_accepted() {
        // The Python SDK leaves `/` in the signature as it is, and encodes everything else.
        let mut seen = false;
        for lasts in 60..160 {
            let token = token("localhost:8443", Some(POLICY), lasts);
            seen |= token.contains("%2F");
            assert!(authority().check(&token.replace("%2F", "/")).is_ok());
        }
        assert!(seen);
    }
}
