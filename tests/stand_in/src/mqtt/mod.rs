//! The hub's other front: MQTT 3.1.1 over TLS, on which modules connect and answer methods.
//!
//! It is as strict as a hub: SAS tokens with their expiry, user name against client id, one connection
//! for each identity, five subscriptions, no QoS 2, topics of `$iothub/` only. Ids begin anew with each
//! connection, and a late answer to an old one is ignored.

mod certificates;
mod connection;
mod events;
mod front;
mod setup;

pub use self::certificates::Certificates;
pub use self::events::FrontEvent;
pub use self::front::MqttFront;
pub use self::setup::{MqttSetup, Proof, TlsVersions};

pub(crate) use self::front::{Front, Outcome};
