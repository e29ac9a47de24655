//! Messages about the settings. They name file, profile and key.

use std::path::Path;

use toml_edit::Item;

use crate::cli::settings::file::{SettingsFile, SettingsPath};
use crate::cli::settings::keys::{
    CONNECTION_STRING_COMMAND, CONNECTION_STRING_FILE, DEFAULT_PROFILE, KEYS, Key, PROFILES,
};
use crate::cli::settings::problem::{Problem, invalid};
use crate::closest_name::closest;
use crate::error::Error;
use crate::shell_word::shell_word;

/// A profile that doesn't exist, with those that do.
pub(crate) fn no_profile(file: &SettingsFile, name: &str) -> Error {
    let path = file.path.display();
    let names = file.profile_names();
    let problem = invalid(format!("`{path}` has no profile `{name}`")).cause(known(&names));
    match closest(name, names.iter().map(String::as_str)) {
        Some(other) => problem.hint(format!("did you mean --profile {}?", shell_word(other))),
        None => how_to_create(problem, name),
    }
    .into()
}

/// Hints at the command that creates the profile, if the name is valid.
fn how_to_create(problem: Problem, name: &str) -> Problem {
    if check_name(name).is_err() {
        return problem;
    }
    problem.hint(format!("create it with: edgelogs config init {name}"))
}

/// Accepts names that need no quotes in the file or in a shell.
pub(crate) fn check_name(name: &str) -> Result<(), Error> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !name.is_empty() && name.chars().all(plain) && !name.starts_with('-') {
        return Ok(());
    }
    Err(invalid(format!("`{name}` is not a valid profile name"))
        .cause("a name may only contain letters, digits, - and _, and must not start with -")
        .into())
}

pub(crate) fn known(names: &[String]) -> String {
    match names {
        [] => "it has no profiles".to_owned(),
        names => format!("its profiles: {}", names.join(", ")),
    }
}

pub(crate) fn no_file_for(path: &SettingsPath, name: &str) -> Error {
    let problem = invalid(format!("profile `{name}` does not exist"));
    match path.path() {
        Some(path) => {
            let problem = problem.cause(format!("`{}` does not exist", path.display()));
            how_to_create(problem, name)
        }
        None => problem.cause("no settings file is read"),
    }
    .into()
}

/// A profile of the file, or the part for all profiles.
pub(crate) fn origin(path: &Path, profile: Option<&str>) -> String {
    let path = path.display();
    match profile {
        Some(profile) => format!("profile `{profile}` in `{path}`"),
        None => format!("`{path}`"),
    }
}

pub(crate) fn unknown_key(
    file: &SettingsFile,
    item: &Item,
    name: &str,
    profile: Option<&str>,
) -> Error {
    let origin = origin(&file.path, profile);
    let known = KEYS.iter().map(|key| key.name);
    let other = match profile {
        Some(_) => closest(name, known),
        None => closest(name, known.chain([DEFAULT_PROFILE, PROFILES])),
    };
    let line = file.line(item);
    let problem = invalid(format!(
        "`{name}` in {origin}, line {line}, is not a setting"
    ));
    match other {
        Some(other) => problem.hint(format!("did you mean `{other}`?")),
        None => problem,
    }
    .into()
}

pub(crate) fn bad_value(
    file: &SettingsFile,
    item: &Item,
    key: &Key,
    profile: Option<&str>,
    cause: &str,
) -> Error {
    let (name, origin) = (key.name, origin(&file.path, profile));
    invalid(format!("`{name}` in {origin} is invalid"))
        .cause(format!("line {}: {cause}", file.line(item)))
        .into()
}

pub(crate) fn has_both(origin: &str) -> Problem {
    invalid(format!(
        "{origin} has both `{CONNECTION_STRING_FILE}` and `{CONNECTION_STRING_COMMAND}`"
    ))
    .hint("remove one of them")
}
