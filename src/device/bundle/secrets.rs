//! Redacts secrets in containers' settings: environment, labels and create options.

use serde_json::Value;

use crate::redact::redact;

/// Parts of the names of secrets, in lower case and without separators.
const NAMES: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "accountkey",
    "privatekey",
    "connectionstring",
    "credential",
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
pub(super) fn redact_settings(value: Value) -> Value {
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
            let mut named = false;
            let shown = |item: Value| {
                let hide = std::mem::replace(&mut named, item.as_str().is_some_and(names_next));
                if hide {
                    redact_value(item)
                } else {
                    redact_settings(item)
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

/// Redacts a text of several pieces: `Server=a;Password=b`, `https://host?token=b`, `run --password b`.
fn redact_pieces(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut named = false;
    for piece in text.split_inclusive(SEPARATORS) {
        let word = piece.trim_end_matches(SEPARATORS);
        let end = &piece[word.len()..];
        let hide = std::mem::replace(&mut named, names_next(word));
        match word.split_once('=') {
            _ if hide && !word.is_empty() => shown.push_str(REDACTED),
            Some((name, value)) if !value.is_empty() && is_secret(name) => {
                shown.push_str(name);
                shown.push('=');
                shown.push_str(REDACTED);
            }
            _ => shown.push_str(word),
        }
        shown.push_str(end);
    }
    shown
}

/// Whether the next argument is the value of this one.
fn names_next(argument: &str) -> bool {
    argument.starts_with('-') && !argument.contains('=') && is_secret(argument)
}

/// Redacts `user:password@` in a URL.
fn redact_user_info(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let end = rest.find(['/', ' ']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) if rest[..at].contains(':') => format!("{scheme}://{REDACTED}{}", &rest[at..]),
        _ => text.to_owned(),
    }
}

fn is_secret(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let last = name
        .trim_end()
        .rsplit(['_', '-', '.', ':', ' '])
        .next()
        .unwrap_or_default();
    NAMES.iter().any(|part| plain.contains(part))
        || WHOLE_NAMES.contains(&last.to_ascii_lowercase().as_str())
        // `EncryptionKey` is a secret, `monkey` is not.
        || last.ends_with("Key")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
}
