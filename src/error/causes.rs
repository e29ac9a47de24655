//! What led to a failure.

use super::hub_sentences::{ROLE, lacks_a_right};
use super::kinds::Error;
use crate::error_chain::error_chain;
use crate::hub::HubError;
use crate::methods::TaskStatus;

/// The label of targets that did a part of what was asked.
pub(crate) const PART: &str = "in part";

/// A hub's message without the id of one call, which says nothing about others.
pub(crate) fn without_tracking_id(cause: &str) -> String {
    match cause.split_once(" (tracking id ") {
        Some((message, rest)) => {
            let after = rest.split_once(')').map_or("", |(_, after)| after);
            format!("{message}{after}")
        }
        None => cause.to_owned(),
    }
}

impl Error {
    /// The underlying causes, outermost first.
    pub fn causes(&self) -> Vec<String> {
        match self {
            Self::Hub { source, .. }
            | Self::Call { source, .. }
            | Self::Query { source, .. }
            | Self::BadQuery { source, .. }
            | Self::SignIn { source, .. } => hub_causes(source),
            Self::Refused {
                status, message, ..
            } => vec![format!("status {status}: {message}")],
            Self::Status { message, .. } => vec![message.clone()],
            Self::Hinted { source, .. } => source.causes(),
            // The sentence of a device that did a part of the work says which.
            Self::Several { first, label, .. } => {
                let sentence = (*label == PART).then(|| first.to_string());
                let causes = first
                    .causes()
                    .into_iter()
                    .map(|cause| without_tracking_id(&cause));
                sentence.into_iter().chain(causes).collect()
            }
            Self::Settings { cause, .. } => cause.iter().cloned().collect(),
            Self::Check { cause, .. } => cause
                .iter()
                .flat_map(|cause| cause.lines())
                .map(str::to_owned)
                .collect(),
            Self::BadPayload { cause, .. } => vec![cause.clone()],
            Self::BrokenLog { message, .. } => vec![message.clone()],
            Self::Download(error) => error.causes(),
            Self::Module { source, .. } => {
                let mut causes = vec![source.to_string()];
                causes.extend(source.causes());
                causes
            }
            Self::Task {
                status: TaskStatus::Cancelled,
                message,
                ..
            } if message.is_empty() => {
                vec![
                    "the agent gave no reason; edgeAgent cancels when `aziot-edged` takes too long"
                        .to_owned(),
                ]
            }
            Self::Task {
                status: TaskStatus::Unknown,
                message,
                ..
            } if message.is_empty() => {
                vec!["edgeAgent forgets its tasks when it restarts".to_owned()]
            }
            Self::Task { message, .. } if message.is_empty() => Vec::new(),
            Self::Task { message, .. } => vec![message.clone()],
            other => {
                let causes = error_chain(other).skip(1);
                causes.map(ToString::to_string).collect()
            }
        }
    }
}

/// The hub's message, or each failed way to sign in; then the missing right, if one is missing.
fn hub_causes(error: &HubError) -> Vec<String> {
    let mut causes: Vec<String> = error.to_string().lines().map(str::to_owned).collect();
    if let (true, Some(refused)) = (lacks_a_right(error), &error.signed_in) {
        causes.push(if refused.method.is_entra() {
            format!(
                "the identity that signed in ({}) needs the role `{ROLE}`, the only built-in role that may invoke \
                 methods; Owner and Contributor may not",
                refused.method
            )
        } else {
            format!(
                "the {} is no longer valid for this hub, or the policy lacks `service connect`, or this \
                 machine's clock is wrong",
                refused.method
            )
        });
        causes.push(
            "a hub whose public access is off, or limited to some networks, answers the same to others"
                .to_owned(),
        );
    }
    causes
}
