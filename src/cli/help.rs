//! Formats the help pages: order of headings, groups of commands, value hints and the long version.
//!
//! Works on the finished tree, so that subcommands need not know about it.

use std::fmt::Write;

use clap::builder::Resettable;
use clap::{Arg, ArgAction, Command, ValueHint};

use crate::cli::short_help::with_short_help;
use crate::hub::API_VERSION;

/// Shared headings, in order. A command's own headings come before `Settings`.
const FIRST: [&str; 4] = ["Task", "Target", "Filter", "Storage"];
const LAST: [&str; 6] = [
    "Settings",
    "Connection",
    "Timing",
    "Wire",
    "Output",
    GENERAL,
];

const GENERAL: &str = "General";

/// Commands that are in no group are listed at the end.
const GROUPS: [(&str, &[&str]); 4] = [
    ("Read logs", &["get", "upload", "bundle", "status"]),
    ("Look around", &["devices", "modules", "ping"]),
    ("Act", &["restart", "invoke"]),
    (
        "Set up",
        &["config", "doctor", "sas", "completions", "device"],
    ),
];

/// Global arguments come after a command's own under the same heading.
const AFTER_OTHERS: usize = 900;

/// Formats the help pages of the whole tree.
pub(crate) fn finish(tree: Command) -> Command {
    let tree = with_pages(with_general_flags(tree));
    let template = overview(&tree);
    tree.help_template(template)
}

/// Formats the pages of the commands in a tree that has the general flags.
pub(crate) fn with_pages(tree: Command) -> Command {
    let globals: Vec<Arg> = tree
        .get_arguments()
        .filter(|arg| arg.is_global_set())
        .cloned()
        .collect();
    with_short_help(with_order(tree, &globals))
}

/// Replaces clap's flags by ours.
pub(crate) fn with_general_flags(tree: Command) -> Command {
    tree.disable_help_flag(true)
        .disable_version_flag(true)
        .args(general_flags())
        .long_version(long_version())
}

/// Replaces clap's flags, which would come before all others.
fn general_flags() -> [Arg; 2] {
    let help = Arg::new("help")
        .short('h')
        .long("help")
        .action(ArgAction::Help)
        .global(true)
        .help("Print help: a summary with -h, details and examples with --help");
    let version = Arg::new("version")
        .short('V')
        .long("version")
        .action(ArgAction::Version)
        .help("Print the version; --version also shows features and API");
    [help, version].map(|flag| flag.help_heading(GENERAL))
}

/// Orders the headings of a command and its subcommands. clap shows headings in the order of the
/// arguments, and would put the global ones last.
fn with_order(mut command: Command, globals: &[Arg]) -> Command {
    let own = |command: &Command, global: &Arg| {
        command
            .get_arguments()
            .any(|arg| arg.get_id() == global.get_id())
    };
    for global in globals {
        if !own(&command, global) {
            command = command.arg(global.clone());
        }
    }
    let mut positions = 0;
    let mut order = Vec::new();
    for arg in command.get_arguments() {
        let position = arg.is_positional().then(|| {
            positions += 1;
            positions
        });
        let rank = rank(arg.get_help_heading());
        order.push((rank, position, arg.get_id().clone()));
    }
    order.sort_by_key(|(rank, ..)| *rank);
    for (shown, (_, position, id)) in order.into_iter().enumerate() {
        // `mut_arg` moves the argument to the end.
        command = command.mut_arg(id, |arg| {
            let arg = with_hint(arg);
            match position {
                // Its position must not depend on its heading.
                Some(position) => arg.index(position).display_order(0),
                None if arg.is_global_set() || arg.get_id() == "version" => {
                    arg.display_order(AFTER_OTHERS)
                }
                None => arg.display_order(1 + shown),
            }
        });
    }
    command.mut_subcommands(|command| with_order(command, globals))
}

/// A heading's rank.
fn rank(heading: Option<&str>) -> usize {
    let Some(heading) = heading else {
        return 0;
    };
    let of = |list: &[&str]| list.iter().position(|known| *known == heading);
    match (of(&FIRST), of(&LAST)) {
        (Some(at), _) => 1 + at,
        (None, Some(at)) => 2 + FIRST.len() + at,
        (None, None) => 1 + FIRST.len(),
    }
}

/// Derives what shells complete from the name of the value.
fn with_hint(arg: Arg) -> Arg {
    let set = arg.get_value_hint();
    if !arg.get_action().takes_values() || !matches!(set, ValueHint::Unknown | ValueHint::AnyPath) {
        return arg;
    }
    let hint = match value_name(&arg).as_str() {
        "FILE" | "PEM" => ValueHint::FilePath,
        "DIR" | "FOLDER" => ValueHint::DirPath,
        "PATH" | "SOCKET" => ValueHint::AnyPath,
        "URL" => ValueHint::Url,
        "HOST" => ValueHint::Hostname,
        "COMMAND" => ValueHint::CommandString,
        _ if set == ValueHint::AnyPath => ValueHint::AnyPath,
        // A name, a number or a time, not a file.
        _ => ValueHint::Other,
    };
    arg.value_hint(hint)
}

/// The first name of an argument's value.
pub(crate) fn value_name(arg: &Arg) -> String {
    let names = arg.get_value_names().unwrap_or_default();
    names.first().map(ToString::to_string).unwrap_or_default()
}

/// The main help page, with commands in groups.
fn overview(tree: &Command) -> String {
    let header = tree.get_styles().get_header();
    let literal = tree.get_styles().get_literal();
    let mut listed: Vec<(&str, Vec<&Command>)> = GROUPS
        .iter()
        .map(|(title, names)| {
            let found = names
                .iter()
                .filter_map(|name| tree.find_subcommand(name))
                .filter(|command| !command.is_hide_set());
            (*title, found.collect())
        })
        .collect();
    let grouped = |name: &str| GROUPS.iter().any(|(_, names)| names.contains(&name));
    let others = tree
        .get_subcommands()
        .filter(|command| !command.is_hide_set() && !grouped(command.get_name()));
    listed.push(("Other", others.collect()));
    let width = listed
        .iter()
        .flat_map(|(_, commands)| commands.iter().map(|command| names(command).len()))
        .max()
        .unwrap_or_default();
    let mut page = "{about-with-newline}\n{usage-heading} {usage}\n\n".to_owned();
    for (title, commands) in listed {
        if commands.is_empty() {
            continue;
        }
        // Writing to a string can't fail.
        let _ = writeln!(page, "{header}{title}:{header:#}");
        for command in commands {
            let about = command.get_about().map(ToString::to_string);
            let _ = writeln!(
                page,
                "  {literal}{:width$}{literal:#}  {}",
                names(command),
                about.unwrap_or_default(),
            );
        }
        page.push('\n');
    }
    let _ = write!(page, "{header}Options:{header:#}\n{{options}}");
    page.push_str("\n\nRun `edgelogs help COMMAND` for details.{after-help}");
    page
}

/// A command's name and its other names.
fn names(command: &Command) -> String {
    let mut names = command.get_name().to_owned();
    for alias in command.get_visible_aliases() {
        names = format!("{names}, {alias}");
    }
    names
}

/// What `--version` prints after the program's name. Release builds set EDGELOGS_COMMIT; a build from
/// crates.io has none.
fn long_version() -> Resettable<clap::builder::Str> {
    let version = env!("CARGO_PKG_VERSION");
    let commit = match option_env!("EDGELOGS_COMMIT") {
        Some(commit) => format!(" ({commit})"),
        None => String::new(),
    };
    let features = if cfg!(feature = "device") {
        "device"
    } else {
        "none"
    };
    let text = format!("{version}{commit}\nfeatures: {features}\nIoT Hub API: {API_VERSION}");
    Resettable::Value(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_ordered_and_positions_kept() {
        let named =
            |id: &'static str, heading: &'static str| Arg::new(id).long(id).help_heading(heading);
        let command = with_order(
            Command::new("x")
                .arg(named("quiet", "Output"))
                .arg(Arg::new("first").value_name("FILE").help_heading("Wire"))
                .arg(named("mine", "Mine"))
                .arg(Arg::new("second").value_name("N").help_heading("Task"))
                .arg(named("hub", "Connection")),
            &[named("profile", "Settings")],
        );
        let ids: Vec<&str> = command
            .get_arguments()
            .map(|arg| arg.get_id().as_str())
            .collect();
        assert_eq!(ids, ["second", "mine", "profile", "hub", "first", "quiet"]);
        let positions: Vec<Option<usize>> = command.get_arguments().map(Arg::get_index).collect();
        assert_eq!(positions, [Some(2), None, None, None, Some(1), None]);
    }

    #[test]
    fn a_hint_follows_from_the_values_name() {
        let hint = |name: &'static str| with_hint(Arg::new("x").value_name(name)).get_value_hint();
        assert_eq!(hint("FILE"), ValueHint::FilePath);
        assert_eq!(hint("DIR"), ValueHint::DirPath);
        assert_eq!(hint("N"), ValueHint::Other);
        let flag = with_hint(Arg::new("x").long("x").action(ArgAction::SetTrue));
        assert_eq!(flag.get_value_hint(), ValueHint::Unknown);
    }
}
