//! The `edgelogs` command. Everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    edgelogs::cli::start(std::env::args_os()).into()
}
