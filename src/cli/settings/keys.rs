//! The keys of the settings file: the names of flags, with what their values must be.

use std::path::Path;

use crate::hub::{HubEndpoint, check_device_id};
use crate::logs::Severity;
use crate::methods::{TimeBound, checked_tail};

/// One key that the settings file may hold.
#[derive(Debug)]
pub(crate) struct Key {
    /// The name of a flag, except for `connection-string-command`.
    pub(crate) name: &'static str,
    pub(crate) kind: ValueKind,
    pub(crate) applies_to: AppliesTo,
    /// Checks beyond the flag's own parser. The error is the cause to show.
    pub(crate) check: fn(&str) -> Result<(), String>,
    /// Flags that override the setting because they set the same thing.
    pub(crate) overridden_by: &'static [&'static str],
}

/// What a value is in TOML.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueKind {
    /// A string, number, time or boolean.
    Text,
    /// A string or an array of them.
    TextList,
    /// A file; not stdin.
    Path,
    /// `@FILE`: the file holds a secret.
    SecretFile,
    /// A line for the system's shell.
    Command,
}

/// What a setting applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AppliesTo {
    /// Every flag of the same name: it is the flag's default.
    Flag,
    /// The hub, unless a flag or a variable names one.
    Hub,
    /// The devices, unless a flag or a variable selects some.
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
/// The name of the default profile.
pub(crate) const DEFAULT_PROFILE: &str = "default-profile";
/// The table of profiles.
pub(crate) const PROFILES: &str = "profiles";

/// Every key, in display order.
pub(crate) const KEYS: &[Key] = &[
    hub_key(HUB, ValueKind::Text, |text| {
        HubEndpoint::named(text.trim())
            .map(drop)
            .map_err(|error| error.to_string())
    }),
    hub_key(AUTH, ValueKind::Text, any_value),
    hub_key(CONNECTION_STRING_FILE, ValueKind::Path, any_value),
    hub_key(CONNECTION_STRING_COMMAND, ValueKind::Command, any_value),
    flag_key("ca-file", ValueKind::Path, any_value),
    Key {
        applies_to: AppliesTo::Devices,
        ..flag_key(DEVICE, ValueKind::TextList, |text| {
            check_device_id("it", text).map_err(|error| error.to_string())
        })
    },
    flag_key("module-id", ValueKind::Text, |text| match text.trim() {
        "" | "." | ".." => Err(format!("`{text}` is not a module id")),
        _ => Ok(()),
    }),
    flag_key("concurrency", ValueKind::Text, any_value),
    flag_key("rate", ValueKind::Text, any_value),
    flag_key("max-devices", ValueKind::Text, any_value),
    flag_key("tail", ValueKind::Text, |text| {
        let lines = text.parse::<u64>();
        let lines = lines.map_err(|_| format!("`{text}` is not a number of lines"))?;
        checked_tail(lines)
            .map(drop)
            .map_err(|error| error.to_string())
    }),
    flag_key("since", ValueKind::Text, |text| {
        // A time of day may still be to come: what it means is decided when it is used.
        TimeBound::check("since", text).map_err(|error| error.to_string())
    }),
    Key {
        overridden_by: &["loglevel-only"],
        ..flag_key("loglevel", ValueKind::Text, |text| {
            text.parse::<Severity>()
                .map(drop)
                .map_err(|error| error.to_string())
        })
    },
    flag_key("encoding", ValueKind::Text, any_value),
    flag_key("content-type", ValueKind::Text, any_value),
    flag_key(SAS, ValueKind::SecretFile, any_value),
    flag_key("timeout", ValueKind::Text, any_value),
    flag_key("connect-timeout", ValueKind::Text, any_value),
    flag_key("retries", ValueKind::Text, any_value),
    flag_key("wait-timeout", ValueKind::Text, any_value),
    flag_key("interval", ValueKind::Text, any_value),
    flag_key("output", ValueKind::Text, any_value),
    flag_key("prefix", ValueKind::Text, any_value),
    flag_key("color", ValueKind::Text, any_value),
    flag_key("timestamps", ValueKind::Text, any_value),
    flag_key("utc", ValueKind::Text, any_value),
    flag_key("json-logs", ValueKind::Text, any_value),
];

const fn flag_key(
    name: &'static str,
    kind: ValueKind,
    check: fn(&str) -> Result<(), String>,
) -> Key {
    Key {
        name,
        kind,
        applies_to: AppliesTo::Flag,
        check,
        overridden_by: &[],
    }
}

const fn hub_key(
    name: &'static str,
    kind: ValueKind,
    check: fn(&str) -> Result<(), String>,
) -> Key {
    Key {
        applies_to: AppliesTo::Hub,
        ..flag_key(name, kind, check)
    }
}

/// For values that only the flag's own parser checks.
fn any_value(_: &str) -> Result<(), String> {
    Ok(())
}

/// The key of this name.
pub(crate) fn key(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// Whether a key of this name would hold a secret itself; only references are allowed.
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

/// Resolves a path in the settings file: `~/` from the home folder, others from the file's folder.
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
    use crate::closest_name::closest;

    #[test]
    fn a_typo_finds_the_closest_key() {
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
    fn a_path_is_relative_to_the_file() {
        let folder = Path::new("/etc/edgelogs");
        assert_eq!(from_folder(folder, "hub.txt"), "/etc/edgelogs/hub.txt");
        assert_eq!(from_folder(folder, "/run/hub.txt"), "/run/hub.txt");
    }
}
