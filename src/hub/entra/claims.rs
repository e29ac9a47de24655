//! Who an access token is about: for hints, never for decisions.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;

#[derive(Deserialize)]
struct Claims {
    oid: uuid::Uuid,
}

/// The object id of the identity that a token names. A token that is none of Entra ID's, or that
/// is opaque, names nobody.
///
/// Only an id passes: it ends up in a command that can be pasted.
pub(in crate::hub) fn principal_of(token: &str) -> Option<String> {
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
    fn a_token_names_its_principal_by_its_object_id() {
        let id = "11111111-2222-3333-4444-555555555555";
        assert_eq!(
            principal_of(&token(&format!(r#"{{"aud":"x","oid":"{id}"}}"#))).as_deref(),
            Some(id)
        );
    }

    #[test]
    fn anything_else_names_nobody() {
        for text in [
            "",
            "opaque",
            "a.b.c",
            &token("{}"),
            &token(r#"{"oid":"$(rm -rf /)"}"#),
            &token(r#"{"oid":7}"#),
        ] {
            assert_eq!(principal_of(text), None, "{text}");
        }
    }
}
