//! Changes the settings file and keeps what a person wrote there; `config use` is such a change.

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

/// Make a profile the default
#[derive(Debug, Args)]
#[command(
    next_help_heading = "Profile",
    after_long_help = "\
Examples:
  edgelogs config use plant-b"
)]
pub(crate) struct UseArgs {
    /// The profile's name
    #[arg(value_name = "PROFILE")]
    name: String,
}

/// The path of the file that is meant.
///
/// # Errors
/// No file is meant.
pub(crate) fn path(selection: &SettingsSelection) -> Result<&Path, Error> {
    selection.path.path().ok_or_else(|| {
        let cause = match &selection.path {
            SettingsPath::Ignored { by } => format!("{by} is `none`"),
            _ => "the system names no folder for settings".to_owned(),
        };
        invalid("there is no settings file")
            .cause(cause)
            .hint("name one with --config FILE")
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
        console.note(&format!("profile `{}` is the default now", self.name));
        Ok(Exit::Success)
    }
}

pub(crate) fn document(file: &SettingsFile) -> Result<DocumentMut, Error> {
    file.text().parse().map_err(|_| {
        // It was parsed before.
        invalid(format!("`{}` is not TOML", file.path.display())).into()
    })
}

/// Names the default profile, and keeps the comment behind its value.
pub(crate) fn set_default(document: &mut DocumentMut, name: &str) {
    let mut value = Value::from(name);
    if let Some(old) = document.get(DEFAULT_PROFILE).and_then(Item::as_value) {
        *value.decor_mut() = old.decor().clone();
    }
    match document.get_mut(DEFAULT_PROFILE) {
        // In its place, which keeps the comments before the key.
        Some(item) => *item = Item::Value(value),
        None => {
            document.insert(DEFAULT_PROFILE, Item::Value(value));
        }
    }
}

/// Writes the file in one step, readable for its owner alone unless it was otherwise before.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Error> {
    let written = || -> io::Result<()> {
        if text.parse::<DocumentMut>().is_err() {
            return Err(io::Error::other(
                "the profiles are no tables of their own: begin each with a line [profiles.NAME]",
            ));
        }
        // A link stays one: many people keep such files elsewhere.
        let path = fs::canonicalize(path).unwrap_or(PathBuf::from(path));
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        make_folder(folder)?;
        // Such a file is for its owner alone from the start.
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

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_default_keeps_comments_and_the_order() {
        let text = "# top\n\ndefault-profile = \"a\" # mine\n\n# the first\n[profiles.a]\ntail = 1 # one\n\n[profiles.b]\n# end\n";
        let mut document: DocumentMut = text.parse().unwrap();
        set_default(&mut document, "b");
        assert_eq!(document.to_string(), text.replace("\"a\"", "\"b\""));
    }
}
