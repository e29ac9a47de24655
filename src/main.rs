//! The `edgelogs` command. Everything is in the library.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    edgelogs::cli::run(std::env::args_os()).await.into()
}
