//! Shared access signatures, or access tokens of Entra ID: every call must carry one that holds.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use sha2::Sha256;

/// The key of the connection string, before base64. Its base64 ends in `=`, as real ones do.
const KEY: &[u8] = b"a key that only the stand-in has";

/// The shared access policy of the connection string.
pub(crate) const POLICY: &str = "service";

/// The key as a connection string holds it.
pub(crate) fn key_base64() -> String {
    BASE64_STANDARD.encode(KEY)
}

/// Whether an `Authorization` header holds for this hub now.
///
/// The signature covers `sr` as its maker encoded it and the expiry, with the decoded key. `sr`
/// names the hub, with or without the port that only a hub on loopback has.
pub(crate) fn holds(header: Option<&str>, authority: &str) -> bool {
    header.is_some_and(|header| check(header, authority).is_some())
}

/// The access token in an `Authorization` header.
pub(crate) fn bearer_of(header: Option<&str>) -> Option<&str> {
    header?.strip_prefix("Bearer ")
}

fn check(header: &str, authority: &str) -> Option<()> {
    let fields = header.strip_prefix("SharedAccessSignature ")?;
    let raw = |name: &str| {
        let mut pairs = fields.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let decoded = |name: &str| {
        let value = percent_decode_str(raw(name)?).decode_utf8().ok()?;
        Some(value.into_owned())
    };
    let expiry: i64 = decoded("se")?.parse().ok()?;
    let signature = BASE64_STANDARD.decode(decoded("sig")?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY).ok()?;
    mac.update(format!("{}\n{expiry}", raw("sr")?).as_bytes());
    mac.verify_slice(&signature).ok()?;

    let resource = decoded("sr")?.to_lowercase();
    let host = authority.split(':').next().unwrap_or(authority);
    let covers = resource == authority || resource == host;
    let lasts = expiry > Timestamp::now().as_second();
    (covers && lasts && decoded("skn")? == POLICY).then_some(())
}
