//! Makes settings the defaults of the flags of the same name.
//!
//! clap then gives flags precedence over the environment, and both over the settings file, and reads
//! a value from the file exactly as a typed one. A profile given with `-p` has precedence over the
//! environment.

use clap::builder::ArgPredicate;
use clap::{Arg, Command};

use crate::cli::settings::flags::{CONFIG_COMMAND, takes};
use crate::cli::settings::keys::AppliesTo;
use crate::cli::settings::loaded::{Setting, Settings};

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
            .filter(|(long, _)| setting.key.overridden_by.contains(&long.as_str()))
            .map(|(_, id)| (id.clone(), ArgPredicate::IsPresent, None::<&'static str>));
        let arg = arg.default_value_ifs(yields);
        let arg = match settings.is_typed(setting.key.name) {
            true => arg.env(None::<&'static str>),
            false => arg,
        };
        arg.default_values(setting.values.clone())
    })
    .mut_subcommands(|command| with_defaults(command, settings))
}

fn setting_of<'a>(settings: &'a Settings, arg: &Arg) -> Option<&'a Setting> {
    let setting = settings.get(arg.get_long()?)?;
    (setting.key.applies_to == AppliesTo::Flag).then_some(setting)
}
