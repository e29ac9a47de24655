//! Settings as they are typed, and as TOML.

use toml_edit::{Array, Value};

use crate::cli::settings::keys::{
    CONNECTION_STRING_COMMAND, CONNECTION_STRING_FILE, DEVICE, KEYS, Key, ValueKind, key,
};
use crate::cli::settings::messages::has_both;
use crate::cli::settings::problem::invalid;
use crate::cli::settings::values::checked;
use crate::closest_name::closest;
use crate::error::Error;
use crate::redact::contains_secret;

/// The key and the values of `KEY=VALUE`. `origin` stands before it in a message.
///
/// # Errors
/// It has another form.
pub(super) fn pair(origin: &str, pair: &str) -> Result<(String, Vec<String>), Error> {
    let (name, value) = pair
        .split_once('=')
        .ok_or_else(|| invalid(format!("{origin}`{pair}` is not KEY=VALUE")))?;
    let (name, value) = (name.trim(), value.trim());
    let values = match key(name).map(|key| key.kind) {
        // As in the environment variable: ids may contain commas, but no blanks.
        Some(ValueKind::TextList) if !value.is_empty() => {
            value.split_whitespace().map(str::to_owned).collect()
        }
        _ => vec![value.to_owned()],
    };
    Ok((name.to_owned(), values))
}

/// The settings to write, checked.
///
/// # Errors
/// A key is unknown or given twice, or a value is invalid or a secret.
pub(super) fn checked_entries(
    typed: Vec<(String, Vec<String>)>,
    tree: &clap::Command,
) -> Result<Vec<(&'static str, Value)>, Error> {
    let mut entries: Vec<(&'static str, Value)> = Vec::new();
    for (name, values) in typed {
        let key = known(&name)?;
        if entries.iter().any(|(other, _)| *other == key.name) {
            return Err(invalid(format!("`{name}` is given twice")).into());
        }
        if values.iter().any(|value| contains_secret(value)) {
            return Err(invalid(format!("the value of `{name}` contains a secret"))
                .cause("a settings file may only name the file or the command that provides one")
                .hint("see: edgelogs config init --help")
                .into());
        }
        let values = values.into_iter().map(|value| absolute(key.kind, value));
        let values = checked(key, values.collect(), tree)
            .map_err(|cause| invalid(format!("invalid value for `{name}`")).cause(cause))?;
        entries.push((key.name, in_toml(key, values)));
    }
    let both = [CONNECTION_STRING_FILE, CONNECTION_STRING_COMMAND];
    if both
        .iter()
        .all(|name| entries.iter().any(|(other, _)| other == name))
    {
        return Err(has_both("the profile").into());
    }
    Ok(entries)
}

/// The key of this name.
///
/// # Errors
/// There is none.
pub(super) fn known(name: &str) -> Result<&'static Key, Error> {
    if let Some(key) = key(name) {
        return Ok(key);
    }
    let problem = invalid(format!("`{name}` is not a setting"));
    let names = KEYS.iter().map(|key| key.name);
    Err(match closest(name, names.clone()) {
        Some(other) => problem.hint(format!("did you mean `{other}`?")),
        None => problem.cause(format!(
            "the settings: {}",
            names.collect::<Vec<_>>().join(", ")
        )),
    }
    .into())
}

/// Resolves a path from the current folder, not from the file's.
fn absolute(kind: ValueKind, value: String) -> String {
    let whole = |path: &str| match path {
        "" | "-" => path.to_owned(),
        path if path.starts_with("~/") => path.to_owned(),
        path => std::path::absolute(path)
            .map_or_else(|_| path.to_owned(), |path| path.display().to_string()),
    };
    match (kind, value.strip_prefix('@')) {
        (ValueKind::Path, _) => whole(&value),
        (ValueKind::SecretFile, Some(path)) => format!("@{}", whole(path)),
        _ => value,
    }
}

fn in_toml(key: &Key, mut values: Vec<String>) -> Value {
    if key.kind == ValueKind::TextList && values.len() > 1 {
        return Array::from_iter(values).into();
    }
    let text = values.pop().unwrap_or_default();
    match (text.parse::<i64>(), text.parse::<bool>()) {
        (Ok(number), _) if key.name != DEVICE => number.into(),
        (_, Ok(truth)) if key.name != DEVICE => truth.into(),
        _ => text.into(),
    }
}
