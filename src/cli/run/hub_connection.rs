//! The client of a hub, and the hub of `--local`, which runs in this process.

use std::sync::Arc;

use crate::cli::args::connection::{Connection, HubChoice};
use crate::cli::context::Context;
#[cfg(feature = "device")]
use crate::device::{LoopbackHub, StartError, sources};
use crate::error::Error;
use crate::hub::{CallLimits, Credential, HubAccess, HubClient, RetryPolicy};
use crate::output::Console;

/// A hub that can be called.
#[derive(Debug)]
pub(crate) struct HubConnection {
    pub(crate) client: Arc<HubClient>,
    pub(crate) signed_by: SignedBy,
    local: LocalHub,
}

/// What authorises the calls.
#[derive(Debug)]
pub(crate) enum SignedBy {
    /// The key of the policy with this name.
    Policy(String),
    Entra,
}

/// Keeps the hub of `--local` running, if there is one.
#[derive(Debug)]
struct LocalHub {
    #[cfg(feature = "device")]
    hub: Option<LoopbackHub>,
}

impl HubConnection {
    /// Makes the client, after starting the hub of `--local` with the device `local_device`.
    ///
    /// # Errors
    /// The client can't be made, or the hub of `--local` can't start.
    pub(crate) async fn open(
        context: &Context,
        connection: Connection,
        local_device: &str,
        retry: RetryPolicy,
        limits: CallLimits,
    ) -> Result<Self, Error> {
        let (access, local) = hub_access(
            connection.hub,
            local_device,
            &connection.roots,
            context.console,
        )
        .await?;
        let name = access.endpoint.name().to_owned();
        let signed_by = match &access.credential {
            Credential::SharedAccessKey { policy, .. } => SignedBy::Policy(policy.clone()),
            Credential::Entra(_) => SignedBy::Entra,
        };
        let mut client = HubClient::new(access, retry, connection.roots)
            .map_err(|source| Error::NoClient {
                hub: name,
                source: Box::new(source),
            })?
            .with_limits(limits)
            .with_traffic(Arc::clone(&context.traffic));
        if context.console.logs_calls() {
            client = client.with_observer(Arc::new(context.console));
        }
        Ok(Self {
            client: Arc::new(client),
            signed_by,
            local,
        })
    }

    /// Whether the hub, and with it the device's tasks, ends with this process.
    pub(crate) fn is_local(&self) -> bool {
        self.local.is_running()
    }
}

impl LocalHub {
    fn is_running(&self) -> bool {
        #[cfg(feature = "device")]
        let running = self.hub.is_some();
        #[cfg(not(feature = "device"))]
        let running = false;
        running
    }
}

/// The address and credential of a hub, after starting the one of `--local` with this device.
async fn hub_access(
    hub: HubChoice,
    device: &str,
    roots: &[reqwest::Certificate],
    console: Console,
) -> Result<(HubAccess, LocalHub), Error> {
    #[cfg(feature = "device")]
    let (access, local) = match hub {
        HubChoice::Remote(access) => (access, LocalHub { hub: None }),
        HubChoice::Local { source } => {
            sources::check_place(&source.name).map_err(StartError::from)?;
            let source = source.open()?;
            for note in source.notes() {
                console.note(&note);
            }
            let hub = LoopbackHub::start_local(source, device, roots.to_vec()).await?;
            let access = hub.connection_string().clone().into();
            (access, LocalHub { hub: Some(hub) })
        }
    };
    #[cfg(not(feature = "device"))]
    let (HubChoice::Remote(access), local, ..) = (hub, LocalHub {}, device, roots, console);
    Ok((access, local))
}
