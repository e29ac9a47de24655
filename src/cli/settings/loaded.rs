//! The settings in force: the selected profile's, then those for all profiles, each with its
//! origin. Every value is checked here, so that an error names file, profile and key.

use std::path::{Path, PathBuf};

use toml_edit::TableLike;

use crate::cli::settings::file::SettingsFile;
use crate::cli::settings::flags::Tree;
use crate::cli::settings::keys::{
    AppliesTo, CONNECTION_STRING_COMMAND, CONNECTION_STRING_FILE, DEFAULT_PROFILE, DEVICE, HUB,
    KEYS, Key, PROFILES, key,
};
use crate::cli::settings::messages::{
    bad_value, has_both, known, no_file_for, no_profile, origin, unknown_key,
};
use crate::cli::settings::problem::invalid;
use crate::cli::settings::selection::{ChosenBy, ChosenProfile, SettingsSelection};
use crate::cli::settings::values::{checked, values};
use crate::error::Error;

/// One value of the settings file.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    pub(crate) key: &'static Key,
    /// One value, except for `device`.
    pub(crate) values: Vec<String>,
    /// Its profile; none for a value for all profiles.
    pub(crate) profile: Option<String>,
}

/// What the settings file says.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// What selected these settings.
    pub(crate) selection: SettingsSelection,
    /// The file that was read.
    path: Option<PathBuf>,
    profile: Option<ChosenProfile>,
    settings: Vec<Setting>,
    /// Whether others than the operator can write the file.
    writable_by_others: bool,
}

/// A settings file of any bytes is read the same each time or refused, and a secret in it is refused and not shown; see
/// [`crate::probes`].
#[cfg(any(test, fuzzing))]
pub(crate) fn probe(bytes: &[u8]) -> std::io::Result<()> {
    use crate::cli::settings::file::{FILE_FLAG, SettingsPath};
    const SECRET: &str = "Zm91bmQtYnktYS1mdXp6ZXI0NzExMDgxNQ";
    static TREE: Tree = Tree::new(crate::cli::tree::command);
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("config.toml");
    let mut selection = SettingsSelection::default();
    selection.path = SettingsPath::Named {
        path: path.clone(),
        by: FILE_FLAG,
    };
    let load = |bytes: &[u8]| {
        std::fs::write(&path, bytes)?;
        let loaded = Settings::load(&selection, &TREE, &mut |_| {});
        std::io::Result::Ok(loaded.map_err(|error| {
            let causes = error.causes().join(": ");
            format!("{error}: {causes}")
        }))
    };
    let told = |loaded: Result<Settings, String>| match loaded {
        Ok(settings) => format!("{:?}", settings.settings),
        Err(error) => error,
    };
    assert_eq!(told(load(bytes)?), told(load(bytes)?));
    let key = format!("\n# sig={SECRET}\n");
    let with_key = [bytes, key.as_bytes()].concat();
    // Bytes of another encoding make something else of it.
    if std::str::from_utf8(&with_key).is_ok() {
        match load(&with_key)? {
            Ok(settings) => panic!("a secret is taken: {settings:?}"),
            Err(error) => assert!(!error.contains(SECRET), "{error}"),
        }
    }
    Ok(())
}

impl Settings {
    /// No settings, whatever the file contains.
    pub(crate) fn none(selection: SettingsSelection) -> Self {
        Self {
            selection,
            ..Self::default()
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.settings.is_empty()
    }

    /// Reads the selected file. The flags of `tree` check the values; warnings go to `warn`.
    ///
    /// # Errors
    /// The file can't be used, has no such profile, or contains an invalid value.
    pub(crate) fn load(
        selection: &SettingsSelection,
        tree: &Tree,
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
            settings.merge(&file, table, Some(&name), tree)?;
        }
        settings.merge(&file, file.root(), None, tree)?;
        let position = |setting: &Setting| KEYS.iter().position(|key| key.name == setting.key.name);
        settings.settings.sort_by_key(position);
        Ok(settings)
    }

    /// Like [`Self::load`], with the warnings returned.
    pub(crate) fn load_with_warnings(
        selection: &SettingsSelection,
        tree: &Tree,
    ) -> Result<(Self, Vec<String>), Error> {
        let mut warnings = Vec::new();
        let mut warn = |text| warnings.push(text);
        let settings = Self::load(selection, tree, &mut warn)?;
        Ok((settings, warnings))
    }

    /// Adds the settings of a table that aren't set yet.
    fn merge(
        &mut self,
        file: &SettingsFile,
        table: &dyn TableLike,
        profile: Option<&str>,
        tree: &clap::Command,
    ) -> Result<(), Error> {
        let has_hub = self.names_hub();
        for (name, item) in table.iter() {
            if profile.is_none() && [DEFAULT_PROFILE, PROFILES].contains(&name) {
                continue;
            }
            let Some(key) = key(name) else {
                return Err(unknown_key(file, item, name, profile));
            };
            let setting = Setting {
                key,
                values: values(file, key, item)
                    .and_then(|values| checked(key, values, tree))
                    .map_err(|cause| bad_value(file, item, key, profile, &cause))?,
                profile: profile.map(str::to_owned),
            };
            // A profile that names its hub ignores every other reference to one.
            let shadowed = has_hub && NAMES_HUB.contains(&key.name);
            if !shadowed && self.get(key.name).is_none() {
                self.settings.push(setting);
            }
        }
        let both = [CONNECTION_STRING_FILE, CONNECTION_STRING_COMMAND];
        if both.iter().all(|name| table.get(name).is_some()) {
            return Err(has_both(&origin(&file.path, profile)).into());
        }
        Ok(())
    }

    /// The file that was read.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The profile given with `-p`, if it names a hub.
    pub(crate) fn typed_profile_with_hub(&self) -> Option<&str> {
        let chosen = self.profile.as_ref()?;
        (chosen.by == ChosenBy::Flag && self.names_hub()).then_some(chosen.name.as_str())
    }

    /// Whether a setting is of the profile given with `-p`, so that it counts as typed.
    pub(crate) fn is_typed(&self, key: &str) -> bool {
        let is_flag = self
            .profile
            .as_ref()
            .is_some_and(|chosen| chosen.by == ChosenBy::Flag);
        is_flag
            && self
                .get(key)
                .is_some_and(|setting| setting.profile.is_some())
    }

    /// The settings of flags that a message names: the refused value may come from the file.
    pub(crate) fn named_in(&self, message: &str) -> Vec<String> {
        let is_named = |setting: &&Setting| {
            let flag = format!("--{} ", setting.key.name);
            setting.key.applies_to == AppliesTo::Flag && format!("{message} ").contains(&flag)
        };
        self.settings
            .iter()
            .filter(is_named)
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

    pub(crate) fn get(&self, name: &str) -> Option<&Setting> {
        self.settings
            .iter()
            .find(|setting| setting.key.name == name)
    }

    /// Whether the settings name a hub or its connection string.
    pub(crate) fn names_hub(&self) -> bool {
        NAMES_HUB.iter().any(|name| self.get(name).is_some())
    }

    /// The default devices.
    pub(crate) fn devices(&self) -> Vec<String> {
        self.get(DEVICE)
            .map(|setting| setting.values.clone())
            .unwrap_or_default()
    }

    /// A setting's origin, for messages.
    pub(crate) fn origin(&self, setting: &Setting) -> String {
        let path = self.path().unwrap_or(Path::new(""));
        origin(path, setting.profile.as_deref())
    }

    /// Whether to run a command in the file: not if others could have put it there.
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

/// The keys that name the hub.
const NAMES_HUB: [&str; 3] = [HUB, CONNECTION_STRING_FILE, CONNECTION_STRING_COMMAND];

pub(crate) fn chosen_profile(
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
        _ => Err(invalid(format!(
            "`{DEFAULT_PROFILE}` in `{path}` is not the name of a profile"
        ))
        .cause(format!("line {}: {}", file.line(item), known(&names)))
        .hint("choose one with: edgelogs config use NAME")
        .into()),
    }
}
