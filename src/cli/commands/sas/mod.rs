//! `edgelogs sas`.

mod check;
mod container_sas;
mod delegation;
mod explain;
mod new;
mod storage_account;

use clap::{Args, Subcommand};

use crate::cli::commands::sas::check::CheckArgs;
use crate::cli::commands::sas::new::NewArgs;
use crate::cli::context::Context;
use crate::error::Error;
use crate::exit::Exit;

/// Explain or create a SAS URL for Blob Storage
#[derive(Debug, Args)]
pub(crate) struct SasCommandArgs {
    #[command(subcommand)]
    command: SasCommand,
}

#[derive(Debug, Subcommand)]
enum SasCommand {
    Check(CheckArgs),
    New(NewArgs),
}

impl SasCommandArgs {
    pub(crate) async fn run(&self, context: &Context) -> Result<Exit, Error> {
        match &self.command {
            SasCommand::Check(args) => args.run(context.console).await,
            SasCommand::New(args) => args.run(context.console).await,
        }
    }
}
