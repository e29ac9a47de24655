//! What can be typed, in groups that commands share, and its resolution into values.
//!
//! What was typed ends here: [`crate::cli::run`] gets resolved values only.

pub(crate) mod call;
pub(crate) mod connection;
pub(crate) mod device_glob;
pub(crate) mod device_list;
pub(crate) mod download;
pub(crate) mod exclude;
pub(crate) mod files;
pub(crate) mod filter;
pub(crate) mod hub_selection;
pub(crate) mod items;
pub(crate) mod log_style;
pub(crate) mod module_id;
pub(crate) mod profile_secret;
pub(crate) mod regexes;
pub(crate) mod sas;
pub(crate) mod sas_source;
pub(crate) mod shard;
#[cfg(feature = "device")]
pub(crate) mod source;
pub(crate) mod target;
pub(crate) mod task;
pub(crate) mod timing;
