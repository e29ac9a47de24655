//! Odd values of every flag, argument, variable and setting: each is honoured, or refused by name.
//!
//! The lists come from the program itself, so that a new flag, variable or setting without an entry here
//! fails.
//!
//! * `flags`: the arguments of the command tree.
//! * `variables`: the environment.
//! * `settings`: the settings file.
//! * `odd`: the values, and what becomes of them.
//! * `pairs`: flags beside modes, such as `--no-wait`.
//! * `run`: runs the binary.

#![cfg(all(unix, feature = "device"))]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod flags;
mod odd;
mod pairs;
mod run;
mod settings;
mod variables;
