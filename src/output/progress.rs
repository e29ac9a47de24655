//! Spinners and bars on stderr, for people only.

use std::time::Duration;

use indicatif::{HumanBytes, MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Of more targets than this, only how many are done is shown: their lines would not fit, and
/// drawing them would take longer than calling them.
const MOST_LINES: usize = 16;

/// How often a spinner turns.
const TICK: Duration = Duration::from_millis(120);

/// Shows that something goes on; it vanishes when the value goes.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    pub(super) fn hidden() -> Self {
        Self {
            bar: ProgressBar::hidden(),
        }
    }

    pub(super) fn spinner(what: &str) -> Self {
        Self::on(ProgressBar::new_spinner(), what)
    }

    fn on(bar: ProgressBar, what: &str) -> Self {
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} [{elapsed}]") {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(TICK);
        Self { bar }
    }

    /// Says what goes on now.
    pub fn update(&self, what: String) {
        self.bar.set_message(what);
    }

    /// Says what goes on now and how far it is, which turns the spinner into a bar.
    pub fn advance(&self, what: String, modules_done: u64, modules: u64, bytes: u64) {
        self.bar.set_message(what);
        self.bar.set_prefix(HumanBytes(bytes).to_string());
        if self.bar.length().is_none()
            && let Ok(style) = ProgressStyle::with_template(
                "{spinner} {msg} [{bar:20}] {pos}/{len} modules, {prefix} [{elapsed}]",
            )
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
        self.bar.finish_and_clear();
    }
}

/// Shows how far the work for many targets is, and of a few targets each that is under way; all of
/// it vanishes when the value goes.
#[derive(Debug)]
pub struct FleetProgress {
    bars: MultiProgress,
    /// There is none where a single target's own line says it all.
    done: Option<ProgressBar>,
    shows_targets: bool,
}

impl FleetProgress {
    pub(super) fn hidden() -> Self {
        Self {
            bars: MultiProgress::with_draw_target(ProgressDrawTarget::hidden()),
            done: None,
            shows_targets: false,
        }
    }

    pub(super) fn new(total: usize) -> Self {
        let bars = MultiProgress::new();
        let done = (total > 1).then(|| {
            let bar = bars.add(ProgressBar::new(total as u64));
            if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} [{elapsed}]") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(TICK);
            bar
        });
        Self {
            bars,
            done,
            shows_targets: total <= MOST_LINES,
        }
    }

    /// The line of one target, for as long as the value lives.
    pub fn target(&self, what: &str) -> Progress {
        if !self.shows_targets {
            return Progress::hidden();
        }
        Progress::on(self.bars.add(ProgressBar::new_spinner()), what)
    }

    /// One more target is done.
    pub fn step(&self) {
        if let Some(done) = &self.done {
            done.inc(1);
        }
    }

    /// Writes to stdout while nothing is drawn, since both may be the same terminal.
    pub fn beside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bars.suspend(write)
    }
}

impl Drop for FleetProgress {
    fn drop(&mut self) {
        if let Some(done) = &self.done {
            done.finish_and_clear();
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
        progress.advance("Running on d".to_owned(), 2, 5, 3 << 20);
        assert_eq!(progress.bar.length(), Some(5));
        assert_eq!(progress.bar.position(), 2);
        assert_eq!(progress.bar.prefix(), "3.00 MiB");
        assert_eq!(progress.bar.message(), "Running on d");
    }
}
