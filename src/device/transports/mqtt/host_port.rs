//! A host name, and the port where it differs from MQTT's own.

/// A host, and its port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HostPort {
    /// Without brackets.
    pub(super) host: String,
    pub(super) port: Option<u16>,
}

impl HostPort {
    /// Reads `host`, `host:port` or `[::1]:port`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, Some(port.parse().ok()?)),
            _ => (text, None),
        };
        let plain = match host.strip_prefix('[') {
            Some(rest) => rest.strip_suffix(']')?,
            None if host.contains(':') => return None,
            None => host,
        };
        // Also checks that it is one.
        url::Host::parse(host).ok()?;
        Some(Self {
            host: plain.to_owned(),
            port,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_optional() {
        let parsed = |text| HostPort::parse(text).map(|it| (it.host, it.port));
        let found = |host: &str, port| Some((host.to_owned(), port));
        assert_eq!(parsed("gw"), found("gw", None));
        assert_eq!(parsed(" gw.plant:8884 "), found("gw.plant", Some(8884)));
        assert_eq!(parsed("127.0.0.1:1"), found("127.0.0.1", Some(1)));
        assert_eq!(parsed("[::1]:1"), found("::1", Some(1)));
        assert_eq!(parsed("[::1]"), found("::1", None));
        for text in ["", "a:b", "::1", "a b", "http://h", "h:70000", "h/x"] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }
}
