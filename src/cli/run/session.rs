//! A connection to a hub, and the devices to call through it.

use std::sync::Arc;

use crate::cli::args::call::Calls;
use crate::cli::args::connection::Connection;
use crate::cli::args::timing::CallOptions;
use crate::cli::context::Context;
use crate::cli::run::devices::selected_devices;
use crate::cli::run::hub_connection::{HubConnection, SignedBy};
use crate::error::Error;
use crate::fetch::EdgeAgent;
use crate::hub::{HubClient, HubEndpoint, MethodCall, MethodTarget, Timeouts};
use crate::methods::{EDGE_AGENT, MethodAnswer};
use crate::output::Console;

#[derive(Debug)]
pub(crate) struct Session {
    hub: HubConnection,
    devices: Vec<String>,
    concurrency: usize,
    timeouts: Timeouts,
    /// The module that answers.
    module: String,
}

impl Session {
    /// Connects to the hub and finds the devices.
    ///
    /// # Errors
    /// See [`Self::connect`] and [`selected_devices`].
    pub(crate) async fn open(context: &Context, calls: Calls) -> Result<Self, Error> {
        let Calls {
            connection,
            selection,
            options,
        } = calls;
        let local_device = selection.ids.first().map_or("", String::as_str);
        let mut session = Self::connect(context, connection, options, local_device).await?;
        session.devices = selected_devices(selection, session.client(), context.console).await?;
        Ok(session)
    }

    /// Makes the client, without devices. `local_device` is the device of `--local`.
    ///
    /// # Errors
    /// The client can't be made, the sign-in fails, or the hub of `--local` can't start.
    pub(crate) async fn connect(
        context: &Context,
        connection: Connection,
        options: CallOptions,
        local_device: &str,
    ) -> Result<Self, Error> {
        let (retry, limits) = (options.retry, options.limits);
        let hub = HubConnection::open(context, connection, local_device, retry, limits).await?;
        if matches!(hub.signed_by, SignedBy::Entra) {
            sign_in(context.console, &hub.client).await?;
        }
        Ok(Self {
            hub,
            devices: Vec::new(),
            concurrency: options.concurrency,
            timeouts: options.timeouts,
            module: EDGE_AGENT.to_owned(),
        })
    }

    /// The same with this module answering instead of the edge agent.
    #[must_use]
    pub(crate) fn answered_by(self, module: &str) -> Self {
        Self {
            module: module.to_owned(),
            ..self
        }
    }

    /// The module that answers.
    pub(crate) fn module(&self) -> &str {
        &self.module
    }

    /// Whether the device's tasks end with this process.
    pub(crate) fn is_local(&self) -> bool {
        self.hub.is_local()
    }

    /// The devices to call: at least one if the session was opened with a selection.
    pub(crate) fn devices(&self) -> &[String] {
        &self.devices
    }

    /// How many devices to call at a time.
    pub(crate) fn concurrency(&self) -> usize {
        self.concurrency
    }

    /// Host and port of the hub, as its connection string names them.
    pub(crate) fn hub(&self) -> &str {
        self.client().endpoint().authority()
    }

    /// Whether a record's hub is the one that is called, by whatever of its names. A hub on this machine
    /// has another port after each start.
    pub(crate) fn is_of_hub(&self, hub: &str) -> bool {
        let current = self.client().endpoint();
        let is_same = |other: HubEndpoint| {
            current.is_same(&other) || (current.is_loopback() && other.is_loopback())
        };
        HubEndpoint::parse(hub).is_ok_and(is_same)
    }

    pub(crate) fn client(&self) -> &HubClient {
        &self.hub.client
    }

    /// Calls a method once and returns the answer, whatever its status.
    ///
    /// # Errors
    /// The hub does not relay an answer.
    pub(crate) async fn call_once(
        &self,
        device: &str,
        call: &MethodCall,
    ) -> Result<MethodAnswer, Error> {
        let module = self.module();
        let target = MethodTarget { device, module };
        let answer = self.client().invoke(target, call, self.timeouts).await;
        answer.map_err(|source| Error::Call {
            hub: self.client().endpoint().name().to_owned(),
            device: device.to_owned(),
            module: module.to_owned(),
            method: call.name().to_owned(),
            source: Box::new(source),
        })
    }

    /// What answers on a device: its edge agent, or the module that was named instead.
    pub(crate) fn agent(&self, device: &str) -> EdgeAgent {
        self.agent_of(device, self.module())
    }

    /// The same for another module.
    pub(crate) fn agent_of(&self, device: &str, module: &str) -> EdgeAgent {
        EdgeAgent::new(Arc::clone(&self.hub.client), device, self.timeouts).of_module(module)
    }
}

/// Signs in to Entra ID before any device is called, so that a failure is reported only once.
async fn sign_in(console: Console, client: &HubClient) -> Result<(), Error> {
    let _progress = console.progress("signing in");
    let signed_in = client.sign_in().await.map_err(|source| Error::SignIn {
        hub: client.endpoint().name().to_owned(),
        source: Box::new(source),
    })?;
    console.signed_in(&signed_in.method.to_string());
    Ok(())
}
