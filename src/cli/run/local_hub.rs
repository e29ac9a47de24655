//! The hub of `--local`, which runs in this process.

use crate::cli::args::connection::HubChoice;
use crate::error::Error;
use crate::hub::HubAccess;

/// Keeps the hub of `--local` running, if there is one.
#[derive(Debug)]
pub(crate) struct LocalHub {
    #[cfg(feature = "device")]
    hub: Option<crate::device::LoopbackHub>,
}

impl LocalHub {
    /// Whether the hub, and with it the device's tasks, ends with this process.
    pub(crate) fn is_running(&self) -> bool {
        #[cfg(feature = "device")]
        let running = self.hub.is_some();
        #[cfg(not(feature = "device"))]
        let running = false;
        running
    }
}

/// The address and credential of a hub, after starting the one of `--local` with this device.
///
/// # Errors
/// The hub of `--local` can't start.
pub(crate) async fn hub_access(
    hub: HubChoice,
    device: &str,
) -> Result<(HubAccess, LocalHub), Error> {
    #[cfg(feature = "device")]
    let (access, local) = match hub {
        HubChoice::Remote(access) => (access, LocalHub { hub: None }),
        HubChoice::Local { source } => {
            let hub = crate::device::LoopbackHub::start_local(&source, device).await?;
            let access = hub.connection_string().clone().into();
            (access, LocalHub { hub: Some(hub) })
        }
    };
    #[cfg(not(feature = "device"))]
    let (HubChoice::Remote(access), local, _) = (hub, LocalHub {}, device);
    Ok((access, local))
}
