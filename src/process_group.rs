//! Kills a program together with its child processes: a shell, or a script such as `az`, would leave
//! them running.

use rustix::process::{Pid, Signal, kill_process_group};

/// A program and its child processes, killed on drop unless [`ended`](Self::ended) was called.
#[derive(Debug)]
pub(crate) struct ProcessGroup(Option<Pid>);

impl ProcessGroup {
    /// The group of `child`, which must have been started with `process_group(0)`.
    pub(crate) fn led_by(child: &tokio::process::Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }

    /// Records that the program has exited, so that nothing is killed.
    pub(crate) fn ended(mut self) {
        self.0 = None;
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // Fails if it has just exited.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}
