//! `-h`: one screen with examples first, then what most people use. `--help` has the rest.

use clap::Command;

/// The arguments that `-h` leaves to `--help`, by their ids.
const RARE: [&str; 43] = [
    "no_wait",
    "yes",
    "dry_run",
    "timestamps",
    "out_dir",
    "query",
    "devices_from",
    "max_devices",
    "shard",
    "concurrency",
    "rate",
    "item",
    "loglevel_only",
    "level_from",
    "ignore_case",
    "exclude",
    "encoding",
    "content_type",
    "auth",
    "connection_string_file",
    "ca_file",
    "source_utc_offset",
    "timeout",
    "connect_timeout",
    "retries",
    "wait_timeout",
    "interval",
    "format",
    "order",
    "highlight",
    "prefix",
    "json_logs",
    "force",
    "config",
    "color",
    "utc",
    "quiet",
    "verbose",
    "version",
    "edge_runtime_only",
    "decompress",
    "wait",
    "all_profiles",
];

/// How many examples `-h` shows, and how wide they may be.
const MAX_EXAMPLES: usize = 3;
const MAX_WIDTH: usize = 80;

/// clap's own, where what stands before the rest ends with what the command is about.
const TEMPLATE: &str = "{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";

/// Gives a command and those below it a short page.
pub(super) fn with_short_help(mut command: Command) -> Command {
    let examples = examples(&command);
    // Where it is the default, hardly anybody types it.
    let waits = command.get_arguments().any(|arg| arg.get_id() == "no_wait");
    let rare: Vec<clap::Id> = command
        .get_arguments()
        .map(|arg| arg.get_id().clone())
        .filter(|id| RARE.contains(&id.as_str()) && (waits || id.as_str() != "wait"))
        .collect();
    // `sas new`, `config init` and others are not among those with many flags.
    let has_many = command.get_arguments().count() > 9;
    if has_many {
        for id in rare {
            command = command.mut_arg(id, |arg| arg.hide_short_help(true));
        }
        let name = command.get_name().to_owned();
        command = command.after_help(format!(
            "All flags and what they mean: edgelogs {name} --help"
        ));
        if command.get_after_long_help().is_none() {
            command = command.after_long_help("");
        }
    }
    if let Some(examples) = examples {
        // clap would print an empty line for an empty text before the long page.
        let about = command.get_about().cloned().unwrap_or_default();
        let long = command.get_long_about().cloned();
        command = command
            .before_help(format!("{examples}\n\n{about}"))
            .before_long_help(long.unwrap_or(about))
            .help_template(TEMPLATE);
    }
    command.mut_subcommands(with_short_help)
}

/// The first examples of the long page that fit.
fn examples(command: &Command) -> Option<String> {
    let long = command.get_after_long_help()?.to_string();
    let listed = long.strip_prefix("Examples:\n")?;
    let lines: Vec<&str> = listed
        .lines()
        .take_while(|line| line.starts_with("  "))
        .filter(|line| line.len() <= MAX_WIDTH)
        .take(MAX_EXAMPLES)
        .collect();
    (!lines.is_empty()).then(|| format!("Examples:\n{}", lines.join("\n")))
}

#[cfg(test)]
mod tests {
    use crate::cli::tree::command;

    fn assert_short(command: &clap::Command, path: &str) {
        let page = command.clone().term_width(80).render_help().to_string();
        let lines = page.lines().count();
        assert!(lines <= 45, "{path}: {lines} lines\n{page}");
        for sub in command.get_subcommands() {
            assert_short(sub, &format!("{path} {}", sub.get_name()));
        }
    }

    #[test]
    fn every_short_page_fits_on_a_screen() {
        let mut tree = command();
        tree.build();
        assert_short(&tree, "edgelogs");
        let get = tree.find_subcommand("get").unwrap();
        let page = get.clone().render_help().to_string();
        assert!(page.starts_with("Examples:\n  edgelogs get"), "{page}");
    }
}
