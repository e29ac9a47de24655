//! How direct methods reach the device module.

mod loopback;
mod mqtt;

pub use loopback::{LoopbackHub, LoopbackOptions, LoopbackTls, StartError};
pub(crate) use mqtt::IOTEDGE_VARIABLES;
pub use mqtt::{
    CHECK_STEPS, ConnectProblem, Identity, LogLevel, MqttDevice, MqttSettings, ServiceLog,
};
