//! The flags of the command tree, whose parsers check the values of settings.

use std::error::Error as _;
use std::sync::LazyLock;

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, Command};

/// The whole command tree, built when it is first looked at: most runs have no settings to check.
pub(crate) type Tree = LazyLock<Command>;

/// Its flags describe settings instead of taking them as defaults.
pub(crate) const CONFIG_COMMAND: &str = "config";

/// Checks that some flag of this name accepts the values. A name without a flag in this build is
/// fine.
///
/// # Errors
/// Why no flag accepts them.
pub(crate) fn check(name: &str, values: &[String], tree: &Command) -> Result<(), String> {
    let mut refusal = None;
    // Flags of the same name may accept different values in different commands.
    let mut possible: Vec<String> = Vec::new();
    for arg in flags(tree, name) {
        let Err(error) = takes(arg, values) else {
            return Ok(());
        };
        match error.get(ContextKind::ValidValue) {
            Some(ContextValue::Strings(more)) => {
                for value in more {
                    if !possible.contains(value) {
                        possible.push(value.clone());
                    }
                }
            }
            _ => refusal = Some(reason(&error)),
        }
    }
    if possible.is_empty() {
        return refusal.map_or(Ok(()), Err);
    }
    Err(format!("possible values: {}", possible.join(", ")))
}

/// The flags of this name in the whole tree.
pub(crate) fn flags<'a>(tree: &'a Command, name: &str) -> Vec<&'a Arg> {
    if tree.get_name() == CONFIG_COMMAND {
        return Vec::new();
    }
    let own = tree
        .get_arguments()
        .filter(|arg| arg.get_long() == Some(name));
    let below = tree
        .get_subcommands()
        .flat_map(|command| flags(command, name));
    own.chain(below).collect()
}

/// Checks the values with the flag's own parser.
pub(crate) fn takes(arg: &Arg, values: &[String]) -> Result<(), clap::Error> {
    let parser = match arg.get_action() {
        // A switch has no value on the command line, and no parser of its own before it is built.
        ArgAction::SetTrue | ArgAction::SetFalse => clap::value_parser!(bool),
        _ => arg.get_value_parser().clone(),
    };
    let probe = Arg::new("value")
        .long("value")
        .action(ArgAction::Append)
        .ignore_case(arg.is_ignore_case_set())
        .value_parser(parser);
    let words = values.iter().map(|value| format!("--value={value}"));
    Command::new("settings")
        .no_binary_name(true)
        .arg(probe)
        .try_get_matches_from(words)
        .map(drop)
}

/// What is wrong with a value, without clap's text about a command line.
fn reason(error: &clap::Error) -> String {
    if let Some(source) = error.source() {
        return source.to_string();
    }
    "the flag of this name doesn't accept it".to_owned()
}
