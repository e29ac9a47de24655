//! What all direct-method requests have in common.

use serde::Serialize;

/// The edge agent's module id.
pub const EDGE_AGENT: &str = "$edgeAgent";

/// Whether a module is one of the runtime's own. Their identities on the hub prefix the name with `$`.
pub fn is_runtime_module(name: &str) -> bool {
    matches!(name, "edgeAgent" | "edgeHub")
}

/// A request of one direct method.
pub trait MethodRequest: Serialize {
    /// The method's name, as the public documentation spells it.
    const NAME: &'static str;
    /// Whether the request may be retried although the method may have run.
    const REPEATABLE: bool;
}
