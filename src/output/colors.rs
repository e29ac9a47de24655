//! All colours. Only the terminal's own eight are used, which its theme keeps readable on a light or
//! dark background. Colour is never the only carrier of meaning.

use std::fmt;

use anstyle::{AnsiColor, Style};
use clap::builder::Styles;

/// The colours of help and of usage errors.
pub const HELP_STYLES: Styles = Styles::styled()
    .header(Style::new().bold())
    .usage(Style::new().bold())
    .literal(BOLD_CYAN)
    .placeholder(of(AnsiColor::Cyan))
    .error(ERROR)
    .valid(of(AnsiColor::Green))
    .invalid(WARNING);

pub(super) const ERROR: Style = of(AnsiColor::Red).bold();
pub(super) const WARNING: Style = of(AnsiColor::Yellow).bold();
pub(super) const NOTE: Style = of(AnsiColor::Blue).bold();
pub(super) const HINT: Style = BOLD_CYAN;
pub(super) const HEADER: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const PLAIN: Style = Style::new();

const BOLD_CYAN: Style = of(AnsiColor::Cyan).bold();

/// The colours of names. Red and yellow are reserved for severities.
const NAMES: [Style; 8] = [
    of(AnsiColor::Cyan),
    of(AnsiColor::Green),
    of(AnsiColor::Magenta),
    of(AnsiColor::Blue),
    BOLD_CYAN,
    of(AnsiColor::Green).bold(),
    of(AnsiColor::Magenta).bold(),
    of(AnsiColor::Blue).bold(),
];

const fn of(color: AnsiColor) -> Style {
    Style::new().fg_color(Some(anstyle::Color::Ansi(color)))
}

/// The colour of a line of this severity, 0 to 9.
pub(super) fn severity(level: u8) -> Style {
    match level {
        0..=2 => ERROR,
        3 => of(AnsiColor::Red),
        4 => of(AnsiColor::Yellow),
        5 | 6 => PLAIN,
        _ => DIM,
    }
}

/// The colour of a result in a list of checks.
pub(super) fn result(word: &str) -> Style {
    match word {
        "ok" => of(AnsiColor::Green),
        "warning" => WARNING,
        "failed" => ERROR,
        "skipped" => DIM,
        _ => PLAIN,
    }
}

/// The colour of a device's or module's name: the same in every run and on every machine.
pub(super) fn name(name: &str) -> Style {
    // FNV-1a. Its low bits alone give the modules that run on every device the same colour.
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    NAMES[(hash ^ (hash >> 25)) as usize % NAMES.len()]
}

/// A text in a style, if `color`.
pub(super) fn paint<T: fmt::Display>(text: T, style: Style, color: bool) -> Paint<T> {
    let style = if color { style } else { PLAIN };
    Paint { text, style }
}

/// A text in a style.
pub(super) struct Paint<T> {
    text: T,
    style: Style,
}

impl<T: fmt::Display> fmt::Display for Paint<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{style}{}{style:#}", self.text, style = self.style)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn modules_that_run_everywhere_differ_in_colour() {
        let names = ["edgeAgent", "edgeHub", "SimulatedTemperatureSensor"];
        let colors: HashSet<String> = names
            .iter()
            .map(|module| format!("{:?}", name(module).get_fg_color()))
            .collect();
        assert_eq!(colors.len(), names.len());
    }

    #[test]
    fn the_colour_of_a_name_is_the_same_in_every_run() {
        assert_eq!(name("edgeHub").render().to_string(), "\u{1b}[34m");
    }

    #[test]
    fn names_never_look_like_severities() {
        let severities: HashSet<String> = (0..=4)
            .map(|level| severity(level).render().to_string())
            .collect();
        for name in NAMES {
            assert!(!severities.contains(&name.render().to_string()));
        }
    }

    #[test]
    fn text_without_colour_has_no_escape_sequence() {
        assert_eq!(paint("x", ERROR, false).to_string(), "x");
        assert_eq!(paint("x", PLAIN, true).to_string(), "x");
        assert_eq!(
            paint("x", severity(4), true).to_string(),
            "\u{1b}[33mx\u{1b}[0m"
        );
    }
}
