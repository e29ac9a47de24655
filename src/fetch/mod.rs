//! What stands between a request and its whole answer: calling an agent, merging what several
//! modules answer, following a task to its end, and doing all that for many devices.

mod agent;
mod fleet;
mod kept;
mod merge;
mod task;

pub use agent::EdgeAgent;
pub use fleet::{DeviceFailure, FleetOutcome, for_each_device};
pub use kept::{KeptLine, KeptLog, in_order_of_time};
pub use merge::by_time;
pub use task::{Waiting, follow};
