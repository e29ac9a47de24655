//! What every part of a run may use: the console, the settings, the traffic so far.

use std::sync::{Arc, Mutex};

use crate::cli::settings::loaded::{Choice, Settings};
use crate::hub::Traffic;
use crate::lock::lock;
use crate::output::Console;

/// What every subcommand gets.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) console: Console,
    /// Makes the command tree: what judges settings, and what completion offers.
    pub(crate) tree: fn() -> clap::Command,
    /// Which settings were asked for.
    pub(crate) choice: Choice,
    /// What the settings file says.
    pub(crate) settings: Settings,
    /// What all clients of this run have sent and received.
    pub(crate) traffic: Arc<Traffic>,
    /// What helps after an interruption, such as the command that goes on.
    resume: Mutex<Option<String>>,
}

impl Context {
    /// A run without a settings file.
    pub(crate) fn new(console: Console, tree: fn() -> clap::Command) -> Self {
        Self {
            console,
            tree,
            choice: Choice::default(),
            settings: Settings::default(),
            traffic: Arc::default(),
            resume: Mutex::new(None),
        }
    }

    /// With these settings, which were asked for by `choice`.
    pub(crate) fn with_settings(self, choice: Choice, settings: Settings) -> Self {
        Self {
            choice,
            settings,
            ..self
        }
    }

    /// From now on, an interruption tells this command, or what else helps.
    pub(crate) fn set_resume(&self, command: String) {
        *lock(&self.resume) = Some(command);
    }

    pub(crate) fn resume(&self) -> Option<String> {
        lock(&self.resume).clone()
    }
}
