//! The built binary, driven from outside.
//!
//! * `usage`: what is refused before anything is sent, help and dry runs.
//! * `secrets`: no output ever holds one.
//! * `hub`: every way in which a hub and an agent say no, against a stand-in.
//! * `local`: the device module in the same process, and `device serve`.
//! * `own_device`: `get` is complete against the device module.
//! * `docker`: real logs of a real engine.
//! * `vectors`: pure functions against the results of the real engines.
//! * `azurite`: uploads to a real Blob Storage.
//!
//! Tests that need a server are ignored by `cargo test` alone; `tests/run` starts the servers and
//! includes them.

#![allow(clippy::print_stdout, reason = "scores are for whoever reads the log")]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

#[cfg(feature = "device")]
mod azurite;
mod common;
#[cfg(feature = "device")]
mod local;
#[cfg(feature = "device")]
mod own_device;
mod secrets;
mod usage;
#[cfg(feature = "device")]
mod vectors;
