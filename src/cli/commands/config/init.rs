//! `config init`: creates the settings file, or adds a profile and keeps the rest.

use std::fs;
use std::path::Path;

use clap::Args;
use toml_edit::{DocumentMut, Item, Table, Value};

use crate::cli::commands::config::edit::{document, path, set_default, write};
use crate::cli::commands::config::entries;
use crate::cli::settings::file::SettingsFile;
use crate::cli::settings::keys::{
    AUTH, CONNECTION_STRING_COMMAND, CONNECTION_STRING_FILE, DEFAULT_PROFILE, DEVICE, HUB, PROFILES,
};
use crate::cli::settings::messages::check_name;
use crate::cli::settings::problem::invalid;
use crate::cli::settings::selection::SettingsSelection;
use crate::error::Error;
use crate::exit::Exit;
use crate::output::Console;
use crate::redact::redact;

/// Create the settings file, or add a profile to it
///
/// The first profile becomes the default. Prints the path of the file.
#[derive(Debug, Args)]
#[command(
    next_help_heading = "Profile",
    after_long_help = "\
Examples:
  edgelogs config init --hub plant-a-hub
  edgelogs config init plant-a --hub plant-a-hub --auth entra --device press-07
  edgelogs config init plant-b --connection-string-command 'pass show plant-b'
  edgelogs config init plant-c --hub plant-c-hub --set tail=200 --set timeout=60s"
)]
pub(crate) struct InitArgs {
    /// Profile name, `default` if omitted
    #[arg(value_name = "PROFILE")]
    name: Option<String>,

    /// Hub to sign in to with Entra ID
    #[arg(long, value_name = "NAME")]
    hub: Option<String>,

    /// How to sign in: auto, sas or entra
    #[arg(long, value_name = "HOW")]
    auth: Option<String>,

    /// File with the hub's connection string
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "connection_string_command"
    )]
    connection_string_file: Option<String>,

    /// Command that prints the hub's connection string
    ///
    /// The system's shell runs it every time, for at most 30 seconds. Its output is never shown or
    /// stored.
    #[arg(long, value_name = "COMMAND")]
    connection_string_command: Option<String>,

    /// Default device; repeatable
    #[arg(short, long, value_name = "ID")]
    device: Vec<String>,

    /// Any other setting, by the name of its flag; repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,

    /// Replace the profile if it exists
    #[arg(long)]
    force: bool,
}

const HEADER: &str = "\
# Settings of edgelogs. A key is the name of a flag; the flag itself and its environment variable
# take precedence. `edgelogs config show` lists every value and its origin.
#
# Keys up here apply to all profiles:
# timeout = \"60s\"
# output = \"jsonl\"
#
# Don't put secrets in this file. Name the file that holds one, or the command that prints it:
# connection-string-file = \"~/.secrets/plant-a\"
# connection-string-command = \"pass show plant-a\"
# sas = \"@~/.secrets/sas\"

";

/// Commented examples for the keys that were not given.
const EXAMPLES: [(&str, &str); 4] = [
    (HUB, "# hub = \"plant-a-hub\"\n"),
    (DEVICE, "# device = \"press-07\"\n"),
    ("tail", "# tail = 200\n"),
    ("since", "# since = \"1h\"\n"),
];

impl InitArgs {
    pub(crate) fn run(
        &self,
        console: Console,
        selection: &SettingsSelection,
        tree: &clap::Command,
    ) -> Result<Exit, Error> {
        let path = path(selection)?;
        let name = self.name(selection);
        check_name(name)?;
        let entries = self.entries(tree)?;
        let old = match fs::symlink_metadata(path) {
            Ok(_) => Some(SettingsFile::read(path)?),
            Err(_) => None,
        };
        let names = old
            .as_ref()
            .map(SettingsFile::profile_names)
            .unwrap_or_default();
        let (text, default) = match &old {
            None => (new_file(name, &entries), true),
            Some(file) => {
                let exists = names.iter().any(|other| other == name);
                if exists && !self.force {
                    return Err(invalid(format!(
                        "profile `{name}` already exists in `{}`",
                        path.display()
                    ))
                    .hint("pass --force to replace it, or choose another name")
                    .into());
                }
                let mut document = document(file)?;
                let first = names.is_empty() && !document.contains_key(DEFAULT_PROFILE);
                if first {
                    set_default(&mut document, name);
                }
                let text = match exists {
                    true => replaced(document, name, &entries),
                    false => appended(&document, name, &entries),
                };
                let default = default_of(&text).as_deref() == Some(name);
                (text, default)
            }
        };
        write(path, &text)?;
        // The path may be a SAS URL that was typed by mistake.
        console
            .data()
            .text_line(&redact(&path.display().to_string()))?;
        let profile = match default {
            true => String::new(),
            false => format!(" -p {name}"),
        };
        let option = profile + &selection.file_as_typed();
        print_next_steps(console, path, &option, &entries);
        Ok(Exit::Success)
    }

    /// Whether a profile of this name, and no other, can be meant.
    pub(super) fn is_named(&self, profile: &str) -> bool {
        self.name.as_deref().is_none_or(|name| name == profile)
    }

    /// `-p` names the profile too, as everywhere else.
    fn name<'a>(&'a self, selection: &'a SettingsSelection) -> &'a str {
        let typed = self.name.as_deref().or(selection.typed_profile());
        typed.unwrap_or("default")
    }

    /// The settings to write, checked.
    fn entries(&self, tree: &clap::Command) -> Result<Vec<(&'static str, Value)>, Error> {
        let mut typed: Vec<(String, Vec<String>)> = Vec::new();
        for (name, value) in [
            (HUB, &self.hub),
            (AUTH, &self.auth),
            (CONNECTION_STRING_FILE, &self.connection_string_file),
            (CONNECTION_STRING_COMMAND, &self.connection_string_command),
        ] {
            typed.extend(
                value
                    .iter()
                    .map(|value| (name.to_owned(), vec![value.clone()])),
            );
        }
        if !self.device.is_empty() {
            typed.push((DEVICE.to_owned(), self.device.clone()));
        }
        for pair in &self.set {
            typed.push(entries::pair("--set ", pair)?);
        }
        entries::checked_entries(typed, tree)
    }
}

fn print_next_steps(console: Console, path: &Path, option: &str, entries: &[(&str, Value)]) {
    let file = entries
        .iter()
        .find(|(name, _)| *name == CONNECTION_STRING_FILE)
        .and_then(|(_, value)| value.as_str());
    if let Some(file) = file
        && !file.starts_with('~')
        && !Path::new(file).exists()
    {
        console.warn(&format!("`{file}` does not exist yet"));
    }
    let names_hub = [HUB, CONNECTION_STRING_FILE, CONNECTION_STRING_COMMAND];
    if entries.iter().any(|(name, _)| names_hub.contains(name)) {
        console.note(&format!("check it with: edgelogs doctor{option}"));
    } else {
        console.note(&format!(
            "set the hub in `{}`, then check it with: edgelogs doctor{option}",
            path.display()
        ));
    }
}

fn new_file(name: &str, entries: &[(&str, Value)]) -> String {
    let default = Value::from(name);
    let table = table_text(name, entries);
    format!("{HEADER}{DEFAULT_PROFILE} = {default}\n\n{table}")
}

fn table_text(name: &str, entries: &[(&str, Value)]) -> String {
    let mut text = format!("[{PROFILES}.{name}]\n");
    for (key, value) in entries {
        text.push_str(&format!("{key} = {value}\n"));
    }
    let names_hub = entries
        .iter()
        .any(|(key, _)| key.starts_with("connection-string"));
    for (key, example) in EXAMPLES {
        let given = entries.iter().any(|(other, _)| *other == key);
        let named = key == HUB && names_hub;
        if !given && !named {
            text.push_str(example);
        }
    }
    text
}

/// Appends the profile's table.
fn appended(document: &DocumentMut, name: &str, entries: &[(&str, Value)]) -> String {
    let mut text = document.to_string();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    format!("{text}\n{}", table_text(name, entries))
}

fn replaced(mut document: DocumentMut, name: &str, entries: &[(&str, Value)]) -> String {
    let mut fresh = Table::new();
    for (key, value) in entries {
        fresh.insert(key, Item::Value(value.clone()));
    }
    let old = document
        .get_mut(PROFILES)
        .and_then(|profiles| profiles.get_mut(name));
    match old {
        Some(Item::Table(old)) => {
            old.clear();
            for (key, value) in fresh {
                old.insert(&key, value);
            }
        }
        Some(other) => *other = Item::Value(fresh.into_inline_table().into()),
        None => {}
    }
    document.to_string()
}

fn default_of(text: &str) -> Option<String> {
    let document: DocumentMut = text.parse().ok()?;
    Some(document.get(DEFAULT_PROFILE)?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_in_a_new_file_is_a_setting() {
        let text = new_file("x", &[]);
        let mut seen = 0;
        for line in text.lines().filter_map(|line| line.strip_prefix("# ")) {
            let Some((name, value)) = line.split_once(" = ") else {
                continue;
            };
            let name = entries::known(name).expect(line).name;
            value.parse::<Value>().expect(line);
            assert!(text.contains(&format!("# {name} = ")));
            seen += 1;
        }
        assert_eq!(seen, 9);
        text.parse::<DocumentMut>().expect("TOML");
    }
}
