//! `get` against a hub with shipped agents behind it: complete, in order, each line once.
//!
//! * `amount`: more than an answer carries, of one module and of several.
//! * `filters`: every combination of flags means what it is documented to mean, on every agent.
//! * `trouble`: agents, engines and hubs that don't do what they should.
//! * `following`: new lines as they come; `fleet`: of many devices.
//! * `fractions`: bounds within a second.

#![allow(clippy::print_stdout, reason = "figures are for whoever reads the log")]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod amount;
mod filters;
mod fleet;
mod following;
mod fractions;
mod run;
mod trouble;
