//! IoT Hub's REST service: where it is, who we are to it, and direct methods, twins and queries
//! through it.
//!
//! Every request goes one way (`exchange`): signed, within the client's limits, counted, and
//! repeated where that is safe. Nothing here knows what a method means; `methods/` does.

mod client;
mod connection_string;
mod credential;
mod endpoint;
mod entra;
mod error;
mod exchange;
mod limits;
mod probe;
mod query;
mod rate;
mod retry;
mod sas_token;
mod signed_in;
mod traffic;
mod twin;

pub use client::{HubClient, MAX_PAYLOAD_BYTES, MethodCall, MethodTarget, Timeouts};
pub use connection_string::{ConnectionString, ConnectionStringError};
pub use credential::{Credential, HubAccess, IOT_HUB_SCOPE};
pub use endpoint::{HubEndpoint, InvalidEndpoint};
pub use entra::{EntraChain, SignInError, UnusableIdentity};
pub use error::{HubError, HubErrorKind};
pub(crate) use exchange::API_VERSION;
pub use limits::CallLimits;
pub use probe::HubAnswer;
pub use query::QueryPages;
pub use rate::RateLimit;
pub use retry::RetryPolicy;
pub use sas_token::{SasToken, SigningError, TokenScope};
pub use signed_in::{SignInMethod, SignedIn};
pub use traffic::{
    CallObserver, CallReport, MESSAGE_BYTES, Traffic, TrafficTotals, billed_messages,
};
pub use twin::{ModuleTwin, TwinProperties};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

/// What IoT Hub's own SDKs leave as it is in a path or a token: RFC 3986's unreserved characters.
/// Device ids may hold `#`, `%`, `+`, `/` and more; unescaped, some turn into another route.
pub(crate) const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Encodes one path segment or token value.
pub(crate) fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, COMPONENT).to_string()
}
