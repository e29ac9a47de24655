//! Which settings file and profile are selected, before the file is read.

use clap::ArgMatches;
use clap::parser::ValueSource;

use crate::cli::settings::file::{FILE_FLAG, NO_FILE, SettingsPath};
use crate::cli::settings::flags::CONFIG_COMMAND;
use crate::cli::settings::keys::key;
use crate::shell_word::shell_word;

/// The argument that names the profile.
pub(crate) const PROFILE_ARG: &str = "profile";

/// The selected file and profile.
#[derive(Debug, Clone, Default)]
pub(crate) struct SettingsSelection {
    pub(crate) path: SettingsPath,
    pub(crate) profile: Option<ChosenProfile>,
    /// Settings given as flags.
    pub(crate) flags: Vec<(&'static str, String)>,
    /// The connection flags that were given, quoted for a shell.
    connection: String,
    /// The flag for the module that answers, if it was given.
    module: String,
}

/// A profile's name, and what selected it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChosenProfile {
    pub(crate) name: String,
    pub(crate) by: ChosenBy,
}

/// What selected the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChosenBy {
    /// `--profile`.
    Flag,
    /// `EDGELOGS_PROFILE`.
    Variable,
    /// `default-profile` in the file.
    File,
}

impl SettingsSelection {
    /// What the arguments and the environment select.
    pub(crate) fn of(matches: &ArgMatches) -> Self {
        let by = match matches.value_source(PROFILE_ARG) {
            Some(ValueSource::EnvVariable) => ChosenBy::Variable,
            _ => ChosenBy::Flag,
        };
        let name = matches.get_one::<String>(PROFILE_ARG).cloned();
        Self {
            path: SettingsPath::of(matches),
            profile: name
                .filter(|name| by == ChosenBy::Flag || !name.is_empty())
                .map(|name| ChosenProfile { name, by }),
            flags: typed_flags(matches),
            connection: typed_connection(matches),
            module: typed(innermost(matches), "module_id", "--module-id").unwrap_or_default(),
        }
    }

    /// The profile that was given as a flag.
    pub(crate) fn typed_profile(&self) -> Option<&str> {
        let profile = self.profile.as_ref();
        let typed = profile.filter(|profile| profile.by == ChosenBy::Flag)?;
        Some(&typed.name)
    }

    /// The flags that were given, so that a suggested command uses the same hub and settings.
    pub(crate) fn as_typed(&self) -> String {
        let mut typed = String::new();
        if let Some(name) = self.typed_profile() {
            typed = format!(" -p {}", shell_word(name));
        }
        typed + &self.file_as_typed() + &self.connection
    }

    /// The same for the module that answers.
    pub(crate) fn module_as_typed(&self) -> &str {
        &self.module
    }

    /// Whether the flag of this setting was given.
    pub(crate) fn is_flag_typed(&self, name: &str) -> bool {
        self.flags.iter().any(|(typed, _)| *typed == name)
    }

    /// The same for the settings file alone.
    pub(crate) fn file_as_typed(&self) -> String {
        let path = match &self.path {
            SettingsPath::Named { path, by } if *by == FILE_FLAG => path.display().to_string(),
            SettingsPath::Ignored { by } if *by == FILE_FLAG => NO_FILE.to_owned(),
            _ => return String::new(),
        };
        format!(" {FILE_FLAG} {}", shell_word(&path))
    }

    /// Whether a file or a profile was named, so that it must not be ignored.
    pub(crate) fn is_typed(&self) -> bool {
        matches!(self.path, SettingsPath::Named { .. }) || self.profile.is_some()
    }
}

/// The connection flags, by their ids.
const CONNECTION_FLAGS: [(&str, &str); 4] = [
    ("hub", "--hub"),
    ("auth", "--auth"),
    ("connection_string_file", "--connection-string-file"),
    ("ca_file", "--ca-file"),
];

/// The connection flags that were given. `config` has flags of the same names with another meaning,
/// and stdin can't be read twice.
fn typed_connection(matches: &ArgMatches) -> String {
    if matches.subcommand_name() == Some(CONFIG_COMMAND) {
        return String::new();
    }
    let inner = innermost(matches);
    let all = CONNECTION_FLAGS.into_iter();
    all.filter_map(|(id, flag)| typed(inner, id, flag))
        .collect()
}

/// A flag that was given, with its value.
fn typed(inner: &ArgMatches, id: &str, flag: &str) -> Option<String> {
    let id = inner.ids().find(|other| *other == id)?;
    let is_typed = inner.value_source(id.as_str()) == Some(ValueSource::CommandLine);
    let value = inner.get_raw(id.as_str()).filter(|_| is_typed)?.next()?;
    (value != "-").then(|| format!(" {flag} {}", shell_word(&value.to_string_lossy())))
}

/// The arguments of the command itself.
fn innermost(matches: &ArgMatches) -> &ArgMatches {
    let mut inner = matches;
    while let Some((_, next)) = inner.subcommand() {
        inner = next;
    }
    inner
}

/// The values of the keys whose flags were typed.
fn typed_flags(matches: &ArgMatches) -> Vec<(&'static str, String)> {
    let inner = innermost(matches);
    let typed = |id: &clap::Id| {
        let key = key(&id.as_str().replace('_', "-"))?;
        let is_typed = inner.value_source(id.as_str()) == Some(ValueSource::CommandLine);
        let values = inner.get_raw(id.as_str()).filter(|_| is_typed)?;
        let texts: Vec<_> = values.map(|value| value.to_string_lossy()).collect();
        Some((key.name, texts.join(",")))
    };
    inner.ids().filter_map(typed).collect()
}
