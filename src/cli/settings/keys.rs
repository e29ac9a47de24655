//! The keys of the settings file: the names of flags, with what their values must be.

use std::path::Path;

use crate::hub::HubEndpoint;
use crate::logs::Severity;
use crate::methods::{TimeBound, tail_that_fits};

/// One key that the settings file may hold.
#[derive(Debug)]
pub(crate) struct Key {
    /// The name, which is that of a flag unless the key is of [`Use::Hub`].
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    pub(crate) used: Use,
    /// What must hold beside what the flag's own parser checks. The text is the cause to show.
    pub(crate) check: fn(&str) -> Result<(), String>,
    /// The flags in whose presence the setting says nothing, since they mean another value of it.
    pub(crate) gives_way_to: &'static [&'static str],
}

/// What a value looks like in TOML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A string; also a number, a time or a truth value, which are told by their text.
    Text,
    /// A string or an array of them.
    Texts,
    /// A file; not stdin.
    Path,
    /// `@FILE`: what the file holds is a secret.
    SecretFile,
    /// A line for the system's shell.
    Command,
}

/// Who reads a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    /// It is the default of the flag of the same name, wherever there is one.
    Default,
    /// It belongs to what names the hub, and counts only where no flag and no variable names one.
    Hub,
    /// It counts only where no flag and no variable selects devices.
    Devices,
}

/// The hub's own name.
pub(crate) const HUB: &str = "hub";
/// How to sign in.
pub(crate) const AUTH: &str = "auth";
/// The file that holds the hub's connection string.
pub(crate) const CONNECTION_STRING_FILE: &str = "connection-string-file";
/// The command that prints the hub's connection string.
pub(crate) const CONNECTION_STRING_COMMAND: &str = "connection-string-command";
/// The devices to call.
pub(crate) const DEVICE: &str = "device";
/// The container's SAS URL, by reference.
pub(crate) const SAS: &str = "sas";
/// The key beside the profiles that names the one to use.
pub(crate) const DEFAULT_PROFILE: &str = "default-profile";
/// The table of profiles.
pub(crate) const PROFILES: &str = "profiles";

/// Each key, in the order in which they are shown.
pub(crate) const KEYS: &[Key] = &[
    of_hub(HUB, Form::Text, |text| {
        HubEndpoint::named(text.trim()).map(drop).map_err(in_words)
    }),
    of_hub(AUTH, Form::Text, anything),
    of_hub(CONNECTION_STRING_FILE, Form::Path, anything),
    of_hub(CONNECTION_STRING_COMMAND, Form::Command, anything),
    default("ca-file", Form::Path, anything),
    Key {
        name: DEVICE,
        form: Form::Texts,
        used: Use::Devices,
        check: anything,
        gives_way_to: &[],
    },
    default("concurrency", Form::Text, anything),
    default("rate", Form::Text, anything),
    default("max-devices", Form::Text, anything),
    default("tail", Form::Text, |text| {
        let lines = text.parse::<u64>();
        let lines = lines.map_err(|_| format!("`{text}` is not a number of lines"))?;
        tail_that_fits(lines).map(drop).map_err(in_words)
    }),
    default("since", Form::Text, |text| {
        TimeBound::parse("since", text).map(drop).map_err(in_words)
    }),
    Key {
        gives_way_to: &["loglevel-only"],
        ..default("loglevel", Form::Text, |text| {
            text.parse::<Severity>().map(drop).map_err(in_words)
        })
    },
    default("encoding", Form::Text, anything),
    default("content-type", Form::Text, anything),
    default(SAS, Form::SecretFile, anything),
    default("timeout", Form::Text, anything),
    default("connect-timeout", Form::Text, anything),
    default("retries", Form::Text, anything),
    default("wait-timeout", Form::Text, anything),
    default(
        "interval",
        Form::Text,
        |text| match humantime::parse_duration(text) {
            Ok(pause) if pause.is_zero() => Err("it is zero; give a pause such as 5s".to_owned()),
            _ => Ok(()),
        },
    ),
    default("output", Form::Text, anything),
    default("prefix", Form::Text, anything),
    default("color", Form::Text, anything),
    default("timestamps", Form::Text, anything),
    default("utc", Form::Text, anything),
    default("json-logs", Form::Text, anything),
];

const fn default(name: &'static str, form: Form, check: fn(&str) -> Result<(), String>) -> Key {
    Key {
        name,
        form,
        used: Use::Default,
        check,
        gives_way_to: &[],
    }
}

const fn of_hub(name: &'static str, form: Form, check: fn(&str) -> Result<(), String>) -> Key {
    Key {
        name,
        form,
        used: Use::Hub,
        check,
        gives_way_to: &[],
    }
}

/// For values that only the flag's own parser judges.
fn anything(_: &str) -> Result<(), String> {
    Ok(())
}

fn in_words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// The key of this name.
pub(crate) fn key(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The known name that is likely meant.
pub(crate) fn closest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |other: &str| strsim::jaro_winkler(&name.to_lowercase(), other);
    let scored = known.into_iter().map(|other| (likeness(other), other));
    // Of several that are as close, the first.
    let best = scored.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
    (best.0 > 0.75).then_some(best.1)
}

/// Whether a key of this name would hold a secret itself, where only a reference may stand.
pub(crate) fn names_a_secret(name: &str) -> bool {
    let name = name.to_lowercase().replace('_', "-");
    [
        "connection-string",
        "shared-access-key",
        "account-key",
        "sas-token",
        "password",
        "secret",
        "token",
    ]
    .iter()
    .any(|secret| name.ends_with(secret))
}

/// A path as the file means it: from the home folder after `~/`, otherwise from the folder of the
/// file itself.
pub(crate) fn from_folder(folder: &Path, path: &str) -> String {
    let home = path.strip_prefix("~/").zip(dirs::home_dir());
    match home {
        Some((rest, home)) => home.join(rest),
        None => folder.join(path),
    }
    .display()
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_finds_the_key_that_was_meant() {
        let names = || KEYS.iter().map(|key| key.name);
        for (typed, meant) in [
            ("tial", Some("tail")),
            ("time-out", Some("timeout")),
            ("connection_string_file", Some(CONNECTION_STRING_FILE)),
            ("Hub", Some(HUB)),
            ("zzz", None),
        ] {
            assert_eq!(closest(typed, names()), meant, "{typed}");
        }
    }

    #[test]
    fn only_references_to_secrets_are_keys() {
        assert!(KEYS.iter().all(|key| !names_a_secret(key.name)));
        for name in [
            "connection-string",
            "Connection_String",
            "account-key",
            "sas-token",
        ] {
            assert!(names_a_secret(name), "{name}");
        }
    }

    #[test]
    fn a_path_counts_from_the_folder_of_the_file() {
        let folder = Path::new("/etc/edgelogs");
        assert_eq!(from_folder(folder, "hub.txt"), "/etc/edgelogs/hub.txt");
        assert_eq!(from_folder(folder, "/run/hub.txt"), "/run/hub.txt");
    }
}
