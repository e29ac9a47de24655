//! What every part of a run may use.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use crate::cli::settings::flags::Tree;
use crate::hub::Traffic;
use crate::lock::lock;
use crate::output::Console;

#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) console: Console,
    /// The command tree, which checks settings and drives completion.
    pub(crate) tree: Tree,
    /// What all clients of this run sent and received.
    pub(crate) traffic: Arc<Traffic>,
    /// What to suggest after an interruption, such as the command that resumes.
    resume: Mutex<Option<String>>,
    /// Whether the work ends by itself after an interruption.
    ends_itself: AtomicBool,
    stop: Notify,
}

impl Context {
    pub(crate) fn new(console: Console, tree: fn() -> clap::Command) -> Self {
        Self {
            console,
            tree: Tree::new(tree),
            traffic: Arc::default(),
            resume: Mutex::new(None),
            ends_itself: AtomicBool::new(false),
            stop: Notify::new(),
        }
    }

    /// Waits for an interruption, after which the work must end by itself, and soon.
    pub(crate) async fn stopped(&self) {
        self.ends_itself.store(true, Ordering::Relaxed);
        self.stop.notified().await;
    }

    /// Tells the work to end. Returns whether it will.
    pub(crate) fn stop(&self) -> bool {
        self.stop.notify_one();
        self.ends_itself.load(Ordering::Relaxed)
    }

    /// Sets what an interruption suggests from now on.
    pub(crate) fn set_resume(&self, command: String) {
        *lock(&self.resume) = Some(command);
    }

    pub(crate) fn resume(&self) -> Option<String> {
        lock(&self.resume).clone()
    }
}
