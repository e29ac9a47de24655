//! The task of `UploadSupportBundle`: a zip of logs and diagnostics, laid out as `iotedge
//! support-bundle` does it.
//!
//! What can't be had becomes an `_err` entry and a line in the manifest, never a failed bundle: the
//! shipped one is lost as a whole when a single module's log can't be read.

mod archive;
mod commands;
mod job;
mod secrets;

pub(super) use job::BundleJob;
