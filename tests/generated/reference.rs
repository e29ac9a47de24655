//! The command reference: one page of Markdown.

use std::fmt::Write;

use clap::builder::PossibleValue;
use clap::{Arg, Command};

use crate::RENEW;
use crate::after_help::{Part, parts};

/// The whole page.
pub(crate) fn page(tree: &Command) -> String {
    let mut page = "# Commands\n".to_owned();
    write!(
        page,
        "\nEvery command with its options, as `--help` shows them. \
         This page is generated: `{RENEW}` renews it.\n\n"
    )
    .unwrap();
    contents(&mut page, tree);
    section(&mut page, tree);
    page
}

fn contents(page: &mut String, command: &Command) {
    let title = title(command);
    let about = text(command.get_about());
    writeln!(page, "- [`{title}`](#{}): {about}", title.replace(' ', "-")).unwrap();
    for below in shown(command) {
        contents(page, below);
    }
}

fn section(page: &mut String, command: &Command) {
    write!(page, "\n## {}\n\n", title(command)).unwrap();
    let about = command.get_long_about().or(command.get_about());
    writeln!(page, "{}\n", escaped(&text(about))).unwrap();
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").trim();
    writeln!(page, "```text\n{usage}\n```").unwrap();
    let aliases: Vec<String> = command
        .get_visible_aliases()
        .map(|alias| format!("`{alias}`"))
        .collect();
    if !aliases.is_empty() {
        writeln!(page, "\nAlso called {}.", aliases.join(", ")).unwrap();
    }
    options(page, command);
    for part in parts(command) {
        match part {
            Part::Title(title) => writeln!(page, "\n### {title}").unwrap(),
            Part::Words(words) => writeln!(page, "\n{}", escaped(&words)).unwrap(),
            Part::Lines(lines) => writeln!(page, "\n```text\n{}\n```", lines.join("\n")).unwrap(),
        }
    }
    for below in shown(command) {
        section(page, below);
    }
}

/// One table a heading, in the order of the page of help.
fn options(page: &mut String, command: &Command) {
    let own = |arg: &&Arg| !arg.is_hide_set() && is_own(arg, command);
    let mut headings = Vec::new();
    for arg in command.get_arguments().filter(own) {
        let heading = arg.get_help_heading().unwrap_or("Options");
        if !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    for heading in headings {
        write!(page, "\n| {heading} | |\n|---|---|\n").unwrap();
        let mut args: Vec<&Arg> = command.get_arguments().filter(own).collect();
        args.retain(|arg| arg.get_help_heading().unwrap_or("Options") == heading);
        args.sort_by_key(|arg| arg.get_display_order());
        for arg in args {
            writeln!(page, "| {} | {} |", form(arg), meaning(arg)).unwrap();
        }
    }
}

/// What every command takes is told of once, with the program itself.
fn is_own(arg: &Arg, command: &Command) -> bool {
    !arg.is_global_set()
        || command
            .get_display_name()
            .is_none_or(|name| !name.contains('-'))
}

/// How the argument is typed.
fn form(arg: &Arg) -> String {
    let values = values(arg);
    if arg.is_positional() {
        return format!("`{values}`");
    }
    let mut names: Vec<String> = arg
        .get_short()
        .map(|short| format!("`-{short}`"))
        .into_iter()
        .collect();
    if let Some(long) = arg.get_long() {
        names.push(format!("`--{long}{values}`"));
    }
    names.join(", ")
}

/// The values behind an argument, with what leads to them.
fn values(arg: &Arg) -> String {
    let range = arg.get_num_args().unwrap_or_default();
    if !range.takes_values() {
        return String::new();
    }
    let names = arg.get_value_names().unwrap_or_default();
    let names: Vec<String> = names.iter().map(|name| format!("<{name}>")).collect();
    let more = if range.max_values() > names.len() {
        "..."
    } else {
        ""
    };
    let names = format!("{}{more}", names.join(" "));
    match (
        arg.is_positional(),
        arg.is_require_equals_set(),
        range.min_values(),
    ) {
        (true, _, _) if arg.is_required_set() => names,
        (true, _, _) => format!("[{names}]"),
        (false, true, 0) => format!("[={names}]"),
        (false, true, _) => format!("={names}"),
        (false, false, 0) => format!(" [{names}]"),
        (false, false, _) => format!(" {names}"),
    }
}

fn meaning(arg: &Arg) -> String {
    let help = arg.get_long_help().or(arg.get_help());
    let mut meaning = cell(&text(help));
    let takes_values = arg.get_num_args().unwrap_or_default().takes_values();
    let possible = arg.get_possible_values();
    if takes_values && !arg.is_hide_possible_values_set() && !possible.is_empty() {
        let possible: Vec<String> = possible
            .iter()
            .filter(|value| !value.is_hide_set())
            .map(possible_value)
            .collect();
        write!(meaning, "<br>Values: {}", possible.join("; ")).unwrap();
    }
    let defaults: Vec<_> = arg
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy())
        .collect();
    if takes_values && !arg.is_hide_default_value_set() && !defaults.is_empty() {
        write!(meaning, "<br>Default: `{}`", defaults.join(" ")).unwrap();
    }
    meaning
}

fn possible_value(value: &PossibleValue) -> String {
    match value.get_help() {
        Some(help) => format!("`{}` ({})", value.get_name(), cell(&help.to_string())),
        None => format!("`{}`", value.get_name()),
    }
}

/// Text in one cell of a table.
fn cell(text: &str) -> String {
    let paragraphs: Vec<String> = text
        .split("\n\n")
        .map(|paragraph| escaped(&paragraph.replace('\n', " ")).replace('|', "\\|"))
        .collect();
    paragraphs.join("<br>")
}

/// Text that Markdown takes for text, apart from what stands in backticks.
fn escaped(text: &str) -> String {
    let outside = |part: &str| {
        let part = part.replace('<', "&lt;");
        part.replace('*', "\\*")
            .replace('[', "\\[")
            .replace('$', "\\$")
    };
    text.split('`')
        .enumerate()
        .map(|(at, part)| {
            if at % 2 == 0 {
                outside(part)
            } else {
                part.to_owned()
            }
        })
        .collect::<Vec<_>>()
        .join("`")
}

fn title(command: &Command) -> String {
    command
        .get_bin_name()
        .unwrap_or(command.get_name())
        .to_owned()
}

fn text(text: Option<&clap::builder::StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default()
}

fn shown(command: &Command) -> impl Iterator<Item = &Command> {
    command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
}
