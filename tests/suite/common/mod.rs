//! What the tests share, beside the crate `support`.
//!
//! * `edgelogs`: the built binary in an environment that does not depend on the machine.
//! * `running`: the same while it runs; `serve`: `edgelogs device serve`.
//! * `secrets`: looks for secrets in everything that a run shows.
//! * `one_answer`: a server that gives one answer, over http or https.
//! * `eventually`: the only place where a test waits.
//! * `samples`: devices, hubs and URLs that many tests use.
//! * `azurite`, `blob_stand_in`, `lossy_proxy`: storages; `engine`: a Docker Engine; `caller`: the
//!   REST API; `memory`: a source of logs.

#[cfg(feature = "device")]
pub(crate) mod blob_stand_in;
mod edgelogs;
#[cfg(feature = "device")]
pub(crate) mod engine;
pub(crate) mod eventually;
#[cfg(feature = "device")]
pub(crate) mod lossy_proxy;
#[cfg(feature = "device")]
pub(crate) mod memory;
#[cfg(unix)]
pub(crate) mod one_answer;
#[cfg(unix)]
pub(crate) mod running;
pub(crate) mod samples;

pub(crate) use support::secrets;
#[cfg(feature = "device")]
pub(crate) use support::{azurite, caller, serve};

pub(crate) use self::edgelogs::{Args, Edgelogs, Ran, edgelogs, program, shown};
