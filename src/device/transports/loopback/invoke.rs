//! Calls direct methods.

use std::time::Duration;

use bytes::Bytes;
use hyper::StatusCode;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::Hub;
use super::refusal::{HubCode, Refusal, Reply, reply};
use super::registry::module_ids;
use crate::hub::MAX_PAYLOAD_BYTES;
use crate::methods::{EDGE_AGENT, MethodAnswer};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MethodBody {
    method_name: String,
    #[serde(default)]
    payload: Option<Box<RawValue>>,
    #[serde(default)]
    response_timeout_in_seconds: Option<u64>,
    #[serde(default)]
    connect_timeout_in_seconds: Option<u64>,
}

/// IoT Hub's own defaults, which clients get that send null, as the Python SDK does.
const RESPONSE_SECONDS: u64 = 30;
const CONNECT_SECONDS: u64 = 0;

impl Hub {
    /// Calls a method of a module; of the device itself without one.
    ///
    /// # Errors
    /// Whatever IoT Hub refuses, in the shape of methods.
    pub(super) async fn invoke(
        &self,
        device: &str,
        module: Option<&str>,
        body: &Bytes,
    ) -> Result<Reply, Refusal> {
        let bad = |message: String| Refusal::of_method(HubCode::ArgumentInvalid, message);
        let call: MethodBody =
            serde_json::from_slice(body).map_err(|error| bad(error.to_string()))?;
        let response = call.response_timeout_in_seconds.unwrap_or(RESPONSE_SECONDS);
        let connect = call.connect_timeout_in_seconds.unwrap_or(CONNECT_SECONDS);
        if !(5..=300).contains(&response) {
            return Err(bad(
                "responseTimeoutInSeconds must be within [5; 300].".to_owned()
            ));
        }
        if connect > 300 {
            return Err(bad(
                "connectTimeoutInSeconds must be within [0; 300].".to_owned()
            ));
        }
        if call.method_name.is_empty() {
            return Err(bad("methodName must not be empty.".to_owned()));
        }
        let target = self.registry.device(device).map_err(|_| {
            let message = format!("device {device} is not registered");
            Refusal::of_method(HubCode::DeviceNotFound, message)
        })?;
        if module != Some(EDGE_AGENT) {
            return Err(self.not_answering(device, module, connect).await);
        }
        let silent = || {
            Refusal::of_method(
                HubCode::GatewayTimeout,
                "Timed out waiting for the response from device.",
            )
        };
        let payload = call.payload.as_ref().map(|payload| payload.get());
        let answer = tokio::time::timeout(
            Duration::from_secs(response),
            target.module.handle(&call.method_name, payload),
        );
        let MethodAnswer { status, payload } = answer.await.map_err(|_| silent())?;
        let payload = payload.as_ref().map_or("null", |payload| payload.get());
        if payload.len() > MAX_PAYLOAD_BYTES {
            // The device thought that it would fit; the hub never relays it.
            return Err(silent());
        }
        Ok(reply(
            StatusCode::OK,
            format!("{{\"status\":{status},\"payload\":{payload}}}"),
        ))
    }

    /// Nothing connects as the device or as a module other than the agent. A real hub waits for
    /// such a one as long as it is told to; here nobody ever comes, so that the answer is at once.
    async fn not_answering(&self, device: &str, module: Option<&str>, connect: u64) -> Refusal {
        if let Some(module) = module
            && !module_ids(&self.registry.modules().await)
                .iter()
                .any(|id| id == module)
        {
            let message = format!("device {device} has no module {module}");
            return Refusal::of_method(HubCode::ModuleNotFound, message);
        }
        let message = "Timed out waiting for device to connect.";
        let waited = format!(
            "{:02}:{:02}:{:02}",
            connect / 3600,
            connect / 60 % 60,
            connect % 60
        );
        Refusal::of_method(HubCode::DeviceNotOnline, message)
            .with_info(json!({ "timeout": waited }))
    }
}
