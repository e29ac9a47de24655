//! The tasks of a device: what was started, how far it is, and how it went.
//!
//! A task is known on disk before its id is given out, so that a restart turns no finished task into
//! an unknown one, and one that it interrupted into a failed one. The shipped agent keeps its tasks
//! in memory and forgets them.

mod folder;
mod record;
mod table;

pub(super) use table::{TaskReporter, TaskTable};
