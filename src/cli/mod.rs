//! The command line: parses the arguments, runs the command and returns its exit code.
//!
//! ```text
//! parse        reads the arguments, with settings as defaults
//! tree         the command tree, from the arguments of all commands
//! commands/    one file or folder per subcommand
//! complete/    shell completion
//! run/         what commands share once everything is resolved: session, tasks, summary
//! args/        shared argument groups, and their resolution
//! settings/    profiles
//! context, environment, help, short_help, suggest
//! ```
//!
//! Each imports only from those below it.

mod args;
mod commands;
mod complete;
mod context;
mod environment;
mod help;
mod parse;
mod run;
mod settings;
mod short_help;
mod suggest;
mod tree;

#[cfg(any(test, fuzzing))]
pub(crate) use self::run::ledger::probe as ledger_probe;
#[cfg(any(test, fuzzing))]
pub(crate) use self::settings::loaded::probe as settings_probe;

use std::cell::Cell;
use std::ffi::OsString;
#[cfg(unix)]
use std::fs::File;
use std::io;

use tokio::runtime::Runtime;

use crate::error::Error;
use crate::exit::Exit;
use crate::output::Console;
use crate::redact::{remember, remember_typed};
use crate::secret_variables::SECRET_VARIABLES;
use context::Context;
use parse::NotRun;
use run::interrupt;
use settings::loaded::Settings;
use tree::{Cli, Command};

/// The command tree with its help pages. Completion scripts, man pages and the command reference are
/// generated from it.
pub fn command() -> clap::Command {
    tree::command()
}

/// The names of the environment variables that are read.
pub fn variables() -> impl Iterator<Item = &'static str> {
    environment::all()
}

/// The keys of the settings file.
pub fn settings_keys() -> impl Iterator<Item = &'static str> {
    settings::keys::KEYS.iter().map(|key| key.name)
}

/// Variables whose whole value is a secret.
const WHOLE_SECRETS: [&str; 3] = [
    "AZURE_CLIENT_SECRET",
    "IDENTITY_HEADER",
    environment::STORAGE_KEY,
];

/// Remembers the secrets that were typed or exported, in whatever place: even those that are refused
/// may be repeated, by our own errors or by `az`.
fn remember_secrets(args: &[OsString]) {
    for arg in args {
        remember_typed(&arg.to_string_lossy());
    }
    for name in SECRET_VARIABLES {
        if let Some(value) = environment::variable(name) {
            remember_typed(&value);
        }
    }
    for name in WHOLE_SECRETS {
        if let Some(value) = environment::variable(name) {
            remember(&value);
        }
    }
}

/// How many files the runtime opens. It panics where it can't open some of them.
#[cfg(unix)]
const RUNTIME_FILES: usize = 10;

/// Runs the program. The first argument is the program's name.
///
/// The runtime starts after everything that needs none: help, errors of usage, completion.
pub fn start(args: impl IntoIterator<Item = OsString>) -> Exit {
    let args: Vec<OsString> = args.into_iter().collect();
    remember_secrets(&args);
    if let Some(exit) = complete::answer(&args, tree::command) {
        return exit;
    }
    let (cli, settings) = match parse::parse(&args) {
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
    let context = Context::new(cli.console(&settings.selection), tree::command);
    let result = match &cli.command {
        // It waits for nothing.
        Command::Completions(args) => args.run(&context),
        _ => runtime().and_then(|runtime| runtime.block_on(run(&cli, &settings, &context))),
    };
    let exit = match result {
        Ok(exit) => exit,
        Err(error) => {
            if !(matches!(error, Error::ClosedPipe) || cli.command.is_stopped_by(&error)) {
                context.console.error(&error);
            }
            if let Error::Invalid(invalid) = &error {
                for setting in settings.named_in(&invalid.to_string()) {
                    context.console.note(&setting);
                }
            }
            error.exit()
        }
    };
    context.console.traffic(context.traffic.totals());
    exit
}

fn runtime() -> Result<Runtime, Error> {
    let start = || {
        #[cfg(unix)]
        {
            let files = (0..RUNTIME_FILES).map(|_| File::open("/dev/null"));
            drop(files.collect::<io::Result<Vec<File>>>()?);
        }
        Runtime::new()
    };
    start().map_err(|source| Error::System {
        action: "starting".to_owned(),
        source,
    })
}

/// Runs a command until it ends or is interrupted.
async fn run(cli: &Cli, settings: &Settings, context: &Context) -> Result<Exit, Error> {
    let console = context.console;
    let stopped = Cell::new(false);
    let work = async {
        match &cli.command {
            Command::Get(args) => args.run(context, settings).await,
            Command::Upload(args) => args.run(context, settings).await,
            Command::Bundle(args) => args.run(context, settings).await,
            Command::Status(args) => args.run(context, settings).await,
            Command::Devices(args) => args.run(context, settings).await,
            Command::Modules(args) => args.run(context, settings).await,
            Command::Ping(args) => args.run(context, settings).await,
            Command::Restart(args) => args.run(context, settings).await,
            Command::Invoke(args) => args.run(context, settings).await,
            Command::Checkpoint(args) => args.run(context).await,
            Command::Completions(args) => args.run(context),
            Command::Config(args) => args.run(context, settings).await,
            Command::Sas(args) => args.run(context).await,
            Command::Doctor(args) => args.run(context, settings).await,
            #[cfg(feature = "device")]
            Command::Device(args) => args.run(context).await,
        }
    };
    let interrupt = async {
        if cli.command.stops_itself() {
            return std::future::pending().await;
        }
        loop {
            let pressed = interrupt::interrupted(!cli.command.serves()).await;
            // Before the work is dropped: its progress may be on the terminal.
            console.interrupted();
            // A second signal ends it in any case.
            if pressed.is_err() || stopped.replace(true) || !context.stop() {
                return pressed;
            }
        }
    };
    tokio::select! {
        // Watch for the signal before the work draws anything.
        biased;
        Ok(()) = interrupt => Err(Error::Interrupted { resume: context.resume() }),
        result = work => result,
    }
}
