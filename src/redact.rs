//! Recognises secrets in text, to redact or reject them.

/// The text that precedes a secret, in lower case. Longer markers come first.
const MARKERS: [&str; 8] = [
    "sharedaccesssignature=",
    "sharedaccesskey=",
    "client_assertion=",
    "client_secret=",
    "accountkey=",
    BEARER,
    "sig=",
    "sig%3d",
];
const BEARER: &str = "bearer ";

/// The start of a JSON Web Token: base64 of `{"`.
const TOKEN_START: &str = "eyJ";
/// The minimum length of a token, so that words starting with `eyJ` stay.
const TOKEN_BYTES: usize = 24;

/// Whether a text contains a secret. Placeholders such as `SharedAccessKey=$KEY` or `sig=…` don't
/// count.
pub(crate) fn contains_secret(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let is_key_character =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '%' | '-' | '_');
    MARKERS.iter().any(|marker| {
        lower.match_indices(marker).any(|(at, _)| {
            let before = &lower[..at];
            // In an encoded URL, an encoded `&` or `?` stands before it.
            let at_word_start = ["%26", "%3f"].iter().any(|end| before.ends_with(end))
                || !before.ends_with(|c: char| c.is_ascii_alphanumeric());
            let value = &lower[at + marker.len()..];
            at_word_start
                && match *marker {
                    // "bearer" also occurs in prose.
                    BEARER => value.starts_with("ey"),
                    _ => value.starts_with(is_key_character),
                }
        })
    })
}

/// Replaces signatures, keys and tokens with `REDACTED`.
///
/// Works on any text, including usage errors, storage errors and the agent's messages.
pub(crate) fn redact(text: &str) -> String {
    redact_tokens(&redact_marked(text))
}

/// Redacts access tokens, with or without a marker.
fn redact_tokens(text: &str) -> String {
    let in_token = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(TOKEN_START) {
        let (before, token) = rest.split_at(start);
        let (token, after) = token.split_at(token.find(|c| !in_token(c)).unwrap_or(token.len()));
        shown.push_str(before);
        shown.push_str(if token.len() < TOKEN_BYTES {
            token
        } else {
            "REDACTED"
        });
        rest = after;
    }
    shown.push_str(rest);
    shown
}

/// Redacts whatever follows a marker.
fn redact_marked(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        let Some((start, marker)) = MARKERS
            .iter()
            .filter_map(|marker| lower[at..].find(marker).map(|found| (at + found, *marker)))
            .min()
        else {
            break;
        };
        let value = start + marker.len();
        shown.push_str(&text[at..value]);
        let length = value_length(&text[value..]);
        if length > 0 {
            shown.push_str("REDACTED");
        }
        at = value + length;
    }
    shown.push_str(&text[at..]);
    shown
}

/// The length of the secret at the start of this text.
fn value_length(text: &str) -> usize {
    let ends = |c: char| {
        // U+001B: a terminal colour may end right after the secret.
        c.is_whitespace()
            || matches!(
                c,
                '&' | ';' | '"' | '\'' | '`' | '<' | '>' | ',' | ')' | '\u{1b}'
            )
    };
    // JSON may escape any character as `\u002B` and a slash as `\/`, and twice within a nested JSON
    // string. Any other backslash ends the secret.
    let escapes = |rest: &str| rest.trim_start_matches('\\').starts_with(['/', 'u']);
    text.char_indices()
        .find(|(at, c)| ends(*c) || (*c == '\\' && !escapes(&text[*at..])))
        .map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_keys_and_tokens_are_redacted() {
        for (text, shown) in [
            (
                "https://a/c?sv=1&sig=abc%2B%3D&se=2",
                "https://a/c?sv=1&sig=REDACTED&se=2",
            ),
            (
                "'https://a/c?SIG=abc' found",
                "'https://a/c?SIG=REDACTED' found",
            ),
            (
                "HostName=h;SharedAccessKey=a+b/c=;X=1",
                "HostName=h;SharedAccessKey=REDACTED;X=1",
            ),
            (
                "SharedAccessSignature sr=h&sig=x&se=1",
                "SharedAccessSignature sr=h&sig=REDACTED&se=1",
            ),
            (
                "Authorization: Bearer eyJ.a.b",
                "Authorization: Bearer REDACTED",
            ),
            // The colour reset stays, or the rest of the line would be coloured.
            ("sig=a\u{1b}[0m b", "sig=REDACTED\u{1b}[0m b"),
            ("sig=a sig=b", "sig=REDACTED sig=REDACTED"),
            (
                r#"{"url":"sig=a\/b\u002Bc","note":"sig=a\nb"}"#,
                r#"{"url":"sig=REDACTED","note":"sig=REDACTED\nb"}"#,
            ),
            (
                r#""{\"url\":\"sig=a\\/b\"}""#,
                r#""{\"url\":\"sig=REDACTED\"}""#,
            ),
            ("nothing here: ünïcode", "nothing here: ünïcode"),
            ("sig=", "sig="),
            (
                r#"invalid type: string "eyJhbGciOiJub25lIn0.eyJvaWQiOiIxIn0.c2ln", expected"#,
                r#"invalid type: string "REDACTED", expected"#,
            ),
            (
                "client_secret=a~b&scope=x",
                "client_secret=REDACTED&scope=x",
            ),
            ("eyJoe and eyJ", "eyJoe and eyJ"),
        ] {
            assert_eq!(redact(text), shown);
        }
    }

    #[test]
    fn secrets_are_recognised_and_placeholders_are_not() {
        for text in [
            "HostName=h;SharedAccessKeyName=p;SharedAccessKey=a2V5",
            "echo 'sharedaccesskey=a2V5'",
            "https://a/c?sv=1&sig=abc",
            "?SIG=%2Babc",
            "DefaultEndpointsProtocol=https;AccountKey=abc==",
            "Authorization: Bearer eyJhbGciOi",
            "curl -d client_secret=a~b",
        ] {
            assert!(contains_secret(text), "{text}");
        }
        for text in [
            "az iot hub connection-string show -n h --policy-name service -o tsv",
            "echo \"HostName=h;SharedAccessKeyName=p;SharedAccessKey=$KEY\"",
            "curl -H \"Authorization: Bearer $TOKEN\"",
            "https://a/c?sig=…",
            "the bearer of bad news",
            "design=x",
        ] {
            assert!(!contains_secret(text), "{text}");
        }
    }
}
