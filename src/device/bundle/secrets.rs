//! Takes secrets out of containers' settings: environment, labels and create options.

use serde_json::Value;

use crate::output::redact;

/// What the name of a secret holds, in lower case and without separators.
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

/// Names that are secrets only as a whole, since their letters stand in harmless words too.
const WHOLE_NAMES: [&str; 5] = ["key", "sas", "sig", "auth", "authorization"];

const REDACTED: &str = "REDACTED";

/// The settings without what looks like a secret.
///
/// A secret is known by its name (`DB_PASSWORD=…`, `"token": …`, `--api-key=…`), or by what stands
/// in front of it in a connection string or a URL. JSON inside a text, as create options are kept in
/// labels, is looked through as well.
pub(super) fn without(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(name, value)| {
                    let value = match value {
                        Value::String(text) if is_secret(&name) && !text.is_empty() => {
                            REDACTED.into()
                        }
                        other => without(other),
                    };
                    (name, value)
                })
                .collect(),
        ),
        Value::Array(items) => Value::Array(items.into_iter().map(without).collect()),
        Value::String(text) => Value::String(without_in_text(&text)),
        other => other,
    }
}

fn without_in_text(text: &str) -> String {
    if text.trim_start().starts_with(['{', '['])
        && let Ok(inner) = serde_json::from_str::<Value>(text)
    {
        return without(inner).to_string();
    }
    if let Some((name, value)) = text.split_once('=')
        && !value.is_empty()
        && is_secret(name)
    {
        return format!("{name}={REDACTED}");
    }
    redact(&without_user_info(text))
}

/// A URL's `user:password@` goes too.
fn without_user_info(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let end = rest.find('/').unwrap_or(rest.len());
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
        .rsplit(['_', '-', '.', ':', ' '])
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    NAMES.iter().any(|part| plain.contains(part)) || WHOLE_NAMES.contains(&last.as_str())
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
                    "AMQP=amqp://user:pass@host/x"
                ],
                "Labels": { "createOptions": "{\"Env\":[\"Token=t\"],\"Image\":\"x\"}" },
                "Cmd": ["run", "--api-key=k", "--verbose=1"]
            },
            "Auth": { "password": "p", "user": "u" }
        });
        assert_eq!(
            without(settings),
            json!({
                "Config": {
                    "Env": [
                        "DB_PASSWORD=REDACTED", "PATH=/bin", "EdgeHubConnectionString=REDACTED",
                        "URL=https://a/c?sv=1&sig=REDACTED", "API_KEY=REDACTED", "MONKEY=banana", "EMPTY_TOKEN=",
                        "AMQP=amqp://REDACTED@host/x"
                    ],
                    "Labels": { "createOptions": "{\"Env\":[\"Token=REDACTED\"],\"Image\":\"x\"}" },
                    "Cmd": ["run", "--api-key=REDACTED", "--verbose=1"]
                },
                "Auth": { "password": "REDACTED", "user": "u" }
            })
        );
    }
}
