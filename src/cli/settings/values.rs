//! The values of the settings file: from TOML to the texts that a flag would have, and whether they
//! can be used.

use std::path::Path;

use toml_edit::{Item, Value};

use crate::cli::settings::file::SettingsFile;
use crate::cli::settings::flags;
use crate::cli::settings::keys::{Form, Key, from_folder};

/// The texts of a value in TOML, whose paths are made whole.
pub(crate) fn values(file: &SettingsFile, key: &Key, item: &Item) -> Result<Vec<String>, String> {
    let texts = match (item.as_value(), key.form) {
        (Some(Value::Array(values)), Form::Texts) => {
            values.iter().map(text).collect::<Option<Vec<_>>>()
        }
        (Some(value), _) => text(value).map(|text| vec![text]),
        (None, _) => None,
    };
    let texts = texts.ok_or_else(|| match key.form {
        Form::Texts => "write a string, or an array of strings".to_owned(),
        _ => format!("write a string, not a value of type {}", item.type_name()),
    })?;
    let folder = file.path.parent().unwrap_or(Path::new("."));
    let whole = |text: String| match (key.form, text.strip_prefix('@')) {
        (Form::Path, _) if text != "-" => from_folder(folder, &text),
        (Form::SecretFile, Some(path)) if path != "-" => format!("@{}", from_folder(folder, path)),
        _ => text,
    };
    Ok(texts.into_iter().map(whole).collect())
}

/// A value that a flag could have as well, which has its text form.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.value().clone()),
        Value::Integer(number) => Some(number.value().to_string()),
        Value::Boolean(truth) => Some(truth.value().to_string()),
        Value::Datetime(time) => Some(time.value().to_string()),
        Value::Float(_) | Value::Array(_) | Value::InlineTable(_) => None,
    }
}

/// The values where all of them can be used.
pub(crate) fn checked(
    key: &Key,
    values: Vec<String>,
    tree: &clap::Command,
) -> Result<Vec<String>, String> {
    for value in &values {
        if value.trim().is_empty() {
            return Err("it is empty".to_owned());
        }
        match key.form {
            Form::Path if value == "-" => return Err("stdin is for flags alone".to_owned()),
            Form::SecretFile if !value.starts_with('@') || value == "@-" => {
                return Err("only `@FILE` is taken: the URL itself is a secret".to_owned());
            }
            _ => (key.check)(value)?,
        }
    }
    flags::check(key.name, &values, tree)?;
    Ok(values)
}
