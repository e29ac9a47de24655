//! What the tests and benchmarks share.
//!
//! * `edgelogs`: the built binary, in an environment that has nothing of the machine's.
//! * `secrets`: no run may print one.
//! * `serve`, `caller`: `device serve`, and a client of its hub.
//! * `http_client`: what asks servers over HTTP.
//! * `azurite`: containers in Azurite; `engine`: those of a Docker Engine.
//! * `storage`: a stand-in for the storage as a reader sees it, on `http_server`.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

pub mod azurite;
pub mod caller;
#[cfg(unix)]
pub mod engine;
pub mod http_client;
pub mod http_server;
pub mod secrets;
pub mod serve;
pub mod storage;

use std::process::{Child, Command};

/// Set by `tests/run --elsewhere`, and passed on only then.
const PASSED_ON: [&str; 5] = [
    "FAKETIME",
    "FAKETIME_DONT_FAKE_MONOTONIC",
    "LD_PRELOAD",
    "LANG",
    "TZ",
];

/// Clears the variables of whoever runs the tests from a command.
pub fn clean(mut command: Command) -> Command {
    command.env_clear().envs(passed_on());
    command
}

/// The variables that a cleaned command still has.
pub fn passed_on() -> impl Iterator<Item = (&'static str, String)> {
    let elsewhere = std::env::var_os("FAKETIME").is_some();
    let value = move |name| Some((name, std::env::var(name).ok().filter(|_| elsewhere)?));
    PASSED_ON.into_iter().filter_map(value)
}

/// The built binary, without the variables of whoever runs the tests.
///
/// # Panics
/// The test or benchmark does not run from cargo's folder `deps`.
pub fn edgelogs() -> Command {
    let test = std::env::current_exe().expect("the path of the test");
    let folder = test.ancestors().nth(2).expect("the folder above `deps`");
    let name = format!("edgelogs{}", std::env::consts::EXE_SUFFIX);
    clean(Command::new(folder.join(name)))
}

/// The most memory that a child has held, in KiB: the kernel keeps it for as long as the process is there. `None`: it
/// has ended, or is not there yet.
///
/// A child that was just spawned may still show the memory of the test that spawned it: it has that until the kernel
/// has put the new program in its place, a moment after `spawn` has returned.
pub fn peak_kb(child: &Child) -> Option<u64> {
    let program = |process: &str| std::fs::read_link(format!("/proc/{process}/exe")).ok();
    let id = child.id().to_string();
    if program(&id)? == program("self")? {
        return None;
    }
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
