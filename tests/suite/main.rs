//! The built binary, driven from outside.
//!
//! * `usage`: what is refused before anything is sent, help and dry runs.
//! * `config`: profiles, and what they set.
//! * `secrets`: no output ever holds one.
//! * `entra`: signing in without a key, and which hub is meant.
//! * `error_messages`: every failure as the operator reads it.
//! * `shells`: bash, zsh and fish really complete.
//! * `fleet`: many devices behind one hub, against a stand-in.
//! * `finding`: devices and modules, and the methods that act on them at once.
//! * `input`: stdin and small files, and what is typed in a wrong place.
//! * `hub`: every way in which a hub and an agent say no, against a stand-in.
//! * `local`: the device module in the same process, and `device serve`.
//! * `sources`: each source of logs by itself.
//! * `own_device`: `get` is complete against the device module.
//! * `docker`: real logs of a real engine.
//! * `vectors`: pure functions against the results of the real engines.
//! * `azurite`: uploads to a real Blob Storage.
//! * `uploads`: the same in every form, through outages, refusals and restarts.
//! * `downloads`: what tasks wrote, fetched and verified.
//! * `agent_behaviour`: the device module against the recorded answers of the shipped agent.
//! * `agent_defects`: what users suffer from in the shipped agent, and not here.
//! * `writing_defects`: the same for uploads, bundles and tasks.
//! * `bundles`: a support bundle of a real engine.
//! * `doctor`: every check of a setup, green and failing.
//! * `sas`: SAS URLs explained and made.
//! * `loopback`: the loopback hub as real clients see it.
//! * `terminal`: what people see on a terminal, in tmux.
//!
//! Tests that need a server are ignored by `cargo test` alone; `tests/run` starts the servers and
//! includes them.

#![allow(clippy::print_stdout, reason = "scores are for whoever reads the log")]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

#[cfg(feature = "device")]
mod agent_behaviour;
#[cfg(feature = "device")]
mod agent_defects;
#[cfg(feature = "device")]
mod azurite;
#[cfg(feature = "device")]
mod bundles;
mod common;
mod config;
#[cfg(feature = "device")]
mod docker;
mod doctor;
mod downloads;
#[cfg(unix)]
mod entra;
mod error_messages;
mod finding;
mod fleet;
mod hub;
mod input;
#[cfg(feature = "device")]
mod local;
#[cfg(feature = "device")]
mod loopback;
#[cfg(feature = "device")]
mod own_device;
mod sas;
mod secrets;
#[cfg(feature = "device")]
mod shells;
#[cfg(feature = "device")]
mod sources;
#[cfg(unix)]
mod terminal;
#[cfg(feature = "device")]
mod uploads;
mod usage;
#[cfg(feature = "device")]
mod vectors;
#[cfg(feature = "device")]
mod writing_defects;

use ::stand_in;
