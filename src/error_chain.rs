//! Walks the causes of an error.

use std::error::Error;

/// The error, followed by its causes from the outside in.
pub(crate) fn error_chain<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// Whether a server's certificate was refused, which no further try will change. rustls's type is out of
/// reach here, but its words begin like this.
pub(crate) fn is_certificate_error(error: &(dyn Error + 'static)) -> bool {
    error_chain(error).any(|cause| cause.to_string().starts_with("invalid peer certificate"))
}

/// The message of the innermost cause, which says what happened. The outer ones only say that a
/// request failed, and repeat the URL.
pub(crate) fn innermost_cause(error: &(dyn Error + 'static)) -> String {
    error_chain(error)
        .last()
        .map(ToString::to_string)
        .unwrap_or_default()
}
