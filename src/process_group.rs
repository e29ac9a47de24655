//! Ends a program together with everything it started: a shell, or a script such as `az`, starts others
//! that would live on.

use rustix::process::{Pid, Signal, kill_process_group};

/// The processes of one program, killed on drop unless they have ended.
#[derive(Debug)]
pub(crate) struct ProcessGroup(Option<Pid>);

impl ProcessGroup {
    /// The group of a program that was started with `process_group(0)`.
    pub(crate) fn led_by(child: &tokio::process::Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(Pid::from_raw))
    }

    /// The program has ended by itself.
    pub(crate) fn ended(mut self) {
        self.0 = None;
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // It may have ended by itself just now.
            let _ = kill_process_group(leader, Signal::KILL);
        }
    }
}
