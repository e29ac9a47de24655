//! The arguments of every command that calls a hub, or devices through it.

use clap::Args;

use crate::cli::args::connection::{Connection, ConnectionArgs};
use crate::cli::args::target::{Selection, TargetArgs};
use crate::cli::args::timing::{CallOptions, PaceArgs, RetryArgs, TimingArgs};
use crate::cli::context::Context;
use crate::cli::settings::loaded::Settings;
use crate::error::Error;
use crate::hub::check_device_id;
use crate::invalid_input::InvalidInput;
use crate::output::Console;

#[derive(Debug, Clone, Args)]
pub(crate) struct HubArgs {
    #[command(flatten)]
    pace: PaceArgs,

    #[command(flatten)]
    pub(crate) connection: ConnectionArgs,

    #[command(flatten)]
    retries: RetryArgs,
}

/// A hub, and devices that it knows about.
#[derive(Debug, Clone, Args)]
pub(crate) struct FleetArgs {
    #[command(flatten)]
    pub(crate) target: TargetArgs,

    #[command(flatten)]
    hub: HubArgs,
}

/// The same for a command that calls the devices.
#[derive(Debug, Clone, Args)]
pub(crate) struct CallArgs {
    #[command(flatten)]
    pub(crate) fleet: FleetArgs,

    #[command(flatten)]
    timing: TimingArgs,
}

/// Devices as arguments, of commands that take nothing else.
#[derive(Debug, Args)]
pub(crate) struct NamedDevices {
    /// IoT Edge devices; the same as -d
    #[arg(value_name = "DEVICE", help_heading = "Target")]
    devices: Vec<String>,
}

impl NamedDevices {
    fn check(&self) -> Result<(), InvalidInput> {
        let mut ids = self.devices.iter();
        ids.try_for_each(|id| check_device_id("DEVICE", id))
    }
}

/// A hub, the devices to call through it, and how to call them.
#[derive(Debug)]
pub(crate) struct Calls {
    pub(crate) connection: Connection,
    pub(crate) selection: Selection,
    pub(crate) options: CallOptions,
}

impl HubArgs {
    pub(crate) fn options(&self) -> CallOptions {
        CallOptions::new(&self.pace, &self.retries)
    }
}

impl FleetArgs {
    /// The same with devices that were given as arguments.
    ///
    /// # Errors
    /// An id is blank or holds several.
    pub(crate) fn with(&self, named: &NamedDevices) -> Result<Self, InvalidInput> {
        named.check()?;
        let mut fleet = self.clone();
        fleet.target.add(&named.devices);
        Ok(fleet)
    }

    /// Which hub to call.
    pub(crate) fn connection(&self) -> &ConnectionArgs {
        &self.hub.connection
    }

    /// Refuses what can't go together, such as two arguments that read stdin. `other_reads_stdin` is about one of
    /// the command's own.
    ///
    /// # Errors
    /// See [`ConnectionArgs::check_together`].
    pub(crate) fn check_together(&self, other_reads_stdin: bool) -> Result<(), Error> {
        let connection = &self.hub.connection;
        connection.check_together(&[other_reads_stdin, self.target.reads_stdin()])
    }

    /// Reads what the arguments name, then environment and settings.
    ///
    /// # Errors
    /// No hub or no device is named, or one that can't be used.
    pub(crate) async fn resolve(
        &self,
        context: &Context,
        settings: &Settings,
    ) -> Result<Calls, Error> {
        let connection = self.hub.connection.resolve(context, settings).await?;
        let selection = match connection.is_local() {
            true => self.target.local_selection(settings)?,
            false => self.target.selection(settings).await?,
        };
        Ok(Calls {
            connection,
            selection,
            options: self.hub.options(),
        })
    }
}

impl CallArgs {
    /// The same with devices that were given as arguments.
    ///
    /// # Errors
    /// As [`FleetArgs::with`].
    pub(crate) fn with(&self, named: &NamedDevices) -> Result<Self, InvalidInput> {
        Ok(Self {
            fleet: self.fleet.with(named)?,
            timing: self.timing.clone(),
        })
    }

    /// Which hub to call.
    pub(crate) fn connection(&self) -> &ConnectionArgs {
        self.fleet.connection()
    }

    /// Refuses what can't go together, such as two arguments that read stdin. `other_reads_stdin` is about one of
    /// the command's own.
    ///
    /// # Errors
    /// See [`ConnectionArgs::check_together`].
    pub(crate) fn check_together(&self, other_reads_stdin: bool) -> Result<(), Error> {
        self.fleet.check_together(other_reads_stdin)
    }

    /// Whether the hub will run in this process.
    pub(crate) fn is_local(&self) -> bool {
        self.fleet.hub.connection.is_local()
    }

    /// The devices for a dry run: those that are known without a hub.
    ///
    /// # Errors
    /// A file can't be read, or the shard is invalid.
    pub(crate) async fn dry_run_devices(
        &self,
        console: Console,
        settings: &Settings,
    ) -> Result<Vec<String>, Error> {
        let local = self.is_local();
        self.fleet
            .target
            .dry_run_devices(console, settings, local)
            .await
    }

    /// Reads what the arguments name, then environment and settings.
    ///
    /// # Errors
    /// No hub or no device is named, or one that can't be used.
    pub(crate) async fn resolve(
        &self,
        context: &Context,
        settings: &Settings,
    ) -> Result<Calls, Error> {
        let mut calls = self.fleet.resolve(context, settings).await?;
        calls.options.timeouts = self.timing.timeouts();
        Ok(calls)
    }
}
