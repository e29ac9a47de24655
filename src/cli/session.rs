//! From the connection arguments to a client that can call.

use std::sync::{Arc, Mutex};

use super::connection::{Connection, HubChoice};
use super::target::TargetArgs;
use super::timing::TimingArgs;
use crate::Error;
use crate::fetch::EdgeAgent;
use crate::hub::{HubClient, Timeouts};
use crate::output::Console;

/// What every subcommand gets.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) console: Console,
    /// The command that goes on where an interrupted one ended.
    resume: Mutex<Option<String>>,
}

impl Context {
    pub(super) fn new(console: Console) -> Self {
        Self {
            console,
            resume: Mutex::new(None),
        }
    }

    /// From now on, an interruption tells this command.
    pub(super) fn set_resume(&self, command: String) {
        *self
            .resume
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(command);
    }

    pub(super) fn resume(&self) -> Option<String> {
        self.resume
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone()
    }
}

/// A hub that can be called, and the device to call through it.
#[derive(Debug)]
pub(super) struct Session {
    client: Arc<HubClient>,
    device: String,
    timeouts: Timeouts,
    /// The hub of `--local` lives as long as the session.
    #[cfg(feature = "device")]
    local: Option<crate::device::LoopbackHub>,
}

impl Session {
    /// Makes the client, and starts the hub of `--local`.
    ///
    /// # Errors
    /// No device is named, or the hub of `--local` can't start.
    pub(super) async fn open(
        connection: Connection,
        target: &TargetArgs,
        timing: &TimingArgs,
    ) -> Result<Self, Error> {
        let timeouts = timing.timeouts()?;
        #[cfg(feature = "device")]
        let (hub, device, local) = match connection.hub {
            HubChoice::Remote(hub) => (hub, target.device(false)?, None),
            HubChoice::Local { source } => {
                let device = target.device(true)?;
                let local = crate::device::LoopbackHub::start_local(&source, &device).await?;
                (local.connection_string().clone(), device, Some(local))
            }
        };
        #[cfg(not(feature = "device"))]
        let (HubChoice::Remote(hub), device) = (connection.hub, target.device(false)?);
        let name = hub.endpoint.name().to_owned();
        let client =
            HubClient::new(hub, timing.retry(), connection.roots).map_err(|source| Error::Hub {
                hub: name,
                device: device.clone(),
                source: Box::new(source),
            })?;
        Ok(Self {
            client: Arc::new(client),
            device,
            timeouts,
            #[cfg(feature = "device")]
            local,
        })
    }

    /// Whether the device's tasks end with this process.
    pub(super) fn is_local(&self) -> bool {
        #[cfg(feature = "device")]
        let local = self.local.is_some();
        #[cfg(not(feature = "device"))]
        let local = false;
        local
    }

    /// The device's edge agent.
    pub(super) fn agent(&self) -> EdgeAgent {
        EdgeAgent::new(Arc::clone(&self.client), &self.device, self.timeouts)
    }
}
