//! What happens, for the log and the metrics.

use std::fmt;
use std::time::Duration;

use super::credential::SignError;
use super::wire::LinkError;

/// Takes what happens.
pub(in crate::device) trait Events: Send + Sync {
    /// Called as it happens; must not block.
    fn event(&self, event: &Event<'_>);
}

/// What happened. No variant holds a secret or a payload.
#[derive(Debug, Clone, Copy)]
pub(in crate::device) enum Event<'a> {
    /// Subscribed: methods can be called.
    Connected,
    /// No connection came about.
    ConnectFailed {
        error: &'a LinkError,
        again_in: Duration,
    },
    /// No token was signed.
    SignFailed {
        error: &'a SignError,
        again_in: Duration,
    },
    /// The connection ended.
    Lost {
        error: &'a LinkError,
        lasted: Duration,
        again_in: Duration,
        /// Another client seems to have the same identity.
        contended: bool,
    },
    /// A connection with a new token took over.
    Renewed { gap: Duration },
    /// A new token was signed, but its connection does not come about; the old one is still there.
    RenewalFailed {
        error: &'a LinkError,
        again_in: Duration,
    },
    /// A request arrived.
    Requested {
        method: &'a str,
        rid: &'a str,
        bytes: usize,
    },
    /// A request was answered.
    Answered {
        method: &'a str,
        rid: &'a str,
        status: i32,
        took: Duration,
        bytes: usize,
    },
    /// A request ran, but its answer can't go out.
    AnswerLost {
        method: &'a str,
        rid: &'a str,
        status: i32,
        error: &'a LinkError,
    },
    /// The other end delivered a request again on the same connection.
    Repeated { method: &'a str, rid: &'a str },
    /// A message that is not a request.
    Ignored { topic: &'a str },
    /// It was told to end.
    Stopping { running: usize, tasks: usize },
    /// It ends.
    Stopped { running: usize, tasks: usize },
}

/// How much an event matters, as syslog counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It does not work, and somebody has to do something about it.
    Error = 3,
    /// Something was lost, or soon may be.
    Warning = 4,
    /// Normal operation.
    Info = 6,
    /// Every request.
    Debug = 7,
}

impl Event<'_> {
    /// How much it matters.
    pub(in crate::device) fn level(&self) -> Level {
        match self {
            Self::ConnectFailed {
                error: LinkError::Refused { .. } | LinkError::SubscriptionRefused,
                ..
            }
            | Self::Lost {
                contended: true, ..
            } => Level::Error,
            Self::ConnectFailed { .. }
            | Self::SignFailed { .. }
            | Self::Lost { .. }
            | Self::RenewalFailed { .. }
            | Self::AnswerLost { .. }
            | Self::Repeated { .. } => Level::Warning,
            Self::Connected
            | Self::Renewed { .. }
            | Self::Answered { .. }
            | Self::Stopping { .. }
            | Self::Stopped { .. } => Level::Info,
            Self::Requested { .. } | Self::Ignored { .. } => Level::Debug,
        }
    }
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connected => write!(out, "connected, and subscribed to direct methods"),
            Self::ConnectFailed { error, again_in } => {
                write!(out, "not connected: {error}")?;
                for cause in error.causes() {
                    write!(out, "; perhaps {cause}")?;
                }
                if let Some(hint) = error.hint() {
                    write!(out, "; {hint}")?;
                }
                write!(out, "; trying again in {} s", seconds(*again_in))
            }
            Self::SignFailed { error, again_in } => {
                write!(out, "{error}; trying again in {} s", seconds(*again_in))
            }
            Self::Lost {
                error,
                lasted,
                again_in,
                contended,
            } => {
                write!(
                    out,
                    "the connection ended after {} s: {error}",
                    seconds(*lasted)
                )?;
                if *contended {
                    write!(
                        out,
                        "; another client probably has the same identity, and each drops the other"
                    )?;
                }
                write!(out, "; connecting again in {} s", seconds(*again_in))
            }
            Self::Renewed { gap } => write!(
                out,
                "a connection with a new token took over within {} ms",
                gap.as_millis()
            ),
            Self::RenewalFailed { error, again_in } => write!(
                out,
                "no connection with a new token: {error}; trying again in {} s",
                seconds(*again_in)
            ),
            Self::Requested { method, rid, bytes } => {
                write!(out, "{method} requested, id {rid}, {bytes} bytes")
            }
            Self::Answered {
                method,
                rid,
                status,
                took,
                bytes,
            } => write!(
                out,
                "{method} answered {status} after {} ms, id {rid}, {bytes} bytes",
                took.as_millis()
            ),
            Self::AnswerLost {
                method,
                rid,
                status,
                error,
            } => write!(
                out,
                "the answer {status} to {method} is lost, id {rid}: {error}"
            ),
            Self::Repeated { method, rid } => {
                write!(
                    out,
                    "{method} delivered twice, id {rid}: dropped the second one"
                )
            }
            Self::Ignored { topic } => write!(out, "ignored a message to {topic}"),
            Self::Stopping { running, tasks } => write!(
                out,
                "stopping: {running} requests and {tasks} uploads are running"
            ),
            Self::Stopped {
                running: 0,
                tasks: 0,
            } => write!(out, "stopped"),
            Self::Stopped { running, tasks } => write!(
                out,
                "stopped before {running} requests and {tasks} uploads had ended"
            ),
        }
    }
}

/// With one digit behind the point.
fn seconds(duration: Duration) -> String {
    format!("{:.1}", duration.as_secs_f64())
}
