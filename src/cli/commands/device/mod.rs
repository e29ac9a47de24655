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

/// Waits for the signal that service managers send, which is caught from the call on.
#[cfg(unix)]
fn terminated() -> Result<impl Future<Output = ()>, Error> {
    let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    let mut terminate = terminate.map_err(|source| Error::System {
        action: "waiting for a signal".to_owned(),
        source,
    })?;
    Ok(async move {
        terminate.recv().await;
    })
}

/// There is no such signal.
#[cfg(not(unix))]
fn terminated() -> Result<impl Future<Output = ()>, Error> {
    Ok(std::future::pending())
}
