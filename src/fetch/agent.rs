//! The edge agent of one device, as seen through its hub.

use std::sync::Arc;

use serde::de::DeserializeOwned;

use crate::Error;
use crate::hub::{HubClient, MethodCall, MethodTarget, Timeouts};
use crate::methods::{EDGE_AGENT, MethodAnswer, MethodRequest};

/// The edge agent of one device. Cheap to clone: what fetches a large log calls it from several
/// tasks.
#[derive(Debug, Clone)]
pub struct EdgeAgent {
    client: Arc<HubClient>,
    device: Arc<str>,
    timeouts: Timeouts,
}

impl EdgeAgent {
    /// The agent of `device`, called through `client`.
    pub fn new(client: Arc<HubClient>, device: &str, timeouts: Timeouts) -> Self {
        Self {
            client,
            device: device.into(),
            timeouts,
        }
    }

    /// The device's id.
    pub fn device(&self) -> &str {
        &self.device
    }

    /// The hub's name, as devices call it.
    pub fn hub(&self) -> &str {
        self.client.endpoint().name()
    }

    /// Calls a method and reads its payload.
    ///
    /// # Errors
    /// The hub relays nothing, the agent's status is not 200, or the payload has another form.
    pub async fn call<R: MethodRequest, P: DeserializeOwned>(
        &self,
        request: &R,
    ) -> Result<P, Error> {
        let answer = self.answer(request).await?;
        let payload = answer
            .payload
            .as_ref()
            .map_or("null", |payload| payload.get());
        serde_json::from_str(payload).map_err(|error| Error::BadPayload {
            device: self.device().to_owned(),
            method: R::NAME,
            cause: if answer.payload.is_none() {
                "there is no payload".to_owned()
            } else {
                error.to_string()
            },
        })
    }

    /// Calls a method whose success has no payload.
    ///
    /// # Errors
    /// The hub relays nothing, or the agent's status is not 200.
    pub async fn answer<R: MethodRequest>(&self, request: &R) -> Result<MethodAnswer, Error> {
        let target = MethodTarget {
            device: &self.device,
            module: EDGE_AGENT,
        };
        let answer = self
            .client
            .invoke(target, &MethodCall::of(request), self.timeouts)
            .await
            .map_err(|source| Error::Hub {
                hub: self.hub().to_owned(),
                device: self.device().to_owned(),
                source: Box::new(source),
            })?;
        if answer.is_success() {
            Ok(answer)
        } else {
            Err(Error::Refused {
                device: self.device().to_owned(),
                method: R::NAME,
                status: answer.status,
                message: answer.refusal(),
            })
        }
    }
}
