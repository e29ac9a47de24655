//! `POST /twins/{device}/modules/{module}/methods`: the hub's part of a direct method.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::agent::{AgentAnswer, Effect};
use super::corruption;
use super::device::Device;
use super::faults::Fault;
use super::hub::{HUB_NAME, Hub};
use super::hub_error::{ErrorShape, HubError, html};
use super::journal::Call;
use super::mqtt;
use super::reply::Reply;
use super::setup::{DeviceState, HubSetup, Oversize};

/// The hub's limit for a method's payload, either way.
pub(crate) const MAX_PAYLOAD_BYTES: usize = 128 * 1024;

/// How often a device that a call waits for is looked at.
const LOOK: Duration = Duration::from_millis(10);

/// The body of a call.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    method_name: String,
    #[serde(default)]
    payload: Option<Box<RawValue>>,
    #[serde(default = "default_response_timeout")]
    response_timeout_in_seconds: i64,
    #[serde(default)]
    connect_timeout_in_seconds: i64,
}

fn default_response_timeout() -> i64 {
    30
}

impl Body {
    fn read(body: &[u8]) -> Result<Self, HubError> {
        let body: Self = serde_json::from_slice(body)
            .map_err(|_| HubError::invalid_argument("The request body is not valid JSON."))?;
        let in_range = |name: &str, value: i64, low: i64| {
            let message = format!("{name} must be within [{low}; 300].");
            let fits = (low..=300).contains(&value);
            fits.then_some(())
                .ok_or_else(|| HubError::invalid_argument(message))
        };
        let (response, connect) = (
            body.response_timeout_in_seconds,
            body.connect_timeout_in_seconds,
        );
        in_range("responseTimeoutInSeconds", response, 5)?;
        in_range("connectTimeoutInSeconds", connect, 0)?;
        if body.method_name.is_empty() || body.method_name.len() > 100 {
            return Err(HubError::invalid_argument("methodName is not valid."));
        }
        let payload = body.payload.as_ref().map_or("", |payload| payload.get());
        if payload.len() > MAX_PAYLOAD_BYTES {
            return Err(HubError::too_large());
        }
        Ok(body)
    }
}

/// What comes back from a device, before the hub looks at it.
enum Outcome {
    Method {
        status: i32,
        payload: Option<String>,
    },
    Hub(HubError),
}

/// Calls a method. `call` is the draft of the journal's entry.
pub(crate) async fn invoke(hub: Arc<Hub>, mut call: Call, body: Vec<u8>) -> Reply {
    let parsed = Body::read(&body);
    if let Ok(body) = &parsed {
        call.method.clone_from(&body.method_name);
        let payload = body.payload.as_deref().map(RawValue::get);
        call.payload = payload
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        call.response_timeout = u64::try_from(body.response_timeout_in_seconds).unwrap_or(0);
        call.connect_timeout = u64::try_from(body.connect_timeout_in_seconds).unwrap_or(0);
    }
    hub.journal.enter(&mut call);
    let reply = match parsed {
        Err(error) => Reply::error(&error, ErrorShape::Nested),
        Ok(body) => {
            let payload = body.payload.as_deref().map(RawValue::get);
            answer(&hub, &mut call, payload).await
        }
    };
    call.http_status = reply.status();
    hub.journal.settle(call);
    reply
}

async fn answer(hub: &Hub, call: &mut Call, payload: Option<&str>) -> Reply {
    let setup = hub.behaviour();
    let device = hub.device(&call.device);
    let mut fault = hub.faults.take(call);
    if fault.is_none()
        && let Some(device) = &device
        && let DeviceState::Faulty(constant) = device.lock().state()
    {
        fault = Some(constant);
    }
    if let Some(Fault::Slow(delay)) = fault {
        tokio::time::sleep(delay).await;
    }
    let fault = match fault {
        Some(fault) if !fault.reaches_device() => {
            return instead(&setup, call, device.as_deref(), fault).await;
        }
        fault => fault,
    };
    let outcome = match hub.throttled(&setup) {
        Some(error) => Outcome::Hub(error),
        None => deliver(hub, &setup, call, device, payload).await,
    };
    let (status, payload) = match outcome {
        Outcome::Hub(error) => return Reply::error(&error, ErrorShape::Nested),
        Outcome::Method { status, payload } => (status, payload),
    };
    let payload = match fault {
        Some(Fault::ResetAfterwards) => return Reply::Reset,
        Some(Fault::LostAnswer) => return lost(&setup, call).await,
        Some(fault) => {
            let payload = payload.map(|payload| corruption::apply(&fault, payload));
            let reply = relay(&setup, call, status, payload).await;
            return match fault {
                Fault::CutAnswer(bytes) => reply.cut_after(bytes),
                _ => reply,
            };
        }
        None => payload,
    };
    relay(&setup, call, status, payload).await
}

/// What a fault sends in place of the device's answer.
async fn instead(
    setup: &HubSetup,
    call: &mut Call,
    device: Option<&Device>,
    fault: Fault,
) -> Reply {
    match fault {
        Fault::Hub(error) => Reply::error(&error, ErrorShape::Nested),
        Fault::Html(status) => Reply::html(status, html(status)),
        Fault::Raw { status, body } => Reply::json(status, body),
        Fault::EmptyPayload => {
            call.method_status = Some(200);
            Reply::json(200, r#"{"status":200,"payload":}"#)
        }
        Fault::Answer { status, payload } => relay(setup, call, status, Some(payload)).await,
        Fault::AgentRestart => {
            if let Some(device) = device {
                device.lock().restart_agent(Duration::ZERO);
            }
            lost(setup, call).await
        }
        Fault::LostRequest => lost(setup, call).await,
        _ => Reply::Reset,
    }
}

/// The hub waits for an answer that does not come.
async fn lost(setup: &HubSetup, call: &Call) -> Reply {
    let timeout = Duration::from_secs(call.response_timeout);
    tokio::time::sleep(setup.patience.min(timeout)).await;
    Reply::error(&HubError::gateway_timeout(), ErrorShape::Nested)
}

/// Puts an answer into the hub's envelope, without looking at it, if it is not too long.
async fn relay(setup: &HubSetup, call: &mut Call, status: i32, payload: Option<String>) -> Reply {
    let payload = payload.unwrap_or_else(|| "null".to_owned());
    if payload.len() > MAX_PAYLOAD_BYTES {
        return match setup.oversize {
            Oversize::GatewayTimeout => lost(setup, call).await,
            Oversize::MessageTooLarge => Reply::error(&HubError::too_large(), ErrorShape::Nested),
        };
    }
    call.method_status = Some(status);
    Reply::json(200, format!(r#"{{"status":{status},"payload":{payload}}}"#))
}

/// Brings a call to its module, once the device is there.
async fn deliver(
    hub: &Hub,
    setup: &HubSetup,
    call: &mut Call,
    device: Option<Arc<Device>>,
    payload: Option<&str>,
) -> Outcome {
    let not_found = || Outcome::Hub(HubError::device_not_found(&call.device));
    let Some(device) = device else {
        return not_found();
    };
    let connects_until = Instant::now() + Duration::from_secs(call.connect_timeout);
    loop {
        let state = device.lock().state();
        match state {
            DeviceState::Unknown => return not_found(),
            DeviceState::Offline if Instant::now() < connects_until => {
                tokio::time::sleep(LOOK).await;
            }
            DeviceState::Offline => {
                return Outcome::Hub(HubError::not_online(call.connect_timeout));
            }
            DeviceState::Online | DeviceState::WithoutAgent | DeviceState::Faulty(_) => break,
        }
    }
    let (known, latency) = {
        let inner = device.lock();
        (inner.has_identity(&call.module), inner.setup.latency)
    };
    if !known {
        let error = HubError::module_not_found(&call.device, &call.module, HUB_NAME);
        return Outcome::Hub(error);
    }
    let timeout = Duration::from_secs(call.response_timeout);
    if let Some(front) = hub.mqtt.get()
        && front.knows(&call.device, &call.module)
    {
        let connect = Duration::from_secs(call.connect_timeout);
        let (device, module, method) = (&call.device, &call.module, &call.method);
        let called = front.call(device, module, method, payload, connect, timeout);
        return match called.await {
            mqtt::Outcome::Answered(status, body) => Outcome::Method {
                status,
                payload: Some(String::from_utf8_lossy(&body).into_owned()),
            },
            mqtt::Outcome::NotOnline => Outcome::Hub(HubError::not_online(call.connect_timeout)),
            mqtt::Outcome::NoAnswer => Outcome::Hub(HubError::gateway_timeout()),
        };
    }
    tokio::time::sleep(latency.min(timeout)).await;
    let outcome = run(&device, call, payload);
    match outcome {
        _ if latency >= timeout => Outcome::Hub(HubError::gateway_timeout()),
        None => Outcome::Hub(HubError::not_online(call.connect_timeout)),
        Some(answer) => match &answer.effect {
            // An agent that restarts itself takes its answer with it.
            Effect::Restarted(module) if module == "edgeAgent" => {
                tokio::time::sleep(setup.patience.min(timeout)).await;
                Outcome::Hub(HubError::gateway_timeout())
            }
            _ => Outcome::Method {
                status: answer.status,
                payload: answer.payload,
            },
        },
    }
}

/// Runs the method on the device; `None`: the module listens for none.
fn run(device: &Device, call: &mut Call, payload: Option<&str>) -> Option<AgentAnswer> {
    if call.module == "$edgeAgent" {
        return Some(device.call_agent(HUB_NAME, &call.method, payload, &mut call.reads));
    }
    let (status, value) = device.call_module(&call.module, &call.method)?;
    Some(AgentAnswer {
        status,
        payload: (value != Value::Null).then(|| json!(value).to_string()),
        effect: Effect::None,
    })
}
