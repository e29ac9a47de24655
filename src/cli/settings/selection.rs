//! Which settings file and profile are meant, before anything is read.

use clap::ArgMatches;
use clap::parser::ValueSource;

use crate::cli::settings::file::{FILE_FLAG, NO_FILE, SettingsPath};
use crate::cli::settings::flags::CONFIG_COMMAND;
use crate::cli::settings::keys::key;
use crate::shell_word::shell_word;

/// The argument that names the profile.
pub(crate) const PROFILE_ARG: &str = "profile";

/// Which file and which of its profiles are meant, before anything was read.
#[derive(Debug, Clone, Default)]
pub(crate) struct SettingsSelection {
    pub(crate) path: SettingsPath,
    pub(crate) profile: Option<ChosenProfile>,
    /// The settings that were typed as flags.
    pub(crate) flags: Vec<(&'static str, String)>,
    /// What was typed to name a hub and to reach it, as a shell takes it.
    connection: String,
}

/// A profile by its name, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChosenProfile {
    pub(crate) name: String,
    pub(crate) by: ChosenBy,
}

/// What names the profile.
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
    /// What the arguments and the environment mean.
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
        }
    }

    /// What was typed of it, so that a command that is pasted means the same hub and settings.
    pub(crate) fn as_typed(&self) -> String {
        let mut typed = String::new();
        if let Some(ChosenProfile {
            name,
            by: ChosenBy::Flag,
        }) = &self.profile
        {
            typed = format!(" -p {}", shell_word(name));
        }
        typed + &self.file_as_typed() + &self.connection
    }

    /// What was typed of the settings file alone.
    pub(crate) fn file_as_typed(&self) -> String {
        let path = match &self.path {
            SettingsPath::Named { path, by } if *by == FILE_FLAG => path.display().to_string(),
            SettingsPath::Ignored { by } if *by == FILE_FLAG => NO_FILE.to_owned(),
            _ => return String::new(),
        };
        format!(" {FILE_FLAG} {}", shell_word(&path))
    }

    /// Whether a person has typed something that can't be passed over.
    pub(crate) fn is_typed(&self) -> bool {
        matches!(self.path, SettingsPath::Named { .. }) || self.profile.is_some()
    }
}

/// The flags that name a hub and how to reach it, by their ids.
const CONNECTION_FLAGS: [(&str, &str); 4] = [
    ("hub", "--hub"),
    ("auth", "--auth"),
    ("connection_string_file", "--connection-string-file"),
    ("ca_file", "--ca-file"),
];

/// What was typed of the connection. `config` has flags of the same names, which are to be written;
/// and what came from stdin is gone.
fn typed_connection(matches: &ArgMatches) -> String {
    if matches.subcommand_name() == Some(CONFIG_COMMAND) {
        return String::new();
    }
    let inner = innermost(matches);
    let typed = |(id, flag): (&str, &str)| {
        let id = inner.ids().find(|other| *other == id)?;
        let is_typed = inner.value_source(id.as_str()) == Some(ValueSource::CommandLine);
        let value = inner.get_raw(id.as_str()).filter(|_| is_typed)?.next()?;
        (value != "-").then(|| format!(" {flag} {}", shell_word(&value.to_string_lossy())))
    };
    CONNECTION_FLAGS.into_iter().filter_map(typed).collect()
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
