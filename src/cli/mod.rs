//! What the operator types: one file a subcommand, and the argument groups that they share.
//!
//! Each subcommand's file holds its arguments and `run`. Arguments hold only what was typed; they
//! are resolved, and refused where they can't be valid, before anything is sent.

mod auth;
mod bundle;
mod complete;
mod completions;
mod config;
mod connection;
#[cfg(feature = "device")]
mod device;
mod devices;
mod doctor;
mod download;
mod dry_run;
mod exclude;
mod filter;
mod fleet_print;
mod fleet_rows;
mod get;
mod get_fleet;
mod help;
mod input;
mod interrupt;
mod invoke;
mod items;
mod ledger;
mod look;
mod misread;
mod modules;
mod outcome;
mod parse;
mod ping;
mod restart;
mod sas;
mod session;
mod shard;
mod status;
mod target;
mod task;
mod task_report;
mod timing;
mod tracked;
mod upload;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{CommandFactory, Parser, Subcommand};

use crate::exit::Exit;
use crate::output::{ColorWhen, Console, TypedChoice};
use crate::{Error, output};
use config::Choice;
use parse::NotRun;
use session::Context;

/// Gets logs and support bundles off Azure IoT Edge devices
///
/// Calls the edge agent's direct methods through IoT Hub, decodes what they answer, and prints
/// it. stdout is data only; everything else goes to stderr.
#[derive(Debug, Parser)]
#[command(name = "edgelogs", version, arg_required_else_help = true, max_term_width = 100, after_long_help = AFTER_HELP, styles = output::HELP_STYLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Say nothing but data, warnings and errors, and count the targets only if some failed
    #[arg(short, long, global = true, help_heading = "Output")]
    quiet: bool,

    /// Tell of every call and of what all of them cost; twice: also of what is sent
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Output")]
    verbose: u8,

    /// Use the settings of a profile of the settings file
    #[arg(
        short,
        long,
        global = true,
        value_name = "NAME",
        env = "EDGELOGS_PROFILE",
        hide_env_values = true,
        help_heading = "Settings"
    )]
    profile: Option<String>,

    /// Read this settings file instead of your own; none reads no file
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "EDGELOGS_CONFIG",
        hide_env_values = true,
        help_heading = "Settings"
    )]
    config: Option<PathBuf>,
    /// When to print in colour
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        help_heading = "Output"
    )]
    color: ColorWhen,

    /// Show times in UTC on a terminal too, where they are yours otherwise
    #[arg(long, global = true, help_heading = "Output")]
    utc: bool,
}

/// The registry: one line a subcommand.
#[derive(Debug, Subcommand)]
enum Command {
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
    0  every target answered, also when no line matched; the task completed
    1  unexpected error, or failures of different kinds
    2  usage, configuration, or a payload that can't be valid: nothing was sent
    3  no device or no module matched
    4  some targets worked and some did not
    5  not authorised
    6  device, module or hub out of reach
    7  the device refused the method, or its answer can't be decoded
    8  the task is Failed, Cancelled or Unknown; with --download, it left no whole blob
    9  gave up waiting; the task still runs
   10  throttled by the hub after all retries
  130  interrupted, also by SIGTERM or SIGHUP";

impl Command {
    /// Whether this is how the command is meant to end, though not by itself.
    fn is_stopped_by(&self, error: &Error) -> bool {
        self.serves() && matches!(error, Error::Interrupted { .. })
    }

    /// Whether it runs until it is stopped, and waits for that itself.
    fn serves(&self) -> bool {
        #[cfg(feature = "device")]
        let serves = matches!(self, Self::Device(_));
        #[cfg(not(feature = "device"))]
        let serves = false;
        serves
    }
}

/// How this run talks to whoever runs it.
fn console_of(cli: &Cli, choice: &Choice) -> Console {
    let typed = TypedChoice::new(choice.file_as_typed(), choice.as_typed());
    Console::new(cli.quiet, cli.verbose)
        .with_typed(typed)
        .with_color(cli.color)
        .with_utc(cli.utc)
}

/// The one command tree, as it is parsed, with its pages of help. Completion scripts, man pages and
/// the command reference are made of it.
pub fn command() -> clap::Command {
    help::finish(Cli::command())
}

/// Runs the program with these arguments, the program's name first.
pub async fn run(args: impl IntoIterator<Item = OsString>) -> Exit {
    let args: Vec<OsString> = args.into_iter().collect();
    if let Some(exit) = complete::answer(&args) {
        return exit;
    }
    let (cli, choice, settings) = match parse::parse(&args) {
        Ok(parsed) => parsed,
        Err(NotRun::Usage(error)) => {
            let color = parse::typed_color(&args);
            return match Console::usage(&error, color) {
                Err(Error::ClosedPipe) => Exit::Success,
                Err(error) => {
                    Console::new(false, 0).with_color(color).error(&error);
                    error.exit()
                }
                Ok(()) if error.exit_code() == 0 => Exit::Success,
                Ok(()) => Exit::Usage,
            };
        }
        Err(NotRun::Settings(console, error)) => {
            console.error(&error);
            return error.exit();
        }
    };
    let console = console_of(&cli, &choice);
    let context = Context::new(console).with_settings(choice, settings);
    let work = async {
        match &cli.command {
            Command::Get(args) => args.run(&context).await,
            Command::Upload(args) => args.run(&context).await,
            Command::Bundle(args) => args.run(&context).await,
            Command::Status(args) => args.run(&context).await,
            Command::Devices(args) => args.run(&context).await,
            Command::Modules(args) => args.run(&context).await,
            Command::Ping(args) => args.run(&context).await,
            Command::Restart(args) => args.run(&context).await,
            Command::Invoke(args) => args.run(&context).await,
            Command::Completions(args) => args.run(&context),
            Command::Config(args) => args.run(&context).await,
            Command::Sas(args) => args.run(&context).await,
            Command::Doctor(args) => args.run(&context).await,
            #[cfg(feature = "device")]
            Command::Device(args) => args.run(&context).await,
        }
    };
    let interrupt = async {
        let pressed = interrupt::interrupted(!cli.command.serves()).await;
        // While the work is still there, since its progress may be on the terminal.
        console.interrupted();
        pressed
    };
    let result = tokio::select! {
        // The signal is watched before the work begins, which may draw something at once.
        biased;
        Ok(()) = interrupt => Err(Error::Interrupted { resume: context.resume() }),
        result = work => result,
    };
    let exit = match result {
        Ok(exit) => exit,
        Err(error) => {
            if !(matches!(error, Error::ClosedPipe) || cli.command.is_stopped_by(&error)) {
                context.console.error(&error);
            }
            if let Error::Invalid(invalid) = &error {
                for setting in context.settings.behind(&invalid.to_string()) {
                    context.console.note(&setting);
                }
            }
            error.exit()
        }
    };
    context.console.traffic(context.traffic.totals());
    exit
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
    fn the_command_tree_is_sound() {
        command().debug_assert();
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
