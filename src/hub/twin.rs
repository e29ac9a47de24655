//! Module twins.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::client::HubClient;
use super::error::HubError;
use super::request::{API_VERSION, Request};
use super::url_component::encode;

/// How long the hub may take.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The twin of a module, as far as it is of use here.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModuleTwin {
    /// The device's id.
    pub device_id: String,
    /// The module's id, such as `$edgeAgent`.
    pub module_id: String,
    /// `Connected` or `Disconnected`. A hint only: hubs have called running agents disconnected.
    #[serde(default)]
    pub connection_state: Option<String>,
    /// What was asked of the module, and what it said.
    #[serde(default)]
    pub properties: TwinProperties,
}

/// The two halves of a twin, each with its `$metadata` and `$version`.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct TwinProperties {
    /// What was asked of the module. Settings may hold secrets.
    #[serde(default)]
    pub desired: Map<String, Value>,
    /// What the module last said of itself, however long ago. Settings may hold secrets.
    #[serde(default)]
    pub reported: Map<String, Value>,
}

impl HubClient {
    /// The twin of a module. Unlike a query's rows it is never stale on the hub's side.
    ///
    /// # Errors
    /// The hub does not know the module, or can't be asked, or the answer is no twin.
    pub async fn module_twin(&self, device: &str, module: &str) -> Result<ModuleTwin, HubError> {
        let request = Request {
            operation: "twin",
            device: Some(device),
            verb: Method::GET,
            path: format!(
                "/twins/{}/modules/{}?api-version={API_VERSION}",
                encode(device),
                encode(module)
            ),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            timeout: TIMEOUT,
            repeatable: true,
            final_if_silent: false,
            throttled_pause: None,
        };
        self.send(&request, |response| {
            let twin = serde_json::from_slice(&response.body)
                .map_err(|error| response.unreadable(format!("the answer is no twin: {error}")))?;
            Ok((twin, i32::from(response.status)))
        })
        .await
    }
}
