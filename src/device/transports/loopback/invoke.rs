//! Calls direct methods.

use std::time::Duration;

use bytes::Bytes;
use hyper::StatusCode;
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::refusal::{HubCode, Refusal, Reply, reply};
use super::registry::{Registry, module_ids};
use crate::hub::MAX_PAYLOAD_BYTES;
use crate::methods::{EDGE_AGENT, MethodAnswer};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MethodBody {
    method_name: String,
    #[serde(default)]
    payload: Option<Box<RawValue>>,
    #[serde(default)]
    response_timeout_in_seconds: Option<Seconds>,
    #[serde(default)]
    connect_timeout_in_seconds: Option<Seconds>,
}

/// A number, or one in a string: IoT Hub takes both, and `az iot hub invoke-module-method` sends its
/// default timeouts as strings.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "NumberOrText")]
struct Seconds(i64);

#[derive(Deserialize)]
#[serde(untagged, expecting = "a timeout must be a whole number of seconds")]
enum NumberOrText {
    Number(i64),
    Text(String),
}

impl TryFrom<NumberOrText> for Seconds {
    type Error = String;

    fn try_from(value: NumberOrText) -> Result<Self, Self::Error> {
        match value {
            NumberOrText::Number(seconds) => Ok(Self(seconds)),
            NumberOrText::Text(text) => {
                text.trim().parse().map(Self).map_err(|_| {
                    format!("a timeout must be a whole number of seconds, not `{text}`")
                })
            }
        }
    }
}

/// IoT Hub's defaults. They also apply to null, which the Python SDK sends.
const RESPONSE_SECONDS: i64 = 30;
const CONNECT_SECONDS: i64 = 0;

/// Calls a method of a module, or without one of the device itself.
///
/// # Errors
/// What IoT Hub refuses, in the error format of methods.
pub(super) async fn invoke(
    registry: &Registry,
    device: &str,
    module: Option<&str>,
    body: &Bytes,
) -> Result<Reply, Refusal> {
    let bad = |message: String| Refusal::of_method(HubCode::ArgumentInvalid, message);
    let call: MethodBody = serde_json::from_slice(body).map_err(|error| bad(error.to_string()))?;
    let seconds = |typed: Option<Seconds>, default| typed.map_or(default, |typed| typed.0);
    let response = seconds(call.response_timeout_in_seconds, RESPONSE_SECONDS);
    let connect = seconds(call.connect_timeout_in_seconds, CONNECT_SECONDS);
    if !(5..=300).contains(&response) {
        return Err(bad(
            "responseTimeoutInSeconds must be within [5; 300].".to_owned()
        ));
    }
    if !(0..=300).contains(&connect) {
        return Err(bad(
            "connectTimeoutInSeconds must be within [0; 300].".to_owned()
        ));
    }
    if call.method_name.is_empty() {
        return Err(bad("methodName must not be empty.".to_owned()));
    }
    let target = registry.device(device).map_err(|_| {
        let message = format!("device {device} is not registered");
        Refusal::of_method(HubCode::DeviceNotFound, message)
    })?;
    if module != Some(EDGE_AGENT) {
        return Err(not_answering(registry, device, module, connect).await);
    }
    let silent = || {
        Refusal::of_method(
            HubCode::GatewayTimeout,
            "Timed out waiting for the response from device.",
        )
    };
    let payload = call.payload.as_ref().map(|payload| payload.get());
    let limit = Duration::from_secs(response.unsigned_abs());
    let answer = target
        .module
        .handle_within(limit, &call.method_name, payload);
    let answer = tokio::time::timeout(limit, answer).await;
    let MethodAnswer { status, payload } = answer.map_err(|_| silent())?;
    let payload = payload.as_ref().map_or("null", |payload| payload.get());
    if payload.len() > MAX_PAYLOAD_BYTES {
        // It fits the device's limit, but the hub does not relay it.
        return Err(silent());
    }
    Ok(reply(
        StatusCode::OK,
        format!("{{\"status\":{status},\"payload\":{payload}}}"),
    ))
}

/// Nothing connects as the device, or as any module but the agent. A real hub would wait for the
/// connect timeout; here nothing can connect, so the answer comes at once.
async fn not_answering(
    registry: &Registry,
    device: &str,
    module: Option<&str>,
    connect: i64,
) -> Refusal {
    if let Some(module) = module
        && !module_ids(&registry.modules().await)
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
    Refusal::of_method(HubCode::DeviceNotOnline, message).with_info(json!({ "timeout": waited }))
}
