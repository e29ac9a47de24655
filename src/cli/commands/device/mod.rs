//! `edgelogs device`: the device-side module, behind a loopback hub or on a device.

mod check;
mod run;
mod serve;

use clap::{Args, Subcommand};

use crate::cli::context::Context;
use crate::error::Error;
use crate::exit::Exit;

/// Run the device-side module
#[derive(Debug, Args)]
pub(crate) struct DeviceArgs {
    #[command(subcommand)]
    command: DeviceCommand,
}

#[derive(Debug, Subcommand)]
enum DeviceCommand {
    Run(run::RunArgs),
    Serve(serve::ServeArgs),
}

impl DeviceArgs {
    pub(crate) async fn run(&self, context: &Context) -> Result<Exit, Error> {
        match &self.command {
            DeviceCommand::Run(args) => args.run(context).await,
            DeviceCommand::Serve(args) => args.run(context).await,
        }
    }

    /// Whether it ends by itself when it is interrupted.
    pub(crate) fn stops_itself(&self) -> bool {
        matches!(&self.command, DeviceCommand::Run(args) if args.stops_itself())
    }
}

/// What waiting for a signal came to.
fn waited(signal: std::io::Result<()>) -> Result<(), Error> {
    signal.map_err(|source| Error::System {
        action: "waiting for a signal".to_owned(),
        source,
    })
}
