//! What every request of a direct method has: its name, and whether it may be repeated.

use serde::Serialize;

/// The module that answers the edge agent's methods.
pub const EDGE_AGENT: &str = "$edgeAgent";

/// A request of one direct method.
pub trait MethodRequest: Serialize {
    /// The method's name, as the public documentation spells it.
    const NAME: &'static str;
    /// Whether the request may be sent again after an answer that leaves open if it ran.
    const REPEATABLE: bool;
}
