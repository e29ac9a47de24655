//! Where progress is drawn, all of it: the lower end of the terminal behind stderr. Whoever writes to
//! the terminal suspends it for as long.

use std::cell::Cell;
use std::io;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};

/// How often it is drawn, per second, at most.
const DRAWN_PER_SECOND: u8 = 20;

/// How wide `^C` is, with room for the cursor behind it.
const ECHO_COLUMNS: usize = 3;

/// The surface, as soon as something was drawn on it.
static SURFACE: OnceLock<MultiProgress> = OnceLock::new();

/// How many lines there are on it.
static LINES: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Whether this thread has suspended the surface, which can't be done twice.
    static SUSPENDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether anything is drawn now.
pub(super) fn is_drawn() -> bool {
    LINES.load(Ordering::Relaxed) > 0
}

/// Writes to the terminal while nothing is drawn on it.
pub(super) fn suspended<T>(write: impl FnOnce() -> T) -> T {
    let Some(surface) = SURFACE.get() else {
        return write();
    };
    if SUSPENDED.get() || !is_drawn() {
        return write();
    }
    SUSPENDED.set(true);
    let written = surface.suspend(write);
    SUSPENDED.set(false);
    written
}

/// Adds a line, below the others.
pub(super) fn drawn(bar: ProgressBar, template: &str) -> ProgressBar {
    let surface = SURFACE.get_or_init(|| {
        let stderr = Box::new(Stderr(Term::buffered_stderr()));
        let target = ProgressDrawTarget::term_like_with_hz(stderr, DRAWN_PER_SECOND);
        MultiProgress::with_draw_target(target)
    });
    let bar = surface.add(bar);
    LINES.fetch_add(1, Ordering::Relaxed);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}

/// Takes a line away that was added.
pub(super) fn remove(bar: &ProgressBar) {
    bar.finish_and_clear();
    if let Some(surface) = SURFACE.get() {
        surface.remove(bar);
    }
    LINES.fetch_sub(1, Ordering::Relaxed);
}

/// The terminal, with the cursor a little to the left of where indicatif leaves it, which is behind
/// the last column: the `^C` that the terminal prints would go to the next line, and all that is
/// drawn after it one line too low. indicatif counts lines and not columns.
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
    fn what_is_suspended_twice_still_writes() {
        SURFACE.get_or_init(|| MultiProgress::with_draw_target(ProgressDrawTarget::hidden()));
        let bar = drawn(ProgressBar::new_spinner(), "{msg}");
        assert!(is_drawn());
        assert_eq!(suspended(|| suspended(|| 7)), 7);
        remove(&bar);
    }
}
