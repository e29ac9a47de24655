//! What the tests of this binary share, in addition to the crate `support`.
//!
//! * `edgelogs`: the built binary in an environment that does not depend on the machine.
//! * `running`: the binary while it runs.
//! * `one_answer`: a server that gives the same answer to every request, over http or https.
//! * `eventually`: polls until a condition holds.
//! * `folder`: a temporary folder with files.
//! * `samples`: devices, hubs, URLs and files that many tests use.
//! * `blob_stand_in`, `lossy_proxy`: stand-ins for a storage.
//! * `memory_source`: a source of logs.

#[cfg(feature = "device")]
pub(crate) mod blob_stand_in;
mod edgelogs;
pub(crate) mod eventually;
pub(crate) mod folder;
#[cfg(feature = "device")]
pub(crate) mod lossy_proxy;
#[cfg(feature = "device")]
pub(crate) mod memory_source;
#[cfg(unix)]
pub(crate) mod one_answer;
#[cfg(unix)]
pub(crate) mod running;
pub(crate) mod samples;

pub(crate) use self::edgelogs::{Args, Edgelogs, Ran, edgelogs, program, shown};
