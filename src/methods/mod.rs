//! The direct-method contract of the edge agent, one file per method: request, response, validation.
//!
//! The operator side builds requests with validating constructors; the device side reads the same
//! types. Nothing here does I/O.

mod agent_report;
mod answer;
mod correlation_id;
mod encoding;
mod get_module_logs;
mod get_task_status;
mod items;
mod method_request;
mod ping;
mod restart_module;
mod sas_form;
mod sas_rights;
mod sas_url;
mod schema;
mod task_status;
mod time_bound;
mod time_text;
mod upload_module_logs;
mod upload_support_bundle;
mod wire;

pub(crate) use agent_report::twin_time;
pub use agent_report::{AgentReport, DeploymentStatus, ReportedModule};
pub use answer::{ErrorBody, MethodAnswer};
pub use correlation_id::CorrelationId;
pub(crate) use encoding::blob_extension;
pub use encoding::{ContentType, Encoding};
pub use get_module_logs::{
    GetModuleLogs, MAX_LOG_BYTES, ModuleLogs, too_large_bytes, too_large_message,
};
pub use get_task_status::GetTaskStatus;
pub(crate) use items::literal;
pub use items::{LogFilter, LogItem, ModulePattern, checked_tail};
pub use method_request::{EDGE_AGENT, MethodRequest, is_runtime_module};
pub use ping::Ping;
pub use restart_module::RestartModule;
pub(crate) use sas_form::is_container_name;
pub use sas_rights::SasPurpose;
pub use sas_url::{SasUrl, StoragePlace, StorageScheme};
pub use schema::{SchemaError, SchemaVersion};
pub use task_status::{TaskProgress, TaskStatus, TaskStatusResponse};
pub use time_bound::{TimeBound, check_order};
pub use upload_module_logs::UploadModuleLogs;
pub use upload_support_bundle::UploadSupportBundle;
pub use wire::{Fields, FromWire, WireError};
