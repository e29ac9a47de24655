//! IoT Hub's direct methods over MQTT, for a module or a device.
//!
//! * `device`: puts it together, as `identity`, `device_string` and IoT Edge's environment say.
//! * `wire`: what is needed of an MQTT client; `rumqtt`: the client, over `socket`, `tls` and `trust`.
//! * `keeper`: stays connected, and renews tokens; `session`: the requests of one connection.
//! * `credential`, `signer`, `workload`: what a CONNECT is signed with.
//! * `events`, `telemetry`, `metrics`: what happens, for the log and the metrics.
//!
//! Facts about IoT Hub, edgeHub and their SDKs are from the sources of edgeHub 1.6 and of the SDKs.

mod acted;
mod back_off;
mod credential;
mod device;
mod device_string;
mod events;
mod host_port;
mod identity;
mod keeper;
mod method_handler;
mod metrics;
mod metrics_server;
mod rumqtt;
mod session;
mod signer;
mod socket;
mod telemetry;
mod tls;
mod topic;
mod trust;
mod wire;
mod workload;

pub(crate) use device::IOTEDGE_VARIABLES;
pub use device::{CHECK_STEPS, ConnectProblem, MqttDevice, MqttSettings};
pub use events::Level as LogLevel;
pub use identity::Identity;
pub use telemetry::ServiceLog;

#[cfg(test)]
mod tests;
