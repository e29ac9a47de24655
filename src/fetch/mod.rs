//! Fetches complete logs of any size from any agent, merges those of several modules, follows tasks,
//! and does so for many devices.
//!
//! The way of a log:
//!
//! ```text
//! LogQuery → DeviceLogs ─ one call is enough ──────────────────────────┐
//!                       └ ModuleJob → Pager (pages, backward) → PageStore → LineReader → Merged
//!                                     segments (stretches, forward)
//! ```

mod abort_on_drop;
mod channel;
mod device_logs;
mod edge_agent;
mod entries;
mod first_poll;
mod fleet;
mod follow;
mod full_parts;
mod full_second;
mod held;
mod inventory;
mod log_agent;
mod log_calls;
mod log_query;
mod long_lines;
mod merge;
mod module_list;
mod module_log;
mod notices;
mod overlap;
mod pairing;
mod sizer;
mod spool;
mod stream;
mod task_wait;
mod ties;
mod walk;

pub use edge_agent::{EdgeAgent, ReportedDevice};
pub use fleet::{DeviceFailure, FleetOutcome, for_each_device};
pub use held::HeldLines;
pub use inventory::{EdgeDevice, EdgeDevices, device_ids, edge_devices_query, module_names};
pub use log_agent::{Clock, LogAgent, Report, Silence};
pub use log_query::{Levels, LogQuery, LogQueryFilter, LogQueryItem};
pub use merge::Order;
pub use stream::{Event, Line, LogRun};
pub use task_wait::{Waiting, completed, follow};
