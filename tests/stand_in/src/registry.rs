//! Twins and module identities.

use serde_json::{Map, Value, json};

use super::device::{Device, Inner};
use super::hub::{HUB_NAME, Hub};
use super::hub_error::{ErrorShape, HubError};
use super::log;
use super::reply::Reply;
use super::setup::{DeviceState, ModuleSetup};

/// Create options hold environments as well, and with them secrets.
const CREATE_OPTIONS: &str = r#"{"Env":["TOKEN=another secret that must not be shown"]}"#;

/// "Never", as the agent's library writes it.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// `GET /twins/{device}/modules/{module}`
pub(crate) fn module_twin(hub: &Hub, id: &str, module: &str) -> Reply {
    let Some(device) = known(hub, id) else {
        return unknown(id);
    };
    match twin_of_module(&device, module) {
        Some(twin) => Reply::json(200, twin.to_string()),
        None => {
            let error = HubError::module_not_found(id, module, HUB_NAME);
            Reply::error(&error, ErrorShape::Semicolon)
        }
    }
}

/// The modules that have an identity, the system's first.
pub(crate) fn identities(inner: &Inner) -> Vec<String> {
    if inner.setup.state == DeviceState::WithoutAgent {
        return Vec::new();
    }
    let mut names = vec!["$edgeAgent".to_owned(), "$edgeHub".to_owned()];
    let users = inner.setup.modules.iter().map(|module| module.name.clone());
    names.extend(users.filter(|name| !matches!(name.as_str(), "edgeAgent" | "edgeHub")));
    names
}

fn known(hub: &Hub, id: &str) -> Option<std::sync::Arc<Device>> {
    let device = hub.device(id)?;
    let is_known = device.lock().setup.state != DeviceState::Unknown;
    is_known.then_some(device)
}

fn unknown(id: &str) -> Reply {
    Reply::error(&HubError::device_not_found(id), ErrorShape::Semicolon)
}

/// The twin of a device. Its connection state is as unreliable as a real one: "Disconnected".
pub(crate) fn twin_of_device(device: &Device) -> Value {
    let inner = device.lock();
    let is_edge = inner.setup.state != DeviceState::WithoutAgent;
    json!({
        "deviceId": device.id,
        "etag": "AAAAAAAAAAE=",
        "deviceEtag": "NzUxMjM0NTY=",
        "status": "enabled",
        "statusUpdateTime": NEVER,
        "connectionState": "Disconnected",
        "lastActivityTime": NEVER,
        "cloudToDeviceMessageCount": 0,
        "authenticationType": "sas",
        "version": 2,
        "tags": inner.setup.tags,
        "properties": properties(Map::new()),
        "capabilities": { "iotEdge": is_edge },
        "deviceScope": format!("ms-azure-iot-edge://{}-637000000000000000", device.id),
    })
}

/// The twin of a module; only the agent reports anything.
pub(crate) fn twin_of_module(device: &Device, module: &str) -> Option<Value> {
    let inner = device.lock();
    if !inner.has_identity(module) {
        return None;
    }
    let reported = match module {
        "$edgeAgent" => reported(&inner),
        _ => Map::new(),
    };
    Some(json!({
        "deviceId": device.id,
        "moduleId": module,
        "etag": "AAAAAAAAAAE=",
        "deviceEtag": "NzUxMjM0NTY=",
        "status": "enabled",
        "connectionState": "Disconnected",
        "lastActivityTime": NEVER,
        "authenticationType": "sas",
        "version": 12,
        "properties": properties(reported),
    }))
}

fn properties(reported: Map<String, Value>) -> Value {
    let metadata = json!({ "$lastUpdated": "2026-11-22T08:44:45.626557Z" });
    let mut reported = reported;
    reported.insert("$metadata".to_owned(), metadata.clone());
    reported.insert("$version".to_owned(), json!(12));
    json!({ "desired": { "$metadata": metadata, "$version": 1 }, "reported": reported })
}

/// What `$edgeAgent` reports. The keys of system modules drop the `$`.
fn reported(inner: &Inner) -> Map<String, Value> {
    let is_system = |module: &&ModuleSetup| matches!(&*module.name, "edgeAgent" | "edgeHub");
    let rows = |system: bool| -> Map<String, Value> {
        let modules = inner.setup.modules.iter();
        let modules = modules.filter(|module| is_system(module) == system);
        modules
            .map(|module| (module.name.clone(), row(module, inner)))
            .collect()
    };
    let version = &inner.setup.variant.version;
    let reported = json!({
        "schemaVersion": "1.1",
        "version": { "version": version, "build": "", "commit": "" },
        "lastDesiredVersion": 12,
        "lastDesiredStatus": { "code": 200, "description": "" },
        "runtime": {
            "type": "docker",
            "platform": { "os": "linux", "architecture": "x86_64", "version": version },
        },
        "systemModules": rows(true),
        "modules": rows(false),
    });
    match overlaid(reported, &inner.setup.reported) {
        Value::Object(reported) => reported,
        _ => Map::new(),
    }
}

/// An object with fields that a test sets, or takes away with `null`.
fn overlaid(mut object: Value, fields: &Value) -> Value {
    if let (Value::Object(object), Value::Object(fields)) = (&mut object, fields) {
        for (name, value) in fields {
            match value {
                Value::Null => object.remove(name),
                value => object.insert(name.clone(), value.clone()),
            };
        }
    }
    object
}

fn row(module: &ModuleSetup, inner: &Inner) -> Value {
    let started = module.log.first().map_or(0, |entry| entry.stamp);
    let started = if started == 0 {
        NEVER.to_owned()
    } else {
        log::stamp_text(started)
    };
    let mut row = json!({
        "type": "docker",
        "settings": { "image": module.image, "imageHash": "sha256:51c0126", "createOptions": CREATE_OPTIONS },
        "env": { "PASSWORD": { "value": "a secret that must not be shown" } },
        "imagePullPolicy": "on-create",
        "exitCode": 0,
        "statusDescription": "running",
        "lastStartTimeUtc": started,
        "lastExitTimeUtc": NEVER,
        "runtimeStatus": "running",
    });
    if module.name != "edgeAgent" {
        // The agent reports these of every module but itself.
        row["version"] = json!("1.0");
        row["status"] = json!("running");
        row["restartPolicy"] = json!("always");
        row["restartCount"] = json!(inner.restarts.get(&module.name).copied().unwrap_or(0));
        row["lastRestartTimeUtc"] = json!(NEVER);
    }
    overlaid(row, &module.reported)
}
