//! `device run`, from outside: against the stand-in of IoT Hub, a real broker, Azure's SDK and a real
//! Docker Engine.
//!
//! * `hub`: from `edgelogs get` to the stand-in's REST side, over MQTT to `device run`, and back.
//! * `identity`: keys, certificates, IoT Edge's workload API, gateways and proxies.
//! * `renewal`: tokens that end while requests come.
//! * `end`: SIGTERM, metrics and the log.
//! * `broker`: Mosquitto, with a hub's side in Python.
//! * `sdk`: Azure's SDK for devices against the same stand-in.
//! * `soak`: `get --follow --checkpoint` of a module that writes, for long, with a fault each minute.
//! * `docker`: over a real Docker Engine; `deploy`: as a container and as a service, as `docs/device` has it.
//!
//! The long forms of some tests run with `EDGELOGS_TEST_LONG` set.

#![allow(clippy::print_stdout, reason = "figures are for whoever reads the log")]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]
#![cfg(unix)]

mod broker;
mod check;
mod common;
mod deploy;
mod docker;
mod end;
mod hub;
mod identity;
mod renewal;
mod sdk;
mod soak;

/// Whether the long forms run.
fn is_long() -> bool {
    std::env::var_os("EDGELOGS_TEST_LONG").is_some()
}
