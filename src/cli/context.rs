//! What every part of a run may use.

use std::sync::{Arc, Mutex};

use crate::hub::Traffic;
use crate::lock::lock;
use crate::output::Console;

#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) console: Console,
    /// Builds the command tree, which checks settings and drives completion.
    pub(crate) tree: fn() -> clap::Command,
    /// What all clients of this run sent and received.
    pub(crate) traffic: Arc<Traffic>,
    /// What to suggest after an interruption, such as the command that resumes.
    resume: Mutex<Option<String>>,
}

impl Context {
    pub(crate) fn new(console: Console, tree: fn() -> clap::Command) -> Self {
        Self {
            console,
            tree,
            traffic: Arc::default(),
            resume: Mutex::new(None),
        }
    }

    /// Sets what an interruption suggests from now on.
    pub(crate) fn set_resume(&self, command: String) {
        *lock(&self.resume) = Some(command);
    }

    pub(crate) fn resume(&self) -> Option<String> {
        lock(&self.resume).clone()
    }
}
