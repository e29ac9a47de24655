//! What a stream can show: colour, width, and whether a person reads it.
#![expect(
    clippy::disallowed_methods,
    reason = "this is where stdout and stderr are inspected"
)]

use std::env;
use std::io;

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};

/// When to print in colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ColorWhen {
    /// On a terminal unless NO_COLOR, CLICOLOR or TERM forbids it, and whenever CLICOLOR_FORCE is set
    #[default]
    Auto,
    /// Always, and format everything as for a terminal
    #[value(alias = "true")]
    Always,
    /// Never
    #[value(alias = "false")]
    Never,
}

/// What one stream can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Capabilities {
    for_people: bool,
    color: bool,
    width: Option<u16>,
}

impl Capabilities {
    /// A pipe or a file.
    pub const PLAIN: Self = Self {
        for_people: false,
        color: false,
        width: None,
    };

    pub(super) fn stdout(when: ColorWhen) -> Self {
        Self::of(io::stdout(), when)
    }

    pub(super) fn stderr(when: ColorWhen) -> Self {
        Self::of(io::stderr(), when)
    }

    fn of(stream: impl RawStream, when: ColorWhen) -> Self {
        let terminal = stream.is_terminal();
        let choice = match when {
            ColorWhen::Auto => ColorChoice::Auto,
            ColorWhen::Always => ColorChoice::Always,
            ColorWhen::Never => ColorChoice::Never,
        };
        // This reads the environment, and enables escape sequences on an old Windows console.
        let settled = AutoStream::new(stream, choice).current_choice();
        Self {
            for_people: terminal || when == ColorWhen::Always,
            color: settled == ColorChoice::AlwaysAnsi,
            width: terminal.then(columns).flatten(),
        }
    }

    /// Whether a person reads it: a terminal, or `--color always`, which asks for terminal output.
    pub fn for_people(self) -> bool {
        self.for_people
    }

    /// The same for columns that are aligned wherever they go: into a pipe as wide as COLUMNS says, which
    /// `watch` sets.
    pub(super) fn aligned(self) -> Self {
        Self {
            for_people: true,
            width: self.width.or_else(columns_variable),
            ..self
        }
    }

    /// Whether to use colour.
    pub fn has_color(self) -> bool {
        self.color
    }

    /// Whether control characters may reach a terminal, as they do with colour forced into a pipe.
    pub fn interprets_escapes(self) -> bool {
        self.for_people || self.color
    }

    /// The columns of the terminal; none if nothing may be cut.
    pub fn width(self) -> Option<u16> {
        self.width
    }

    #[cfg(test)]
    pub(super) fn terminal(color: bool, width: Option<u16>) -> Self {
        Self {
            for_people: true,
            color,
            width,
        }
    }
}

/// `COLUMNS` if set, otherwise the width of the terminal.
fn columns() -> Option<u16> {
    columns_variable().or_else(|| terminal_size::terminal_size().map(|(width, _)| width.0))
}

fn columns_variable() -> Option<u16> {
    let variable = env::var("COLUMNS").ok();
    variable
        .and_then(|text| text.trim().parse().ok())
        .filter(|columns| *columns > 0)
}

/// Whether texts may have characters beyond ASCII, by the locale: LC_ALL, or else LC_CTYPE, or else LANG.
pub(super) fn speaks_utf8() -> bool {
    if cfg!(not(unix)) {
        return true;
    }
    let set = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}
