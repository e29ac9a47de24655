//! `ping`: checks that the edge agent responds.

use serde::Serialize;

use super::method_request::MethodRequest;

/// The request of `ping`. The agent ignores its payload and returns none.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Ping {}

impl MethodRequest for Ping {
    const NAME: &'static str = "ping";
    const REPEATABLE: bool = true;
}
