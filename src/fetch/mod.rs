//! What stands between a request and its whole answer: calling an agent, merging what several
//! modules answer, and following a task to its end.

mod agent;
mod merge;
mod task;

pub use agent::EdgeAgent;
pub use merge::by_time;
pub use task::{Waiting, follow};
