//! The edge agent of one device, as seen through its hub.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde::de::DeserializeOwned;

use super::log_agent::{LogAgent, Silence};
use crate::error::Error;
use crate::hub::{HubClient, HubError, MethodCall, MethodTarget, Timeouts};
use crate::methods::{
    AgentReport, ContentType, EDGE_AGENT, Encoding, GetModuleLogs, LogFilter, LogItem,
    MethodAnswer, MethodRequest, ModuleLogs, ModulePattern, Ping,
};

/// The edge agent of one device. Cheap to clone: what fetches a large log calls it from several
/// tasks.
#[derive(Debug, Clone)]
pub struct EdgeAgent {
    client: Arc<HubClient>,
    device: Arc<str>,
    module: Arc<str>,
    timeouts: Timeouts,
    /// Whether it is one of those that are to be followed, if that changes.
    selected: Option<Arc<AtomicBool>>,
}

/// What a hub has of a device's edge agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedDevice {
    /// What the agent last reported.
    pub report: AgentReport,
    /// Whether the hub calls the agent disconnected. A hint only: hubs have said so of running
    /// agents, and `ping` is what tells.
    pub is_disconnected: bool,
}

impl EdgeAgent {
    /// The agent of `device`, called through `client`.
    pub fn new(client: Arc<HubClient>, device: &str, timeouts: Timeouts) -> Self {
        Self {
            client,
            device: device.into(),
            module: EDGE_AGENT.into(),
            timeouts,
            selected: None,
        }
    }

    /// The same for a device that is followed only while `selected`.
    #[must_use]
    pub fn while_selected(self, selected: Arc<AtomicBool>) -> Self {
        Self {
            selected: Some(selected),
            ..self
        }
    }

    /// The same with another module that answers the agent's methods.
    #[must_use]
    pub fn of_module(self, module: &str) -> Self {
        Self {
            module: module.into(),
            ..self
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
        read_payload(&self.answer(request).await?, self.device(), R::NAME)
    }

    /// Calls a method as [`call`](Self::call) does, but takes the hub's silence (504101) as an
    /// answer: of a log it may mean that the log is too large for the hub, and then asking again
    /// costs the whole response timeout and tells nothing.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    async fn call_once_if_silent<R: MethodRequest, P: DeserializeOwned>(
        &self,
        request: &R,
    ) -> Result<P, Error> {
        let call = MethodCall::of(request).final_if_silent();
        read_payload(&self.invoke::<R>(&call).await?, self.device(), R::NAME)
    }

    /// What the agent's twin says that runs on the device. The device itself is not called.
    ///
    /// # Errors
    /// The hub knows no such device, or can't be asked.
    pub async fn reported(&self) -> Result<ReportedDevice, Error> {
        let twin = self.client.module_twin(&self.device, EDGE_AGENT).await;
        let twin = twin.map_err(|source| self.hub_error(EDGE_AGENT, source))?;
        Ok(ReportedDevice {
            report: AgentReport::of(&twin.properties.reported),
            is_disconnected: twin
                .connection_state
                .is_some_and(|state| state.eq_ignore_ascii_case("Disconnected")),
        })
    }

    /// Asks the agent for a sign of life, and tells how long the answer took.
    ///
    /// # Errors
    /// The hub relays nothing, or the agent's status is not 200.
    pub async fn ping(&self) -> Result<Duration, Error> {
        let call = MethodCall::of(&Ping::default());
        let answer = self
            .client
            .invoke_timed(self.target(), &call, self.timeouts);
        let (answer, took) = answer
            .await
            .map_err(|source| self.hub_error(&self.module, source))?;
        self.success::<Ping>(answer)?;
        Ok(took)
    }

    /// Calls a method whose success has no payload.
    ///
    /// # Errors
    /// The hub relays nothing, or the agent's status is not 200.
    pub async fn answer<R: MethodRequest>(&self, request: &R) -> Result<MethodAnswer, Error> {
        self.invoke::<R>(&MethodCall::of(request)).await
    }

    async fn invoke<R: MethodRequest>(&self, call: &MethodCall) -> Result<MethodAnswer, Error> {
        let answer = self.client.invoke(self.target(), call, self.timeouts).await;
        self.success::<R>(answer.map_err(|source| self.hub_error(&self.module, source))?)
    }

    fn target(&self) -> MethodTarget<'_> {
        MethodTarget {
            device: &self.device,
            module: &self.module,
        }
    }

    fn success<R: MethodRequest>(&self, answer: MethodAnswer) -> Result<MethodAnswer, Error> {
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

    fn hub_error(&self, module: &str, source: HubError) -> Error {
        Error::Hub {
            hub: self.hub().to_owned(),
            device: self.device().to_owned(),
            module: module.to_owned(),
            source: Box::new(source),
        }
    }
}

#[async_trait]
impl LogAgent for EdgeAgent {
    fn hub(&self) -> &str {
        Self::hub(self)
    }

    fn device(&self) -> &str {
        Self::device(self)
    }

    async fn get_module_logs(
        &self,
        request: &GetModuleLogs,
        silence: Silence,
    ) -> Result<Vec<ModuleLogs>, Error> {
        match silence {
            Silence::Final => self.call_once_if_silent(request).await,
            Silence::Lost => self.call(request).await,
        }
    }

    async fn module_names(&self) -> Result<Vec<String>, Error> {
        if &*self.module != EDGE_AGENT {
            // What the edge agent reports need not be what this module reads.
            let item = LogItem {
                id: ModulePattern::regex(".*")?,
                filter: LogFilter::default().with_tail(0)?,
            };
            let request = GetModuleLogs::new(vec![item], Encoding::None, ContentType::Text);
            let logs: Vec<ModuleLogs> = self.call(&request).await?;
            return Ok(logs.into_iter().map(|logs| logs.id).collect());
        }
        let modules = self.reported().await?.report.modules;
        Ok(modules.into_iter().map(|module| module.name).collect())
    }

    fn is_selected(&self) -> bool {
        let selected = self.selected.as_ref();
        selected.is_none_or(|selected| selected.load(Ordering::Relaxed))
    }

    fn retries(&self) -> u32 {
        self.client.retries()
    }
}

fn read_payload<P: DeserializeOwned>(
    answer: &MethodAnswer,
    device: &str,
    method: &'static str,
) -> Result<P, Error> {
    let payload = answer
        .payload
        .as_ref()
        .map_or("null", |payload| payload.get());
    serde_json::from_str(payload).map_err(|error| Error::BadPayload {
        device: device.to_owned(),
        method,
        cause: if answer.payload.is_none() {
            "there is no payload".to_owned()
        } else {
            error.to_string()
        },
    })
}
