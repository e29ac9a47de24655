//! `edgelogs config`: profiles, and what they set. Also what all commands read of them.
//!
//! ```text
//! file.rs      where the file is, its permissions and its TOML; refuses secrets
//! settings.rs  the profile that is chosen, its values and where each stands
//! defaults.rs  makes them the defaults of the flags
//! secret.rs    reads the secrets that they refer to
//! values.rs    from TOML to the text of a flag, checked
//! problem.rs   what is wrong, in words
//! init.rs      makes the file, or adds a profile
//! edit.rs      changes the file and keeps its comments; use
//! show.rs      show and profiles: the lists
//! ```

mod defaults;
mod edit;
mod file;
mod init;
mod keys;
mod problem;
mod secret;
mod settings;
mod show;
mod values;

use clap::{ArgMatches, Args, Subcommand};

use super::session::Context;
use crate::output::{Console, ListFormat, redact};
use crate::{Error, Exit};
use keys::SAS;

pub(super) use defaults::with_defaults;
pub(super) use keys::{AUTH, CONNECTION_STRING_COMMAND, DEVICE, HUB};
pub(super) use secret::connection_string;
pub(super) use settings::{Choice, Setting, Settings};

/// Make, choose and show profiles
///
/// A profile holds what you would otherwise type each time: the hub, how to sign in, and defaults
/// of flags. A flag is stronger than an environment variable, and both are stronger than the
/// profile. `config show` lists every key. Secrets stay outside: the file names the file or the
/// command that holds one.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs config init plant-a --hub plant-a-hub --device press-07
  edgelogs config init plant-b --connection-string-file ~/.secrets/plant-b
  edgelogs config use plant-b
  edgelogs config show -p plant-a")]
pub(super) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    Init(init::InitArgs),
    Show(ShowArgs),
    /// Print the path of the settings file, also where there is none yet
    Path,
    Use(edit::UseArgs),
    Profiles(ProfilesArgs),
}

/// Show each setting, its value and where that comes from
///
/// An origin is a flag, an environment variable, a profile, the settings file for all profiles, or
/// built-in. Secrets are never shown: only what refers to them.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs config show
  edgelogs config show -p plant-b -o jsonl")]
struct ShowArgs {
    #[command(flatten)]
    list: ListArgs,
}

/// List the profiles
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs config profiles
  edgelogs config profiles -o text | while read -r name; do edgelogs ping -p \"$name\"; done")]
struct ProfilesArgs {
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Debug, Args)]
struct ListArgs {
    /// The form of the output
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = ListFormat::Table, help_heading = "Output")]
    output: ListFormat,
}

impl ConfigArgs {
    pub(super) async fn run(&self, context: &Context) -> Result<Exit, Error> {
        let (console, choice) = (context.console, &context.choice);
        match &self.command {
            ConfigCommand::Init(args) => args.run(console, choice),
            ConfigCommand::Show(args) => show::show(console, choice, args.list.output),
            ConfigCommand::Path => {
                let path = edit::path(choice)?.display().to_string();
                console.data().line(&redact(&path))?;
                Ok(Exit::Success)
            }
            ConfigCommand::Use(args) => args.run(console, choice),
            ConfigCommand::Profiles(args) => show::profiles(console, choice, args.list.output),
        }
    }
}

/// The settings for the command that was typed.
///
/// A command that calls a hub must not run with half of what its operator has set. One that calls
/// none, and `--local`, go on with a warning unless `-p` or `--config` was typed; `config` and
/// `doctor` look for themselves.
///
/// # Errors
/// The settings can't be used, and the command needs them.
pub(super) fn settings_for(
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
pub(super) fn check(choice: &Choice) -> Result<(Settings, Vec<String>), Error> {
    let mut warnings = Vec::new();
    let mut warn = |text| warnings.push(text);
    let settings = Settings::load(choice, &tree(), &mut warn)?;
    Ok((settings, warnings))
}

/// The names of all profiles: for completion, which must neither fail nor speak.
pub(super) fn profile_names(choice: &Choice) -> Vec<String> {
    let file = choice.path.read().ok().flatten();
    file.map(|file| settings::profile_names(&file))
        .unwrap_or_default()
}

fn tree() -> clap::Command {
    super::command()
}
