//! Takes secrets out of a text that is about to be shown.

/// What stands in front of a secret, in lower case. Longer names come first.
const MARKERS: [&str; 8] = [
    "sharedaccesssignature=",
    "sharedaccesskey=",
    "client_assertion=",
    "client_secret=",
    "accountkey=",
    "bearer ",
    "sig=",
    "sig%3d",
];

/// How a JSON Web Token begins: base64 of `{"`.
const TOKEN_START: &str = "eyJ";
/// No token is shorter; words that begin in the same way are.
const TOKEN_BYTES: usize = 24;

/// Replaces signatures, keys and tokens by `REDACTED`, wherever they stand.
///
/// It knows them by what stands in front of them, so that it works on the words of other programs
/// too: usage errors, storage errors, the agent's messages.
pub fn redact(text: &str) -> String {
    without_tokens(&without_marked(text))
}

/// Takes out what looks like an access token, whatever stands in front of it.
fn without_tokens(text: &str) -> String {
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

fn without_marked(text: &str) -> String {
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

/// How far a secret reaches from the beginning of this text.
fn value_length(text: &str) -> usize {
    let ends = |c: char| {
        // A colour may end behind it.
        c.is_whitespace()
            || matches!(
                c,
                '&' | ';' | '"' | '\'' | '`' | '<' | '>' | ',' | ')' | '\u{1b}'
            )
    };
    // JSON may write any character as `\u002B` and a slash as `\/`, within JSON once more. What
    // else follows a backslash is not of a secret.
    let escapes = |rest: &str| rest.trim_start_matches('\\').starts_with(['/', 'u']);
    text.char_indices()
        .find(|(at, c)| ends(*c) || (*c == '\\' && !escapes(&text[*at..])))
        .map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_keys_and_tokens_are_taken_out() {
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
            // The end of a colour stays, or all that follows would have it.
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
}
