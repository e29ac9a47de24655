//! Why a source gave no token, in one line that holds no token.
//!
//! The library's words may quote what a source answered. Those of an answer that could not be read
//! are never repeated: it may have been a token in another form.

use azure_core::credentials::Secret;
use azure_core::error::ErrorKind;

use crate::error_chain::{error_chain, innermost_cause};

/// No reason is longer, in characters.
const LONGEST: usize = 400;

/// The reason of a request over HTTP.
pub(super) fn of_request(error: &azure_core::Error, secrets: &[Secret]) -> String {
    for current in error_chain(error) {
        if current.is::<serde_json::Error>() {
            return "its answer is not a token".to_owned();
        }
        match current
            .downcast_ref::<azure_core::Error>()
            .map(azure_core::Error::kind)
        {
            Some(ErrorKind::HttpResponse { status, .. }) => {
                let message = current.source().unwrap_or(current).to_string();
                return shown(&format!("HTTP {}: {message}", u16::from(*status)), secrets);
            }
            Some(ErrorKind::DataConversion) => return "its answer is not a token".to_owned(),
            _ => {}
        }
    }
    shown(&innermost_cause(error), secrets)
}

/// The reason of a program that failed, which `azure_identity` takes from stderr alone.
pub(super) fn of_program(error: &azure_core::Error) -> String {
    let words = innermost_cause(error);
    // Warnings come first.
    let words = words.find("ERROR").map_or(&*words, |start| &words[start..]);
    shown(words, &[])
}

/// One line of bounded length, without these secrets. What looks like a token is taken out where it
/// is shown, as of every message.
pub(super) fn shown(words: &str, secrets: &[Secret]) -> String {
    let mut text = words.split_whitespace().collect::<Vec<_>>().join(" ");
    for secret in secrets.iter().map(|secret| secret.secret().trim()) {
        if !secret.is_empty() {
            text = text.replace(secret, "REDACTED");
        }
    }
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None if text.is_empty() => "it gave no reason".to_owned(),
        None => text,
    }
}
