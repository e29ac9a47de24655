//! The command tree.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand};

#[cfg(feature = "device")]
use crate::cli::commands::device;
use crate::cli::commands::{
    bundle, completions, config, devices, doctor, get, invoke, modules, ping, restart, sas, status,
    upload,
};
use crate::cli::settings::selection::SettingsSelection;
use crate::cli::{environment, help};
use crate::error::Error;
use crate::output;
use crate::output::{ColorWhen, Console, HintFlags};

/// The widest line of a help page.
const HELP_WIDTH: usize = 100;

/// Gets logs and support bundles off Azure IoT Edge devices
///
/// Calls the edge agent's direct methods through IoT Hub, then decodes and prints the answers.
/// stdout holds only data; everything else goes to stderr.
#[derive(Debug, Parser)]
#[command(name = "edgelogs", version, arg_required_else_help = true, max_term_width = HELP_WIDTH, after_long_help = AFTER_HELP, styles = output::HELP_STYLES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    #[command(flatten)]
    pub(crate) global: GlobalArgs,
}

/// What every command takes.
#[derive(Debug, Args)]
pub(crate) struct GlobalArgs {
    /// Print only data, warnings and errors; summarise only on failure
    #[arg(short, long, global = true, help_heading = "Output")]
    pub(crate) quiet: bool,

    /// Log every call and the total traffic; -vv adds request bodies
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Output")]
    pub(crate) verbose: u8,

    /// Profile of the settings file
    #[arg(
        short,
        long,
        global = true,
        value_name = "NAME",
        env = environment::PROFILE,
        hide_env_values = true,
        help_heading = "Settings"
    )]
    pub(crate) profile: Option<String>,

    /// Settings file to use; `none` disables it
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = environment::CONFIG,
        hide_env_values = true,
        help_heading = "Settings"
    )]
    pub(crate) config: Option<PathBuf>,
    /// When to use colour
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        help_heading = "Output"
    )]
    pub(crate) color: ColorWhen,

    /// Show times in UTC on a terminal instead of local time
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) utc: bool,
}

/// One line per subcommand.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(visible_alias = "logs")]
    Get(get::GetArgs),
    Upload(upload::UploadArgs),
    Bundle(bundle::BundleArgs),
    Status(status::StatusArgs),
    Devices(devices::DevicesArgs),
    Modules(modules::ModulesArgs),
    Ping(ping::PingArgs),
    Restart(restart::RestartArgs),
    Invoke(invoke::InvokeArgs),
    Completions(completions::CompletionsArgs),
    Config(config::ConfigArgs),
    Sas(sas::SasCommandArgs),
    Doctor(doctor::DoctorArgs),
    #[cfg(feature = "device")]
    Device(device::DeviceArgs),
}

const AFTER_HELP: &str = "\
Examples:
  edgelogs get -m filter --since 1h -d press-07
  edgelogs get --loglevel error --since 1d --where \"tags.site = 'oslo'\"
  edgelogs bundle --sas @sas.txt --since 2d -d press-07

Exit codes:
    0  every target answered, even if no line matched; the task completed
    1  unexpected error, or failures of different kinds
    2  invalid usage, settings or payload: nothing was sent
    3  no device or no module matched, or the hub does not know it
    4  some targets succeeded and some failed
    5  not authorised
    6  device, module or hub unreachable
    7  the device refused the method, or its answer can't be decoded
    8  the task is Failed, Cancelled or Unknown; with --download, no complete blob was left
    9  stopped waiting; the task is still running
   10  throttled by the hub after all retries
  130  interrupted, also by SIGTERM or SIGHUP";

impl Command {
    /// Whether an interruption is the command's normal end.
    pub(crate) fn is_stopped_by(&self, error: &Error) -> bool {
        self.serves() && matches!(error, Error::Interrupted { .. })
    }

    /// Whether it ends by itself when it is interrupted.
    pub(crate) fn stops_itself(&self) -> bool {
        #[cfg(feature = "device")]
        let stops = matches!(self, Self::Device(device) if device.stops_itself());
        #[cfg(not(feature = "device"))]
        let stops = false;
        stops
    }

    /// Whether it runs until stopped, and handles the signal itself.
    pub(crate) fn serves(&self) -> bool {
        #[cfg(feature = "device")]
        let serves = matches!(self, Self::Device(_));
        #[cfg(not(feature = "device"))]
        let serves = false;
        serves
    }
}

impl Cli {
    pub(crate) fn console(&self, selection: &SettingsSelection) -> Console {
        let hint_flags = HintFlags::new(
            selection.file_as_typed(),
            selection.as_typed(),
            selection.module_as_typed().to_owned(),
        );
        Console::new(self.global.quiet, self.global.verbose)
            .with_hint_flags(hint_flags)
            .with_color(self.global.color)
            .with_utc(self.global.utc)
    }
}

/// The command tree with its help pages. Completion scripts, man pages and the command reference are
/// generated from it.
pub(crate) fn command() -> clap::Command {
    help::finish(Cli::command())
}

/// The tree for the arguments of one command, without help pages, which is what most runs need. None if
/// no word names a command. A word that only looks like one makes
/// the tree refuse arguments that the whole tree takes, never the reverse.
pub(crate) fn command_of(args: &[OsString]) -> Option<clap::Command> {
    let typed = args.iter().skip(1).filter_map(|arg| arg.to_str());
    let (name, add_arguments) = typed
        .filter_map(|word| Some((word, arguments_of(word)?)))
        .next()?;
    let tree = version()
        .subcommand_required(true)
        .subcommand(add_arguments(clap::Command::new(name.to_owned())));
    Some(GlobalArgs::augment_args(tree))
}

/// The same with its help pages.
pub(crate) fn pages_of(args: &[OsString]) -> clap::Command {
    command_of(args).map_or_else(command, help::with_pages)
}

/// The tree for the version alone.
pub(crate) fn version() -> clap::Command {
    let tree = clap::Command::new(env!("CARGO_PKG_NAME"))
        .version(env!("CARGO_PKG_VERSION"))
        .max_term_width(HELP_WIDTH)
        .styles(output::HELP_STYLES);
    help::with_general_flags(tree)
}

type AddArguments = fn(clap::Command) -> clap::Command;

/// What adds the arguments of the command with this name, as [`Command`] has them.
fn arguments_of(name: &str) -> Option<AddArguments> {
    Some(match name {
        "get" => get::GetArgs::augment_args,
        "upload" => upload::UploadArgs::augment_args,
        "bundle" => bundle::BundleArgs::augment_args,
        "status" => status::StatusArgs::augment_args,
        "devices" => devices::DevicesArgs::augment_args,
        "modules" => modules::ModulesArgs::augment_args,
        "ping" => ping::PingArgs::augment_args,
        "restart" => restart::RestartArgs::augment_args,
        "invoke" => invoke::InvokeArgs::augment_args,
        "config" => config::ConfigArgs::augment_args,
        "sas" => sas::SasCommandArgs::augment_args,
        "doctor" => doctor::DoctorArgs::augment_args,
        "completions" => completions::CompletionsArgs::augment_args,
        #[cfg(feature = "device")]
        "device" => device::DeviceArgs::augment_args,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn every_command(command: &clap::Command, visit: &mut dyn FnMut(&clap::Command)) {
        visit(command);
        for sub in command.get_subcommands() {
            every_command(sub, visit);
        }
    }

    #[test]
    fn the_tree_of_one_command_has_what_the_whole_has() {
        let ids = |command: &clap::Command| {
            let mut ids = Vec::new();
            every_command(command, &mut |command| {
                let own = command.get_arguments().map(|arg| format!("{arg:?}"));
                // The pages of help add hints and places.
                let own =
                    own.map(|text| text.split(", help:").next().unwrap_or_default().to_owned());
                ids.push((command.get_name().to_owned(), own.collect::<HashSet<_>>()));
            });
            ids
        };
        for whole in Cli::command().get_subcommands() {
            let args = ["edgelogs", whole.get_name()].map(OsString::from);
            let tree = command_of(&args).expect("a tree");
            let own = tree.get_subcommands().next().expect("the command");
            assert_eq!(ids(own), ids(whole));
        }
    }

    #[test]
    fn the_page_of_one_command_is_that_of_the_whole_tree() {
        for whole in Cli::command().get_subcommands() {
            for flag in ["-h", "--help"] {
                let args = ["edgelogs", whole.get_name(), flag].map(OsString::from);
                let page = |tree: clap::Command| {
                    tree.try_get_matches_from(&args)
                        .expect_err("a page")
                        .to_string()
                };
                assert_eq!(page(pages_of(&args)), page(command()));
            }
        }
    }

    #[test]
    fn every_command_is_in_a_group() {
        let page = command().render_long_help().to_string();
        assert!(!page.contains("Other:"), "{page}");
        let name = |line: &str| {
            let name = line.strip_prefix("  ")?.split([' ', ',']).next()?;
            Some(name.to_owned())
        };
        for command in command().get_subcommands() {
            let own = Some(command.get_name().to_owned());
            let lines = page.lines().filter(|line| name(line) == own);
            assert_eq!(lines.count(), 1, "{}: {page}", command.get_name());
        }
    }

    #[test]
    fn every_argument_has_a_short_help_without_a_full_stop() {
        every_command(&command(), &mut |command| {
            let mut shorts = HashSet::new();
            for arg in command.get_arguments() {
                let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
                let place = format!("{} --{}", command.get_name(), arg.get_id());
                assert!(!help.is_empty(), "{place} has no help");
                assert!(!help.ends_with('.'), "{place} ends with a full stop");
                assert!(help.len() <= 90, "{place} is long: {}", help.len());
                assert!(
                    arg.get_short().is_none_or(|short| shorts.insert(short)),
                    "{place}: short twice"
                );
                for name in arg.get_value_names().unwrap_or_default() {
                    assert_eq!(name.as_str(), name.to_uppercase(), "{place}");
                }
            }
        });
    }

    #[test]
    fn an_environment_variable_is_never_shown_with_its_value() {
        every_command(&command(), &mut |command| {
            for arg in command
                .get_arguments()
                .filter(|arg| arg.get_env().is_some())
            {
                assert!(
                    arg.is_hide_env_values_set(),
                    "{} --{}",
                    command.get_name(),
                    arg.get_id()
                );
            }
        });
    }
}
