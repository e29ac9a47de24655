//! Spinners and progress bars on stderr, for terminals only.

use std::time::Duration;

use indicatif::{HumanBytes, ProgressBar};

use super::progress_redraw::{add, remove, set_style, suspended};
use crate::control_characters::escape_control_characters;

/// Beyond this many targets only the total is shown: their lines would not fit, and drawing them would
/// take longer than calling them.
const MAX_LINES: usize = 16;

/// How often a spinner moves.
const TICK: Duration = Duration::from_millis(120);

// The message comes last, since a narrow terminal cuts it.
const SPINNER: &str = "{spinner} [{elapsed}] {wide_msg}";
const BAR: &str = "{spinner} [{elapsed}] [{bar:20}] {pos}/{len} modules, {prefix}  {wide_msg}";
const BYTES: &str = "{spinner} {wide_msg} [{bar:20}] {bytes}/{total_bytes} [{elapsed}]";
const ALL: &str = "{bar:30} {pos}/{len} [{elapsed}]";

/// One line of progress, removed on drop.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    is_drawn: bool,
}

impl Progress {
    pub(super) fn hidden() -> Self {
        Self {
            bar: ProgressBar::hidden(),
            is_drawn: false,
        }
    }

    pub(super) fn spinner(what: &str) -> Self {
        let bar = add(ProgressBar::new_spinner(), SPINNER);
        bar.set_message(escape_control_characters(what));
        bar.enable_steady_tick(TICK);
        let is_drawn = true;
        Self { bar, is_drawn }
    }

    /// Sets the message.
    pub fn update(&self, what: String) {
        self.bar.set_message(escape_control_characters(&what));
    }

    /// Sets the message and the task's progress, which turns the spinner into a bar.
    pub fn advance(&self, what: String, modules_done: u64, modules: u64, bytes: u64) {
        self.bar.set_message(escape_control_characters(&what));
        self.bar.set_prefix(HumanBytes(bytes).to_string());
        if self.bar.length().is_none() {
            set_style(&self.bar, BAR);
        }
        self.bar.set_length(modules);
        self.bar.set_position(modules_done);
    }

    /// Shows how many bytes have arrived, which turns the spinner into a bar. A message that is too
    /// long for the terminal is cut.
    pub fn bytes(&self, what: &str, arrived: u64, total: u64) {
        if self.bar.length().is_none() {
            set_style(&self.bar, BYTES);
            self.bar.set_message(escape_control_characters(what));
            self.bar.set_length(total);
        }
        self.bar.set_position(arrived);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_drawn {
            remove(&self.bar);
        }
    }
}

/// Progress over many targets, with a line for each if there are few; removed on drop.
#[derive(Debug)]
pub struct FleetProgress {
    /// None for a single target, whose own line is enough.
    done: Option<ProgressBar>,
    shows_targets: bool,
}

impl FleetProgress {
    pub(super) fn hidden() -> Self {
        Self {
            done: None,
            shows_targets: false,
        }
    }

    pub(super) fn new(total: usize) -> Self {
        let done = (total > 1).then(|| {
            let bar = add(ProgressBar::new(total as u64), ALL);
            bar.enable_steady_tick(TICK);
            bar
        });
        Self {
            done,
            shows_targets: total <= MAX_LINES,
        }
    }

    /// The line of one target, until it is dropped.
    pub fn target(&self, what: &str) -> Progress {
        if !self.shows_targets {
            return Progress::hidden();
        }
        Progress::spinner(what)
    }

    /// Counts one more target as done.
    pub fn step(&self) {
        if let Some(done) = &self.done {
            done.inc(1);
        }
    }

    /// Clears the progress once for several writes. A single write does so itself.
    pub fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        suspended(write)
    }
}

impl Drop for FleetProgress {
    fn drop(&mut self) {
        if let Some(done) = &self.done {
            remove(done);
        }
    }
}

#[cfg(test)]
mod tests {
    use indicatif::ProgressStyle;

    use super::*;

    #[test]
    fn reported_progress_turns_the_spinner_into_a_bar() {
        let progress = Progress::hidden();
        progress.update("Running".to_owned());
        assert_eq!(progress.bar.length(), None);
        progress.advance("Running on d\u{1b}".to_owned(), 2, 5, 3 << 20);
        assert_eq!(progress.bar.length(), Some(5));
        assert_eq!(progress.bar.position(), 2);
        assert_eq!(progress.bar.prefix(), "3.00 MiB");
        assert_eq!(progress.bar.message(), "Running on d\\u{1b}");
    }

    #[test]
    fn every_template_is_valid() {
        for template in [SPINNER, BAR, BYTES, ALL] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
