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

/// The timeout for a twin.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The fields of a module twin that we use.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModuleTwin {
    /// The device's id.
    pub device_id: String,
    /// The module's id, such as `$edgeAgent`.
    pub module_id: String,
    /// `Connected` or `Disconnected`. Unreliable: hubs have reported running agents as disconnected.
    #[serde(default)]
    pub connection_state: Option<String>,
    /// Desired and reported properties.
    #[serde(default)]
    pub properties: TwinProperties,
}

/// Desired and reported properties, each with `$metadata` and `$version`.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct TwinProperties {
    /// The desired properties, which may contain secrets.
    #[serde(default)]
    pub desired: Map<String, Value>,
    /// The properties that the module last reported, which may be old and contain secrets.
    #[serde(default)]
    pub reported: Map<String, Value>,
}

impl HubClient {
    /// Gets the twin of a module, which unlike the rows of a query is up to date.
    ///
    /// # Errors
    /// The hub does not know the module, the call fails, or the response is not a twin.
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
            let twin = serde_json::from_slice(&response.body).map_err(|error| {
                response.unreadable(format!("the response is not a twin: {error}"))
            })?;
            Ok((twin, i32::from(response.status)))
        })
        .await
    }
}
