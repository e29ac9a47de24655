//! The REST API: answers and errors.

use std::collections::BTreeSet;

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::api::{Api, VERSION, body, header};

/// Status and name of an error, as in `404 DeviceNotFound`, and its message in whichever form it came.
async fn refusal(response: Response) -> (String, String) {
    let status = response.status().as_u16();
    let name = header(&response, "iothub-errorcode").unwrap();
    let message = body(response).await["Message"].as_str().unwrap().to_owned();
    (format!("{status} {name}"), message)
}

#[tokio::test]
async fn method_calls_use_the_hubs_default_timeouts() {
    let api = Api::start(0).await;
    for call in [
        json!({ "methodName": "ping" }),
        json!({ "methodName": "ping", "payload": null, "responseTimeoutInSeconds": null, "connectTimeoutInSeconds": null }),
        json!({ "methodName": "PING", "payload": {}, "responseTimeoutInSeconds": 5, "connectTimeoutInSeconds": 0 }),
        // What `az iot hub invoke-module-method` sends without `--to`.
        json!({ "methodName": "ping", "payload": {}, "responseTimeoutInSeconds": "30", "connectTimeoutInSeconds": "30" }),
    ] {
        let response = api.invoke("/twins/press/modules/%24edgeAgent", call).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(
            body(response).await,
            json!({ "status": 200, "payload": null })
        );
    }
    let response = api
        .invoke(
            "/twins/press/modules/$edgeAgent",
            json!({ "methodName": "x" }),
        )
        .await;
    assert_eq!(body(response).await["status"], 400);
}

#[tokio::test]
async fn a_timeout_in_a_string_has_the_limits_of_a_number() {
    let api = Api::start(0).await;
    for (response, connect, why) in [
        (
            json!("4"),
            json!("0"),
            "responseTimeoutInSeconds must be within [5; 300].",
        ),
        (
            json!(-1),
            json!(0),
            "responseTimeoutInSeconds must be within [5; 300].",
        ),
        (
            json!("30"),
            json!("301"),
            "connectTimeoutInSeconds must be within [0; 300].",
        ),
        (
            json!("soon"),
            json!(0),
            "a whole number of seconds, not `soon`",
        ),
        (json!([]), json!(0), "a whole number of seconds"),
    ] {
        let call = json!({
            "methodName": "ping", "responseTimeoutInSeconds": response, "connectTimeoutInSeconds": connect,
        });
        let answer = api.invoke("/twins/press/modules/$edgeAgent", call).await;
        let (error, message) = refusal(answer).await;
        assert_eq!(error, "400 ArgumentInvalid", "{message}");
        assert!(message.contains(why), "{message}");
    }
}

#[tokio::test]
async fn failed_method_calls_use_the_error_format_of_methods() {
    let api = Api::start(0).await;
    let ping = json!({ "methodName": "ping", "connectTimeoutInSeconds": 20 });
    let hasty = json!({ "methodName": "ping", "responseTimeoutInSeconds": 4 });
    for (path, call, error, code) in [
        (
            "nothere/modules/$edgeAgent",
            &ping,
            "404 DeviceNotFound",
            404_001,
        ),
        (
            "press/modules/nothere",
            &ping,
            "404 ModuleNotFound",
            404_010,
        ),
        (
            "press/modules/tempSensor",
            &ping,
            "404 DeviceNotOnline",
            404_103,
        ),
        ("press", &ping, "404 DeviceNotOnline", 404_103),
        (
            "press/modules/$edgeAgent",
            &json!({}),
            "400 ArgumentInvalid",
            400_004,
        ),
        (
            "press/modules/$edgeAgent",
            &hasty,
            "400 ArgumentInvalid",
            400_004,
        ),
    ] {
        let response = api.invoke(&format!("/twins/{path}"), call.clone()).await;
        let (got, message) = refusal(response).await;
        assert_eq!(got, error, "{path}");
        let inner: Value = serde_json::from_str(&message).unwrap();
        assert_eq!(inner["errorCode"], code, "{path}");
        if code == 404_103 {
            assert_eq!(inner["info"]["timeout"], "00:00:20");
        }
    }
}

#[tokio::test]
async fn other_routes_use_the_error_format_of_the_registry() {
    let api = Api::start(0).await;
    let (get, none) = (Method::GET, Value::Null);
    for (method, path, error) in [
        (&get, "/twins/nothere?VERSION", "404 DeviceNotFound"),
        (&get, "/devices/nothere?VERSION", "404 DeviceNotFound"),
        (
            &get,
            "/devices/nothere/modules?VERSION",
            "404 DeviceNotFound",
        ),
        (
            &get,
            "/twins/press/modules/edgeAgent?VERSION",
            "404 ModuleNotFound",
        ),
        (&get, "/twins/press", "400 InvalidProtocolVersion"),
        (
            &get,
            "/twins/press?api-version=",
            "400 InvalidProtocolVersion",
        ),
        (&get, "/nothing?VERSION", "404 GenericNotFound"),
        (
            &Method::PATCH,
            "/twins/press?VERSION",
            "405 GenericMethodNotAllowed",
        ),
        (
            &Method::POST,
            "/devices/query?VERSION",
            "400 ArgumentInvalid",
        ),
    ] {
        let path = path.replace("VERSION", VERSION);
        let response = api.send(method.clone(), &path, none.clone(), &[]).await;
        let (got, message) = refusal(response).await;
        assert_eq!(got, error, "{path}");
        let name = &error[4..];
        assert!(
            message.starts_with(&format!("ErrorCode:{name};")),
            "{message}"
        );
    }
    let mut unsigned = api;
    unsigned.token = "SharedAccessSignature sr=x&sig=y&se=9999999999&skn=service".to_owned();
    let path = format!("/twins/press?{VERSION}");
    let (error, message) = refusal(unsigned.send(get, &path, none, &[]).await).await;
    assert_eq!(error, "401 IotHubUnauthorizedAccess");
    assert_eq!(message, "ErrorCode:IotHubUnauthorizedAccess;Unauthorized");
}

#[tokio::test]
async fn the_agents_twin_lists_the_running_modules() {
    let api = Api::start(0).await;
    let twin = api.get("/twins/press/modules/%24edgeAgent").await;
    assert_eq!(
        (&twin["deviceId"], &twin["moduleId"]),
        (&json!("press"), &json!("$edgeAgent"))
    );
    let reported = &twin["properties"]["reported"];
    let names = |key: &str| -> Vec<String> {
        let modules = reported[key].as_object().unwrap();
        modules.keys().cloned().collect()
    };
    assert_eq!(names("systemModules"), ["edgeAgent", "edgeHub"]);
    assert_eq!(names("modules"), ["tempSensor"]);
    let sensor = &reported["modules"]["tempSensor"];
    assert_eq!(sensor["runtimeStatus"], "running");
    assert_eq!(sensor["lastExitTimeUtc"], "0001-01-01T00:00:00Z");
    let image = sensor["settings"]["image"].as_str().unwrap();
    assert!(image.contains("tempsensor"), "{image}");
    assert_eq!(sensor["exitCode"], 0);
    let device = api.get("/twins/press").await;
    assert_eq!(device["capabilities"]["iotEdge"], true);
    let identity = api.get("/devices/press").await;
    let keys = &identity["authentication"]["symmetricKey"];
    assert_eq!(keys["primaryKey"], Value::Null);
    let modules = api.get("/devices/press/modules").await;
    let modules_of_twin = modules.as_array().unwrap().iter();
    let ids: Vec<&Value> = modules_of_twin.map(|module| &module["moduleId"]).collect();
    assert_eq!(ids, ["$edgeAgent", "$edgeHub", "tempSensor"]);
    // What the public documentation of the shell trap tells: an empty module id is the list.
    assert_eq!(api.get("/devices/press/modules/").await, modules);
}

#[tokio::test]
async fn an_edge_device_has_a_scope_and_times_of_seven_digits_at_most() {
    let api = Api::start(2).await;
    let short = |time: &Value| {
        let time = time.as_str().unwrap();
        let digits = time
            .split_once('.')
            .map_or(0, |(_, fraction)| fraction.len() - 1);
        assert!(digits <= 7, "{time}");
    };
    let identity = api.get("/devices/press-0001").await;
    let twin = api.get("/twins/press-0001").await;
    for device in [&identity, &twin] {
        assert_eq!(device["deviceScope"], "ms-azure-iot-edge://press-0001-1");
        assert_eq!(device["parentScopes"], json!([]));
        short(&device["lastActivityTime"]);
    }
    short(&twin["properties"]["desired"]["$metadata"]["$lastUpdated"]);
    let agent = api.get("/twins/press-0001/modules/$edgeAgent").await;
    short(&agent["properties"]["reported"]["modules"]["tempSensor"]["lastStartTimeUtc"]);
    let call = json!({ "methodName": "ping", "responseTimeoutInSeconds": 4 });
    let refused = api
        .invoke("/twins/press-0001/modules/$edgeAgent", call)
        .await;
    let inner: Value = serde_json::from_str(&refusal(refused).await.1).unwrap();
    short(&inner["timestampUtc"]);
}

#[tokio::test]
async fn identities_are_listed_with_and_without_a_slash_up_to_top() {
    let api = Api::start(30).await;
    let all = api.get("/devices").await;
    assert_eq!(all.as_array().unwrap().len(), 30);
    assert_eq!(api.get("/devices/").await, all);
    let top = |value: &str| {
        let path = format!("/devices?{VERSION}&top={value}");
        let api = &api;
        async move { api.send(Method::GET, &path, Value::Null, &[]).await }
    };
    assert_eq!(body(top("7").await).await.as_array().unwrap().len(), 7);
    for value in ["0", "1001", "-1", "x", ""] {
        let (error, message) = refusal(top(value).await).await;
        assert_eq!(error, "400 ArgumentInvalid", "{value}");
        assert!(
            message.contains("top must be within [1; 1000]."),
            "{message}"
        );
    }
}

#[tokio::test]
async fn queries_are_paged() {
    let api = Api::start(250).await;
    let query = "SELECT deviceId FROM devices WHERE capabilities.iotEdge = true";
    let (mut seen, mut token, mut sizes) = (BTreeSet::new(), None, Vec::new());
    loop {
        let mut headers = vec![("x-ms-max-item-count", "100000")];
        headers.extend(token.as_deref().map(|token| ("x-ms-continuation", token)));
        let response = api.query(query, &headers).await;
        assert_eq!(header(&response, "x-ms-item-type").as_deref(), Some("Raw"));
        token = header(&response, "x-ms-continuation");
        let items = body(response).await;
        let items = items.as_array().unwrap();
        sizes.push(items.len());
        seen.extend(items.iter().map(|item| item["deviceId"].to_string()));
        if token.is_none() {
            break;
        }
    }
    assert_eq!((sizes, seen.len()), (vec![100, 100, 50], 250));
    for (name, value) in [
        ("x-ms-max-item-count", "0"),
        ("x-ms-max-item-count", "x"),
        ("x-ms-continuation", "x"),
    ] {
        let response = api.query(query, &[(name, value)]).await;
        assert_eq!(
            response.status(),
            StatusCode::BAD_REQUEST,
            "{name}: {value}"
        );
    }
    let response = api.query("SELECT * FROM devices GROUP BY x", &[]).await;
    let (error, message) = refusal(response).await;
    assert_eq!(error, "400 ArgumentInvalid");
    assert!(message.contains("`GROUP`"), "{message}");
}

#[tokio::test]
async fn one_query_finds_the_agents_of_all_devices() {
    let api = Api::start(30).await;
    let query = "SELECT * FROM devices.modules WHERE moduleId = '$edgeAgent'";
    let response = api.query(query, &[]).await;
    assert_eq!(header(&response, "x-ms-item-type").as_deref(), Some("Twin"));
    let twins = body(response).await;
    assert_eq!(twins.as_array().unwrap().len(), 30);
    assert_eq!(twins[29]["deviceId"], "press-0030");
}
