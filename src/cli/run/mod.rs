//! What commands share once everything typed is resolved: sessions with a hub, tasks, summaries.

pub(crate) mod bundle_file;
pub(crate) mod check_report;
pub(crate) mod devices;
pub(crate) mod download;
pub(crate) mod dry_run;
pub(crate) mod fleet_rows;
pub(crate) mod hub_connection;
pub(crate) mod interrupt;
pub(crate) mod joining;
pub(crate) mod ledger;
pub(crate) mod session;
pub(crate) mod summary;
pub(crate) mod task;
pub(crate) mod task_report;
pub(crate) mod unknown_device;
pub(crate) mod unmatched;
pub(crate) mod upload_warnings;
