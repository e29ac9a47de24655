//! `edgelogs config`: create, choose and show profiles.

mod edit;
mod entries;
mod init;
mod set;
mod show;

use clap::{Args, Subcommand};

use crate::cli::context::Context;
use crate::cli::settings::loaded::Settings;
use crate::error::Error;
use crate::exit::Exit;
use crate::invalid_input::InvalidInput;
use crate::output::ListFormat;
use crate::redact::redact;

/// Create, choose and show profiles
///
/// A profile holds what you would otherwise type every time: the hub, how to sign in, and defaults
/// for flags. Flags and a profile chosen with -p take precedence over environment variables, and those
/// over any other profile. `config show` lists every key. The file never holds a secret, only the name of the file or the command
/// that provides one.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs config init plant-a --hub plant-a-hub --device press-07
  edgelogs config init plant-b --connection-string-file ~/.secrets/plant-b
  edgelogs config use plant-b
  edgelogs config set tail=200
  edgelogs config show -p plant-a")]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    Init(init::InitArgs),
    Show(ShowArgs),
    /// Print the path of the settings file, even if it doesn't exist yet
    Path,
    Use(edit::UseArgs),
    Set(set::SetArgs),
    Unset(set::UnsetArgs),
    Edit(set::EditArgs),
    Profiles(ProfilesArgs),
}

/// Show every setting with its value and origin
///
/// The origin is a flag, an environment variable, a profile, the settings file for all profiles, or
/// built-in. Secrets are never shown, only references to them.
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
    /// Output format
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = ListFormat::Auto, help_heading = "Output")]
    output: ListFormat,
}

impl ConfigArgs {
    pub(crate) async fn run(&self, context: &Context, settings: &Settings) -> Result<Exit, Error> {
        let (console, selection) = (context.console, &settings.selection);
        if let Some(profile) = selection.typed_profile() {
            self.check_profile(profile)?;
        }
        match &self.command {
            ConfigCommand::Init(args) => args.run(console, selection, &context.tree),
            ConfigCommand::Show(args) => {
                show::show(console, selection, &context.tree, args.list.output)
            }
            ConfigCommand::Path => {
                let path = edit::path(selection)?.display().to_string();
                console.data().text_line(&redact(&path))?;
                Ok(Exit::Success)
            }
            ConfigCommand::Set(args) => args.run(console, selection, &context.tree),
            ConfigCommand::Unset(args) => args.run(console, selection),
            ConfigCommand::Edit(args) => args.run(console, selection, &context.tree).await,
            ConfigCommand::Use(args) => args.run(console, selection),
            ConfigCommand::Profiles(args) => show::profiles(console, selection, args.list.output),
        }
    }

    /// Refuses a typed profile that the command would not use.
    fn check_profile(&self, profile: &str) -> Result<(), InvalidInput> {
        match &self.command {
            ConfigCommand::Set(args) if args.is_of_all_profiles() => Err(of_all_profiles()),
            ConfigCommand::Unset(args) if args.is_of_all_profiles() => Err(of_all_profiles()),
            ConfigCommand::Show(_)
            | ConfigCommand::Set(_)
            | ConfigCommand::Unset(_)
            | ConfigCommand::Edit(_) => Ok(()),
            ConfigCommand::Init(args) if args.is_named(profile) => Ok(()),
            ConfigCommand::Init(_) => Err(InvalidInput::new(format!(
                "the profile has two names: its own, and `{profile}` of --profile"
            ))),
            ConfigCommand::Path | ConfigCommand::Use(_) | ConfigCommand::Profiles(_) => {
                Err(InvalidInput::new("this command reads no --profile"))
            }
        }
    }
}

fn of_all_profiles() -> InvalidInput {
    InvalidInput::new(
        "--all-profiles is about no single profile, so it can't be used with --profile",
    )
    .hint("omit one of them")
}
