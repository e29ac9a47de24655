//! The pages for man(1), one a command.

use std::fmt::Write;

use clap::Command;
use clap::builder::Resettable;
use clap_mangen::Man;

use crate::Files;
use crate::after_help::{Part, parts};

/// Pages that say the day of their making would be stale every day. It moves with the version.
const DATE: &str = "2026-11-22";
const MANUAL: &str = "edgelogs manual";

/// Adds the page of a command and of every one below it.
pub(crate) fn add_pages(files: &mut Files, command: &Command) {
    let name = command.get_display_name().unwrap_or(command.get_name());
    files.insert(format!("docs/man/{name}.1"), page(command));
    for below in command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
    {
        add_pages(files, below);
    }
}

fn page(command: &Command) -> String {
    // What stands behind the options would run into one paragraph, under a heading of no meaning.
    let usage = command.clone().render_usage().to_string();
    let plain = command
        .clone()
        // Otherwise the synopsis repeats all the options.
        .override_usage(usage.trim_start_matches("Usage:").trim().to_owned())
        .after_long_help(Resettable::Reset)
        .after_help(Resettable::Reset)
        .long_version(Resettable::Reset);
    let mut page = Vec::new();
    Man::new(plain)
        .date(DATE)
        .source(concat!("edgelogs ", env!("CARGO_PKG_VERSION")))
        .manual(MANUAL)
        .render(&mut page)
        .unwrap();
    let mut page = String::from_utf8(page).unwrap();
    for part in parts(command) {
        match part {
            Part::Title(title) => {
                let title = match title.as_str() {
                    "Exit codes" => "EXIT STATUS".to_owned(),
                    other => other.to_uppercase(),
                };
                writeln!(page, ".SH \"{title}\"").unwrap();
            }
            Part::Words(words) => writeln!(page, ".PP\n{}", escaped(&words)).unwrap(),
            Part::Lines(lines) => {
                // The lines of a table of help stand in columns, which is how they are read.
                writeln!(page, ".RS 4\n.nf").unwrap();
                for line in lines {
                    writeln!(page, "{}", escaped(&line)).unwrap();
                }
                writeln!(page, ".fi\n.RE").unwrap();
            }
        }
    }
    if let Some((above, _)) = name_of(command).rsplit_once('-') {
        writeln!(page, ".SH \"SEE ALSO\"\n\\fB{}\\fR(1)", escaped(above)).unwrap();
    }
    page
}

fn name_of(command: &Command) -> &str {
    command.get_display_name().unwrap_or(command.get_name())
}

/// Text that troff takes for nothing else.
fn escaped(text: &str) -> String {
    let text = text
        .replace('\\', "\\e")
        .replace('-', "\\-")
        .replace('\'', "\\*(Aq");
    if text.starts_with('.') {
        format!("\\&{text}")
    } else {
        text
    }
}
