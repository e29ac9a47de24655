//! Recognises secrets in text, to redact or reject them.

mod known;
mod settings;

use std::ops::Range;

pub(crate) use settings::redact_settings;

/// The names that precede a secret, in lower case.
const NAMES: [&str; 6] = [
    "sharedaccesssignature",
    "sharedaccesskey",
    "client_assertion",
    "client_secret",
    "accountkey",
    "sig",
];
/// What stands between a name and its secret: an equals sign, plain or escaped.
const EQUALS: [&str; 6] = ["=", "%3d", "%253d", "u003d", "&#61;", "&#x3d;"];
const BEARER: &str = "bearer ";

/// The start of a JSON Web Token: base64 of `{"`.
const TOKEN_START: &str = "eyJ";
/// The minimum length of a token, so that words starting with `eyJ` stay.
const TOKEN_BYTES: usize = 24;

/// The secrets' places in a text in lower case: those that follow a marker.
fn marked(lower: &str) -> Vec<Marked> {
    let named = NAMES.iter().flat_map(|name| {
        lower.match_indices(name).filter_map(|(start, _)| {
            let rest = &lower[start + name.len()..];
            // JSON within JSON has several backslashes.
            let equals = rest.trim_start_matches('\\');
            let sign = EQUALS.iter().find(|sign| equals.starts_with(**sign))?;
            let value = lower.len() - equals.len() + sign.len();
            Some(Marked {
                start,
                value,
                is_bearer: false,
            })
        })
    });
    let bearers = lower.match_indices(BEARER).map(|(start, _)| Marked {
        start,
        value: start + BEARER.len(),
        is_bearer: true,
    });
    let mut all: Vec<Marked> = named.chain(bearers).collect();
    all.sort_by_key(|marked| marked.start);
    all
}

/// A marker, and the place of the secret behind it.
#[derive(Debug, Clone, Copy)]
struct Marked {
    start: usize,
    value: usize,
    is_bearer: bool,
}

/// Whether a text contains a secret. Placeholders such as `SharedAccessKey=$KEY` or `sig=…` don't
/// count.
pub(crate) fn contains_secret(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let is_key_character =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '%' | '-' | '_');
    marked(&lower).into_iter().any(|marked| {
        let before = &lower[..marked.start];
        // In an encoded URL, an encoded `&` or `?` stands before it.
        let at_word_start = ["%26", "%3f"].iter().any(|end| before.ends_with(end))
            || !before.ends_with(|c: char| c.is_ascii_alphanumeric());
        let value = &lower[marked.value..];
        at_word_start
            && match marked.is_bearer {
                // "bearer" also occurs in prose.
                true => value.starts_with("ey"),
                false => value.starts_with(is_key_character),
            }
    })
}

/// From now on, this secret is redacted wherever it comes back, in whatever form.
///
/// Call it where a secret is read, made or received, before it is used.
pub(crate) fn remember(secret: &str) {
    known::remember(secret, true);
}

/// Remembers the secrets that stand behind a marker in a text, the last ones of many.
pub(crate) fn remember_marked(text: &str) {
    remember_all(text, false);
}

/// The same of what the operator typed or exported, for good.
pub(crate) fn remember_typed(text: &str) {
    remember_all(text, true);
}

fn remember_all(text: &str, is_own: bool) {
    let lower = text.to_ascii_lowercase();
    for marked in marked(&lower) {
        let value = &text[marked.value..];
        known::remember(&value[..value_length(value)], is_own);
    }
}

/// Replaces signatures, keys and tokens with `REDACTED`.
///
/// Recognises them by the marker before them, and those of this run by their value too. Works on any
/// text, including usage errors, storage errors and the agent's messages.
pub(crate) fn redact(text: &str) -> String {
    redact_tokens(&redact_places(text))
}

/// The longest message of somebody else that is shown, in characters.
const MAX_MESSAGE: usize = 2000;

/// Redacts a message that may hold what somebody else sent, and cuts it: a hub or a device may send
/// megabytes.
pub(crate) fn redact_message(text: &str) -> String {
    let first = |text: &str, most: usize| {
        let end = text.char_indices().nth(most);
        end.map(|(end, _)| text[..end].to_owned())
    };
    // What a secret is cut to must still be recognised.
    let beginning = first(text, 2 * MAX_MESSAGE);
    let shown = redact(beginning.as_deref().unwrap_or(text));
    match first(&shown, MAX_MESSAGE) {
        Some(cut) => format!("{cut}…"),
        None => shown,
    }
}

/// Redacts what was [remembered](remember), and whatever follows a marker. Both are looked for in the text
/// as it is: a marker that looks like a part of a remembered secret still marks what follows it.
fn redact_places(text: &str) -> String {
    let mut places = known::ranges(text);
    places.extend(marked_values(text));
    places.sort_by_key(|place| place.start);
    let mut shown = String::with_capacity(text.len());
    let mut at = 0;
    let mut is_first = true;
    for place in places {
        // It may be a part of the one before, or follow it.
        if place.start > at || is_first {
            shown.push_str(&text[at..place.start]);
            shown.push_str("REDACTED");
        }
        at = at.max(place.end);
        is_first = false;
    }
    shown.push_str(&text[at..]);
    shown
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

/// The places of what follows a marker, in order.
fn marked_values(text: &str) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let mut values: Vec<Range<usize>> = Vec::new();
    for marked in marked(&lower) {
        // It may be part of the secret before.
        if values.last().is_some_and(|last| marked.value < last.end) {
            continue;
        }
        let length = value_length(&text[marked.value..]);
        if length > 0 {
            values.push(marked.value..marked.value + length);
        }
    }
    values
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
    // string. Any other backslash ends the secret. HTML may write any character as `&#43;`.
    let goes_on = |rest: &str| {
        rest.starts_with("&#") || rest.trim_start_matches('\\').starts_with(['/', 'u'])
    };
    let mut in_entity = false;
    text.char_indices()
        .find(|(at, c)| {
            if matches!(c, '\\' | '&') && goes_on(&text[*at..]) {
                in_entity = *c == '&';
                return false;
            }
            let closes = *c == ';' && std::mem::take(&mut in_entity);
            !closes && (ends(*c) || *c == '\\')
        })
        .map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_that_is_a_part_of_a_remembered_secret_marks_what_follows() {
        // Other tests of this process know nothing of this marker.
        remember("OddClient_AssertionOfAPlant0815");
        for text in [
            "client_assertion=hunter2",
            "OddClient_AssertionOfAPlant0815 client_assertion=hunter2",
            "OddClient_AssertionOfAPlant0815client_assertion=hunter2;x",
        ] {
            let shown = redact(text);
            assert!(
                !shown.contains("hunter2") && !shown.contains("0815"),
                "{shown}"
            );
            assert!(!shown.contains("REDACTEDREDACTED"), "{shown}");
        }
    }

    #[test]
    fn a_secret_of_the_run_is_never_forgotten() {
        remember("Jd83Kq0Zx7Wv5Tb2");
        for number in 0..300 {
            remember_marked(&format!("https://a/b?sig=Zq{number:04}Vw7Xk9Pm"));
        }
        assert_eq!(redact("is Jd83Kq0Zx7Wv5Tb2 there?"), "is REDACTED there?");
    }

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
    fn a_remembered_secret_is_redacted_without_a_marker_and_words_around_it_stay() {
        let secret = "q7Hd+Zk2/Wv9RtYbE4mXc8LpS0oJ1fGuN5iA3sTzKxU=";
        remember_marked(&format!("https://a/c?sig={}&x", secret.replace('+', "%2B")));
        for (text, shown) in [
            (format!("got {secret}, sorry"), "got REDACTED=, sorry"),
            (
                "cut to q7Hd%2bZk2%2fWv… here".to_owned(),
                "cut to REDACTED… here",
            ),
            ("its end: uN5iA3sTzKxU".to_owned(), "its end: REDACTED"),
            (
                "q7Hd\\u002bZk2\\/Wv9Rt\\nYbE4mX end".to_owned(),
                "REDACTED end",
            ),
            ("a short q7HdZ stays".to_owned(), "a short q7HdZ stays"),
        ] {
            assert_eq!(redact(&text), shown);
        }
    }

    #[test]
    fn a_remembered_password_counts_only_as_a_whole() {
        remember("correct-horse-battery");
        assert_eq!(
            redact("the horse-battery of correct-horse-battery"),
            "the horse-battery of REDACTED"
        );
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
