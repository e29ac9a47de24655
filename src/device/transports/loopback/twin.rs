//! Identities and twins of devices and modules.
//!
//! The fields are those of the REST API of 2021-04-12; the reported properties of `$edgeAgent` are
//! those of edgeAgent 1.6 (`AgentState`). None of them holds a key or a module's environment.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::refusal::hub_time;
use super::registry::{Device, Modules};
use crate::device::sources::{ModuleInfo, ModuleState};
use crate::methods::{EDGE_AGENT, is_runtime_module};

/// How the hub and the agent write "never".
const NEVER: &str = "0001-01-01T00:00:00Z";

/// Nothing here ever changes, so one tag serves every entity.
const ETAG: &str = "AAAAAAAAAAE=";

/// The number of the deployment, in the twin as desired and as reported.
const DEPLOYMENT: u32 = 1;

/// The identity of a device, `GET /devices/{d}`.
pub(super) fn device_identity(device: &Device, since: Timestamp) -> Value {
    json!({
        "deviceId": device.id,
        "generationId": "1",
        "etag": ETAG,
        "connectionState": "Connected",
        "status": "enabled",
        "statusReason": null,
        "connectionStateUpdatedTime": hub_time(since),
        "statusUpdatedTime": NEVER,
        "lastActivityTime": hub_time(since),
        "cloudToDeviceMessageCount": 0,
        "capabilities": { "iotEdge": true },
        "deviceScope": scope(&device.id),
        "parentScopes": [],
        "authentication": authentication(),
    })
}

/// The identity of a module, as in `GET /devices/{d}/modules`.
pub(super) fn module_identity(device: &Device, module: &str, since: Timestamp) -> Value {
    json!({
        "moduleId": module,
        "managedBy": "IotEdge",
        "deviceId": device.id,
        "generationId": "1",
        "etag": ETAG,
        "connectionState": connection_state(module),
        "connectionStateUpdatedTime": hub_time(since),
        "lastActivityTime": hub_time(since),
        "cloudToDeviceMessageCount": 0,
        "authentication": authentication(),
    })
}

/// The scope that an edge device opens for its children.
fn scope(device: &str) -> String {
    format!("ms-azure-iot-edge://{device}-1")
}

/// Real identities hold keys here. These devices have none.
fn authentication() -> Value {
    json!({
        "symmetricKey": { "primaryKey": null, "secondaryKey": null },
        "x509Thumbprint": { "primaryThumbprint": null, "secondaryThumbprint": null },
        "type": "sas",
    })
}

/// Only the edge agent is connected: nothing else takes methods here.
fn connection_state(module: &str) -> &'static str {
    if module == EDGE_AGENT {
        "Connected"
    } else {
        "Disconnected"
    }
}

/// The twin of a device.
pub(super) fn device_twin(device: &Device, since: Timestamp) -> Value {
    let mut twin = envelope(&device.id, "Connected", since);
    twin.insert("tags".to_owned(), device.tags());
    twin.insert(
        "properties".to_owned(),
        json!({
            "desired": properties(json!({}), since),
            "reported": properties(json!({}), since),
        }),
    );
    twin.insert("capabilities".to_owned(), json!({ "iotEdge": true }));
    twin.insert("deviceScope".to_owned(), json!(scope(&device.id)));
    twin.insert("parentScopes".to_owned(), json!([]));
    Value::Object(twin)
}

/// The twin of a module. That of `$edgeAgent` reports what runs on the device.
pub(super) fn module_twin(
    device: &Device,
    module: &str,
    modules: &Modules,
    since: Timestamp,
) -> Value {
    let mut twin = envelope(&device.id, connection_state(module), since);
    let (desired, reported) = if module == EDGE_AGENT {
        (json!({ "schemaVersion": "1.1" }), reported(modules))
    } else {
        (json!({}), json!({}))
    };
    // Right after the device's id, as in the service.
    twin.shift_insert(1, "moduleId".to_owned(), json!(module));
    twin.insert(
        "properties".to_owned(),
        json!({
            "desired": properties(desired, since),
            "reported": properties(reported, since),
        }),
    );
    Value::Object(twin)
}

fn envelope(device: &str, connection_state: &str, since: Timestamp) -> Map<String, Value> {
    let envelope = json!({
        "deviceId": device,
        "etag": ETAG,
        "deviceEtag": ETAG,
        "status": "enabled",
        "statusUpdateTime": NEVER,
        "connectionState": connection_state,
        "lastActivityTime": hub_time(since),
        "cloudToDeviceMessageCount": 0,
        "authenticationType": "sas",
        "x509Thumbprint": { "primaryThumbprint": null, "secondaryThumbprint": null },
        "modelId": "",
        "version": 2,
    });
    match envelope {
        Value::Object(envelope) => envelope,
        _ => Map::new(),
    }
}

/// Properties with the hub's metadata.
fn properties(mut properties: Value, since: Timestamp) -> Value {
    if let Value::Object(fields) = &mut properties {
        fields.insert(
            "$metadata".to_owned(),
            json!({ "$lastUpdated": hub_time(since) }),
        );
        fields.insert("$version".to_owned(), json!(DEPLOYMENT));
    }
    properties
}

/// The reported properties of `$edgeAgent`.
fn reported(modules: &Modules) -> Value {
    let (code, description) = match modules {
        Ok(_) => (200, String::new()),
        // The shipped agent reports an unreachable runtime in the same way.
        Err(error) => (500, error.to_string()),
    };
    let (mut system, mut others) = (Map::new(), Map::new());
    for module in modules.iter().flatten() {
        let target = if is_runtime_module(&module.name) {
            &mut system
        } else {
            &mut others
        };
        target.insert(module.name.clone(), reported_module(module));
    }
    json!({
        "schemaVersion": "1.1",
        "version": { "version": env!("CARGO_PKG_VERSION"), "build": "", "commit": "" },
        "lastDesiredVersion": DEPLOYMENT,
        "lastDesiredStatus": { "code": code, "description": description },
        "runtime": {
            "type": "docker",
            "platform": {
                "os": std::env::consts::OS,
                "architecture": std::env::consts::ARCH,
                "version": env!("CARGO_PKG_VERSION"),
            },
        },
        "systemModules": system,
        "modules": others,
    })
}

fn reported_module(module: &ModuleInfo) -> Value {
    let time = |time: Option<Timestamp>| time.map_or(NEVER.to_owned(), hub_time);
    let description = match module.state {
        ModuleState::Running | ModuleState::Unhealthy => "running",
        ModuleState::Backoff => "restarting",
        ModuleState::Unknown => "unknown",
        ModuleState::Stopped | ModuleState::Failed | ModuleState::Dead => "exited",
    };
    let mut reported = json!({
        "type": "docker",
        "exitCode": module.exit_code.unwrap_or(0),
        "statusDescription": description,
        "lastStartTimeUtc": time(module.started),
        "lastExitTimeUtc": time(module.exited),
        "runtimeStatus": module.state,
        "imagePullPolicy": "on-create",
        "settings": {
            "image": module.image.as_deref().unwrap_or_default(),
            "createOptions": "{}",
        },
        "env": {},
    });
    // The agent does not report its own desired status and restarts. The engine may count the
    // restarts of the others, but does not say when the last one was.
    if module.name != "edgeAgent"
        && let Value::Object(fields) = &mut reported
    {
        fields.insert("status".to_owned(), json!("running"));
        fields.insert("restartPolicy".to_owned(), json!("always"));
        if let Some(restarts) = module.restarts {
            fields.insert("restartCount".to_owned(), json!(restarts));
        }
        fields.insert("lastRestartTimeUtc".to_owned(), json!(NEVER));
    }
    reported
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::sources::{SourceError, SourceErrorKind};

    #[test]
    fn a_module_is_reported_as_by_the_agent() {
        let module = ModuleInfo {
            state: ModuleState::Failed,
            image: Some("example.net/m:1".to_owned()),
            exit_code: Some(137),
            restarts: Some(4),
            exited: "2026-11-20T10:00:00Z".parse().ok(),
            ..ModuleInfo::named("tempSensor")
        };
        let others = [ModuleInfo::named("edgeAgent"), ModuleInfo::named("file")];
        let reported = reported(&Ok([vec![module], others.to_vec()].concat()));
        let sensor = &reported["modules"]["tempSensor"];
        assert_eq!(sensor["runtimeStatus"], "failed");
        assert_eq!(sensor["exitCode"], 137);
        assert_eq!(sensor["restartCount"], 4);
        assert_eq!(reported["modules"]["file"].get("restartCount"), None);
        assert_eq!(sensor["lastStartTimeUtc"], NEVER);
        assert_eq!(sensor["lastExitTimeUtc"], "2026-11-20T10:00:00Z");
        assert_eq!(sensor["settings"]["image"], "example.net/m:1");
        let agent = &reported["systemModules"]["edgeAgent"];
        assert_eq!(agent["runtimeStatus"], "running");
        assert_eq!(agent.get("restartCount"), None);
        assert_eq!(reported["lastDesiredStatus"]["code"], 200);
    }

    #[test]
    fn an_unreachable_source_is_a_failed_deployment() {
        let error = SourceError::new(SourceErrorKind::Unreachable, "no engine");
        let reported = reported(&Err(error));
        let status = &reported["lastDesiredStatus"];
        assert_eq!(
            (status["code"].as_i64(), status["description"].as_str()),
            (Some(500), Some("no engine"))
        );
        assert_eq!(reported["modules"], json!({}));
    }
}
