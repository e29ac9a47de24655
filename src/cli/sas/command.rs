//! `edgelogs sas`: the group of its subcommands.

use clap::{Args, Subcommand};

use super::check::CheckArgs;
use super::new::NewArgs;
use crate::cli::session::Context;
use crate::{Error, Exit};

/// Explain a SAS URL of Blob Storage, or make one
#[derive(Debug, Args)]
pub(in crate::cli) struct SasCommandArgs {
    #[command(subcommand)]
    command: SasCommand,
}

#[derive(Debug, Subcommand)]
enum SasCommand {
    Check(CheckArgs),
    New(NewArgs),
}

impl SasCommandArgs {
    pub(in crate::cli) async fn run(&self, context: &Context) -> Result<Exit, Error> {
        match &self.command {
            SasCommand::Check(args) => args.run(context.console).await,
            SasCommand::New(args) => args.run(context.console).await,
        }
    }
}
