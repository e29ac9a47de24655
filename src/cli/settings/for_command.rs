//! The settings for the command that was typed.

use std::path::Path;

use clap::ArgMatches;

use crate::cli::settings::file::secret_file_warning;
use crate::cli::settings::flags::{CONFIG_COMMAND, Tree};
use crate::cli::settings::keys::SAS;
use crate::cli::settings::loaded::{Setting, Settings};
use crate::cli::settings::selection::SettingsSelection;
use crate::error::Error;
use crate::output::Console;

/// The settings for the command that was typed, which `typed` contains. The whole tree checks them.
///
/// A command that calls a hub must not run with only some of its settings. Others, and `--local`,
/// continue with a warning unless a file or a profile was named; `config` and `doctor` load the
/// settings themselves.
///
/// # Errors
/// The settings can't be used, and the command needs them.
pub(crate) fn settings_for(
    selection: SettingsSelection,
    typed: &clap::Command,
    tree: &Tree,
    matches: &ArgMatches,
    console: Console,
) -> Result<Settings, Error> {
    let (mut command, mut matches) = (typed, matches);
    let first = matches.subcommand_name().unwrap_or_default();
    if first == CONFIG_COMMAND {
        return Ok(Settings::none(selection));
    }
    while let Some((name, inner)) = matches.subcommand() {
        matches = inner;
        command = command.find_subcommand(name).unwrap_or(command);
    }
    let has = |id: &str| command.get_arguments().any(|arg| arg.get_id() == id);
    let local = has("local") && matches.contains_id("local");
    let calls_hub = has("connection_string_file") && !local;
    let mut warn = |text: String| console.warn(&text);
    let settings = match Settings::load(&selection, tree, &mut warn) {
        Err(_) if first == "doctor" => Settings::none(selection),
        Err(error) if !calls_hub && !selection.is_typed() => {
            console.warn(&format!("ignoring the settings file: {error}"));
            Settings::none(selection)
        }
        other => other?,
    };
    // Warn about the SAS file only if it is used. The connection string is read later.
    let sas = settings
        .get(SAS)
        .filter(|_| has(SAS) && !matches.contains_id(SAS));
    let warning = sas
        .map(Setting::text)
        .and_then(|text| secret_file_warning(Path::new(text.strip_prefix('@')?)));
    if let Some(warning) = warning {
        console.warn(&warning);
    }
    Ok(settings)
}
