//! Messages about the settings. They name file, profile and key.

use toml_edit::Item;

use crate::cli::settings::file::{SettingsFile, SettingsPath};
use crate::cli::settings::keys::{
    CONNECTION_STRING_COMMAND, CONNECTION_STRING_FILE, DEFAULT_PROFILE, KEYS, Key, PROFILES,
    closest,
};
use crate::cli::settings::problem::{Problem, invalid};
use crate::error::Error;
use crate::shell_word::shell_word;

/// A profile that is not there, with those that are.
pub(crate) fn no_profile(file: &SettingsFile, name: &str) -> Error {
    let path = file.path.display();
    let names = file.profile_names();
    let problem = invalid(format!("there is no profile `{name}` in `{path}`")).cause(known(&names));
    match closest(name, names.iter().map(String::as_str)) {
        Some(other) => problem.hint(format!("did you mean --profile {}?", shell_word(other))),
        None => how_to_make(problem, name),
    }
    .into()
}

/// Tells the command that makes the profile, where it would take the name.
fn how_to_make(problem: Problem, name: &str) -> Problem {
    if check_name(name).is_err() {
        return problem;
    }
    problem.hint(format!("make it with: edgelogs config init {name}"))
}

/// A name that needs no quotes, in the file and in a shell.
pub(crate) fn check_name(name: &str) -> Result<(), Error> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !name.is_empty() && name.chars().all(plain) && !name.starts_with('-') {
        return Ok(());
    }
    Err(invalid(format!("`{name}` can't be the name of a profile"))
        .cause("a name has letters, digits, - and _ alone")
        .into())
}

pub(crate) fn known(names: &[String]) -> String {
    match names {
        [] => "it has no profiles".to_owned(),
        names => format!("its profiles are: {}", names.join(", ")),
    }
}

pub(crate) fn no_file_for(path: &SettingsPath, name: &str) -> Error {
    let problem = invalid(format!("there is no profile `{name}`"));
    match path.path() {
        Some(path) => {
            let problem = problem.cause(format!("`{}` does not exist", path.display()));
            how_to_make(problem, name)
        }
        None => problem.cause("no settings file is read"),
    }
    .into()
}

pub(crate) fn place(file: &SettingsFile, profile: Option<&str>) -> String {
    let path = file.path.display();
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
) -> String {
    let place = place(file, profile);
    let known = KEYS.iter().map(|key| key.name);
    let other = match profile {
        Some(_) => closest(name, known),
        None => closest(name, known.chain([DEFAULT_PROFILE, PROFILES])),
    };
    let meant = other.map_or(String::new(), |other| format!("; did you mean `{other}`?"));
    let line = file.line(item);
    format!("`{name}` in {place}, line {line}, is no setting{meant}")
}

pub(crate) fn bad_value(
    file: &SettingsFile,
    item: &Item,
    key: &Key,
    profile: Option<&str>,
    cause: &str,
) -> Error {
    let (name, place) = (key.name, place(file, profile));
    invalid(format!("`{name}` of {place} can't be used"))
        .cause(format!("line {}: {cause}", file.line(item)))
        .into()
}

/// Two sources of the one connection string.
pub(crate) fn has_both(place: &str) -> Problem {
    invalid(format!(
        "{place} has both `{CONNECTION_STRING_FILE}` and `{CONNECTION_STRING_COMMAND}`"
    ))
    .hint("leave one of them away")
}
