//! `edgelogs device serve`: a loopback hub in front of the device module.

use std::net::SocketAddr;

use clap::{Args, Subcommand};

use super::session::Context;
use crate::device::LoopbackHub;
use crate::{Error, Exit};

/// Run the device-side module
#[derive(Debug, Args)]
pub(super) struct DeviceArgs {
    #[command(subcommand)]
    command: DeviceCommand,
}

#[derive(Debug, Subcommand)]
enum DeviceCommand {
    Serve(ServeArgs),
}

/// Serve a loopback IoT Hub with one device behind it
///
/// The first line of stdout is the connection string, with its key. It runs until it is stopped.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs device serve --source docker
  export EDGELOGS_CONNECTION_STRING='HostName=http://127.0.0.1:8080;…'")]
struct ServeArgs {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// Where the logs come from: sample, dir:PATH or docker[:SOCKET]
    #[arg(long, value_name = "SOURCE", default_value = "sample")]
    source: String,

    /// The device's id
    #[arg(short, long, value_name = "ID", default_value = "local")]
    device: String,
}

impl DeviceArgs {
    pub(super) async fn run(&self, context: &Context) -> Result<Exit, Error> {
        match &self.command {
            DeviceCommand::Serve(args) => args.run(context).await,
        }
    }
}

impl ServeArgs {
    async fn run(&self, context: &Context) -> Result<Exit, Error> {
        let hub = LoopbackHub::start(self.listen, &self.source, &self.device).await?;
        // The one place where a key is printed: it is what this command is for.
        context
            .console
            .data()
            .line(&hub.connection_string().expose())?;
        context.console.note(&format!(
            "device `{}` answers; stop with Ctrl-C",
            self.device
        ));
        stopped().await.map_err(|source| Error::System {
            action: "waiting for a signal".to_owned(),
            source,
        })?;
        Ok(Exit::Success)
    }
}

/// Ctrl-C, or the signal that service managers send.
async fn stopped() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            result = tokio::signal::ctrl_c() => result,
            _ = terminate.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
