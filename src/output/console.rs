//! The two streams.
#![expect(
    clippy::disallowed_methods,
    reason = "this is where stdout and stderr are opened"
)]

use std::borrow::Cow;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::time::Duration;

use anstyle::Style;

use super::capabilities::{Capabilities, ColorWhen, speaks_utf8};
use super::colors;
use super::hint_flags::HintFlags;
use super::message::{message, shown_errors};
use super::progress::{FleetProgress, Progress};
use super::progress_redraw::{is_drawn, suspended};
use super::time::use_utc;
use crate::control_characters::{escape_control_characters, escape_in_json};
use crate::error::Error;
use crate::hub::{CallObserver, CallReport, TrafficTotals};
use crate::redact::redact;

/// Prints messages to stderr. Secrets are redacted, control characters escaped, and progress is cleared
/// while a message is written.
#[derive(Debug, Clone, Copy)]
pub struct Console {
    shows: Shows,
    verbosity: u8,
    hint_flags: HintFlags,
    stdout: Capabilities,
    stderr: Capabilities,
}

/// What is shown besides errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shows {
    All,
    /// Neither notes nor progress.
    Warnings,
    Nothing,
}

/// A terminal drops what is on its way when it handles Ctrl-C. A lost frame that has fewer lines than the
/// one before would leave a line on the screen.
const SETTLING: Duration = Duration::from_millis(50);

impl Console {
    /// `quiet` hides notes and progress. A `verbosity` of 1 logs every call, 2 also request bodies.
    pub fn new(quiet: bool, verbosity: u8) -> Self {
        Self {
            shows: if quiet { Shows::Warnings } else { Shows::All },
            verbosity,
            hint_flags: HintFlags::default(),
            stdout: Capabilities::stdout(ColorWhen::Auto),
            stderr: Capabilities::stderr(ColorWhen::Auto),
        }
    }

    /// The same with `--color`.
    #[must_use]
    pub fn with_color(self, when: ColorWhen) -> Self {
        Self {
            stdout: Capabilities::stdout(when),
            stderr: Capabilities::stderr(when),
            ..self
        }
    }

    /// Shows times to people in UTC if `utc`, for the whole program. Call it before anything is printed.
    #[must_use]
    pub fn with_utc(self, utc: bool) -> Self {
        if utc {
            use_utc();
        }
        self
    }

    /// The same with flags added to each hint that is a command.
    #[must_use]
    pub fn with_hint_flags(self, hint_flags: HintFlags) -> Self {
        Self { hint_flags, ..self }
    }

    /// A console that prints nothing but errors, for completion.
    pub fn silent() -> Self {
        Self {
            shows: Shows::Nothing,
            ..Self::new(true, 0)
        }
    }

    /// Whether every call is logged.
    pub fn logs_calls(&self) -> bool {
        self.verbosity > 0
    }

    /// Whether notes are hidden.
    pub fn is_quiet(&self) -> bool {
        self.shows != Shows::All
    }

    /// Prints something worth knowing.
    pub fn note(&self, text: &str) {
        if self.shows == Shows::All {
            self.print("note: ", colors::NOTE, text);
        }
    }

    /// Prints a likely mistake.
    pub fn warn(&self, text: &str) {
        if self.shows != Shows::Nothing {
            self.print("warning: ", colors::WARNING, text);
        }
    }

    /// Prints a failure with its causes and hint.
    pub fn error(&self, error: &Error) {
        self.errors([error]);
    }

    /// Prints the failures of many targets, each distinct hint once.
    pub fn errors<'a>(&self, errors: impl IntoIterator<Item = &'a Error>) {
        self.write(&shown_errors(
            errors,
            self.hint_flags,
            self.stderr.has_color(),
        ));
    }

    /// Prints the summary of many targets.
    pub fn summary(&self, text: &str) {
        self.print("", colors::PLAIN, text);
    }

    /// Logs how the program signed in, if calls are logged.
    pub fn signed_in(&self, method: &str) {
        if self.logs_calls() {
            self.print("sign-in: ", colors::DIM, method);
        }
    }

    /// Logs the total traffic, if calls are logged.
    pub fn traffic(&self, totals: TrafficTotals) {
        if self.logs_calls() && totals.calls > 0 {
            self.print("traffic: ", colors::DIM, &totals.to_string());
        }
    }

    /// Whether a person can be asked.
    pub fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks for confirmation on the terminal; none if there is no terminal.
    pub async fn confirm(&self, question: String) -> Option<bool> {
        if !self.can_ask() {
            return None;
        }
        let question = escape_control_characters(&redact(&question));
        let (answer, answered) = tokio::sync::oneshot::channel();
        // Unlike a blocking task, a thread does not keep an interrupted program from ending.
        std::thread::spawn(move || {
            let _ = suspended(|| write!(io::stderr().lock(), "{question} [y/N] "));
            let mut line = String::new();
            let read = io::stdin().read_line(&mut line).is_ok();
            let word = line.trim().to_ascii_lowercase();
            answer.send(read && matches!(word.as_str(), "y" | "yes"))
        });
        Some(answered.await.unwrap_or(false))
    }

    /// Prints what clap renders: help and version on stdout, usage errors on stderr.
    ///
    /// # Errors
    /// stdout is closed or full.
    pub fn usage(error: &clap::Error, when: ColorWhen) -> Result<(), Error> {
        let rendered = error.render();
        let capabilities = match error.use_stderr() {
            true => Capabilities::stderr(when),
            false => Capabilities::stdout(when),
        };
        let text = redact(&match capabilities.has_color() {
            true => rendered.ansi().to_string(),
            false => rendered.to_string(),
        });
        if error.use_stderr() {
            // A closed stderr can't be reported anywhere.
            let _ = io::stderr().lock().write_all(text.as_bytes());
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(text.as_bytes());
        written.and_then(|()| stdout.flush()).map_err(write_error)
    }

    /// Starts a new line after the `^C` that the terminal printed, or lets it settle before the progress
    /// is cleared.
    pub fn interrupted(&self) {
        if is_drawn() {
            // Clearing it also clears the `^C`.
            std::thread::sleep(SETTLING);
        } else if io::stderr().is_terminal() {
            // A closed stderr can't be reported anywhere.
            let _ = writeln!(io::stderr().lock());
        }
    }

    /// Shows a spinner, on a terminal only.
    pub fn progress(&self, what: &str) -> Progress {
        if self.animates() {
            Progress::spinner(what)
        } else {
            Progress::hidden()
        }
    }

    /// Shows progress over `total` targets, on a terminal only.
    pub fn fleet_progress(&self, total: usize) -> FleetProgress {
        if self.animates() {
            FleetProgress::new(total)
        } else {
            FleetProgress::hidden()
        }
    }

    /// Progress needs a person to watch it and a terminal that can move its cursor.
    fn animates(&self) -> bool {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        self.shows == Shows::All
            && !self.logs_calls()
            && io::stderr().is_terminal()
            && set("CI").is_none()
            && (cfg!(windows) || set("TERM").is_some_and(|term| term != "dumb"))
    }

    fn print(&self, label: &str, style: Style, text: &str) {
        self.write(&message(label, style, text, self.stderr.has_color()));
    }

    fn write(&self, text: &str) {
        let text = match speaks_utf8() {
            true => Cow::Borrowed(text),
            false => Cow::Owned(text.replace('…', "...")),
        };
        // A closed stderr can't be reported anywhere.
        let _ = suspended(|| io::stderr().lock().write_all(text.as_bytes()));
    }

    /// Opens stdout for data.
    pub fn data(&self) -> DataOut {
        let stdout = Stdout {
            out: io::stdout(),
            terminal: io::stdout().is_terminal(),
        };
        DataOut {
            out: BufWriter::with_capacity(64 << 10, stdout),
            capabilities: self.stdout,
        }
    }
}

impl CallObserver for Console {
    fn call_ended(&self, report: &CallReport<'_>) {
        let mut line = report.operation.to_owned();
        if let Some(device) = report.device {
            line = format!("{line} {device}");
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
        self.print("call: ", colors::DIM, &line);
        if self.verbosity > 1 && !report.body.is_empty() {
            self.print(
                "  sent: ",
                colors::DIM,
                &String::from_utf8_lossy(report.body),
            );
        }
    }
}

/// stdout, buffered until [`Write::flush`] or drop.
#[derive(Debug)]
pub struct DataOut {
    out: BufWriter<Stdout>,
    capabilities: Capabilities,
}

/// stdout, clearing progress drawn on the same terminal.
#[derive(Debug)]
struct Stdout {
    out: io::Stdout,
    terminal: bool,
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.terminal {
            suspended(|| self.out.write(bytes))
        } else {
            self.out.write(bytes)
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.terminal {
            suspended(|| self.out.flush())
        } else {
            self.out.flush()
        }
    }
}

impl DataOut {
    /// Whether a person reads it.
    pub fn is_terminal(&self) -> bool {
        self.capabilities.for_people()
    }

    /// What stdout can show.
    pub fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// Writes one line of text that holds names or ids, with control characters escaped for a terminal.
    ///
    /// # Errors
    /// stdout is closed or full.
    pub fn text_line(&mut self, text: &str) -> Result<(), Error> {
        match self.capabilities.interprets_escapes() {
            true => self.line(&escape_control_characters(text)),
            false => self.line(text),
        }
    }

    /// Writes one line of JSON, with control characters escaped for a terminal.
    ///
    /// # Errors
    /// stdout is closed or full.
    pub fn json_line(&mut self, json: &str) -> Result<(), Error> {
        match self.is_terminal() {
            true => self.line(&escape_in_json(json)),
            false => self.line(json),
        }
    }

    /// Writes one line that is already harmless, and flushes.
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

/// A closed pipe is not a failure: the reader has what it wanted.
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
