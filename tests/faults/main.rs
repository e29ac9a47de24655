//! Commands and devices whose servers and peers fail at random moments: whatever happens, they end as they
//! are documented to end. Each run follows from its seed.
//!
//! * `operator`: commands against a hub and a storage. `commands` draws what is typed, `plan` what goes
//!   wrong; `world` is what the commands meet, `judge` what must hold.
//! * `device`: the device module behind its loopback hub, over a daemon (`daemon`) or a folder, with a
//!   storage (`blobs`); `client` calls its methods.
//! * `found`: what seeds have found, each by itself.
//! * `wire`: the proxies that break what passes them; `tls`, `damage`: certificates and bodies; `http`: messages.
//! * `process`: runs the binary; `seeds`: which seeds are run.
//!
//! `EDGELOGS_SEED=N` runs one seed again and prints what happened; `EDGELOGS_SEEDS=N` sets how many are
//! run, `EDGELOGS_FIRST_SEED=N` where they begin. With `EDGELOGS_TEST_LONG=1` there are many more.

#![cfg(target_os = "linux")]
#![allow(
    clippy::print_stdout,
    reason = "failures are for whoever reads the log"
)]
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

mod blobs;
mod client;
mod commands;
mod daemon;
mod damage;
mod device;
mod found;
mod http;
mod judge;
mod operator;
mod plan;
mod process;
mod seeds;
mod tls;
mod wire;
mod world;
