//! Redacts secrets in containers' settings: environment, labels, create options, and the twins that
//! hold them.

use serde_json::Value;

use super::redact;

/// Parts of the names of secrets, in lower case and without separators.
const NAMES: [&str; 22] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "credential",
    "cookie",
    "connectionstring",
    // Without separators, other words end like these: `MONKEY`.
    "apikey",
    "accesskey",
    "accountkey",
    "encryptionkey",
    "functionkey",
    "instrumentationkey",
    "licensekey",
    "masterkey",
    "primarykey",
    "privatekey",
    "secondarykey",
    "sharedkey",
    "signingkey",
];

/// Names of secrets that must be a whole word, since other words contain them.
const WHOLE_NAMES: [&str; 8] = [
    "key",
    "pass",
    "pw",
    "psk",
    "sas",
    "sig",
    "auth",
    "authorization",
];

/// What may follow such a word: which one it is, and its form.
const SUFFIXES: [&str; 15] = [
    "b64",
    "base64",
    "bytes",
    "current",
    "default",
    "der",
    "hex",
    "new",
    "old",
    "pem",
    "previous",
    "primary",
    "raw",
    "secondary",
    "value",
];

/// Flags whose value is `user:password`.
const USER_FLAGS: [&str; 4] = ["-u", "--user", "-U", "--proxy-user"];

/// What separates `name=value` pieces in connection strings, queries and command lines.
const SEPARATORS: [char; 7] = [';', '&', '?', ',', ' ', '\n', '\t'];

/// The first line of a private key in PEM contains both.
const PEM: [&str; 2] = ["-----BEGIN", "PRIVATE KEY-----"];

const REDACTED: &str = "REDACTED";

/// The settings, with everything that looks like a secret redacted.
///
/// A secret is recognised by its name (`DB_PASSWORD=…`, `"token": …`, `--api-key=…`, `--api-key
/// …`), by what precedes it in a connection string or a URL, or as a private key. JSON inside a
/// string, such as create options in labels, is searched too.
pub(crate) fn redact_settings(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(name, value)| {
                    let value = if is_secret(&name) {
                        redact_value(value)
                    } else {
                        redact_settings(value)
                    };
                    (name, value)
                })
                .collect(),
        ),
        Value::Array(items) => {
            let mut next = Next::Shown;
            let shown = |item: Value| {
                let before = std::mem::replace(&mut next, Next::Shown);
                let text = item.as_str().unwrap_or_default();
                next = Next::after(text);
                match before {
                    Next::Hidden => redact_value(item),
                    Next::UserAndPassword if text.contains(':') => redact_value(item),
                    _ => redact_settings(item),
                }
            };
            Value::Array(items.into_iter().map(shown).collect())
        }
        Value::String(text) => Value::String(redact_text(&text)),
        other => other,
    }
}

/// Redacts a value, but keeps its structure, and empty values.
fn redact_value(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(name, value)| (name, redact_value(value)))
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(redact_value).collect()),
        Value::String(text) if text.is_empty() => text.into(),
        Value::String(_) | Value::Number(_) => REDACTED.into(),
        Value::Bool(_) | Value::Null => value,
    }
}

fn redact_text(text: &str) -> String {
    if text.trim_start().starts_with(['{', '['])
        && let Ok(inner) = serde_json::from_str::<Value>(text)
    {
        return redact_settings(inner).to_string();
    }
    let private_key = PEM.iter().all(|mark| text.contains(mark));
    let Some((name, value)) = text.split_once('=') else {
        return if private_key {
            REDACTED.to_owned()
        } else {
            redact(&redact_user_info(&redact_pieces(text)))
        };
    };
    if private_key && name.contains(PEM[0]) {
        return REDACTED.to_owned();
    }
    if private_key || is_secret(name) && !name.contains(SEPARATORS) {
        // The value may hold anything, including separators.
        return if value.is_empty() {
            text.to_owned()
        } else {
            format!("{name}={REDACTED}")
        };
    }
    if value.trim_start().starts_with(['{', '['])
        && let Ok(inner) = serde_json::from_str::<Value>(value)
    {
        return format!("{name}={}", redact_settings(inner));
    }
    redact(&redact_user_info(&redact_pieces(text)))
}

/// What becomes of the next word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Shown,
    /// It is a secret.
    Hidden,
    /// It is a secret if it holds a colon.
    UserAndPassword,
    /// It and all others up to this quote are a secret.
    Quoted(char),
    /// The rest of the line is a secret.
    Line,
}

impl Next {
    /// What follows an argument that is not `name=value`.
    fn after(word: &str) -> Self {
        let word = word.trim_start_matches(QUOTES);
        // Of `ARGS=--password`, the flag counts.
        let flag = word.rsplit('=').next().unwrap_or(word);
        let flag = flag.trim_start_matches(QUOTES);
        if USER_FLAGS.contains(&flag) {
            return Self::UserAndPassword;
        }
        match flag.strip_suffix(':') {
            // A header: `Authorization: Basic …`.
            Some(name) if is_secret(name) => Self::Line,
            None if flag.contains(char::is_whitespace) => Self::Shown,
            None if flag.starts_with('-') && is_secret(flag) => Self::Hidden,
            _ => Self::Shown,
        }
    }

    /// What follows the beginning of a secret, which may be quoted.
    fn within(value: &str) -> Self {
        match value.chars().next().filter(|first| QUOTES.contains(first)) {
            Some(quote) if value.len() == 1 || !value.ends_with(quote) => Self::Quoted(quote),
            _ => Self::Shown,
        }
    }
}

const QUOTES: [char; 2] = ['"', '\''];

/// Redacts a text of several pieces: `Server=a;Password=b`, `https://host?token=b`, `run --password b`.
fn redact_pieces(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut next = Next::Shown;
    // Of `Password = b`, the words come one by one.
    let mut named = false;
    for piece in text.split_inclusive(SEPARATORS) {
        let word = piece.trim_end_matches(SEPARATORS);
        let end = &piece[word.len()..];
        if !word.is_empty() {
            let before = std::mem::replace(&mut next, Next::Shown);
            let hidden = match before {
                Next::Shown => named && word == "=",
                Next::UserAndPassword => word.contains(':'),
                Next::Hidden | Next::Quoted(_) | Next::Line => true,
            };
            named = is_secret(word) && !word.starts_with('-');
            match before {
                Next::Shown if hidden => {
                    shown.push_str(word);
                    next = Next::Hidden;
                }
                Next::Shown | Next::UserAndPassword if !hidden => {
                    next = push_word(&mut shown, word);
                }
                Next::Quoted(quote) => {
                    shown.push_str(REDACTED);
                    next = match word.ends_with(quote) {
                        true => Next::Shown,
                        false => before,
                    };
                }
                Next::Line => {
                    shown.push_str(REDACTED);
                    next = match word.ends_with(QUOTES) {
                        true => Next::Shown,
                        false => before,
                    };
                }
                Next::Shown | Next::Hidden | Next::UserAndPassword => {
                    shown.push_str(REDACTED);
                    next = Next::within(word);
                }
            }
        }
        if next == Next::Line && end.contains('\n') {
            next = Next::Shown;
        }
        shown.push_str(end);
    }
    shown
}

/// Shows a word, apart from the secret in `name=value` or `other=name=value`, and returns what becomes
/// of the next one.
fn push_word(shown: &mut String, word: &str) -> Next {
    let mut start = 0;
    for (at, _) in word.match_indices('=') {
        let name = word[start..at].trim_start_matches(QUOTES);
        let value = &word[at + 1..];
        let is_user = USER_FLAGS.contains(&name) && value.contains(':');
        if !value.is_empty() && (is_user || is_secret(name)) {
            shown.push_str(&word[..=at]);
            shown.push_str(REDACTED);
            return Next::within(value);
        }
        start = at + 1;
    }
    shown.push_str(word);
    Next::after(word)
}

/// Redacts what stands before the `@` of each URL: `user:password` or a token.
fn redact_user_info(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        shown.push_str(before);
        shown.push_str("://");
        let ends = |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | ',' | ';' | '"');
        let end = after.find(ends).unwrap_or(after.len());
        rest = after;
        if let Some(at) = after[..end].rfind('@') {
            shown.push_str(REDACTED);
            rest = &after[at..];
        }
    }
    shown.push_str(rest);
    shown
}

fn is_secret(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    if NAMES.iter().any(|part| plain.contains(part)) {
        return true;
    }
    let mut words: Vec<&str> = name.trim_end().split(['_', '-', '.', ':', ' ']).collect();
    while words.len() > 1 && words.last().is_some_and(|word| is_suffix(word)) {
        words.pop();
    }
    let last = words.last().copied().unwrap_or_default();
    let last = last.trim_end_matches(|c: char| c.is_ascii_digit());
    // `EncryptionKey` is a secret, `monkey` is not.
    WHOLE_NAMES.contains(&last.to_ascii_lowercase().as_str()) || last.ends_with("Key")
}

/// Whether a word says which of several secrets it is, or its form: `1`, `V2`, `PEM`.
fn is_suffix(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let number = word.strip_prefix('v').unwrap_or(&word);
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number || SUFFIXES.contains(&word.as_str())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_twin_holds_no_secret() {
        let twin = json!({
            "registryCredentials": { "a": { "address": "r.io", "password": "hunter2" } },
            "env": { "DB_PASSWORD": { "value": "hunter2" }, "LEVEL": { "value": "debug" } },
            "createOptions": "{\"Env\":[\"API_KEY=hunter2\",\"TZ=UTC\"],\"Cmd\":[\"--password\",\"hunter2\"]}",
            "n": 1,
        });
        let shown = redact_settings(twin).to_string();
        assert!(!shown.contains("hunter2"), "{shown}");
        for kept in ["debug", "TZ=UTC", "DB_PASSWORD", "\"n\":1"] {
            assert!(shown.contains(kept), "{kept}: {shown}");
        }
    }

    #[test]
    fn secrets_go_and_everything_else_stays() {
        let settings = json!({
            "Config": {
                "Env": [
                    "DB_PASSWORD=hunter2", "PATH=/bin", "EdgeHubConnectionString=HostName=h;SharedAccessKey=abc",
                    "URL=https://a/c?sv=1&sig=abc", "API_KEY=k", "MONKEY=banana", "EMPTY_TOKEN=",
                    "AMQP=amqp://user:pass@host/x", "DSN=Server=s;User=u;Password=p;Port=1",
                    "CONFIG={\"password\":\"p\",\"n\":1}", "SigningKey=k", "MQTT_PASS=a b;c",
                    "PEM=-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY-----",
                    "WEBHOOK=https://h/p?room=1&token=t"
                ],
                "Labels": { "createOptions": "{\"Env\":[\"Token=t\"],\"Image\":\"x\"}" },
                "Cmd": ["run", "--api-key=k", "--verbose=1", "--password", "p", "-c", "x --token t y"]
            },
            "Auth": { "password": "p", "user": "u" },
            "Secrets": [{ "Name": "n", "Pin": 1234 }], "PublishAllPorts": false
        });
        assert_eq!(
            redact_settings(settings),
            json!({
                "Config": {
                    "Env": [
                        "DB_PASSWORD=REDACTED", "PATH=/bin", "EdgeHubConnectionString=REDACTED",
                        "URL=https://a/c?sv=1&sig=REDACTED", "API_KEY=REDACTED", "MONKEY=banana", "EMPTY_TOKEN=",
                        "AMQP=amqp://REDACTED@host/x", "DSN=Server=s;User=u;Password=REDACTED;Port=1",
                        "CONFIG={\"password\":\"REDACTED\",\"n\":1}", "SigningKey=REDACTED", "MQTT_PASS=REDACTED",
                        "PEM=REDACTED",
                        "WEBHOOK=https://h/p?room=1&token=REDACTED"
                    ],
                    "Labels": { "createOptions": "{\"Env\":[\"Token=REDACTED\"],\"Image\":\"x\"}" },
                    "Cmd": [
                        "run", "--api-key=REDACTED", "--verbose=1", "--password", "REDACTED", "-c",
                        "x --token REDACTED y"
                    ]
                },
                "Auth": { "password": "REDACTED", "user": "REDACTED" },
                "Secrets": [{ "Name": "REDACTED", "Pin": "REDACTED" }], "PublishAllPorts": false
            })
        );
    }

    /// What becomes of each variable, argument or label, and what stays.
    #[test]
    fn settings_from_the_field_are_redacted_and_no_more() {
        let vectors = include_str!("../../tests/data/bundle_redaction.json");
        let vectors: Vec<(Value, Value)> = serde_json::from_str(vectors).unwrap();
        assert!(vectors.len() > 40);
        for (setting, shown) in vectors {
            assert_eq!(redact_settings(setting.clone()), shown, "{setting}");
        }
    }
}
