//! Why a source gave no token, in one line that holds no token.
//!
//! The library's words may quote what a source answered. Those of an answer that could not be read
//! are never repeated: it may have been a token in another form.

use std::error::Error;

use azure_core::credentials::Secret;
use azure_core::error::ErrorKind;

/// No reason is longer, in characters.
const LONGEST: usize = 400;

/// The reason of a request over HTTP.
pub(super) fn of_request(error: &azure_core::Error, secrets: &[Secret]) -> String {
    let mut innermost: &(dyn Error + 'static) = error;
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(current) = next {
        innermost = current;
        match current
            .downcast_ref::<azure_core::Error>()
            .map(azure_core::Error::kind)
        {
            Some(ErrorKind::HttpResponse { status, .. }) => {
                let words = current.source().unwrap_or(current).to_string();
                return shown(&format!("HTTP {}: {words}", u16::from(*status)), secrets);
            }
            Some(ErrorKind::DataConversion) => return "its answer is not a token".to_owned(),
            _ => {}
        }
        if current.is::<serde_json::Error>() {
            return "its answer is not a token".to_owned();
        }
        next = current.source();
    }
    shown(&innermost.to_string(), secrets)
}

/// The reason of a program that failed, which `azure_identity` takes from stderr alone.
pub(super) fn of_program(error: &azure_core::Error) -> String {
    let words = innermost(error);
    // Warnings come first.
    let words = words.find("ERROR").map_or(&*words, |start| &words[start..]);
    shown(words, &[])
}

/// The innermost words.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
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
