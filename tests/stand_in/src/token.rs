//! Shared access signatures, or access tokens of Entra ID: every call must carry one that holds.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use sha2::Sha256;

use super::setup::Policy;

/// The key of the connection string, before base64. Its base64 ends in `=`, as real ones do.
const KEY: &[u8] = b"a key that only the stand-in has";

impl Policy {
    /// The policy's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Owner => "iothubowner",
        }
    }
}

/// The key as a connection string holds it.
pub(crate) fn key_base64() -> String {
    BASE64_STANDARD.encode(KEY)
}

/// Whether an `Authorization` header holds for this hub and policy now.
///
/// The signature covers `sr` as its maker encoded it and the expiry, with the decoded key. `sr`
/// names the hub, with or without the port that only a hub on loopback has.
pub(crate) fn holds(header: Option<&str>, authority: &str, policy: Policy) -> bool {
    header.is_some_and(|header| check(header, authority, policy).is_some())
}

/// The access token in an `Authorization` header.
pub(crate) fn bearer_of(header: Option<&str>) -> Option<&str> {
    header?.strip_prefix("Bearer ")
}

fn check(header: &str, authority: &str, policy: Policy) -> Option<()> {
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
    (covers && lasts && decoded("skn")? == policy.name()).then_some(())
}

/// Signs a token for tests of the stand-in itself and of other clients than the one under test.
pub(crate) fn sign(authority: &str, policy: Policy, expiry: i64) -> String {
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let resource = encode(authority);
    let mut mac = Hmac::<Sha256>::new_from_slice(KEY).expect("any length of key will do");
    mac.update(format!("{resource}\n{expiry}").as_bytes());
    let signature = encode(&BASE64_STANDARD.encode(mac.finalize().into_bytes()));
    format!(
        "SharedAccessSignature sr={resource}&sig={signature}&se={expiry}&skn={}",
        policy.name()
    )
}
