//! A spinner or a bar on stderr, for people only.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

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
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} [{elapsed}]") {
            bar.set_style(style);
        }
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(120));
        Self { bar }
    }

    /// Says what goes on now.
    pub fn update(&self, what: String) {
        self.bar.set_message(what);
    }

    /// Says what goes on now and how far it is, which turns the spinner into a bar.
    pub fn advance(&self, what: String, modules_done: u64, modules: u64, bytes: u64) {
        self.bar.set_message(what);
        self.bar
            .set_prefix(indicatif::HumanBytes(bytes).to_string());
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

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
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
