//! A hub in the process of the test, and a client of its REST API.

use std::sync::Arc;

use edgelogs::device::sources::SampleSource;
use edgelogs::device::{LoopbackHub, LoopbackOptions};
use edgelogs::hub::{SasToken, TokenScope};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

pub(crate) const VERSION: &str = "api-version=2021-04-12";

/// A hub in this process, and a client with a token for it.
pub(crate) struct Api {
    _hub: LoopbackHub,
    base: String,
    pub(crate) token: String,
    http: reqwest::Client,
}

impl Api {
    pub(crate) async fn start(simulate: u32) -> Self {
        let options = LoopbackOptions {
            simulate: std::num::NonZeroU32::new(simulate),
            ..LoopbackOptions::local("press")
        };
        let source = Arc::new(SampleSource::default());
        let hub = LoopbackHub::start(source, &options).await.unwrap();
        let connection = hub.connection_string();
        let scope = TokenScope {
            resource: connection.endpoint.authority().to_owned(),
            policy: Some(connection.policy.clone()),
        };
        let expiry = jiff::Timestamp::now().as_second() + 600;
        let token = SasToken::sign(&scope, &connection.key, expiry).unwrap();
        Self {
            base: connection.endpoint.host_name(),
            token: token.expose().to_owned(),
            http: reqwest::Client::builder().no_proxy().build().unwrap(),
            _hub: hub,
        }
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Value,
        headers: &[(&'static str, &str)],
    ) -> Response {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .header("Authorization", &self.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_null() {
            request = request.body(body.to_string());
        }
        request.send().await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let response = self
            .send(Method::GET, &format!("{path}?{VERSION}"), Value::Null, &[])
            .await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        body(response).await
    }

    pub(crate) async fn query(&self, query: &str, headers: &[(&'static str, &str)]) -> Response {
        let path = format!("/devices/query?{VERSION}");
        self.send(Method::POST, &path, json!({ "query": query }), headers)
            .await
    }

    pub(crate) async fn invoke(&self, path: &str, call: Value) -> Response {
        self.send(
            Method::POST,
            &format!("{path}/methods?{VERSION}"),
            call,
            &[],
        )
        .await
    }
}

pub(crate) async fn body(response: Response) -> Value {
    serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
}

pub(crate) fn header(response: &Response, name: &str) -> Option<String> {
    let value = response.headers().get(name)?;
    Some(value.to_str().unwrap().to_owned())
}
