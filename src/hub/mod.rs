//! A client for IoT Hub's REST service: credentials, direct methods, twins and queries.
//!
//! Every request goes through `HubClient::send`, which authorizes, limits, counts and retries it. The
//! contents of methods are defined in `methods/`.

mod client;
mod connection_string;
mod credential;
mod device_id;
mod endpoint;
mod entra;
mod error;
mod invoke;
mod limits;
mod probe;
mod query;
mod rate;
mod request;
mod retry;
mod sas_token;
mod signed_in;
mod traffic;
mod twin;
mod url_component;

pub use client::HubClient;
pub use connection_string::{ConnectionString, ConnectionStringError};
pub(crate) use connection_string::{connection_string_pairs, connection_string_text};
pub use credential::{Credential, HubAccess, IOT_HUB_SCOPE};
pub(crate) use device_id::check_device_id;
pub use endpoint::{HubEndpoint, InvalidEndpoint};
pub(crate) use endpoint::{host_names, hub_name, service_host};
pub(crate) use entra::IDENTITY_VARIABLES;
pub use entra::{EntraChain, SignInError, UnusableIdentity};
pub use error::{HubError, HubErrorKind};
pub use invoke::{MAX_PAYLOAD_BYTES, MethodCall, MethodTarget, Timeouts};
pub use limits::CallLimits;
pub use probe::HubAnswer;
pub use query::QueryPages;
pub use rate::RateLimit;
pub(crate) use request::API_VERSION;
pub use retry::RetryPolicy;
pub use sas_token::{SasToken, SigningError, TokenScope};
pub use signed_in::{SignInMethod, SignedIn};
pub use traffic::{CallObserver, CallReport, Traffic, TrafficTotals, billed_messages};
pub use twin::{ModuleTwin, TwinProperties};
pub(crate) use url_component::encode;
