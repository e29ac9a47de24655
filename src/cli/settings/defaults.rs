//! Makes settings the defaults of the flags of the same name.
//!
//! The parser itself then sees to it that a flag is stronger than the environment, and both than
//! the settings file; and a value from the file is read exactly as a typed one.

use std::error::Error as _;

use clap::builder::ArgPredicate;
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, Command};

use crate::cli::settings::keys::{Key, Use};
use crate::cli::settings::loaded::{Setting, Settings};

/// The command whose own flags describe settings instead of having them.
pub(crate) const CONFIG_COMMAND: &str = "config";

/// The command tree with the settings as defaults.
pub(crate) fn with_defaults(tree: Command, settings: &Settings) -> Command {
    if tree.get_name() == CONFIG_COMMAND {
        return tree;
    }
    let longs: Vec<(String, clap::Id)> = tree
        .get_arguments()
        .filter_map(|arg| Some((arg.get_long()?.to_owned(), arg.get_id().clone())))
        .collect();
    tree.mut_args(|arg| {
        let setting =
            setting_of(settings, &arg).filter(|setting| takes(&arg, &setting.values).is_ok());
        let Some(setting) = setting else {
            return arg;
        };
        let yields = longs
            .iter()
            .filter(|(long, _)| setting.key.gives_way_to.contains(&long.as_str()))
            .map(|(_, id)| (id.clone(), ArgPredicate::IsPresent, None::<&'static str>));
        let arg = arg.default_value_ifs(yields);
        arg.default_values(setting.values.clone())
    })
    .mut_subcommands(|command| with_defaults(command, settings))
}

/// Whether some flag of this name takes the values. A name without a flag in this build is fine.
///
/// # Errors
/// No flag takes them; the text says why.
pub(crate) fn check(key: &Key, values: &[String], tree: &Command) -> Result<(), String> {
    let mut refusal = None;
    // Commands differ in what their flags of one name take.
    let mut possible: Vec<String> = Vec::new();
    for arg in flags(tree, key.name) {
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

fn setting_of<'a>(settings: &'a Settings, arg: &Arg) -> Option<&'a Setting> {
    let setting = settings.get(arg.get_long()?)?;
    (setting.key.used == Use::Default).then_some(setting)
}

/// Whether the flag's own parser takes the values: the only judge of them.
fn takes(arg: &Arg, values: &[String]) -> Result<(), clap::Error> {
    let parser = match arg.get_action() {
        // A switch has no value on the command line, and no parser of its own before it is built.
        ArgAction::SetTrue | ArgAction::SetFalse => clap::value_parser!(bool),
        _ => arg.get_value_parser().clone(),
    };
    let probe = Arg::new("value")
        .long("value")
        .action(ArgAction::Append)
        .value_parser(parser);
    let words = values.iter().map(|value| format!("--value={value}"));
    Command::new("settings")
        .no_binary_name(true)
        .arg(probe)
        .try_get_matches_from(words)
        .map(drop)
}

/// What is wrong with a value, without the words that are about a command line.
fn reason(error: &clap::Error) -> String {
    if let Some(source) = error.source() {
        return source.to_string();
    }
    "the flag of this name does not take it".to_owned()
}
