//! The environment variables that are read, and the folder for what a machine remembers.

use std::path::PathBuf;

use crate::hub::IDENTITY_VARIABLES;
use crate::proxy::PROXY_VARIABLES;
#[cfg(feature = "device")]
pub(crate) use crate::secret_variables::DEVICE_CONNECTION_STRING;
pub(crate) use crate::secret_variables::{
    CONNECTION_STRINGS, SAS, STORAGE_CONNECTION_STRING, STORAGE_KEY,
};

/// The hub's name.
pub(crate) const HUB: &str = "EDGELOGS_HUB";
/// How to sign in.
pub(crate) const AUTH: &str = "EDGELOGS_AUTH";
/// The devices to call.
pub(crate) const DEVICE: &str = "EDGELOGS_DEVICE";
/// The profile.
pub(crate) const PROFILE: &str = "EDGELOGS_PROFILE";
/// The settings file.
pub(crate) const CONFIG: &str = "EDGELOGS_CONFIG";

/// The level of the log of `device run`.
#[cfg(feature = "device")]
pub(crate) const LOG: &str = "EDGELOGS_LOG";

/// Kubernetes sets this to a pod's index in an indexed Job.
pub(crate) const JOB_INDEX: &str = "JOB_COMPLETION_INDEX";
/// The number of pods; the Job's manifest has to set it.
pub(crate) const JOB_COUNT: &str = "JOB_COMPLETIONS";

/// The storage account's name, as Azure's own tools call it.
pub(crate) const STORAGE_ACCOUNT: &str = "AZURE_STORAGE_ACCOUNT";

/// The variables of ours that hold a text. The settings file's is a path.
pub(crate) const TEXTS: &[&str] = &[
    CONNECTION_STRINGS[0],
    CONNECTION_STRINGS[1],
    HUB,
    AUTH,
    DEVICE,
    PROFILE,
    SAS,
    JOB_INDEX,
    JOB_COUNT,
    STORAGE_CONNECTION_STRING,
    STORAGE_ACCOUNT,
    STORAGE_KEY,
    #[cfg(feature = "device")]
    DEVICE_CONNECTION_STRING,
    #[cfg(feature = "device")]
    LOG,
];

/// Other variables that are read by name: those of Azure, of IoT Edge, of proxies and of terminals.
const OTHERS: &[&str] = &[
    CONFIG,
    "AZURE_AUTHORITY_HOST",
    "COLUMNS",
    "NO_COLOR",
    "CLICOLOR",
    "CLICOLOR_FORCE",
    "TERM",
    "CI",
    "REQUEST_METHOD",
];

/// What IoT Edge sets for its modules.
#[cfg(feature = "device")]
const IOTEDGE: &[&str] = crate::device::IOTEDGE_VARIABLES;
#[cfg(not(feature = "device"))]
const IOTEDGE: &[&str] = &[];

/// Every variable that is read by name.
pub(crate) fn all() -> impl Iterator<Item = &'static str> {
    let lists = [TEXTS, IDENTITY_VARIABLES, PROXY_VARIABLES, OTHERS, IOTEDGE];
    lists.into_iter().flatten().copied()
}

/// A variable that is set and not blank.
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name)
        .ok()
        .filter(|text| !text.trim().is_empty())
}

/// The first of these variables that is set and not blank.
pub(crate) fn first_of(names: &[&'static str]) -> Option<(&'static str, String)> {
    names.iter().find_map(|name| Some((*name, variable(name)?)))
}

/// Where this machine keeps its state. None if the system has no such folder.
pub(crate) fn state_folder() -> Option<PathBuf> {
    // Only Linux has a separate folder for state.
    let folder = dirs::state_dir().or_else(dirs::data_local_dir)?;
    Some(folder.join("edgelogs"))
}
