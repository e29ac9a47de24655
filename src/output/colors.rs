//! All colours. Red is the terminal's own; the others are of the palette of 256 colours, which themes
//! leave alone, and have a contrast of at least 4 against black and against white: yellow and cyan
//! vanish on white, blue on black. Colour is never the only carrier of meaning.

use std::fmt;

use anstyle::{Ansi256Color, AnsiColor, Style};
use clap::builder::Styles;

/// The colours of help and of usage errors.
pub const HELP_STYLES: Styles = Styles::styled()
    .header(Style::new().bold())
    .usage(Style::new().bold())
    .literal(TEAL.bold())
    .placeholder(TEAL)
    .error(ERROR)
    .valid(GREEN)
    .invalid(WARNING);

const GREEN: Style = palette(28);
const TEAL: Style = palette(30);
const OLIVE: Style = palette(64);
const VIOLET: Style = palette(98);
const ORANGE: Style = palette(130);
const MAUVE: Style = palette(133);
const MAGENTA: Style = palette(163);
const RED: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red)));

pub(super) const ERROR: Style = RED.bold();
pub(super) const WARNING: Style = ORANGE.bold();
pub(super) const NOTE: Style = VIOLET.bold();
pub(super) const HINT: Style = TEAL.bold();
pub(super) const HEADER: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const PLAIN: Style = Style::new();
/// What `--highlight` matches.
pub(super) const HIGHLIGHT: Style = Style::new().invert();

/// The colours of names. Red and orange are reserved for severities.
const NAMES: [Style; 8] = [
    TEAL,
    GREEN,
    MAGENTA,
    VIOLET,
    TEAL.bold(),
    OLIVE,
    MAUVE,
    VIOLET.bold(),
];

const fn palette(number: u8) -> Style {
    Style::new().fg_color(Some(anstyle::Color::Ansi256(Ansi256Color(number))))
}

/// The colour of a line of this severity, 0 to 9.
pub(super) fn severity(level: u8) -> Style {
    match level {
        0..=2 => ERROR,
        3 => RED,
        4 => ORANGE,
        5 | 6 => PLAIN,
        _ => DIM,
    }
}

/// The colour of a result in a list of checks.
pub(super) fn result(word: &str) -> Style {
    match word {
        "ok" => GREEN,
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
        assert_eq!(name("edgeHub").render().to_string(), "\u{1b}[38;5;98m");
    }

    /// Of the cube of 216 colours in the palette; its steps are those of xterm.
    #[test]
    fn every_colour_of_the_palette_is_read_on_black_and_on_white() {
        let light = |step: u8| -> f64 {
            let value = [0.0, 95.0, 135.0, 175.0, 215.0, 255.0][usize::from(step)] / 255.0;
            match value <= 0.04045 {
                true => value / 12.92,
                false => f64::powf((value + 0.055) / 1.055, 2.4),
            }
        };
        for style in [GREEN, TEAL, OLIVE, VIOLET, ORANGE, MAUVE, MAGENTA] {
            let Some(anstyle::Color::Ansi256(Ansi256Color(number))) = style.get_fg_color() else {
                panic!("not of the palette");
            };
            let at = number - 16;
            let luminance =
                0.2126 * light(at / 36) + 0.7152 * light(at / 6 % 6) + 0.0722 * light(at % 6);
            let (on_black, on_white) = ((luminance + 0.05) / 0.05, 1.05 / (luminance + 0.05));
            assert!(
                on_black >= 4.0 && on_white >= 4.0,
                "{number}: {on_black} {on_white}"
            );
        }
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
            "\u{1b}[38;5;130mx\u{1b}[0m"
        );
    }
}
