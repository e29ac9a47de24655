//! What can go wrong between an operator and a device, as planned by a test.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
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
    pub(crate) fn reaches_device(&self) -> bool {
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

/// A fault for every call that fits.
struct Rule {
    fits: Box<dyn Fn(&Call) -> bool + Send + Sync>,
    fault: Fault,
    is_met: bool,
}

/// The faults that wait for a call.
#[derive(Default)]
pub(crate) struct Faults {
    planned: Mutex<Planned>,
}

#[derive(Default)]
struct Planned {
    next: VecDeque<Fault>,
    rules: Vec<Rule>,
}

impl Faults {
    fn planned(&self) -> MutexGuard<'_, Planned> {
        self.planned.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a fault for one call of a method.
    pub(crate) fn push(&self, fault: Fault) {
        self.planned().next.push_back(fault);
    }

    /// Adds a fault for every call that fits.
    pub(crate) fn add_rule(
        &self,
        fits: impl Fn(&Call) -> bool + Send + Sync + 'static,
        fault: Fault,
    ) {
        self.planned().rules.push(Rule {
            fits: Box::new(fits),
            fault,
            is_met: false,
        });
    }

    /// Forgets all rules and all waiting faults.
    pub(crate) fn clear(&self) {
        *self.planned() = Planned::default();
    }

    /// The faults that no call has met.
    pub(crate) fn unmet(&self) -> Vec<Fault> {
        let planned = self.planned();
        let rules = planned.rules.iter().filter(|rule| !rule.is_met);
        rules
            .map(|rule| &rule.fault)
            .chain(&planned.next)
            .cloned()
            .collect()
    }

    /// The fault that this call meets: the first rule that fits, then the queue.
    pub(crate) fn take(&self, call: &Call) -> Option<Fault> {
        let mut planned = self.planned();
        if let Some(rule) = planned.rules.iter_mut().find(|rule| (rule.fits)(call)) {
            rule.is_met = true;
            return Some(rule.fault.clone());
        }
        call.is_method().then(|| planned.next.pop_front()).flatten()
    }
}
