//! The subcommands, one file or folder each.

pub(crate) mod bundle;
pub(crate) mod checkpoint;
pub(crate) mod completions;
pub(crate) mod config;
#[cfg(feature = "device")]
pub(crate) mod device;
pub(crate) mod devices;
pub(crate) mod doctor;
pub(crate) mod get;
pub(crate) mod invoke;
pub(crate) mod modules;
pub(crate) mod ping;
pub(crate) mod restart;
pub(crate) mod sas;
pub(crate) mod start_task;
pub(crate) mod status;
pub(crate) mod upload;
