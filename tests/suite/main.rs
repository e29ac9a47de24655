//! The built binary, driven from outside.
//!
//! * `usage`: refused arguments, help and dry runs.
//! * `config`: the settings file and its profiles.
//! * `secrets`: no output holds one.
//! * `echoes`: none is shown of a secret that comes back.
//! * `entra`: signing in without a key, and which hub is used.
//! * `error_messages`: every error message.
//! * `shells`: completion in bash, zsh and fish.
//! * `fleet`: many devices behind one hub, against a stand-in.
//! * `device_commands`: `devices`, `modules`, `ping`, `restart` and `invoke`.
//! * `input`: stdin, small files, and secrets in the wrong argument.
//! * `hostile_hub`: answers without end, and more than fits.
//! * `hub_failures`: errors, broken answers and silence of hubs and agents.
//! * `local`: the device module in the same process, and `device serve`.
//! * `sources`: each source of logs by itself.
//! * `complete_get`: `get` is complete against the device module.
//! * `docker_logs`: the logs of a real Docker Engine.
//! * `vectors`: pure functions against recorded results of .NET and the agent.
//! * `uploads`: uploads to a real Blob Storage, also through outages, refusals and restarts.
//! * `downloads`: fetching and verifying what tasks wrote.
//! * `agent_behaviour`: the device module against recorded answers of the shipped agent.
//! * `agent_defects`: defects of the shipped agent that the device module does not have.
//! * `bundle_file`: `bundle --out`, and reading bundles and blobs.
//! * `bundles`: a support bundle of a real engine.
//! * `doctor`: every check, passing and failing.
//! * `own_levels`: levels, forms and orders of lines.
//! * `proxy`: the proxy that the environment names.
//! * `sas`: checking and creating SAS URLs.
//! * `loopback`: the loopback hub with real clients.
//! * `terminal`: output on a terminal (tmux).
//! * `typed`: what was typed is honoured, or refused by name.
//! * `mistakes`: thirty things that people type, and what is said.
//! * `made_files`: files that people make.
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
mod bundle_file;
#[cfg(feature = "device")]
mod bundles;
mod common;
#[cfg(feature = "device")]
mod complete_get;
mod config;
mod device_commands;
#[cfg(feature = "device")]
mod docker_logs;
mod doctor;
mod downloads;
mod echoes;
#[cfg(unix)]
mod entra;
mod error_messages;
mod fleet;
mod hostile_hub;
mod hub_failures;
mod input;
#[cfg(feature = "device")]
mod local;
#[cfg(feature = "device")]
mod loopback;
mod made_files;
mod mistakes;
mod own_levels;
#[cfg(unix)]
mod proxy;
mod sas;
mod secrets;
#[cfg(feature = "device")]
mod shells;
#[cfg(feature = "device")]
mod sources;
#[cfg(unix)]
mod terminal;
mod typed;
#[cfg(feature = "device")]
mod uploads;
mod usage;
#[cfg(feature = "device")]
mod vectors;
