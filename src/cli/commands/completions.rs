//! `edgelogs completions`: the script that makes a shell complete.

use clap::Args;
use clap_complete::Shell;

use crate::cli::complete;
use crate::cli::context::Context;
use crate::error::Error;
use crate::exit::Exit;

/// Print the script that makes a shell complete
///
/// The script knows the commands, their flags and the values of these. With --dynamic it asks
/// edgelogs at each TAB instead, which completes the names of devices, modules and profiles as
/// well: those of the connection that is typed, or of the environment. Names are remembered for
/// five minutes; where none can be had within a second there are none.
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
    /// The shell that is to run the script
    #[arg(value_name = "SHELL", value_enum, help_heading = "Script")]
    shell: Shell,

    /// Complete the names of devices, modules and profiles as well
    ///
    /// Such a script fits this version alone: have the shell run this command when it starts.
    #[arg(long, help_heading = "Script")]
    dynamic: bool,
}

impl CompletionsArgs {
    pub(crate) fn run(&self, context: &Context) -> Result<Exit, Error> {
        let script = if self.dynamic {
            complete::registration(self.shell)
        } else {
            complete::script(self.shell, (context.tree)())
        };
        let script = script.map_err(|source| Error::System {
            action: "making the script".to_owned(),
            source,
        })?;
        context.console.data().line(script.trim_end())?;
        Ok(Exit::Success)
    }
}
