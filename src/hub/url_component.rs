//! Percent-encodes ids and names in paths, and values in SAS tokens.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

/// Keeps RFC 3986's unreserved characters, as IoT Hub's SDKs do. Device ids may contain `#`, `%`, `+`,
/// `/` and more, some of which would change the route.
const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Encodes one path segment or value.
pub(crate) fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, COMPONENT).to_string()
}
