//! Spinners and bars on stderr, for people only.

use std::time::Duration;

use indicatif::{HumanBytes, ProgressBar, ProgressStyle};

use super::safe::harmless;
use super::surface::{drawn, remove, suspended};

/// Of more targets than this, only how many are done is shown: their lines would not fit, and
/// drawing them would take longer than calling them.
const MOST_LINES: usize = 16;

/// How often a spinner turns.
const TICK: Duration = Duration::from_millis(120);

/// What goes on is last, since it is cut where a terminal is too narrow.
const SPINNER: &str = "{spinner} [{elapsed}] {wide_msg}";
const BAR: &str = "{spinner} [{elapsed}] [{bar:20}] {pos}/{len} modules, {prefix}  {wide_msg}";
const ALL: &str = "{bar:30} {pos}/{len} [{elapsed}]";

/// Shows that something goes on; it vanishes when the value goes.
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
        let bar = drawn(ProgressBar::new_spinner(), SPINNER);
        bar.set_message(harmless(what));
        bar.enable_steady_tick(TICK);
        let is_drawn = true;
        Self { bar, is_drawn }
    }

    /// Says what goes on now.
    pub fn update(&self, what: String) {
        self.bar.set_message(harmless(&what));
    }

    /// Says what goes on now and how far it is, which turns the spinner into a bar.
    pub fn advance(&self, what: String, modules_done: u64, modules: u64, bytes: u64) {
        self.bar.set_message(harmless(&what));
        self.bar.set_prefix(HumanBytes(bytes).to_string());
        if self.bar.length().is_none()
            && let Ok(style) = ProgressStyle::with_template(BAR)
        {
            self.bar.set_style(style);
        }
        self.bar.set_length(modules);
        self.bar.set_position(modules_done);
    }
}

impl Progress {
    /// Says how much of something has arrived, which turns the spinner into a bar. It always fits
    /// the terminal: words that are too long are cut.
    pub fn bytes(&self, what: &str, arrived: u64, total: u64) {
        if self.bar.length().is_none() {
            if let Ok(style) = ProgressStyle::with_template(
                "{spinner} {wide_msg} [{bar:20}] {bytes}/{total_bytes} [{elapsed}]",
            ) {
                self.bar.set_style(style);
            }
            self.bar.set_message(what.to_owned());
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

/// Shows how far the work for many targets is, and of a few targets each that is under way; all of
/// it vanishes when the value goes.
#[derive(Debug)]
pub struct FleetProgress {
    /// There is none where a single target's own line says it all.
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
            let bar = drawn(ProgressBar::new(total as u64), ALL);
            bar.enable_steady_tick(TICK);
            bar
        });
        Self {
            done,
            shows_targets: total <= MOST_LINES,
        }
    }

    /// The line of one target, for as long as the value lives.
    pub fn target(&self, what: &str) -> Progress {
        if !self.shows_targets {
            return Progress::hidden();
        }
        Progress::spinner(what)
    }

    /// One more target is done.
    pub fn step(&self) {
        if let Some(done) = &self.done {
            done.inc(1);
        }
    }

    /// Writes several times while nothing is drawn. A single write takes care of itself.
    pub fn beside<T>(&self, write: impl FnOnce() -> T) -> T {
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
    use super::*;

    #[test]
    fn progress_that_is_told_makes_a_bar_of_the_spinner() {
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
    fn every_template_is_one() {
        for template in [SPINNER, BAR, ALL] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
