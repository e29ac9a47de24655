//! How direct methods reach the device module.

mod loopback;

pub use loopback::{LoopbackHub, LoopbackOptions, LoopbackTls, StartError};
