//! What stands between a request and its whole answer: calling an agent, fetching logs of any size
//! from any agent, merging what several modules wrote, and following a task to its end.
//!
//! The way of a log:
//!
//! ```text
//! Wanted → DeviceLogs ─ one call is enough ───────────────────────────┐
//!                     └ ModuleJob → Pager (pages, backward) → PageStore → LineReader → Merged
//!                                   segments (stretches, forward)
//! ```

mod agent;
mod calls;
mod channel;
mod device;
mod emit;
mod entries;
mod follow;
mod followed;
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
mod tasks;
mod wanted;

pub use agent::EdgeAgent;
pub use device::DeviceLogs;
pub use follow::Following;
pub use merge::{Merged, Order};
pub use task::{Waiting, follow};
pub use wanted::{Levels, Wanted, WantedFilter, WantedItem};
