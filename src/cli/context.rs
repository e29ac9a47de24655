//! What every part of a run may use: the console, the command tree, the traffic so far.

use std::sync::{Arc, Mutex};

use crate::hub::Traffic;
use crate::lock::lock;
use crate::output::Console;

/// What every subcommand gets.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) console: Console,
    /// Makes the command tree: what judges settings, and what completion offers.
    pub(crate) tree: fn() -> clap::Command,
    /// What all clients of this run have sent and received.
    pub(crate) traffic: Arc<Traffic>,
    /// What helps after an interruption, such as the command that goes on.
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
