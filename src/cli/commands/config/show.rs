//! `config show` and `config profiles`.

use std::collections::HashSet;

use clap::Command;
use serde::Serialize;

use crate::cli::commands::config::edit;
use crate::cli::environment::{self, variable};
use crate::cli::settings::file::{SettingsFile, SettingsPath};
use crate::cli::settings::flags::{Tree, flags};
use crate::cli::settings::keys::{
    AUTH, AppliesTo, CONNECTION_STRING_COMMAND, CONNECTION_STRING_FILE, DEFAULT_PROFILE, DEVICE,
    HUB, KEYS, Key, SAS,
};
use crate::cli::settings::loaded::Settings;
use crate::cli::settings::selection::{ChosenBy, SettingsSelection};
use crate::error::Error;
use crate::exit::Exit;
use crate::hub::ConnectionString;
use crate::output::{Console, ListFormat, ListRow, print_list};

/// A setting with its value and origin.
#[derive(Debug, Serialize)]
pub(crate) struct ShownSetting {
    pub(crate) key: String,
    /// None if it is not set and has no built-in default.
    pub(crate) value: Option<String>,
    /// A flag, a variable, a profile and its file, `built-in` or `not set`.
    pub(crate) origin: String,
}

/// Origins of values that are not set.
const BUILT_IN: &str = "built-in";
const BY_COMMAND: &str = "built-in, by command";
const NOT_SET: &str = "not set";

impl ListRow for ShownSetting {
    const COLUMNS: &'static [&'static str] = &["KEY", "VALUE", "ORIGIN"];
    const MAY_SHRINK: &'static [&'static str] = &["VALUE", "ORIGIN"];

    fn cells(&self, _for_people: bool) -> Vec<String> {
        let value = self.value.clone().unwrap_or_default();
        vec![self.key.clone(), value, self.origin.clone()]
    }
}

pub(crate) fn show(
    console: Console,
    selection: &SettingsSelection,
    tree: &Tree,
    format: ListFormat,
) -> Result<Exit, Error> {
    let (settings, warnings) = Settings::load_with_warnings(selection, tree)?;
    for warning in warnings {
        console.warn(&warning);
    }
    let rows = shown_settings(selection, &settings, tree);
    print_list(&mut console.data(), format, &rows, &[])?;
    Ok(Exit::Success)
}

/// File and profile first, then all keys in order.
pub(crate) fn shown_settings(
    selection: &SettingsSelection,
    settings: &Settings,
    tree: &Command,
) -> Vec<ShownSetting> {
    let mut rows = vec![file_row(selection, settings), profile_row(settings)];
    let stronger = environment::first_of(&environment::CONNECTION_STRINGS)
        .filter(|_| settings.typed_profile_with_hub().is_none());
    if let Some((variable, text)) = &stronger {
        let host = ConnectionString::parse(text).ok();
        rows.push(ShownSetting {
            key: "connection-string".to_owned(),
            value: host.map(|parsed| format!("of {}", parsed.endpoint)),
            origin: (*variable).to_owned(),
        });
    }
    for key in KEYS {
        // A hub in the environment overrides the profile's, and how to sign in to it.
        let overridden = key.applies_to == AppliesTo::Hub
            && (stronger.is_some()
                || key.name == AUTH
                    && variable(environment::HUB).is_some()
                    && settings.typed_profile_with_hub().is_none());
        let set = settings.get(key.name).filter(|_| !overridden);
        let typed = selection.flags.iter().find(|(name, _)| *name == key.name);
        let (value, origin) = if let Some((name, value)) = typed {
            (
                Some(without_secret(key, value.clone())),
                format!("--{name}"),
            )
        } else if let Some((variable, value)) =
            of_environment(key, tree).filter(|_| !settings.is_typed(key.name))
        {
            (Some(value), variable)
        } else if let Some(setting) = set {
            (Some(setting.text()), settings.origin(setting))
        } else {
            let (value, origin) = built_in(key, tree);
            (value, origin.to_owned())
        };
        rows.push(ShownSetting {
            key: key.name.to_owned(),
            value,
            origin,
        });
    }
    rows
}

fn file_row(selection: &SettingsSelection, settings: &Settings) -> ShownSetting {
    let origin = match &selection.path {
        SettingsPath::Named { by, .. } | SettingsPath::Ignored { by } => (*by).to_owned(),
        SettingsPath::Own(_) | SettingsPath::Nowhere => BUILT_IN.to_owned(),
    };
    ShownSetting {
        key: "config".to_owned(),
        value: settings.path().map(|path| path.display().to_string()),
        origin,
    }
}

fn profile_row(settings: &Settings) -> ShownSetting {
    let chosen = settings.profile();
    let path = settings.path().map(|path| path.display().to_string());
    ShownSetting {
        key: "profile".to_owned(),
        value: chosen.map(|chosen| chosen.name.clone()),
        origin: match (chosen.map(|chosen| chosen.by), path) {
            (Some(ChosenBy::Flag), _) => "--profile".to_owned(),
            (Some(ChosenBy::Variable), _) => environment::PROFILE.to_owned(),
            (Some(ChosenBy::File), Some(path)) => format!("{DEFAULT_PROFILE} in `{path}`"),
            _ => NOT_SET.to_owned(),
        },
    }
}

/// The variable that sets a key, and its value.
fn of_environment(key: &Key, tree: &Command) -> Option<(String, String)> {
    let flags = flags(tree, key.name);
    let of_flag = flags.iter().find_map(|arg| arg.get_env());
    let name = match key.name {
        HUB => environment::HUB,
        AUTH => environment::AUTH,
        DEVICE => environment::DEVICE,
        _ => of_flag?.to_str()?,
    };
    let value = variable(name)?;
    Some((name.to_owned(), without_secret(key, value)))
}

/// Hides a literal secret.
fn without_secret(key: &Key, value: String) -> String {
    match key.name {
        SAS if !value.starts_with('@') => "REDACTED".to_owned(),
        _ => value,
    }
}

/// The flag's default, if all commands with the flag agree.
fn built_in(key: &Key, tree: &Command) -> (Option<String>, &'static str) {
    if key.name == AUTH {
        return (Some("auto".to_owned()), BUILT_IN);
    }
    let texts = flags(tree, key.name).into_iter().map(|arg| {
        let values = arg.get_default_values().iter();
        let texts: Vec<_> = values.map(|value| value.to_string_lossy()).collect();
        texts.join(",")
    });
    let texts: HashSet<String> = match key.applies_to {
        AppliesTo::Flag => texts.collect(),
        AppliesTo::Hub | AppliesTo::Devices => HashSet::new(),
    };
    match texts.iter().next() {
        Some(_) if texts.len() > 1 => (None, BY_COMMAND),
        Some(text) if !text.is_empty() => (Some(text.clone()), BUILT_IN),
        _ => (None, NOT_SET),
    }
}

#[derive(Debug, Serialize)]
struct ProfileRow {
    profile: String,
    /// The hub's name, or what refers to its connection string.
    hub: Option<String>,
    default: bool,
}

impl ListRow for ProfileRow {
    const COLUMNS: &'static [&'static str] = &["NAME", "HUB", "DEFAULT"];

    fn cells(&self, _for_people: bool) -> Vec<String> {
        let default = if self.default { "yes" } else { "no" };
        let hub = self.hub.clone().unwrap_or_default();
        vec![self.profile.clone(), hub, default.to_owned()]
    }
}

pub(crate) fn profiles(
    console: Console,
    selection: &SettingsSelection,
    format: ListFormat,
) -> Result<Exit, Error> {
    let file = selection.path.read()?;
    let rows = file.as_ref().map(profile_rows).unwrap_or_default();
    if rows.is_empty() {
        console.note(&match edit::path(selection) {
            Ok(path) => format!(
                "`{}` has no profiles; create one with: edgelogs config init NAME --hub HUB",
                path.display()
            ),
            Err(_) => "no settings file is read".to_owned(),
        });
    }
    print_list(&mut console.data(), format, &rows, &[])?;
    Ok(Exit::Success)
}

fn profile_rows(file: &SettingsFile) -> Vec<ProfileRow> {
    let default = file
        .root()
        .get(DEFAULT_PROFILE)
        .and_then(|item| item.as_str());
    file.profile_names()
        .into_iter()
        .map(|name| {
            let hub = [HUB, CONNECTION_STRING_FILE, CONNECTION_STRING_COMMAND]
                .iter()
                .find_map(|key| file.profile_text(&name, key));
            ProfileRow {
                hub,
                default: default == Some(name.as_str()),
                profile: name,
            }
        })
        .collect()
}
