//! Edits the settings file and keeps its comments and order; `config use`.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use toml_edit::{DocumentMut, Item, Value};

use crate::cli::settings::file::{SettingsFile, SettingsPath};
use crate::cli::settings::keys::DEFAULT_PROFILE;
use crate::cli::settings::messages::no_profile;
use crate::cli::settings::problem::invalid;
use crate::cli::settings::selection::SettingsSelection;
use crate::error::Error;
use crate::exit::Exit;
use crate::output::Console;
use crate::private_folder::create_private_folder;

/// Set the default profile
#[derive(Debug, Args)]
#[command(
    next_help_heading = "Profile",
    after_long_help = "\
Examples:
  edgelogs config use plant-b"
)]
pub(crate) struct UseArgs {
    /// Profile to use by default
    #[arg(value_name = "PROFILE")]
    name: String,
}

/// The path of the selected file.
///
/// # Errors
/// No file is selected.
pub(crate) fn path(selection: &SettingsSelection) -> Result<&Path, Error> {
    selection.path.path().ok_or_else(|| {
        let cause = match &selection.path {
            SettingsPath::Ignored { by } => format!("{by} is `none`"),
            _ => "this system has no folder for settings".to_owned(),
        };
        invalid("there is no settings file")
            .cause(cause)
            .hint("choose one with --config FILE")
            .into()
    })
}

impl UseArgs {
    pub(crate) fn run(
        &self,
        console: Console,
        selection: &SettingsSelection,
    ) -> Result<Exit, Error> {
        let path = path(selection)?;
        let file = SettingsFile::read(path)?;
        if !file.profile_names().contains(&self.name) {
            return Err(no_profile(&file, &self.name));
        }
        let mut document = document(&file)?;
        set_default(&mut document, &self.name);
        write(path, &document.to_string())?;
        console.note(&format!("profile `{}` is now the default", self.name));
        Ok(Exit::Success)
    }
}

pub(crate) fn document(file: &SettingsFile) -> Result<DocumentMut, Error> {
    file.text().parse().map_err(|_| {
        // It was parsed before.
        invalid(format!("`{}` is not TOML", file.path.display())).into()
    })
}

/// Sets the default profile and keeps the comment after the value.
pub(crate) fn set_default(document: &mut DocumentMut, name: &str) {
    let mut value = Value::from(name);
    if let Some(old) = document.get(DEFAULT_PROFILE).and_then(Item::as_value) {
        *value.decor_mut() = old.decor().clone();
    }
    match document.get_mut(DEFAULT_PROFILE) {
        // Replacing the value keeps the comments before the key.
        Some(item) => *item = Item::Value(value),
        None => {
            document.insert(DEFAULT_PROFILE, Item::Value(value));
        }
    }
}

/// Replaces the file atomically. A new file is readable by its owner only.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Error> {
    let written = || -> io::Result<()> {
        if text.parse::<DocumentMut>().is_err() {
            return Err(io::Error::other(
                "profiles must be tables: begin each with a line [profiles.NAME]",
            ));
        }
        // Keep a symlink: many people store such files elsewhere.
        let path = fs::canonicalize(path).unwrap_or(PathBuf::from(path));
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        create_private_folder(folder)?;
        // A temporary file is created for its owner only.
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(text.as_bytes())?;
        if let Ok(data) = fs::metadata(&path) {
            file.as_file().set_permissions(data.permissions())?;
        }
        file.persist(&path)?;
        Ok(())
    };
    written().map_err(|source| Error::Unwritable {
        path: path.display().to_string(),
        source,
    })
}
