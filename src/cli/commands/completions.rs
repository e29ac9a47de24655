//! `edgelogs completions`: prints a shell's completion script.

use clap::Args;
use clap_complete::Shell;

use crate::cli::complete;
use crate::cli::context::Context;
use crate::error::Error;
use crate::exit::Exit;

/// Print a shell's completion script
///
/// The script completes commands, flags and their values. With --dynamic it calls edgelogs at each
/// TAB, which also completes the names of devices, modules and profiles, from the hub on the command
/// line or in the environment. Names are cached for five minutes; if the hub doesn't answer within a
/// second, none are offered.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs completions bash > ~/.local/share/bash-completion/completions/edgelogs
  edgelogs completions zsh > ~/.zfunc/_edgelogs
  edgelogs completions fish > ~/.config/fish/completions/edgelogs.fish
  edgelogs completions powershell >> $PROFILE

With names of devices, modules and profiles, in ~/.bashrc, ~/.zshrc or config.fish:
  source <(edgelogs completions bash --dynamic)
  source <(edgelogs completions zsh --dynamic)
  edgelogs completions fish --dynamic | source")]
pub(crate) struct CompletionsArgs {
    /// Shell to complete in
    #[arg(value_name = "SHELL", value_enum, help_heading = "Script")]
    shell: Shell,

    /// Also complete the names of devices, modules and profiles
    ///
    /// The script only works with this version: have the shell run this command when it starts.
    #[arg(long, help_heading = "Script")]
    dynamic: bool,
}

impl CompletionsArgs {
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Error> {
        let script = if self.dynamic {
            complete::registration(self.shell)
        } else {
            complete::script(self.shell, context.tree.clone())
        };
        let script = script.map_err(|source| Error::System {
            action: "making the script".to_owned(),
            source,
        })?;
        context.console.data().line(script.trim_end())?;
        Ok(Exit::Success)
    }
}
