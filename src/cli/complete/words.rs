//! Parses the incomplete command line for its hub and device.

use std::ffi::{OsStr, OsString};

use clap::{ArgMatches, Args, Command, FromArgMatches};

use crate::cli::args::connection::ConnectionArgs;
use crate::cli::args::target::{LOCAL_DEVICE, default_device};
use crate::cli::context::Context;
use crate::cli::settings::flags::Tree;
use crate::cli::settings::for_command::settings_for;
use crate::cli::settings::keys::CONNECTION_STRING_COMMAND;
use crate::cli::settings::loaded::Settings;
use crate::cli::settings::selection::SettingsSelection;
use crate::output::Console;

/// Set by some shells to the cursor's word; otherwise it is the last one.
const CURSOR: &str = "_CLAP_COMPLETE_INDEX";

/// An argument that exactly the commands that call a hub have.
const OF_CONNECTION: &str = "connection_string_file";

/// The typed words, the program's name first.
#[derive(Debug)]
pub(crate) struct Words {
    typed: Vec<OsString>,
    make_tree: fn() -> Command,
}

impl Words {
    pub(crate) fn new(words: &[OsString], make_tree: fn() -> Command) -> Self {
        let mut typed: Vec<OsString> = words.iter().map(|word| unquoted(word)).collect();
        let cursor = std::env::var(CURSOR).ok().and_then(|at| at.parse().ok());
        let cursor = cursor.unwrap_or_else(|| typed.len().saturating_sub(1));
        // Without a value at the cursor, its flag would take the next word.
        if let Some(word) = typed.get_mut(cursor).filter(|word| word.is_empty()) {
            *word = "_".into();
        }
        Self { typed, make_tree }
    }

    /// Parses as much of the line as possible.
    pub(crate) fn read(&self) -> Option<Typed> {
        let tree = Tree::new(self.make_tree);
        let all = tree.clone().ignore_errors(true);
        let all = all.try_get_matches_from(&self.typed).ok()?;
        let console = Console::silent();
        let selection = SettingsSelection::of(&all);
        // Settings apply as when the line is run.
        let settings = settings_for(selection, &tree, &tree, &all, console).ok()?;
        let (mut command, mut of) = (all, &*tree);
        while let Some((name, below)) = command.remove_subcommand() {
            (command, of) = (below, of.find_subcommand(&name)?);
        }
        Some(Typed {
            calls_hub: calls_hub(of),
            command,
            context: Context::new(console, self.make_tree),
            settings,
        })
    }

    /// The profiles of the selected settings file.
    pub(crate) fn profiles(&self) -> Option<Vec<String>> {
        let tree = (self.make_tree)().ignore_errors(true);
        let all = tree.try_get_matches_from(&self.typed).ok()?;
        let file = SettingsSelection::of(&all).path.read().ok()?;
        file.map(|file| file.profile_names())
    }
}

/// A parsed incomplete line.
#[derive(Debug)]
pub(crate) struct Typed {
    /// The innermost command's arguments.
    command: ArgMatches,
    /// Whether the command calls a hub. An optimized clap does not tell which arguments a command has.
    calls_hub: bool,
    pub(crate) context: Context,
    pub(crate) settings: Settings,
}

impl Typed {
    /// The connection; none if the command has none, or if it might prompt for a secret.
    pub(crate) fn connection(&self) -> Option<ConnectionArgs> {
        if !self.calls_hub {
            return None;
        }
        let connection = ConnectionArgs::from_arg_matches(&self.command).ok()?;
        // stdin is the terminal, where a command might prompt.
        let prompts =
            connection.reads_stdin() || self.settings.get(CONNECTION_STRING_COMMAND).is_some();
        (!prompts).then_some(connection)
    }

    /// The device on the line, or else in the environment, the settings or `--local`.
    pub(crate) fn device(&self, local: bool) -> Option<String> {
        let typed = self.command.try_get_many::<String>("device").ok().flatten();
        typed
            .and_then(|mut devices| devices.next().cloned())
            .or_else(|| default_device(&self.settings))
            .or_else(|| local.then(|| LOCAL_DEVICE.to_owned()))
    }
}

/// Removes quotes: shells hand over words as typed.
fn unquoted(word: &OsStr) -> OsString {
    let Some(text) = word.to_str() else {
        return word.to_owned();
    };
    if let Some(path) = text.strip_prefix("~/")
        && let Some(home) = dirs::home_dir()
    {
        return home.join(path).into();
    }
    let quoted = ['\'', '"'].into_iter().find_map(|quote| {
        let inner = text.strip_prefix(quote)?;
        Some(inner.strip_suffix(quote).unwrap_or(inner))
    });
    if let Some(inner) = quoted {
        return inner.into();
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        // Before a letter, it is a path separator of Windows.
        let quotes = rest.peek().is_some_and(|next| !next.is_alphanumeric());
        if character == '\\' && quotes {
            plain.extend(rest.next());
        } else {
            plain.push(character);
        }
    }
    plain.into()
}

/// Whether a command calls a hub.
pub(crate) fn calls_hub(command: &Command) -> bool {
    command
        .get_arguments()
        .any(|arg| arg.get_id() == OF_CONNECTION)
}

/// An argument group with its defaults.
pub(crate) fn defaults<A: Args>() -> Option<A> {
    let command = A::augment_args(Command::new("defaults"));
    let matches = command.try_get_matches_from(["defaults"]).ok()?;
    A::from_arg_matches(&matches).ok()
}

#[cfg(test)]
mod tests {
    use clap::Arg;

    use super::*;

    fn tree() -> Command {
        let get = Command::new("get").alias("logs").args([
            Arg::new("device")
                .short('d')
                .long("device")
                .action(clap::ArgAction::Append),
            Arg::new("module")
                .short('m')
                .action(clap::ArgAction::Append),
            Arg::new("tail").long("tail"),
        ]);
        Command::new("edgelogs")
            .args([
                Arg::new("profile").long("profile").global(true),
                Arg::new("config")
                    .long("config")
                    .global(true)
                    .value_parser(clap::value_parser!(std::path::PathBuf)),
                Arg::new("verbose")
                    .short('v')
                    .action(clap::ArgAction::Count),
            ])
            .subcommand(ConnectionArgs::augment_args(get))
            .subcommand(Command::new("completions"))
    }

    fn words(line: &str) -> Words {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        Words::new(&words, tree)
    }

    #[test]
    fn the_device_is_found_wherever_it_stands() {
        for line in [
            "edgelogs get -d press-07 ",
            "edgelogs get -m  -d press-07",
            "edgelogs get --device=press-07 -m ",
            "edgelogs -v get -d press-07 -d press-08 --tail ",
            "edgelogs logs -dpress-07 ",
        ] {
            assert_eq!(
                words(line).read().unwrap().device(false).as_deref(),
                Some("press-07"),
                "{line}"
            );
        }
    }

    #[test]
    fn a_word_is_what_the_shell_will_make_of_it() {
        for (typed, means) in [
            ("press-07", "press-07"),
            ("'press 07'", "press 07"),
            ("\"press 07", "press 07"),
            (r"press\ 07\$", "press 07$"),
            (r"C:\hubs\a.txt", r"C:\hubs\a.txt"),
        ] {
            assert_eq!(unquoted(OsStr::new(typed)), means, "{typed}");
        }
        let home = dirs::home_dir().unwrap();
        assert_eq!(unquoted(OsStr::new("~/hub.txt")), home.join("hub.txt"));
    }

    #[test]
    fn the_connection_is_that_of_the_words() {
        let connection = |line| words(line).read().unwrap().connection();
        let typed = connection("edgelogs get --connection-string-file hub.txt -d ");
        let typed = format!("{typed:?}");
        assert!(typed.contains("hub.txt"), "{typed}");
        assert!(connection("edgelogs get --connection-string-file - -d ").is_none());
        assert!(connection("edgelogs completions ").is_none());
    }
}
