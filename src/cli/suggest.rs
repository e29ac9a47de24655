//! What was meant by an argument that does not exist: clap knows only what is spelled alike.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::shell_word::shell_word;

/// Flags of other tools and what does the same here, in the commands that have it.
const FLAGS: [(&[&str], &str, &str); 14] = [
    (&["--lines", "--limit", "--number"], "tail", "use --tail N"),
    (&["--all"], "tail", "without --tail, all lines are fetched"),
    (
        &["--filter", "--pattern", "--search"],
        "regex",
        "use --grep RE",
    ),
    (&["--invert-match", "--not"], "exclude", "use --exclude RE"),
    (&["--watch", "--stream"], "follow", "use --follow"),
    (
        &["--json"],
        "output",
        "use -o json, or -o jsonl for one object per line",
    ),
    (
        &["--plain", "--no-color", "--no-colour"],
        "color",
        "use --color never",
    ),
    (
        &["--level", "--severity", "--min-level"],
        "loglevel",
        "use --loglevel LEVEL",
    ),
    (&["--container", "--service"], "module", "use --module NAME"),
    (&["--devices", "--device-id"], "device", "use --device ID"),
    (
        &["--from", "--after", "--since-time"],
        "since",
        "use --since TIME",
    ),
    (&["--to", "--before"], "until", "use --until TIME"),
    (&["--assume-yes"], "yes", "use --yes"),
    (
        &["--wait-online"],
        "connect_timeout",
        "use --connect-timeout DURATION",
    ),
];

/// Commands of other tools and what does the same here.
const COMMANDS: [(&[&str], &str); 10] = [
    (&["version"], "run edgelogs --version"),
    (
        &["list", "ls"],
        "run edgelogs devices, or edgelogs modules DEVICE",
    ),
    (&["tail", "follow", "watch"], "run edgelogs get --follow"),
    (&["log", "show", "cat", "fetch"], "run edgelogs get"),
    (&["ps", "inspect"], "run edgelogs modules DEVICE"),
    (&["device-list"], "run edgelogs devices"),
    (&["support-bundle"], "run edgelogs bundle"),
    (&["task", "tasks", "wait"], "run edgelogs status"),
    (
        &["init", "profile", "profiles", "settings"],
        "run edgelogs config",
    ),
    (&["completion"], "run edgelogs completions"),
];

/// Replaces clap's suggestion where a better one is known.
pub(crate) fn suggest(
    mut error: clap::Error,
    args: &[OsString],
    mut tree: clap::Command,
) -> clap::Error {
    tree.build();
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    let found = match error.kind() {
        ErrorKind::UnknownArgument => {
            text(ContextKind::InvalidArg).and_then(|arg| argument(&arg, command_of(args, &tree)))
        }
        ErrorKind::InvalidSubcommand => {
            text(ContextKind::InvalidSubcommand).and_then(|name| command(&name))
        }
        _ => None,
    };
    if let Some(found) = found {
        for kind in [
            ContextKind::SuggestedArg,
            ContextKind::SuggestedSubcommand,
            ContextKind::SuggestedCommand,
            ContextKind::TrailingArg,
        ] {
            error.remove(kind);
        }
        let found = vec![StyledStr::from(found)];
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(found));
        // clap's own usage shows the argument that it would have suggested.
        let usage = command_of(args, &tree).clone().render_usage();
        error.insert(ContextKind::Usage, ContextValue::StyledStr(usage));
    }
    error
}

/// The innermost command that the words name.
fn command_of<'a>(args: &[OsString], tree: &'a clap::Command) -> &'a clap::Command {
    let mut command = tree;
    for word in args.iter().skip(1).filter_map(|word| word.to_str()) {
        if let Some(below) = command.find_subcommand(word) {
            command = below;
        }
    }
    command
}

fn argument(typed: &str, command: &clap::Command) -> Option<String> {
    let has = |id: &str| command.get_arguments().any(|arg| arg.get_id() == id);
    if !typed.starts_with('-') {
        let word = shell_word(typed);
        return has("device").then(|| format!("if it is a device: -d {word}"));
    }
    let name = typed.split('=').next().unwrap_or(typed);
    let (_, _, here) = FLAGS
        .iter()
        .find(|(names, id, _)| names.contains(&name) && has(id))?;
    Some((*here).to_owned())
}

fn command(typed: &str) -> Option<String> {
    let (_, here) = COMMANDS.iter().find(|(names, _)| names.contains(&typed))?;
    Some((*here).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::tree::command as tree;

    #[test]
    fn every_suggestion_is_of_something_that_exists_and_of_nothing_that_works() {
        let tree = tree();
        let get = tree.find_subcommand("get").unwrap();
        for (names, id, here) in FLAGS {
            assert!(get.get_arguments().any(|arg| arg.get_id() == id), "{here}");
            for name in names {
                let long = name.trim_start_matches('-');
                let mut all = get.get_arguments();
                assert!(all.all(|arg| arg.get_long() != Some(long)), "{name}");
            }
        }
        for (names, here) in COMMANDS {
            let command = here
                .split_whitespace()
                .nth(2)
                .unwrap()
                .trim_end_matches(',');
            let known = command.starts_with('-') || tree.find_subcommand(command).is_some();
            assert!(known, "{here}");
            for name in names {
                assert!(tree.find_subcommand(name).is_none(), "{name}");
            }
        }
    }
}
