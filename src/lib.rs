//! Gets logs and support bundles off Azure IoT Edge devices.
//!
//! Data flows in one direction:
//!
//! ```text
//! command line → resolved request → method payload → hub → decoded records → output
//! cli/           cli/               methods/         hub/  logs/, fetch/     output/
//! ```
//!
//! * [`cli`]: the command line, one file per subcommand.
//! * [`methods`]: the direct-method contract, one file per method, shared by operator and device side.
//! * [`hub`]: IoT Hub's REST service.
//! * [`fetch`]: assembles complete logs from several method calls, and follows tasks.
//! * [`download`]: downloads and verifies the blobs that a task uploaded.
//! * [`logs`]: log lines: decoding, parsing, severity, timestamps.
//! * [`output`]: the only place that writes to stdout or stderr.
//! * `device` (feature `device`): the device-side module and the loopback hub.

mod blob_service;
pub mod checkpoint;
pub mod cli;
mod closest_name;
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
mod part_file;
mod private_folder;
#[cfg(any(test, fuzzing))]
pub mod probes;
#[cfg(unix)]
mod process_group;
mod proxy;
mod redact;
mod secret_variables;
mod shell_word;
mod text_file;
mod until_error;

pub use error::Error;
pub use exit::Exit;
pub use invalid_input::InvalidInput;
