//! How fast many devices are worked through. These tests have a binary of their own, so that no
//! other test takes the processor from them.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]
#![allow(clippy::print_stdout, reason = "figures are for whoever reads the log")]

mod fleet;
mod simulation;
