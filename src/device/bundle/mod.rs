//! The task of `UploadSupportBundle`: a zip of logs and diagnostics, laid out as `iotedge
//! support-bundle` does it.
//!
//! What can't be read becomes an `_err` entry and a line in the manifest. The shipped agent fails
//! the whole bundle if a single module's log can't be read.

mod archive;
mod commands;
mod job;

pub(super) use job::BundleJob;
