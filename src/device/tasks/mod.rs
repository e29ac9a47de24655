//! The tasks of a device: what was started, how far it is, and how it went.
//!
//! A task is on disk before its id is returned. After a restart, finished tasks are still known,
//! and interrupted ones have failed. The shipped agent keeps its tasks in memory and forgets them.

mod folder;
mod record;
mod table;

pub(super) use table::{TaskReporter, TaskTable};
