//! Which device.

use clap::Args;

use crate::Error;

/// The device to call.
#[derive(Debug, Args)]
#[command(next_help_heading = "Target")]
pub(super) struct TargetArgs {
    /// The IoT Edge device
    #[arg(
        short,
        long,
        value_name = "ID",
        env = "EDGELOGS_DEVICE",
        hide_env_values = true
    )]
    device: Option<String>,
}

/// What the device of `--local` is called where no name is given.
const LOCAL_DEVICE: &str = "local";

impl TargetArgs {
    /// The devices that were named.
    pub(super) fn named(&self) -> Vec<String> {
        self.device.iter().cloned().collect()
    }

    /// The device to call; with `local`, there is one without a name too.
    pub(super) fn device(&self, local: bool) -> Result<String, Error> {
        match &self.device {
            Some(device) if !device.trim().is_empty() => Ok(device.clone()),
            _ if local => Ok(LOCAL_DEVICE.to_owned()),
            _ => Err(Error::NoDevice),
        }
    }
}
