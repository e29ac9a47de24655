//! Gets logs and support bundles off Azure IoT Edge devices.
//!
//! The way of the data, one direction only:
//!
//! ```text
//! what was typed → resolved request → method payload → hub → decoded records → output
//! cli/             cli/               methods/         hub/  logs/, fetch/     output/
//! ```
//!
//! * [`cli`]: what the operator types, one file a subcommand.
//! * [`methods`]: the direct-method contract, one file a method, used by both ends of the wire.
//! * [`hub`]: IoT Hub's REST service.
//! * [`fetch`]: what makes an answer complete, and following a task to its end.
//! * [`download`]: what a task has written to Blob Storage, fetched into a folder and verified.
//! * [`logs`]: a log line: severity, timestamps, parsing and decoding.
//! * [`output`]: the only place that writes to stdout or stderr.
//! * `device` (feature `device`): the device-side module and the loopback hub.

mod blob_service;
pub mod cli;
mod control_characters;
#[cfg(feature = "device")]
pub mod device;
pub mod download;
mod error;
mod error_chain;
mod exit;
pub mod fetch;
mod file_name;
mod http_client;
pub mod hub;
mod invalid_input;
mod lock;
pub mod logs;
mod loopback;
pub mod methods;
pub mod output;
#[cfg(unix)]
mod process_group;
mod redact;
mod shell_word;

pub use error::Error;
pub use exit::Exit;
pub use invalid_input::InvalidInput;
