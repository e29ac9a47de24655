//! The tasks of a device, with their progress and results.
//!
//! A task is on disk before its id is returned. After a restart, finished tasks are still known,
//! and interrupted ones have failed. The shipped agent keeps its tasks in memory and forgets them.

mod folder;
mod record;
mod table;

pub(super) use table::{TaskReporter, TaskTable};
