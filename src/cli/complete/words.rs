//! The words of the line so far, read for what they tell of hub and device.

use std::ffi::{OsStr, OsString};

use clap::{ArgMatches, Args, Command, FromArgMatches};

use crate::cli::args::connection::ConnectionArgs;
use crate::cli::args::target::{LOCAL_DEVICE, device_behind_arguments};
use crate::cli::context::Context;
use crate::cli::settings::for_command::{profile_names, settings_for};
use crate::cli::settings::keys::CONNECTION_STRING_COMMAND;
use crate::cli::settings::loaded::Settings;
use crate::cli::settings::selection::SettingsSelection;
use crate::output::Console;

/// The position of the cursor, where the shell tells it; otherwise it is at the last word.
const CURSOR: &str = "_CLAP_COMPLETE_INDEX";

/// An argument that all commands have that call a hub, and no others.
const OF_CONNECTION: &str = "connection_string_file";

/// The words that are typed, the program's name first.
#[derive(Debug)]
pub(crate) struct Words {
    typed: Vec<OsString>,
    make_tree: fn() -> Command,
}

impl Words {
    pub(crate) fn new(words: &[OsString], make_tree: fn() -> Command) -> Self {
        let mut typed: Vec<OsString> = words.iter().map(|word| meant(word)).collect();
        let cursor = std::env::var(CURSOR).ok().and_then(|at| at.parse().ok());
        let cursor = cursor.unwrap_or_else(|| typed.len().saturating_sub(1));
        // The word at the cursor is a value to be: without one, its flag would take the next word.
        if let Some(word) = typed.get_mut(cursor).filter(|word| word.is_empty()) {
            *word = "_".into();
        }
        Self { typed, make_tree }
    }

    /// What the words say, as far as they make sense.
    pub(crate) fn read(&self) -> Option<Typed> {
        let tree = (self.make_tree)();
        let all = tree.clone().ignore_errors(true);
        let all = all.try_get_matches_from(&self.typed).ok()?;
        let console = Console::silent();
        let selection = SettingsSelection::of(&all);
        // What the settings file says counts in the same way as when the line is run.
        let settings = settings_for(selection, &tree, &all, console).ok()?;
        let mut command = all;
        while let Some((_, below)) = command.remove_subcommand() {
            command = below;
        }
        Some(Typed {
            command,
            context: Context::new(console, self.make_tree),
            settings,
        })
    }

    /// The profiles of the settings file that is typed.
    pub(crate) fn profiles(&self) -> Option<Vec<String>> {
        let tree = (self.make_tree)().ignore_errors(true);
        let all = tree.try_get_matches_from(&self.typed).ok()?;
        Some(profile_names(&SettingsSelection::of(&all)))
    }
}

/// A line as far as it is typed.
#[derive(Debug)]
pub(crate) struct Typed {
    /// The arguments of the command at its end.
    command: ArgMatches,
    /// A run of it, which says nothing.
    pub(crate) context: Context,
    pub(crate) settings: Settings,
}

impl Typed {
    /// The connection that is meant; none where the command has none, or where an operator might be
    /// asked for a secret.
    pub(crate) fn connection(&self) -> Option<ConnectionArgs> {
        self.command.try_contains_id(OF_CONNECTION).ok()?;
        let connection = ConnectionArgs::from_arg_matches(&self.command).ok()?;
        // stdin is the terminal, and a command may unlock its secret there.
        let asks =
            connection.reads_stdin() || self.settings.get(CONNECTION_STRING_COMMAND).is_some();
        (!asks).then_some(connection)
    }

    /// The device that is typed, or else that of the environment, the settings or `--local`.
    pub(crate) fn device(&self, local: bool) -> Option<String> {
        let typed = self.command.try_get_many::<String>("device").ok().flatten();
        typed
            .and_then(|mut devices| devices.next().cloned())
            .or_else(|| device_behind_arguments(&self.settings))
            .or_else(|| local.then(|| LOCAL_DEVICE.to_owned()))
    }
}

/// A word without its quotes: shells hand over words as they are typed, before they read them.
fn meant(word: &OsStr) -> OsString {
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
        // Before a letter it divides the folders of Windows.
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
        .any(|arg| super::is(arg, OF_CONNECTION))
}

/// The arguments of a group that are not typed.
pub(crate) fn defaults<A: Args>() -> Option<A> {
    let command = A::augment_args(Command::new("defaults"));
    let matches = command.try_get_matches_from(["defaults"]).ok()?;
    A::from_arg_matches(&matches).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Words {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        Words::new(&words, crate::cli::tree::command)
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
            assert_eq!(meant(OsStr::new(typed)), means, "{typed}");
        }
        let home = dirs::home_dir().unwrap();
        assert_eq!(meant(OsStr::new("~/hub.txt")), home.join("hub.txt"));
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
