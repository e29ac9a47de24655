//! Explains in one line, without secrets, why a source returned no token.
//!
//! The library's messages may quote a response. If the response could not be parsed, they are not
//! shown: it may be a token in another format.

use azure_core::credentials::Secret;
use azure_core::error::ErrorKind;

use crate::error_chain::{error_chain, innermost_cause};
use crate::redact::redact;

/// The maximum length in characters.
const MAX_CHARS: usize = 400;

/// Explains a failed HTTP request.
pub(super) fn request_failure(error: &azure_core::Error, secrets: &[Secret]) -> String {
    for current in error_chain(error) {
        if current.is::<serde_json::Error>() {
            return "the response is not a token".to_owned();
        }
        match current
            .downcast_ref::<azure_core::Error>()
            .map(azure_core::Error::kind)
        {
            Some(ErrorKind::HttpResponse { status, .. }) => {
                let message = current.source().unwrap_or(current).to_string();
                return one_line(&format!("HTTP {}: {message}", u16::from(*status)), secrets);
            }
            Some(ErrorKind::DataConversion) => return "the response is not a token".to_owned(),
            _ => {}
        }
    }
    one_line(&innermost_cause(error), secrets)
}

/// Explains a failed program. `azure_identity` takes the message from stderr only.
pub(super) fn program_failure(error: &azure_core::Error) -> String {
    let message = innermost_cause(error);
    // Skip the warnings before it.
    let message = message
        .find("ERROR")
        .map_or(&*message, |start| &message[start..]);
    one_line(message, &[])
}

/// Joins a message into one line of limited length, and redacts these secrets and all others.
pub(super) fn one_line(message: &str, secrets: &[Secret]) -> String {
    let mut text = message.split_whitespace().collect::<Vec<_>>().join(" ");
    for secret in secrets.iter().map(|secret| secret.secret().trim()) {
        if !secret.is_empty() {
            text = text.replace(secret, "REDACTED");
        }
    }
    // Before it is cut, so that no secret is cut to what is too short to be recognised.
    let text = redact(&text);
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None if text.is_empty() => "no reason given".to_owned(),
        None => text,
    }
}
