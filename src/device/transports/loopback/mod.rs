//! A hub on this machine: IoT Hub's REST service in front of device modules, with its SAS tokens.
//!
//! * `hub`: starts it, as its `options` say.
//! * `server`: takes connections, with TLS or without.
//! * `auth`: checks callers' tokens.
//! * `routes`: answers requests; `invoke`: direct methods.
//! * `registry`: the devices; `twin`: their twins and identities.
//! * `query`: queries over twins; `query_text`: their language.
//! * `refusal`: errors in IoT Hub's formats.
//! * `tls`: certificates.
//!
//! It behaves as the documentation and the SDKs of the REST API of 2021-04-12 describe.

mod auth;
mod hub;
mod invoke;
mod options;
mod query;
mod query_text;
mod refusal;
mod registry;
mod routes;
mod server;
mod start_error;
mod tls;
mod twin;

pub use hub::LoopbackHub;
pub use options::{LoopbackOptions, LoopbackTls};
pub use start_error::StartError;
