//! What this module needs of an MQTT client, so that the crate behind it can be replaced.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::Secret;
use bytes::Bytes;

/// Opens connections to IoT Hub or edgeHub for one identity.
#[async_trait]
pub(in crate::device) trait Upstream: Send + Sync {
    /// Opens a connection up to where the first packet of MQTT could be sent: name, proxy, TLS.
    ///
    /// # Errors
    /// The other end can't be reached, or can't be trusted.
    async fn open(&self) -> Result<Box<dyn Opened>, LinkError>;
}

/// An open connection on which nothing was sent yet.
#[async_trait]
pub(in crate::device) trait Opened: Send {
    /// Sends CONNECT and waits for CONNACK. From here on, the other end drops an older connection of
    /// the same identity.
    ///
    /// # Errors
    /// The identity is refused, or there is no answer.
    async fn connect(
        self: Box<Self>,
        password: Option<&Secret>,
    ) -> Result<Arc<dyn Link>, LinkError>;
}

/// A connection whose CONNECT was accepted.
#[async_trait]
pub(in crate::device) trait Link: Send + Sync {
    /// Subscribes to direct methods, and returns once the other end has confirmed it.
    ///
    /// # Errors
    /// It is refused, or the connection is lost.
    async fn subscribe(&self) -> Result<(), LinkError>;

    /// Ends the subscription.
    ///
    /// # Errors
    /// The connection is lost.
    async fn unsubscribe(&self) -> Result<(), LinkError>;

    /// Waits for the next message. A call may be dropped without losing one; only one at a time may
    /// wait.
    ///
    /// # Errors
    /// The connection is lost; all further calls say so too.
    async fn next(&self) -> Result<Message, LinkError>;

    /// Publishes, and returns once it left this process.
    ///
    /// # Errors
    /// It can't be sent on this connection any more.
    async fn publish(&self, topic: String, body: Bytes) -> Result<(), LinkError>;

    /// Sends DISCONNECT.
    async fn close(&self);
}

/// What arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::device) struct Message {
    pub(in crate::device) topic: String,
    pub(in crate::device) body: Bytes,
}

/// Why there is no connection, or no longer one. Messages hold no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::device) enum LinkError {
    /// The other end can't be reached, or TLS fails.
    #[error("{place} can't be reached: {reason}")]
    Unreachable { place: String, reason: String },
    /// The proxy refuses.
    #[error("{0}")]
    Proxy(String),
    /// TLS stands, but CONNECT is not answered.
    #[error("{place} accepts TLS, but does not answer CONNECT within {} seconds", .waited.as_secs())]
    NoConnack { place: String, waited: Duration },
    /// CONNECT is answered with a refusal.
    #[error("{place} refuses the identity `{client}`: {reason}")]
    Refused {
        place: String,
        client: String,
        reason: String,
    },
    /// The connection was closed instead of an answer to CONNECT.
    #[error("{place} closes the connection instead of answering CONNECT: {reason}")]
    Dropped { place: String, reason: String },
    /// The subscription is refused.
    #[error("the subscription to direct methods is refused")]
    SubscriptionRefused,
    /// The connection ended.
    #[error("{0}")]
    Lost(String),
    /// Nothing can be sent on a connection that ended.
    #[error("the connection that asked has ended")]
    Closed,
}

impl LinkError {
    /// What may be behind it.
    pub(in crate::device) fn causes(&self) -> &'static [&'static str] {
        match self {
            Self::NoConnack { .. } => &[
                "edgeHub 1.6.0 and 1.6.1 lose the CONNECT that follows the TLS handshake; 1.6.2 does not",
            ],
            Self::Refused { .. } => &[
                "the key or certificate is not that of this identity, or this machine's clock is wrong",
                "the identity is not registered, or is disabled",
            ],
            Self::Dropped { .. } => &[
                "the identity is not registered, or not a child of the gateway",
                "the key is not that of this identity, or this machine's clock is wrong",
            ],
            _ => &[],
        }
    }

    /// What to do about it.
    pub(in crate::device) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoConnack { .. } => {
                Some("bypass edgeHub: edgelogs device run --direct, or update edgeHub")
            }
            _ => None,
        }
    }
}
