//! Reads the identity in an access token, for hints only: the token is not verified.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;

#[derive(Deserialize)]
struct Claims {
    oid: uuid::Uuid,
}

/// The object id in a token; `None` for an opaque token or one without an id.
///
/// Accepts only a GUID, since it becomes part of a command that can be pasted.
pub(in crate::hub) fn principal_id(token: &str) -> Option<String> {
    let body = token.split('.').nth(1)?;
    let json = BASE64_URL_SAFE_NO_PAD.decode(body).ok()?;
    let claims: Claims = serde_json::from_slice(&json).ok()?;
    Some(claims.oid.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!(
            "eyJhbGciOiJub25lIn0.{}.c2ln",
            BASE64_URL_SAFE_NO_PAD.encode(claims)
        )
    }

    #[test]
    fn the_object_id_is_read() {
        let id = "11111111-2222-3333-4444-555555555555";
        assert_eq!(
            principal_id(&token(&format!(r#"{{"aud":"x","oid":"{id}"}}"#))).as_deref(),
            Some(id)
        );
    }

    #[test]
    fn anything_but_a_guid_is_ignored() {
        for text in [
            "",
            "opaque",
            "a.b.c",
            &token("{}"),
            &token(r#"{"oid":"$(rm -rf /)"}"#),
            &token(r#"{"oid":7}"#),
        ] {
            assert_eq!(principal_id(text), None, "{text}");
        }
    }
}
