//! Draws progress at the bottom of the terminal without flicker: in buffered frames, and cleared while
//! other text is written ([`suspended`]).

use std::cell::Cell;
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};

use super::capabilities::speaks_utf8;

/// Maximum frames per second.
const FRAMES_PER_SECOND: u8 = 20;

/// The width of `^C` and the cursor after it.
const ECHO_COLUMNS: usize = 3;

/// All lines; set once something is drawn.
static LINES: OnceLock<MultiProgress> = OnceLock::new();

/// How many lines are drawn.
static LINE_COUNT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Whether this thread has suspended drawing: indicatif deadlocks if that is nested.
    static SUSPENDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether any progress is on the terminal.
pub(super) fn is_drawn() -> bool {
    LINE_COUNT.load(Ordering::Relaxed) > 0
}

/// Clears the progress while `write` writes to the terminal.
pub(super) fn suspended<T>(write: impl FnOnce() -> T) -> T {
    let Some(lines) = LINES.get() else {
        return write();
    };
    if SUSPENDED.get() || !is_drawn() {
        return write();
    }
    SUSPENDED.set(true);
    let written = lines.suspend(write);
    SUSPENDED.set(false);
    written
}

/// Adds a line below the others.
pub(super) fn add(bar: ProgressBar, template: &str) -> ProgressBar {
    let lines = LINES.get_or_init(|| {
        let stderr = Box::new(Stderr(Term::buffered_stderr()));
        let target = ProgressDrawTarget::term_like_with_hz(stderr, FRAMES_PER_SECOND);
        MultiProgress::with_draw_target(target)
    });
    let bar = lines.add(bar);
    LINE_COUNT.fetch_add(1, Ordering::Relaxed);
    set_style(&bar, template);
    bar
}

/// Sets the form of a line, with characters that the locale has.
pub(super) fn set_style(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(match speaks_utf8() {
            true => style,
            false => style.progress_chars("#>-").tick_chars("|/-\\ "),
        });
    }
}

/// Removes a line.
pub(super) fn remove(bar: &ProgressBar) {
    bar.finish_and_clear();
    if let Some(lines) = LINES.get() {
        lines.remove(bar);
    }
    LINE_COUNT.fetch_sub(1, Ordering::Relaxed);
}

/// stderr, with the cursor moved left of the last column, where indicatif leaves it. Otherwise the
/// terminal's `^C` would wrap, and everything drawn afterwards would be one line too low.
#[derive(Debug)]
struct Stderr(Term);

impl TermLike for Stderr {
    fn width(&self) -> u16 {
        TermLike::width(&self.0)
    }

    fn height(&self) -> u16 {
        TermLike::height(&self.0)
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_up(n)
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_down(n)
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_right(n)
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_left(n)
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.0.write_line(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.0.write_str(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }

    fn flush(&self) -> io::Result<()> {
        self.0.move_cursor_left(ECHO_COLUMNS)?;
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nested_suspension_still_writes() {
        LINES.get_or_init(|| MultiProgress::with_draw_target(ProgressDrawTarget::hidden()));
        let bar = add(ProgressBar::new_spinner(), "{msg}");
        assert!(is_drawn());
        assert_eq!(suspended(|| suspended(|| 7)), 7);
        remove(&bar);
    }
}
