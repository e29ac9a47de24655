//! What can go wrong between an operator and a device, to be set off by a test.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::hub_error::HubError;
use super::journal::Call;

/// One fault.
///
/// Most are about methods. On the other routes, `Hub`, `Html`, `Raw`, `Slow` and `CutAnswer` do what
/// they say, and the rest reset the connection.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// The hub answers with this error; the device sees nothing.
    Hub(HubError),
    /// The connection is reset (RST) before anything is done.
    Reset,
    /// The connection is reset after the device has done its work.
    ResetAfterwards,
    /// The answer breaks off after so many bytes, though its length was announced.
    CutAnswer(usize),
    /// The answer comes this much later.
    Slow(Duration),
    /// An HTML page in place of an answer, as http.sys and proxies send.
    Html(u16),
    /// This status and body in place of an answer.
    Raw {
        /// The HTTP status.
        status: u16,
        /// The body.
        body: Vec<u8>,
    },
    /// `{"status":200,"payload":}`: what a hub makes of a module's empty body.
    EmptyPayload,
    /// HTTP 200 with this method status and this payload, as it is; the agent sees nothing.
    Answer {
        /// The method's status.
        status: i32,
        /// JSON, or what is not.
        payload: String,
    },
    /// The agent's own answer, with a character that base64 does not know in each `payloadBytes`.
    BadBase64,
    /// The agent's own answer, with each gzip stream cut to half.
    CutGzip,
    /// The agent's own answer, with each gzip stream replaced by one that unpacks to so many bytes.
    GzipBomb(usize),
    /// The request is lost (methods have QoS 0): 504101, and the device has done nothing.
    LostRequest,
    /// The answer is lost: 504101, although the device has done its work.
    LostAnswer,
    /// The agent restarts instead of answering: 504101, and its tasks are forgotten.
    AgentRestart,
}

impl Fault {
    /// Whether the device gets to see the call.
    pub(super) fn reaches_device(&self) -> bool {
        match self {
            Self::ResetAfterwards
            | Self::CutAnswer(_)
            | Self::Slow(_)
            | Self::BadBase64
            | Self::CutGzip
            | Self::GzipBomb(_)
            | Self::LostAnswer => true,
            Self::Hub(_)
            | Self::Reset
            | Self::Html(_)
            | Self::Raw { .. }
            | Self::EmptyPayload
            | Self::Answer { .. }
            | Self::LostRequest
            | Self::AgentRestart => false,
        }
    }
}

type Rule = Arc<dyn Fn(&Call) -> Option<Fault> + Send + Sync>;

/// The faults that wait for a call.
#[derive(Default)]
pub struct Faults {
    next: Mutex<VecDeque<Fault>>,
    rules: Mutex<Vec<Rule>>,
}

impl Faults {
    /// Adds a fault for one call of a method.
    pub fn push(&self, fault: Fault) {
        locked(&self.next).push_back(fault);
    }

    /// Adds a rule that is asked about every call.
    pub fn add_rule(&self, rule: impl Fn(&Call) -> Option<Fault> + Send + Sync + 'static) {
        locked(&self.rules).push(Arc::new(rule));
    }

    /// Forgets all rules and all waiting faults.
    pub fn clear(&self) {
        locked(&self.next).clear();
        locked(&self.rules).clear();
    }

    /// The fault that this call meets: the first rule that has one, then the queue.
    pub fn take(&self, call: &Call) -> Option<Fault> {
        // The rules run unlocked, so that they may use the stand-in themselves.
        let rules = locked(&self.rules).clone();
        let fault = rules.iter().find_map(|rule| rule(call));
        fault.or_else(|| {
            call.is_method()
                .then(|| locked(&self.next).pop_front())
                .flatten()
        })
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
