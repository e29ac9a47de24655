//! The settings file on disk: its path, its permissions and its TOML.
//!
//! Errors show a line's number, never its text, which may hold a secret.

use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::ArgMatches;
use clap::parser::ValueSource;
use toml_edit::{Document, Item, TableLike, Value};

use crate::cli::environment;
use crate::cli::settings::keys::{DEFAULT_PROFILE, PROFILES, key, names_a_secret};
use crate::cli::settings::problem::invalid;
use crate::error::Error;
use crate::redact::contains_secret;
use crate::shell_word::shell_word;
use crate::text_file::decode;

/// The argument that names the file.
pub(crate) const FILE_ARG: &str = "config";
/// The flag that names the file.
pub(crate) const FILE_FLAG: &str = "--config";
/// Disables the settings file when given instead of a path.
pub(crate) const NO_FILE: &str = "none";
/// Settings files are small; a larger file is a wrong path.
const MAX_BYTES: u64 = 1 << 20;

/// The selected settings file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum SettingsPath {
    /// None: the system has no folder for configuration.
    #[default]
    Nowhere,
    /// None, because `none` was given.
    Ignored {
        /// The flag or the variable.
        by: &'static str,
    },
    /// The default file, which need not exist.
    Own(PathBuf),
    /// A named file, which must exist.
    Named {
        path: PathBuf,
        /// The flag or the variable.
        by: &'static str,
    },
}

impl SettingsPath {
    /// The file that the arguments and the environment select.
    pub(crate) fn of(matches: &ArgMatches) -> Self {
        let named = matches.get_one::<PathBuf>(FILE_ARG);
        let by = match matches.value_source(FILE_ARG) {
            Some(ValueSource::EnvVariable) => environment::CONFIG,
            _ => FILE_FLAG,
        };
        Self::from_name(named.cloned(), by)
    }

    fn from_name(named: Option<PathBuf>, by: &'static str) -> Self {
        match named {
            Some(path) if path.as_os_str() == NO_FILE => Self::Ignored { by },
            Some(path) if !path.as_os_str().is_empty() => Self::Named { path, by },
            _ => dirs::config_dir().map_or(Self::Nowhere, |folder| {
                Self::Own(folder.join("edgelogs").join("config.toml"))
            }),
        }
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Nowhere | Self::Ignored { .. } => None,
            Self::Own(path) | Self::Named { path, .. } => Some(path),
        }
    }

    /// Reads the file; none if the default file doesn't exist.
    ///
    /// # Errors
    /// A named file doesn't exist, or the file can't be read, isn't TOML or contains a secret.
    pub(crate) fn read(&self) -> Result<Option<SettingsFile>, Error> {
        let Some(path) = self.path() else {
            return Ok(None);
        };
        match SettingsFile::read(path) {
            Err(Error::File { source, .. })
                if source.kind() == std::io::ErrorKind::NotFound
                    && matches!(self, Self::Own(_)) =>
            {
                Ok(None)
            }
            other => other.map(Some),
        }
    }
}

/// A settings file's contents.
#[derive(Debug)]
pub(crate) struct SettingsFile {
    pub(crate) path: PathBuf,
    document: Document<String>,
    /// The permissions, on systems that have them.
    mode: Option<u32>,
}

impl SettingsFile {
    /// # Errors
    /// It can't be read, isn't TOML, or contains what looks like a secret.
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let unreadable = |source| Error::File {
            path: path.display().to_string(),
            source,
        };
        let file = File::open(path).map_err(unreadable)?;
        let data = file.metadata().map_err(unreadable)?;
        // Others may write to a device or a pipe such as /dev/null, which is none of our business.
        let mode = mode(&data).filter(|_| data.is_file());
        let mut bytes = Vec::new();
        file.take(MAX_BYTES + 1)
            .read_to_end(&mut bytes)
            .map_err(unreadable)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(unreadable(std::io::Error::other("it is larger than 1 MiB")));
        }
        let text = decode(&bytes).map_err(|reason| unreadable(std::io::Error::other(reason)))?;
        let secret = text.lines().position(contains_secret);
        if let Some(index) = secret {
            return Err(literal_secret(path, index + 1));
        }
        let parse = |text: String| {
            Document::parse(text.clone()).map_err(|error| {
                let line = error.span().map_or(0, |span| line_of(&text, span.start));
                // The other lines of the message may show the file's text.
                let message = error.message().lines().next().unwrap_or_default();
                invalid(format!("`{}` is not TOML", path.display()))
                    .cause(format!("line {line}: {message}"))
            })
        };
        // A key in both spellings is one key twice, which is not TOML.
        let document = parse(with_hyphens(&parse(text)?))?;
        let file = Self {
            path: path.to_owned(),
            document,
            mode,
        };
        file.refuse_secrets(file.document.as_table())?;
        Ok(file)
    }

    pub(crate) fn root(&self) -> &dyn TableLike {
        self.document.as_table()
    }

    pub(crate) fn text(&self) -> &str {
        self.document.raw()
    }

    /// The profile's table.
    ///
    /// # Errors
    /// The profile is not a table.
    pub(crate) fn profile(&self, name: &str) -> Result<&dyn TableLike, Error> {
        let item = self.root().get(PROFILES).and_then(|item| item.get(name));
        item.and_then(Item::as_table_like).ok_or_else(|| {
            let path = self.path.display();
            invalid(format!("profile `{name}` in `{path}` is not a table"))
                .hint(format!("begin it with a line [{PROFILES}.{name}]"))
                .into()
        })
    }

    /// The names of all profiles, in the order of the file.
    pub(crate) fn profile_names(&self) -> Vec<String> {
        let profiles = self.root().get(PROFILES).and_then(Item::as_table_like);
        profiles
            .into_iter()
            .flat_map(|table| table.iter().map(|(name, _)| name.to_owned()))
            .collect()
    }

    /// What a profile says of one key, unchecked: for a list of profiles.
    pub(crate) fn profile_text(&self, profile: &str, name: &str) -> Option<String> {
        let item = self.root().get(PROFILES)?.get(profile)?.get(name)?;
        item.as_str().map(str::to_owned)
    }

    /// The line of an item, counted from 1.
    pub(crate) fn line(&self, item: &Item) -> usize {
        let start = item.span().map_or(0, |span| span.start);
        line_of(self.document.raw(), start)
    }

    /// Whether others could have put commands into it.
    pub(crate) fn is_writable_by_others(&self) -> bool {
        self.mode.is_some_and(|mode| mode & 0o022 != 0)
    }

    /// A warning if others can read or write the file.
    pub(crate) fn permission_warning(&self) -> Option<String> {
        let mode = self.mode?;
        permission_warning(&self.path, mode)
    }

    fn refuse_secrets(&self, table: &dyn TableLike) -> Result<(), Error> {
        for (name, item) in table.iter() {
            let refused = || Err(literal_secret(&self.path, self.line(item)));
            match item {
                Item::Value(_) if names_a_secret(name) => return refused(),
                Item::Value(value) if value_contains_secret(value) => return refused(),
                _ => {}
            }
            if let Some(inner) = item.as_table_like() {
                self.refuse_secrets(inner)?;
            }
        }
        Ok(())
    }
}

/// The file's text with `-` in the names of settings that are written with `_`.
fn with_hyphens(document: &Document<String>) -> String {
    let mut text = document.raw().to_owned();
    let root: &dyn TableLike = document.as_table();
    let profiles = root.get(PROFILES).and_then(Item::as_table_like);
    let profiles = profiles.into_iter().flat_map(TableLike::iter);
    let profiles = profiles.filter_map(|(_, profile)| profile.as_table_like());
    for table in std::iter::once(root).chain(profiles) {
        for (name, _) in table.iter() {
            let spelled = name.replace('_', "-");
            let is_known = spelled == DEFAULT_PROFILE || key(&spelled).is_some();
            let key = table.get_key_value(name).filter(|_| is_known);
            if let Some(span) = key.and_then(|(key, _)| key.span()) {
                let spelled = text[span.clone()].replace('_', "-");
                text.replace_range(span, &spelled);
            }
        }
    }
    text
}

/// A warning if others can read or write a file that holds a secret.
pub(crate) fn secret_file_warning(path: &Path) -> Option<String> {
    // A shell's pipe, for example, has no lasting permissions.
    let data = std::fs::metadata(path).ok().filter(Metadata::is_file)?;
    permission_warning(path, mode(&data)?)
}

fn permission_warning(path: &Path, mode: u32) -> Option<String> {
    let can = match (mode & 0o022 != 0, mode & 0o044 != 0) {
        (true, _) => "writable",
        (false, true) => "readable",
        _ => return None,
    };
    let path = path.display().to_string();
    Some(format!(
        "`{path}` is {can} by others; run: chmod 600 {}",
        shell_word(&path)
    ))
}

fn mode(data: &Metadata) -> Option<u32> {
    #[cfg(unix)]
    let mode = Some(std::os::unix::fs::PermissionsExt::mode(&data.permissions()));
    #[cfg(not(unix))]
    let mode = {
        let _ = data;
        None
    };
    mode
}

fn value_contains_secret(value: &Value) -> bool {
    match value {
        Value::String(text) => contains_secret(text.value()),
        Value::Array(values) => values.iter().any(value_contains_secret),
        // `refuse_secrets` descends into inline tables.
        _ => false,
    }
}

fn literal_secret(path: &Path, line: usize) -> Error {
    invalid(format!(
        "line {line} of `{}` contains a secret",
        path.display()
    ))
    .cause("a settings file may only name the file or the command that provides one")
    .hint(
        "write connection-string-file = \"FILE\", connection-string-command = \"COMMAND\" or \
             sas = \"@FILE\" instead",
    )
    .into()
}

fn line_of(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or(text);
    before.matches('\n').count() + 1
}
