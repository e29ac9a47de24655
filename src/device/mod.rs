//! The device side: a module that answers the edge agent's direct methods over real log sources,
//! and a loopback hub to call it on the same machine.
//!
//! * [`sources`]: where logs come from.
//! * [`dotnet_regex`]: the regular expressions of the requests, which are .NET's.
//! * `handler`: takes a method's name and payload, and answers.
//! * `sinks`: where uploads go.
//! * `transports`: how methods arrive.

mod answer;
mod bundle;
pub mod dotnet_regex;
mod encoder;
mod filter;
mod handler;
mod identity;
mod method_error;
mod module_logs;
mod module_match;
mod outgoing;
#[cfg(any(test, fuzzing))]
pub(crate) mod probes;
mod reader;
mod request;
mod running;
mod sinks;
pub mod sources;
mod tasks;
mod transports;
mod upload;

pub use dotnet_regex::{DotNetRegex, DotNetRegexError};
pub use handler::DeviceModule;
pub use identity::DeviceIdentity;
pub use module_match::match_modules;
pub(crate) use transports::IOTEDGE_VARIABLES;
pub use transports::{
    CHECK_STEPS, ConnectProblem, Identity, LogLevel, LoopbackHub, LoopbackOptions, LoopbackTls,
    MqttDevice, MqttSettings, ServiceLog, StartError,
};
