//! The two streams.
#![expect(
    clippy::disallowed_methods,
    reason = "this is where stdout and stderr are opened"
)]

use std::io::{self, BufWriter, IsTerminal, Write};

use super::progress::Progress;
use super::redact::redact;
use crate::Error;

/// Where messages go. Every line is redacted.
#[derive(Debug, Clone, Copy)]
pub struct Console {
    quiet: bool,
}

impl Console {
    /// A console that keeps notes and progress to itself when `quiet`; warnings and errors stay.
    pub fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    /// Something worth knowing.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            say("note: ", text);
        }
    }

    /// Something that is likely not what was meant.
    pub fn warn(&self, text: &str) {
        say("warning: ", text);
    }

    /// A failure: what, why, and what to try.
    pub fn error(&self, error: &Error) {
        say("error: ", &error.to_string());
        for cause in error.causes() {
            say("  cause: ", &cause);
        }
        if let Some(hint) = error.hint() {
            say("  hint: ", &hint);
        }
    }

    /// The words of the argument parser: help and version on stdout, usage errors on stderr.
    pub fn usage(error: &clap::Error) {
        let text = redact(&error.render().to_string());
        // Nothing is left to tell it to if the stream is closed.
        let _ = if error.use_stderr() {
            io::stderr().lock().write_all(text.as_bytes())
        } else {
            io::stdout().lock().write_all(text.as_bytes())
        };
    }

    /// Shows that something goes on, on a terminal only.
    pub fn progress(&self, what: &str) -> Progress {
        if self.quiet || !io::stderr().is_terminal() {
            Progress::hidden()
        } else {
            Progress::spinner(what)
        }
    }

    /// stdout, for data.
    pub fn data(&self) -> DataOut {
        DataOut {
            out: BufWriter::with_capacity(64 << 10, io::stdout()),
            terminal: io::stdout().is_terminal(),
        }
    }
}

/// One message, each of its lines indented below the first.
fn say(label: &str, text: &str) {
    let text = redact(text.trim_end());
    let indented = text.replace('\n', &format!("\n{}", " ".repeat(label.len())));
    // There is no other place to report that stderr is closed.
    let _ = writeln!(io::stderr().lock(), "{label}{indented}");
}

/// stdout. What is written is buffered until [`Write::flush`], or until the value goes.
#[derive(Debug)]
pub struct DataOut {
    out: BufWriter<io::Stdout>,
    terminal: bool,
}

impl DataOut {
    /// Whether a person sees it.
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Writes one line and sends it off.
    ///
    /// # Errors
    /// stdout is closed or full.
    pub fn line(&mut self, text: &str) -> Result<(), Error> {
        writeln!(self, "{text}")
            .and_then(|()| self.flush())
            .map_err(write_error)
    }
}

impl Write for DataOut {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// A closed pipe is no failure: the reader has what it wanted.
pub(super) fn write_error(error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::BrokenPipe {
        Error::ClosedPipe
    } else {
        Error::System {
            action: "writing to stdout".to_owned(),
            source: error,
        }
    }
}
