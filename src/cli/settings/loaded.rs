//! The settings in force: those of the chosen profile before those for all profiles, each with
//! where it stands. Every value is checked here, so that what is wrong names file, profile and key.

use std::path::{Path, PathBuf};

use clap::ArgMatches;
use clap::parser::ValueSource;
use toml_edit::{Item, TableLike};

use crate::cli::settings::defaults::CONFIG_COMMAND;
use crate::cli::settings::file::{FILE_FLAG, NO_FILE, SettingsFile, SettingsPath};
use crate::cli::settings::keys::{
    CONNECTION_STRING_COMMAND, CONNECTION_STRING_FILE, DEFAULT_PROFILE, DEVICE, HUB, KEYS, Key,
    PROFILES, Use, key,
};
use crate::cli::settings::problem::{
    bad_value, has_both, invalid, known, no_file_for, no_profile, place, unknown_key,
};
use crate::cli::settings::values::{checked, values};
use crate::error::Error;
use crate::shell_word::shell_word;

/// The argument that names the profile.
pub(crate) const PROFILE_ARG: &str = "profile";
/// The variable that names the profile.
pub(crate) const PROFILE_VARIABLE: &str = "EDGELOGS_PROFILE";

/// Which file and which of its profiles are meant, before anything was read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Choice {
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

/// One value of the settings file.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) key: &'static Key,
    /// One value, except for devices.
    pub(crate) values: Vec<String>,
    /// The profile that it stands in; none for a value for all profiles.
    pub(crate) profile: Option<String>,
}

/// What the settings file says.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// The file that was read.
    path: Option<PathBuf>,
    profile: Option<ChosenProfile>,
    settings: Vec<Setting>,
    /// Whether others than the operator can write the file.
    writable_by_others: bool,
}

impl Choice {
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

impl Settings {
    /// Whether no setting counts, so that the arguments mean what they mean without a file.
    pub(crate) fn is_empty(&self) -> bool {
        self.settings.is_empty()
    }

    /// Reads what is chosen.
    ///
    /// `tree` is the command tree, whose flags judge the values; warnings go to `warn`.
    ///
    /// # Errors
    /// The file can't be used, has no such profile, or one of the values can't be used.
    pub(crate) fn load(
        choice: &Choice,
        tree: &clap::Command,
        warn: &mut dyn FnMut(String),
    ) -> Result<Self, Error> {
        let Some(file) = choice.path.read()? else {
            return match &choice.profile {
                Some(profile) => Err(no_file_for(&choice.path, &profile.name)),
                None => Ok(Self::default()),
            };
        };
        file.permission_warning().into_iter().for_each(&mut *warn);
        let profile = chosen_profile(&file, choice)?;
        let mut settings = Self {
            writable_by_others: file.is_writable_by_others(),
            path: Some(file.path.clone()),
            profile,
            settings: Vec::new(),
        };
        let name = settings.profile.as_ref().map(|chosen| chosen.name.clone());
        if let Some(name) = name {
            let table = profile_table(&file, &name)?;
            settings.take(&file, table, Some(&name), tree, warn)?;
        }
        settings.take(&file, file.root(), None, tree, warn)?;
        let position = |setting: &Setting| KEYS.iter().position(|key| key.name == setting.key.name);
        settings.settings.sort_by_key(position);
        Ok(settings)
    }

    /// Adds what a table says, where nothing stronger has said it.
    fn take(
        &mut self,
        file: &SettingsFile,
        table: &dyn TableLike,
        profile: Option<&str>,
        tree: &clap::Command,
        warn: &mut dyn FnMut(String),
    ) -> Result<(), Error> {
        let has_hub = self.names_hub();
        for (name, item) in table.iter() {
            if profile.is_none() && [DEFAULT_PROFILE, PROFILES].contains(&name) {
                continue;
            }
            let Some(key) = key(name) else {
                warn(unknown_key(file, item, name, profile));
                continue;
            };
            let setting = Setting {
                key,
                values: values(file, key, item)
                    .and_then(|values| checked(key, values, tree))
                    .map_err(|cause| bad_value(file, item, key, profile, &cause))?,
                profile: profile.map(str::to_owned),
            };
            // What names the hub is one thing: a profile that has it takes nothing of it from
            // elsewhere.
            let shadowed = has_hub && NAMES_HUB.contains(&key.name);
            if !shadowed && self.get(key.name).is_none() {
                self.settings.push(setting);
            }
        }
        let both = [CONNECTION_STRING_FILE, CONNECTION_STRING_COMMAND];
        if both.iter().all(|name| table.get(name).is_some()) {
            return Err(has_both(&place(file, profile)).into());
        }
        Ok(())
    }

    /// The file that was read.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The profile that was typed, where it names a hub.
    pub(crate) fn typed_profile_with_hub(&self) -> Option<&str> {
        let chosen = self.profile.as_ref()?;
        (chosen.by == ChosenBy::Flag && self.names_hub()).then_some(chosen.name.as_str())
    }

    /// The settings that a message about a flag may be about, with where they stand: what was
    /// refused was perhaps not typed.
    pub(crate) fn behind(&self, message: &str) -> Vec<String> {
        let told = |setting: &&Setting| {
            let flag = format!("--{} ", setting.key.name);
            setting.key.used == Use::Default && format!("{message} ").contains(&flag)
        };
        self.settings
            .iter()
            .filter(told)
            .map(|setting| {
                let (name, value) = (setting.key.name, setting.text());
                format!("`{name}` is {value} in {}", self.origin(setting))
            })
            .collect()
    }

    /// The profile in force.
    pub(crate) fn profile(&self) -> Option<&ChosenProfile> {
        self.profile.as_ref()
    }

    /// The setting of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Setting> {
        self.settings
            .iter()
            .find(|setting| setting.key.name == name)
    }

    /// Whether the file names a hub, in one way or another.
    pub(crate) fn names_hub(&self) -> bool {
        NAMES_HUB.iter().any(|name| self.get(name).is_some())
    }

    /// The devices to call where neither arguments nor environment select any.
    pub(crate) fn devices(&self) -> Vec<String> {
        self.get(DEVICE)
            .map(|setting| setting.values.clone())
            .unwrap_or_default()
    }

    /// Where a setting stands, for messages.
    pub(crate) fn origin(&self, setting: &Setting) -> String {
        let path = self.path().unwrap_or(Path::new("")).display();
        match &setting.profile {
            Some(profile) => format!("profile `{profile}` in `{path}`"),
            None => format!("`{path}`"),
        }
    }

    /// Whether a command in the file may be run: not where others could have put it there.
    pub(crate) fn may_run_commands(&self) -> bool {
        !self.writable_by_others
    }
}

impl Setting {
    /// The value as one text.
    pub(crate) fn text(&self) -> String {
        self.values.join(",")
    }
}

/// The keys that name the hub: of these, a profile has its own or those for all.
const NAMES_HUB: [&str; 3] = [HUB, CONNECTION_STRING_FILE, CONNECTION_STRING_COMMAND];

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

fn chosen_profile(file: &SettingsFile, choice: &Choice) -> Result<Option<ChosenProfile>, Error> {
    let path = file.path.display();
    let names = profile_names(file);
    if let Some(chosen) = &choice.profile {
        if names.contains(&chosen.name) {
            return Ok(Some(chosen.clone()));
        }
        return Err(no_profile(file, &chosen.name));
    }
    let Some(item) = file.root().get(DEFAULT_PROFILE) else {
        return Ok(None);
    };
    match item.as_str() {
        Some(name) if names.iter().any(|other| other == name) => Ok(Some(ChosenProfile {
            name: name.to_owned(),
            by: ChosenBy::File,
        })),
        _ => Err(
            invalid(format!("`{DEFAULT_PROFILE}` in `{path}` names no profile"))
                .cause(format!("line {}: {}", file.line(item), known(&names)))
                .hint("name one with: edgelogs config use NAME")
                .into(),
        ),
    }
}

/// The profile's table, which is there.
fn profile_table<'a>(file: &'a SettingsFile, name: &str) -> Result<&'a dyn TableLike, Error> {
    let item = file.root().get(PROFILES).and_then(|item| item.get(name));
    item.and_then(Item::as_table_like).ok_or_else(|| {
        let path = file.path.display();
        invalid(format!("profile `{name}` in `{path}` is no table"))
            .hint(format!("begin it with a line [{PROFILES}.{name}]"))
            .into()
    })
}

/// The names of all profiles, in the order of the file.
pub(crate) fn profile_names(file: &SettingsFile) -> Vec<String> {
    let profiles = file.root().get(PROFILES).and_then(Item::as_table_like);
    profiles
        .into_iter()
        .flat_map(|table| table.iter().map(|(name, _)| name.to_owned()))
        .collect()
}

/// What a profile says of one key, unchecked: for a list of profiles.
pub(crate) fn text_of(file: &SettingsFile, profile: &str, name: &str) -> Option<String> {
    let item = file.root().get(PROFILES)?.get(profile)?.get(name)?;
    item.as_str().map(str::to_owned)
}
