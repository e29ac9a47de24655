//! The two streams.
#![expect(
    clippy::disallowed_methods,
    reason = "this is where stdout and stderr are opened"
)]

use std::collections::HashSet;
use std::io::{self, BufWriter, IsTerminal, Write};

use super::progress::{FleetProgress, Progress};
use super::redact::redact;
use super::safe::harmless;
use crate::Error;
use crate::hub::{CallObserver, CallReport, TrafficTotals};

/// Where messages go. Every line is redacted.
#[derive(Debug, Clone, Copy)]
pub struct Console {
    quiet: bool,
    verbosity: u8,
}

impl Console {
    /// A console that keeps notes and progress to itself when `quiet`; warnings and errors stay.
    ///
    /// With a `verbosity` of 1 every call is told of, with 2 what was sent as well.
    pub fn new(quiet: bool, verbosity: u8) -> Self {
        Self { quiet, verbosity }
    }

    /// Whether every call is told of.
    pub fn shows_calls(&self) -> bool {
        self.verbosity > 0
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
        self.errors([error]);
    }

    /// Failures of many targets. What helps against several of them is said once.
    pub fn errors<'a>(&self, errors: impl IntoIterator<Item = &'a Error>) {
        let mut hints = HashSet::new();
        for error in errors {
            say("error: ", &error.to_string());
            for cause in error.causes() {
                say("  cause: ", &cause);
            }
            if let Some(hint) = error.hint().filter(|hint| hints.insert(hint.clone())) {
                say("  hint: ", &hint);
            }
        }
    }

    /// What became of many targets, in one line.
    pub fn summary(&self, text: &str) {
        say("", text);
    }

    /// As whom the hub is called, where every call is told of.
    pub fn signed_in(&self, method: &str) {
        if self.shows_calls() {
            say("sign-in: ", method);
        }
    }

    /// What a run has cost, where every call is told of.
    pub fn traffic(&self, totals: TrafficTotals) {
        if self.shows_calls() && totals.calls > 0 {
            let TrafficTotals {
                calls,
                bytes_received,
                billed_messages,
            } = totals;
            say(
                "traffic: ",
                &format!(
                    "{calls} calls, {bytes_received} bytes received, about {billed_messages} \
                     messages of 4 KB billed"
                ),
            );
        }
    }

    /// Whether there is a person to ask.
    pub fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks a person at a terminal; none where there is no terminal to ask at.
    pub async fn confirm(&self, question: String) -> Option<bool> {
        if !self.can_ask() {
            return None;
        }
        let (answer, answered) = tokio::sync::oneshot::channel();
        // A thread of its own does not keep an interrupted program from ending.
        std::thread::spawn(move || {
            let _ = write!(io::stderr().lock(), "{question} [y/N] ");
            let mut line = String::new();
            let read = io::stdin().read_line(&mut line).is_ok();
            let word = line.trim().to_ascii_lowercase();
            answer.send(read && matches!(word.as_str(), "y" | "yes"))
        });
        Some(answered.await.unwrap_or(false))
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
        if self.animates() {
            Progress::spinner(what)
        } else {
            Progress::hidden()
        }
    }

    /// Shows how far the work for `total` targets is, on a terminal only.
    pub fn fleet_progress(&self, total: usize) -> FleetProgress {
        if self.animates() {
            FleetProgress::new(total)
        } else {
            FleetProgress::hidden()
        }
    }

    /// Lines about calls and an animation would destroy each other.
    fn animates(&self) -> bool {
        !self.quiet && !self.shows_calls() && io::stderr().is_terminal()
    }

    /// stdout, for data.
    pub fn data(&self) -> DataOut {
        DataOut {
            out: BufWriter::with_capacity(64 << 10, io::stdout()),
            terminal: io::stdout().is_terminal(),
        }
    }
}

impl CallObserver for Console {
    fn call_ended(&self, report: &CallReport<'_>) {
        let mut line = report.operation.to_owned();
        if let Some(device) = report.device {
            line = format!("{line} {}", harmless(device));
        }
        let elapsed = report.elapsed.as_millis();
        match report.outcome {
            Ok(status) => line = format!("{line}: {status}"),
            Err(error) => line = format!("{line}: {error}"),
        }
        line = format!("{line} ({elapsed} ms, {} bytes", report.bytes_received);
        match report.repeated_after {
            Some(pause) => line = format!("{line}; again in {} ms)", pause.as_millis()),
            None => line.push(')'),
        }
        say("call: ", &line);
        if self.verbosity > 1 && !report.body.is_empty() {
            say("  sent: ", &String::from_utf8_lossy(report.body));
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
