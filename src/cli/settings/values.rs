//! Converts and checks the values of the settings file.

use std::path::Path;

use toml_edit::{Item, Value};

use crate::cli::settings::file::SettingsFile;
use crate::cli::settings::flags;
use crate::cli::settings::keys::{Key, ValueKind, from_folder};

/// The texts of a TOML value, with absolute paths.
pub(crate) fn values(file: &SettingsFile, key: &Key, item: &Item) -> Result<Vec<String>, String> {
    let texts = match (item.as_value(), key.kind) {
        (Some(Value::Array(values)), ValueKind::TextList) => {
            values.iter().map(text).collect::<Option<Vec<_>>>()
        }
        (Some(value), _) => text(value).map(|text| vec![text]),
        (None, _) => None,
    };
    let texts = texts.ok_or_else(|| match key.kind {
        ValueKind::TextList => "expected a string or an array of strings".to_owned(),
        _ => format!(
            "expected a string, found a value of type {}",
            item.type_name()
        ),
    })?;
    let folder = file.path.parent().unwrap_or(Path::new("."));
    let whole = |text: String| match (key.kind, text.strip_prefix('@')) {
        (ValueKind::Path, _) if text != "-" => from_folder(folder, &text),
        (ValueKind::SecretFile, Some(path)) if path != "-" => {
            format!("@{}", from_folder(folder, path))
        }
        _ => text,
    };
    Ok(texts.into_iter().map(whole).collect())
}

/// The text that a flag would take.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.value().clone()),
        Value::Integer(number) => Some(number.value().to_string()),
        Value::Boolean(truth) => Some(truth.value().to_string()),
        Value::Datetime(time) => Some(time.value().to_string()),
        Value::Float(_) | Value::Array(_) | Value::InlineTable(_) => None,
    }
}

/// The values, if all are valid.
pub(crate) fn checked(
    key: &Key,
    values: Vec<String>,
    tree: &clap::Command,
) -> Result<Vec<String>, String> {
    for value in &values {
        if value.trim().is_empty() {
            return Err("it is empty".to_owned());
        }
        match key.kind {
            ValueKind::Path if value == "-" => return Err("only flags can read stdin".to_owned()),
            ValueKind::SecretFile if !value.starts_with('@') || value == "@-" => {
                return Err("only `@FILE` is allowed: the URL itself is a secret".to_owned());
            }
            _ => (key.check)(value)?,
        }
    }
    flags::check(key.name, &values, tree)?;
    Ok(values)
}
