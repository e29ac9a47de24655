//! Percent-encoding of ids in paths and of values in SAS tokens.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

/// What IoT Hub's own SDKs leave as it is in a path or a token: RFC 3986's unreserved characters.
/// Device ids may hold `#`, `%`, `+`, `/` and more; unescaped, some turn into another route.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Encodes one path segment or token value.
pub(crate) fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, COMPONENT).to_string()
}
