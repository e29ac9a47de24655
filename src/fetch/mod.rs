//! What stands between a request and its whole answer: calling an agent, fetching logs of any size
//! from any agent, merging what several modules wrote, following a task to its end, and doing all
//! that for many devices.
//!
//! The way of a log:
//!
//! ```text
//! LogQuery → DeviceLogs ─ one call is enough ───────────────────────────┐
//!                     └ ModuleJob → Pager (pages, backward) → PageStore → LineReader → Merged
//!                                   segments (stretches, forward)
//! ```

mod abort_on_drop;
mod agent;
mod calls;
mod channel;
mod device;
mod emit;
mod entries;
mod fleet;
mod follow;
mod followed;
mod inventory;
mod kept;
mod lines;
mod merge;
mod module_list;
mod module_log;
mod notices;
mod overlap;
mod pager;
mod reader;
mod segments;
mod sizer;
mod store;
mod task;
mod wanted;

pub use agent::{EdgeAgent, ReportedDevice};
pub use device::DeviceLogs;
pub use fleet::{DeviceFailure, FleetOutcome, for_each_device};
pub use follow::Following;
pub use inventory::{EdgeDevice, EdgeDevices, device_ids, edge_devices_query, module_names};
pub use kept::{PackedLine, PackedLog, in_order_of_time};
pub use merge::{Merged, Order};
pub use task::{Waiting, completed, follow};
pub use wanted::{Levels, LogQuery, LogQueryFilter, LogQueryItem};
