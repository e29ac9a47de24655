//! Parses the arguments, with settings as defaults.

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{ArgMatches, FromArgMatches, ValueEnum};

use crate::cli::environment;
use crate::cli::settings::defaults::with_defaults;
use crate::cli::settings::flags::Tree;
use crate::cli::settings::for_command::settings_for;
use crate::cli::settings::loaded::Settings;
use crate::cli::settings::selection::SettingsSelection;
use crate::cli::suggest::suggest;
use crate::cli::tree::{Cli, command, command_of, pages_of, version};
#[cfg(feature = "device")]
use crate::device::sources;
use crate::error::Error;
use crate::hub::IDENTITY_VARIABLES;
use crate::invalid_input::InvalidInput;
use crate::output::{ColorWhen, Console};
use crate::proxy::NO_PROXY;
#[cfg(feature = "device")]
use crate::shell_word::shell_word;

/// Why no command runs.
pub(crate) enum NotRun {
    Usage(clap::Error),
    Settings(Console, Box<Error>),
}

/// Parses once to select the settings, and again with the settings as defaults.
pub(crate) fn parse(args: &[OsString]) -> Result<(Cli, Settings), NotRun> {
    #[cfg(feature = "device")]
    if let Err(error) = check_local(args) {
        let console = Console::new(false, 0).with_color(typed_color(args));
        return Err(NotRun::Settings(console, Box::new(error.into())));
    }
    if let Err(error) = check_variables(|name| std::env::var_os(name)) {
        let console = Console::new(false, 0).with_color(typed_color(args));
        return Err(NotRun::Settings(console, Box::new(error.into())));
    }
    let (cli, matches, typed) =
        parse_with(args, |tree| tree).map_err(|error| match error.kind() {
            ErrorKind::InvalidUtf8 => not_utf8(args, error),
            _ if error.exit_code() == 0 => NotRun::Usage(error),
            _ => NotRun::Usage(suggest(error, args, command())),
        })?;
    let selection = SettingsSelection::of(&matches);
    let console = cli.console(&selection);
    let settings = settings_for(selection, &typed, &Tree::new(command), &matches, console)
        .map_err(|error| NotRun::Settings(console, Box::new(error)))?;
    if settings.is_empty() {
        return Ok((cli, settings));
    }
    let (cli, ..) =
        parse_with(args, |tree| with_defaults(tree, &settings)).map_err(NotRun::Usage)?;
    Ok((cli, settings))
}

/// Parses with the tree of the typed command, and where that tree does not take the arguments, with
/// the whole one, which has the help pages and can tell what was meant.
fn parse_with(
    args: &[OsString],
    change: impl Fn(clap::Command) -> clap::Command,
) -> Result<(Cli, ArgMatches, clap::Command), clap::Error> {
    let parse = |tree: clap::Command| {
        let mut tree = change(tree);
        let matches = tree.try_get_matches_from_mut(args)?;
        let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut tree))?;
        Ok::<_, clap::Error>((cli, matches, tree))
    };
    let is_version = matches!(args, [_, flag] if flag == "-V" || flag == "--version");
    let typed = match is_version {
        true => Some(version()),
        false => command_of(args),
    };
    match typed.map(parse) {
        Some(Ok(parsed)) => Ok(parsed),
        Some(Err(error)) if error.kind() == ErrorKind::DisplayVersion => Err(error),
        Some(Err(error)) if error.kind() == ErrorKind::DisplayHelp => parse(pages_of(args)),
        _ => parse(command()),
    }
}

/// Refuses a variable that is not UTF-8 or only white space, which would count as not set, and an empty
/// name of the settings file.
fn check_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<(), InvalidInput> {
    // clap would name the flag.
    if variable(environment::CONFIG).is_some_and(|value| value.is_empty()) {
        let name = environment::CONFIG;
        return Err(InvalidInput::new(format!("the variable {name} is empty"))
            .hint(format!("unset {name}, or set it to `none`")));
    }
    for name in environment::TEXTS
        .iter()
        .chain(IDENTITY_VARIABLES)
        .chain(&NO_PROXY)
    {
        let Some(value) = variable(name) else {
            continue;
        };
        let is_ours = environment::TEXTS.contains(name);
        let problem = match value.to_str() {
            None => "is not UTF-8",
            // Azure's own clients take a blank one as not set.
            Some(text) if is_ours && !text.is_empty() && text.trim().is_empty() => {
                "is only white space"
            }
            Some(_) => continue,
        };
        return Err(InvalidInput::new(format!("the variable {name} {problem}"))
            .hint(format!("unset {name}")));
    }
    Ok(())
}

/// clap does not say which argument is not UTF-8.
fn not_utf8(args: &[OsString], error: clap::Error) -> NotRun {
    let Some(word) = args.iter().find(|word| word.to_str().is_none()) else {
        return NotRun::Usage(error);
    };
    let shown = word.to_string_lossy();
    let invalid = InvalidInput::new(format!("the argument `{shown}` is not UTF-8"));
    let console = Console::new(false, 0).with_color(typed_color(args));
    NotRun::Settings(console, Box::new(invalid.into()))
}

/// Refuses a source after `--local` and a blank. Since the source is optional, it would count as the
/// next argument, such as a module, and the sample would be read instead.
#[cfg(feature = "device")]
fn check_local(args: &[OsString]) -> Result<(), InvalidInput> {
    let own = args.split(|word| word == "--").next().unwrap_or(&[]);
    let source = own.windows(2).find_map(|pair| {
        let text = pair[1].to_str().filter(|_| pair[0] == "--local")?;
        let name = text.split(':').next()?;
        sources::KINDS.contains(&name).then_some(text)
    });
    let Some(source) = source else {
        return Ok(());
    };
    Err(
        InvalidInput::new(format!("`{source}` after --local is not its source")).hint(format!(
            "join them with an equals sign: {}; put a module of this name before --local",
            shell_word(&format!("--local={source}"))
        )),
    )
}

/// The value of `--color` when clap stops early, for help or an error.
pub(crate) fn typed_color(args: &[OsString]) -> ColorWhen {
    let args: Vec<&str> = args.iter().filter_map(|arg| arg.to_str()).collect();
    let own = args.split(|word| *word == "--").next().unwrap_or(&[]);
    let value = own.iter().enumerate().rev().find_map(|(at, word)| {
        word.strip_prefix("--color=")
            .or_else(|| own[at].eq("--color").then(|| own.get(at + 1).copied())?)
    });
    value
        .and_then(|value| ColorWhen::from_str(value, false).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_known_before_the_arguments_are() {
        for (args, when) in [
            (vec!["--color", "always", "--help"], ColorWhen::Always),
            (vec!["get", "--color=never", "-h"], ColorWhen::Never),
            (
                vec!["--color=never", "--color", "always"],
                ColorWhen::Always,
            ),
            (vec!["get", "--", "--color=always"], ColorWhen::Auto),
            (vec!["--color", "loud"], ColorWhen::Auto),
            (vec!["--color"], ColorWhen::Auto),
        ] {
            let args: Vec<OsString> = args.into_iter().map(OsString::from).collect();
            assert_eq!(typed_color(&args), when, "{args:?}");
        }
    }
}
