//! From the connection arguments to a client that can call.

use std::sync::Arc;

use crate::cli::args::connection::{Connection, HubChoice};
use crate::cli::args::target::{PaceArgs, TargetArgs};
use crate::cli::args::timing::TimingArgs;
use crate::cli::context::Context;
use crate::cli::settings::loaded::Settings;
use crate::error::Error;
use crate::fetch::EdgeAgent;
use crate::hub::{Credential, HubClient, MethodCall, MethodTarget, Timeouts};
use crate::methods::MethodAnswer;
use crate::output::Console;

/// A hub that can be called, and the devices to call through it.
#[derive(Debug)]
pub(crate) struct Session {
    client: Arc<HubClient>,
    devices: Vec<String>,
    concurrency: usize,
    timeouts: Timeouts,
    /// The hub of `--local` lives as long as the session.
    #[cfg(feature = "device")]
    local: Option<crate::device::LoopbackHub>,
}

impl Session {
    /// Makes the client, starts the hub of `--local`, and finds the devices.
    ///
    /// # Errors
    /// No device is selected, or too many; the hub can't be asked, or that of `--local` can't start.
    pub(crate) async fn open(
        context: &Context,
        settings: &Settings,
        connection: Connection,
        target: &TargetArgs,
        timing: &TimingArgs,
    ) -> Result<Self, Error> {
        if connection.is_local() {
            let device = target.local_device()?;
            return Self::connect(context, connection, &target.pace, timing, device).await;
        }
        let selection = target.selection(settings).await?;
        let mut session =
            Self::connect(context, connection, &target.pace, timing, String::new()).await?;
        session.devices = selection.resolve(&session.client, context.console).await?;
        Ok(session)
    }

    /// Makes the client for tasks whose devices are known. `device` is the one of `--local`.
    ///
    /// # Errors
    /// The client can't be made, or the hub of `--local` can't start.
    pub(crate) async fn connect(
        context: &Context,
        connection: Connection,
        pace: &PaceArgs,
        timing: &TimingArgs,
        device: String,
    ) -> Result<Self, Error> {
        let timeouts = timing.timeouts();
        #[cfg(feature = "device")]
        let (hub, local) = match connection.hub {
            HubChoice::Remote(hub) => (hub, None),
            HubChoice::Local { source } => {
                let local = crate::device::LoopbackHub::start_local(&source, &device).await?;
                (local.connection_string().clone().into(), Some(local))
            }
        };
        #[cfg(not(feature = "device"))]
        let HubChoice::Remote(hub) = connection.hub;
        let name = hub.endpoint.name().to_owned();
        let needs_sign_in = matches!(hub.credential, Credential::Entra(_));
        let mut client = HubClient::new(hub, timing.retry(), connection.roots)
            .map_err(|source| Error::NoClient {
                hub: name,
                source: Box::new(source),
            })?
            .with_limits(pace.limits())
            .with_traffic(Arc::clone(&context.traffic));
        if needs_sign_in {
            sign_in(context.console, &client).await?;
        }
        if context.console.logs_calls() {
            client = client.with_observer(Arc::new(context.console));
        }
        Ok(Self {
            client: Arc::new(client),
            devices: vec![device],
            concurrency: pace.concurrency(),
            timeouts,
            #[cfg(feature = "device")]
            local,
        })
    }

    /// Whether the device's tasks end with this process.
    pub(crate) fn is_local(&self) -> bool {
        #[cfg(feature = "device")]
        let local = self.local.is_some();
        #[cfg(not(feature = "device"))]
        let local = false;
        local
    }

    /// The devices to call: one at least.
    pub(crate) fn devices(&self) -> &[String] {
        &self.devices
    }

    /// How many devices to call at a time.
    pub(crate) fn concurrency(&self) -> usize {
        self.concurrency
    }

    /// Host and port of the hub, as its connection string names them.
    pub(crate) fn hub(&self) -> &str {
        self.client.endpoint().authority()
    }

    /// The hub's client.
    pub(crate) fn client(&self) -> &HubClient {
        &self.client
    }

    /// Calls a method of any module of a device once, and gives the answer, whatever its status.
    ///
    /// # Errors
    /// The hub relays nothing.
    pub(crate) async fn call_once(
        &self,
        device: &str,
        module: &str,
        call: &MethodCall,
    ) -> Result<MethodAnswer, Error> {
        let target = MethodTarget { device, module };
        let answer = self.client.invoke(target, call, self.timeouts).await;
        answer.map_err(|source| Error::Call {
            hub: self.client.endpoint().name().to_owned(),
            device: device.to_owned(),
            module: module.to_owned(),
            method: call.name().to_owned(),
            source: Box::new(source),
        })
    }

    /// A device's edge agent.
    pub(crate) fn agent(&self, device: &str) -> EdgeAgent {
        EdgeAgent::new(Arc::clone(&self.client), device, self.timeouts)
    }
}

/// Signs in to Entra ID before any device is called, so that a failure is said once and not for
/// each device.
async fn sign_in(console: Console, client: &HubClient) -> Result<(), Error> {
    let _progress = console.progress("signing in");
    let signed_in = client.sign_in().await.map_err(|source| Error::SignIn {
        hub: client.endpoint().name().to_owned(),
        source: Box::new(source),
    })?;
    console.signed_in(&signed_in.method.to_string());
    Ok(())
}
