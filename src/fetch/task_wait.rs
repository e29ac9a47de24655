//! Waiting for a task on a device to end.

use std::time::Duration;

use tokio::time::Instant;

use super::edge_agent::EdgeAgent;
use crate::error::Error;
use crate::hub::HubErrorKind;
use crate::methods::{CorrelationId, GetTaskStatus, TaskStatus, TaskStatusResponse};
use crate::output::Progress;

/// How long to wait for a task, and how often to poll it.
#[derive(Debug, Clone, Copy)]
pub struct Waiting {
    /// Give up after this long.
    pub timeout: Duration,
    /// The pause between two polls; the first ones are shorter, since most tasks are short.
    pub interval: Duration,
    /// Whether the hub was reached before. One that never was may be misspelt, and is not waited for.
    pub reached: bool,
}

/// The pause before the second poll.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// Polls a task until it has ended, whether it succeeded or not; [`completed`] decides which.
///
/// A device that drops off the network for a while does not end the wait: its task goes on.
///
/// # Errors
/// The time is up, or the device can't be asked.
pub async fn follow(
    agent: &EdgeAgent,
    id: &CorrelationId,
    waiting: Waiting,
    progress: &Progress,
) -> Result<TaskStatusResponse, Error> {
    let start = Instant::now();
    let deadline = start + waiting.timeout;
    let mut pause = FIRST_PAUSE.min(waiting.interval);
    let mut reached = waiting.reached;
    loop {
        let polled = agent
            .call::<_, TaskStatusResponse>(&GetTaskStatus::new(id.clone()))
            .await;
        reached |= !polled.as_ref().is_err_and(is_not_reached);
        match polled {
            Ok(response) if !response.status.is_under_way() => return Ok(response),
            Ok(response) => {
                let what = format!("{} on {}: task {id}", response.status, agent.device());
                match response.progress {
                    // How many modules there are is not known from the start.
                    Some(done) if done.modules > 0 => {
                        progress.advance(what, done.modules_done, done.modules, done.bytes);
                    }
                    _ => progress.update(what),
                }
            }
            Err(error) if reached && passes(&error) && Instant::now() + pause < deadline => {
                progress.update(format!("lost contact with {}: task {id}", agent.device()));
            }
            Err(error) => return Err(error),
        }
        if Instant::now() + pause >= deadline {
            tokio::time::sleep_until(deadline).await;
            return Err(Error::StillRunning {
                device: agent.device().to_owned(),
                id: id.clone(),
                waited: waiting.timeout,
            });
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(waiting.interval);
    }
}

/// Whether a task that has ended did what it was to do.
///
/// # Errors
/// It ended other than Completed.
pub fn completed(
    device: &str,
    id: &CorrelationId,
    response: TaskStatusResponse,
) -> Result<TaskStatusResponse, Error> {
    if response.status == TaskStatus::Completed {
        return Ok(response);
    }
    Err(Error::Task {
        device: device.to_owned(),
        id: id.clone(),
        status: response.status,
        message: response.message,
    })
}

fn is_not_reached(error: &Error) -> bool {
    matches!(error, Error::Hub { source, .. } if source.kind == HubErrorKind::NotReached)
}

/// Whether the failure is one of the way to the device, which may come back.
fn passes(error: &Error) -> bool {
    match error {
        Error::Hub { source, .. } => {
            source.kind.is_transient() || source.kind == HubErrorKind::NotConnected
        }
        _ => false,
    }
}
