//! The settings in force: those of the chosen profile before those for all profiles, each with
//! where it stands. Every value is checked here, so that what is wrong names file, profile and key.

use std::path::{Path, PathBuf};

use toml_edit::TableLike;

use crate::cli::settings::file::SettingsFile;
use crate::cli::settings::keys::{
    CONNECTION_STRING_COMMAND, CONNECTION_STRING_FILE, DEFAULT_PROFILE, DEVICE, HUB, KEYS, Key,
    PROFILES, Use, key,
};
use crate::cli::settings::messages::{
    bad_value, has_both, known, no_file_for, no_profile, place, unknown_key,
};
use crate::cli::settings::problem::invalid;
use crate::cli::settings::selection::{ChosenBy, ChosenProfile, SettingsSelection};
use crate::cli::settings::values::{checked, values};
use crate::error::Error;

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
    /// What selected them.
    pub(crate) selection: SettingsSelection,
    /// The file that was read.
    path: Option<PathBuf>,
    profile: Option<ChosenProfile>,
    settings: Vec<Setting>,
    /// Whether others than the operator can write the file.
    writable_by_others: bool,
}

impl Settings {
    /// None, whatever the file says.
    pub(crate) fn none(selection: SettingsSelection) -> Self {
        Self {
            selection,
            ..Self::default()
        }
    }

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
        selection: &SettingsSelection,
        tree: &clap::Command,
        warn: &mut dyn FnMut(String),
    ) -> Result<Self, Error> {
        let Some(file) = selection.path.read()? else {
            return match &selection.profile {
                Some(profile) => Err(no_file_for(&selection.path, &profile.name)),
                None => Ok(Self::none(selection.clone())),
            };
        };
        file.permission_warning().into_iter().for_each(&mut *warn);
        let profile = chosen_profile(&file, selection)?;
        let mut settings = Self {
            selection: selection.clone(),
            writable_by_others: file.is_writable_by_others(),
            path: Some(file.path.clone()),
            profile,
            settings: Vec::new(),
        };
        let name = settings.profile.as_ref().map(|chosen| chosen.name.clone());
        if let Some(name) = name {
            let table = file.profile(&name)?;
            settings.take(&file, table, Some(&name), tree, warn)?;
        }
        settings.take(&file, file.root(), None, tree, warn)?;
        let position = |setting: &Setting| KEYS.iter().position(|key| key.name == setting.key.name);
        settings.settings.sort_by_key(position);
        Ok(settings)
    }

    /// The settings with their warnings.
    ///
    /// # Errors
    /// The settings can't be used.
    pub(crate) fn load_with_warnings(
        selection: &SettingsSelection,
        tree: &clap::Command,
    ) -> Result<(Self, Vec<String>), Error> {
        let mut warnings = Vec::new();
        let mut warn = |text| warnings.push(text);
        let settings = Self::load(selection, tree, &mut warn)?;
        Ok((settings, warnings))
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

fn chosen_profile(
    file: &SettingsFile,
    selection: &SettingsSelection,
) -> Result<Option<ChosenProfile>, Error> {
    let path = file.path.display();
    let names = file.profile_names();
    if let Some(chosen) = &selection.profile {
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
