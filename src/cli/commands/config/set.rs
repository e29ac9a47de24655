//! `config set`, `config unset` and `config edit`.

use std::path::Path;

use clap::Args;
use toml_edit::{DocumentMut, Item, TableLike};

use crate::cli::commands::config::edit::{document, path, write};
use crate::cli::commands::config::entries;
use crate::cli::environment::variable;
use crate::cli::settings::file::SettingsFile;
use crate::cli::settings::flags::Tree;
use crate::cli::settings::keys::{DEFAULT_PROFILE, PROFILES};
use crate::cli::settings::loaded::{Settings, chosen_profile};
use crate::cli::settings::problem::invalid;
use crate::cli::settings::selection::SettingsSelection;
use crate::error::Error;
use crate::exit::Exit;
use crate::output::Console;
use crate::shell_word::shell_word;

/// Change settings of a profile
///
/// Without -p, it is the default profile; with --all-profiles, the part of the file for all of them.
/// The rest of the file stays as it is, comments too.
#[derive(Debug, Args)]
#[command(
    next_help_heading = "Profile",
    after_long_help = "\
Examples:
  edgelogs config set tail=200 since=1h
  edgelogs config set -p plant-b timeout=60s
  edgelogs config set --all-profiles output=short"
)]
pub(crate) struct SetArgs {
    /// Settings, by the names of their flags
    #[arg(value_name = "KEY=VALUE", required = true)]
    settings: Vec<String>,

    /// Set it for all profiles that don't set it themselves
    #[arg(long)]
    all_profiles: bool,
}

/// Remove settings from a profile
#[derive(Debug, Args)]
#[command(
    next_help_heading = "Profile",
    after_long_help = "\
Examples:
  edgelogs config unset tail
  edgelogs config unset -p plant-b timeout"
)]
pub(crate) struct UnsetArgs {
    /// Settings, by the names of their flags
    #[arg(value_name = "KEY", required = true)]
    keys: Vec<String>,

    /// Remove it from the part of the file for all profiles
    #[arg(long)]
    all_profiles: bool,
}

/// Open the settings file in an editor, then check it
///
/// The editor is $VISUAL, or else $EDITOR.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs config edit
  EDITOR=nano edgelogs config edit")]
pub(crate) struct EditArgs {}

impl SetArgs {
    /// Whether it changes the part of the file for all profiles.
    pub(super) fn is_of_all_profiles(&self) -> bool {
        self.all_profiles
    }

    pub(crate) fn run(
        &self,
        console: Console,
        selection: &SettingsSelection,
        tree: &Tree,
    ) -> Result<Exit, Error> {
        let pairs = self.settings.iter().map(|pair| entries::pair("", pair));
        let new = entries::checked_entries(pairs.collect::<Result<_, _>>()?, tree)?;
        let mut change = Change::begin(selection, self.all_profiles)?;
        // What is wrong with the file now must not be blamed on the change.
        Settings::load_with_warnings(selection, tree)?;
        let table = change.table()?;
        for (key, mut value) in new {
            if let Some(old) = table.get(key).and_then(Item::as_value) {
                *value.decor_mut() = old.decor().clone();
            }
            match table.get_mut(key) {
                // Replacing the value keeps the comments before the key.
                Some(item) => *item = Item::Value(value),
                None => {
                    table.insert(key, Item::Value(value));
                }
            }
        }
        let before = std::fs::read(change.path).unwrap_or_default();
        change.write()?;
        if let Err(error) = Settings::load_with_warnings(selection, tree) {
            write(change.path, &String::from_utf8_lossy(&before))?;
            return Err(error);
        }
        change.note(console, "set");
        Ok(Exit::Success)
    }
}

impl UnsetArgs {
    /// Whether it changes the part of the file for all profiles.
    pub(super) fn is_of_all_profiles(&self) -> bool {
        self.all_profiles
    }

    pub(crate) fn run(
        &self,
        console: Console,
        selection: &SettingsSelection,
    ) -> Result<Exit, Error> {
        let mut change = Change::begin(selection, self.all_profiles)?;
        let place = change.place();
        let is_root = change.profile.is_none();
        let table = change.table()?;
        for name in &self.keys {
            if is_root && [PROFILES, DEFAULT_PROFILE].contains(&name.as_str()) {
                return Err(invalid(format!("`{name}` is not a setting"))
                    .hint("change the file with: edgelogs config edit")
                    .into());
            }
            // A key that is not a setting may be removed, too.
            if table.remove(name).is_none() {
                entries::known(name)?;
                return Err(invalid(format!("`{name}` is not set in {place}"))
                    .hint("see where it comes from: edgelogs config show")
                    .into());
            }
        }
        change.write()?;
        change.note(console, "removed");
        Ok(Exit::Success)
    }
}

/// A change of the settings file.
struct Change<'a> {
    path: &'a Path,
    document: DocumentMut,
    /// The profile to change; none for the part for all of them.
    profile: Option<String>,
}

impl<'a> Change<'a> {
    /// Reads the file, whatever its settings are.
    fn begin(selection: &'a SettingsSelection, all_profiles: bool) -> Result<Self, Error> {
        let path = path(selection)?;
        if !path.exists() {
            return Err(invalid(format!("`{}` does not exist", path.display()))
                .hint("create it with: edgelogs config init")
                .into());
        }
        let file = SettingsFile::read(path)?;
        let profile = match all_profiles {
            true => None,
            false => chosen_profile(&file, selection)?.map(|chosen| chosen.name),
        };
        Ok(Self {
            path,
            document: document(&file)?,
            profile,
        })
    }

    fn place(&self) -> String {
        match &self.profile {
            Some(name) => format!("profile `{name}`"),
            None => "the settings for all profiles".to_owned(),
        }
    }

    fn table(&mut self) -> Result<&mut dyn TableLike, Error> {
        let Some(name) = &self.profile else {
            return Ok(self.document.as_table_mut());
        };
        let profiles = self.document.get_mut(PROFILES);
        let profile = profiles.and_then(|profiles| profiles.get_mut(name));
        profile
            .and_then(Item::as_table_like_mut)
            .ok_or_else(|| invalid(format!("profile `{name}` is not a table")).into())
    }

    fn write(&self) -> Result<(), Error> {
        write(self.path, &self.document.to_string())
    }

    fn note(&self, console: Console, done: &str) {
        let (place, path) = (self.place(), self.path.display());
        console.note(&format!("{done} in {place} of `{path}`"));
    }
}

impl EditArgs {
    pub(crate) async fn run(
        &self,
        console: Console,
        selection: &SettingsSelection,
        tree: &Tree,
    ) -> Result<Exit, Error> {
        let path = path(selection)?;
        if !path.exists() {
            return Err(invalid(format!("`{}` does not exist", path.display()))
                .hint("create it with: edgelogs config init")
                .into());
        }
        let Some((variable, editor)) = ["VISUAL", "EDITOR"]
            .into_iter()
            .find_map(|name| Some((name, variable(name)?)))
        else {
            return Err(invalid("neither VISUAL nor EDITOR names an editor")
                .hint(format!(
                    "EDITOR=vi edgelogs config edit{}",
                    selection.file_as_typed()
                ))
                .into());
        };
        let status = shell(&editor, path).status().await;
        let status = status.map_err(|source| Error::System {
            action: format!("running the editor of {variable}"),
            source,
        })?;
        if !status.success() {
            return Err(invalid(format!("the editor of {variable} failed: {status}")).into());
        }
        let (_, warnings) = Settings::load_with_warnings(selection, tree)?;
        for warning in warnings {
            console.warn(&warning);
        }
        Ok(Exit::Success)
    }
}

/// The command line of an editor may hold arguments.
fn shell(editor: &str, path: &Path) -> tokio::process::Command {
    let path = path.display().to_string();
    #[cfg(unix)]
    let (program, flag, line) = ("sh", "-c", format!("{editor} {}", shell_word(&path)));
    #[cfg(not(unix))]
    let (program, flag, line) = ("cmd", "/C", format!("{editor} {}", shell_word(&path)));
    let mut command = tokio::process::Command::new(program);
    command.arg(flag).arg(line);
    command
}
