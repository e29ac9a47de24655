//! `ping`: whether the edge agent answers at all.

use serde::Serialize;

use super::method_request::MethodRequest;

/// The request of `ping`. The agent never looks at its payload and answers without one.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Ping {}

impl MethodRequest for Ping {
    const NAME: &'static str = "ping";
    const REPEATABLE: bool = true;
}
