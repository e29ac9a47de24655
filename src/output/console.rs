//! The two streams.
#![expect(
    clippy::disallowed_methods,
    reason = "this is where stdout and stderr are opened"
)]

use std::io::{self, BufWriter, IsTerminal, Write};

use anstyle::Style;

use super::message::{message, shown_errors};
use super::pasted::TypedChoice;
use super::progress::{FleetProgress, Progress};
use super::screen::{ColorWhen, Screen};
use super::styles;
use super::surface::{is_drawn, suspended};
use super::time::use_utc;
use crate::error::Error;
use crate::hub::{CallObserver, CallReport, TrafficTotals};
use crate::redact::redact;

/// Where messages go. Every line is redacted and made harmless, and is written while no progress is
/// drawn.
#[derive(Debug, Clone, Copy)]
pub struct Console {
    says: Says,
    verbosity: u8,
    typed: TypedChoice,
    stdout: Screen,
    stderr: Screen,
}

/// What reaches stderr beside errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    All,
    /// Warnings, but neither notes nor progress.
    NoNotes,
    Nothing,
}

impl Console {
    /// A console that keeps notes and progress to itself when `quiet`; warnings and errors stay.
    ///
    /// With a `verbosity` of 1 every call is told of, with 2 what was sent as well.
    pub fn new(quiet: bool, verbosity: u8) -> Self {
        Self {
            says: if quiet { Says::NoNotes } else { Says::All },
            verbosity,
            typed: TypedChoice::default(),
            stdout: Screen::stdout(ColorWhen::Auto),
            stderr: Screen::stderr(ColorWhen::Auto),
        }
    }

    /// The same in colour when `--color` says so.
    #[must_use]
    pub fn with_color(self, when: ColorWhen) -> Self {
        Self {
            stdout: Screen::stdout(when),
            stderr: Screen::stderr(when),
            ..self
        }
    }

    /// The same with people's times in UTC if `utc`. This holds for the whole program, and is to be
    /// called before anything is printed.
    #[must_use]
    pub fn with_utc(self, utc: bool) -> Self {
        if utc {
            use_utc();
        }
        self
    }

    /// The same with what was typed behind each hint that is a command.
    #[must_use]
    pub fn with_typed(self, typed: TypedChoice) -> Self {
        Self { typed, ..self }
    }

    /// A console that says nothing at all, for where a shell is at work on the operator's line.
    pub fn silent() -> Self {
        Self {
            says: Says::Nothing,
            ..Self::new(true, 0)
        }
    }

    /// Whether every call is told of.
    pub fn shows_calls(&self) -> bool {
        self.verbosity > 0
    }

    /// Whether notes are kept back.
    pub fn is_quiet(&self) -> bool {
        self.says != Says::All
    }

    /// Something worth knowing.
    pub fn note(&self, text: &str) {
        if self.says == Says::All {
            self.say("note: ", styles::NOTE, text);
        }
    }

    /// Something that is likely not what was meant.
    pub fn warn(&self, text: &str) {
        if self.says != Says::Nothing {
            self.say("warning: ", styles::WARNING, text);
        }
    }

    /// A failure: what, why, and what to try.
    pub fn error(&self, error: &Error) {
        self.errors([error]);
    }

    /// Failures of many targets. What helps against several of them is said once.
    pub fn errors<'a>(&self, errors: impl IntoIterator<Item = &'a Error>) {
        self.write(&shown_errors(errors, self.typed, self.stderr.has_color()));
    }

    /// What became of many targets, in one line.
    pub fn summary(&self, text: &str) {
        self.say("", styles::PLAIN, text);
    }

    /// As whom the hub is called, where every call is told of.
    pub fn signed_in(&self, method: &str) {
        if self.shows_calls() {
            self.say("sign-in: ", styles::DIM, method);
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
            self.say(
                "traffic: ",
                styles::DIM,
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
            let _ = suspended(|| write!(io::stderr().lock(), "{question} [y/N] "));
            let mut line = String::new();
            let read = io::stdin().read_line(&mut line).is_ok();
            let word = line.trim().to_ascii_lowercase();
            answer.send(read && matches!(word.as_str(), "y" | "yes"))
        });
        Some(answered.await.unwrap_or(false))
    }

    /// The words of the argument parser: help and version on stdout, usage errors on stderr.
    ///
    /// # Errors
    /// stdout is closed or full.
    pub fn usage(error: &clap::Error, when: ColorWhen) -> Result<(), Error> {
        let rendered = error.render();
        let screen = match error.use_stderr() {
            true => Screen::stderr(when),
            false => Screen::stdout(when),
        };
        let text = redact(&match screen.has_color() {
            true => rendered.ansi().to_string(),
            false => rendered.to_string(),
        });
        if error.use_stderr() {
            // Nothing is left to tell it to if stderr is closed.
            let _ = io::stderr().lock().write_all(text.as_bytes());
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(text.as_bytes());
        written.and_then(|()| stdout.flush()).map_err(write_error)
    }

    /// Ctrl-C was pressed: what comes next begins on a line of its own, since the terminal has
    /// printed `^C` where it was.
    pub fn interrupted(&self) {
        // Where progress is drawn, `^C` is part of what is cleared.
        if io::stderr().is_terminal() && !is_drawn() {
            // There is no other place to report that stderr is closed.
            let _ = writeln!(io::stderr().lock());
        }
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

    /// Nothing moves where nobody looks, nor where a terminal can't move its cursor.
    fn animates(&self) -> bool {
        let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        self.says == Says::All
            && !self.shows_calls()
            && io::stderr().is_terminal()
            && set("CI").is_none()
            && (cfg!(windows) || set("TERM").is_some_and(|term| term != "dumb"))
    }

    /// One message.
    fn say(&self, label: &str, style: Style, text: &str) {
        self.write(&message(label, style, text, self.stderr.has_color()));
    }

    fn write(&self, text: &str) {
        // There is no other place to report that stderr is closed.
        let _ = suspended(|| io::stderr().lock().write_all(text.as_bytes()));
    }

    /// stdout, for data.
    pub fn data(&self) -> DataOut {
        let stdout = Stdout {
            out: io::stdout(),
            terminal: io::stdout().is_terminal(),
        };
        DataOut {
            out: BufWriter::with_capacity(64 << 10, stdout),
            screen: self.stdout,
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
        self.say("call: ", styles::DIM, &line);
        if self.verbosity > 1 && !report.body.is_empty() {
            self.say(
                "  sent: ",
                styles::DIM,
                &String::from_utf8_lossy(report.body),
            );
        }
    }
}

/// stdout. What is written is buffered until [`Write::flush`], or until the value goes.
#[derive(Debug)]
pub struct DataOut {
    out: BufWriter<Stdout>,
    screen: Screen,
}

/// stdout, where what is written goes beside progress that is drawn on the same terminal.
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
    /// Whether a person sees it.
    pub fn is_terminal(&self) -> bool {
        self.screen.for_people()
    }

    /// What it can show.
    pub fn screen(&self) -> Screen {
        self.screen
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
