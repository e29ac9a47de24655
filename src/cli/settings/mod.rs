//! Profiles: what the settings file says, and where each value stands.
//!
//! ```text
//! file.rs      where the file is, its permissions and its TOML; refuses secrets
//! loaded.rs    the profile that is chosen, its values and where each stands
//! defaults.rs  makes them the defaults of the flags
//! secret.rs    reads the secrets that they refer to
//! values.rs    from TOML to the text of a flag, checked
//! problem.rs   what is wrong, in words
//! keys.rs      every key there is
//! ```

pub(crate) mod defaults;
pub(crate) mod file;
pub(crate) mod keys;
pub(crate) mod loaded;
pub(crate) mod problem;
pub(crate) mod secret;
pub(crate) mod values;

use clap::ArgMatches;

use crate::error::Error;
use crate::output::Console;
use keys::SAS;

use loaded::{Choice, Settings};

/// The settings for the command that was typed.
///
/// A command that calls a hub must not run with half of what its operator has set. One that calls
/// none, and `--local`, go on with a warning unless `-p` or `--config` was typed; `config` and
/// `doctor` look for themselves.
///
/// # Errors
/// The settings can't be used, and the command needs them.
pub(crate) fn settings_for(
    choice: &Choice,
    tree: &clap::Command,
    matches: &ArgMatches,
    console: Console,
) -> Result<Settings, Error> {
    let (mut command, mut matches) = (tree, matches);
    let first = matches.subcommand_name().unwrap_or_default();
    if first == defaults::CONFIG_COMMAND {
        return Ok(Settings::default());
    }
    while let Some((name, inner)) = matches.subcommand() {
        matches = inner;
        command = command.find_subcommand(name).unwrap_or(command);
    }
    let has = |id: &str| command.get_arguments().any(|arg| arg.get_id() == id);
    let local = has("local") && matches.contains_id("local");
    let calls_hub = has("connection_string_file") && !local;
    let mut warn = |text: String| console.warn(&text);
    let settings = match Settings::load(choice, tree, &mut warn) {
        Err(_) if first == "doctor" => Settings::default(),
        Err(error) if !calls_hub && !choice.is_typed() => {
            console.warn(&format!("the settings file is left aside: {error}"));
            Settings::default()
        }
        other => other?,
    };
    // A SAS is told of where it is used: a hub's connection string is read later.
    let sas = settings
        .get(SAS)
        .filter(|_| has(SAS) && !matches.contains_id(SAS));
    if let Some(warning) = sas.and_then(secret::sas_file_warning) {
        console.warn(&warning);
    }
    Ok(settings)
}

/// The settings as they are, with their warnings.
///
/// # Errors
/// The settings can't be used.
pub(crate) fn check(
    choice: &Choice,
    tree: &clap::Command,
) -> Result<(Settings, Vec<String>), Error> {
    let mut warnings = Vec::new();
    let mut warn = |text| warnings.push(text);
    let settings = Settings::load(choice, tree, &mut warn)?;
    Ok((settings, warnings))
}

/// The names of all profiles: for completion, which must neither fail nor speak.
pub(crate) fn profile_names(choice: &Choice) -> Vec<String> {
    let file = choice.path.read().ok().flatten();
    file.map(|file| loaded::profile_names(&file))
        .unwrap_or_default()
}
