//! The twins of modules.

use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION};
use serde_json::Value;

use super::client::{API_VERSION, HubClient, read_body, transport_error};
use super::encode;
use super::error::{HubError, HubErrorKind};

/// How long the hub may take to find a twin.
const TIMEOUT: Duration = Duration::from_secs(30);

impl HubClient {
    /// The twin of a module, as the hub holds it.
    ///
    /// # Errors
    /// The hub knows no such module, refuses the call, or can't be asked.
    pub async fn module_twin(&self, device: &str, module: &str) -> Result<Value, HubError> {
        let mut attempt = 0;
        loop {
            match self.module_twin_once(device, module).await {
                Ok(twin) => return Ok(twin),
                Err(error) => match self.retry.pause(attempt, &error, true) {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return Err(error),
                },
            }
            attempt += 1;
        }
    }

    async fn module_twin_once(&self, device: &str, module: &str) -> Result<Value, HubError> {
        let (device, module) = (encode(device), encode(module));
        let path = format!("/twins/{device}/modules/{module}?api-version={API_VERSION}");
        let request = self.http.get(self.endpoint.url(&path));
        let response = request
            .header(AUTHORIZATION, self.authorization()?)
            .header(ACCEPT, "application/json")
            .timeout(TIMEOUT)
            .send()
            .await
            .map_err(|error| transport_error(&error))?;
        let status = response.status().as_u16();
        let body = read_body(response).await?;
        if !(200..300).contains(&status) {
            let words = String::from_utf8_lossy(&body);
            return Err(HubError::from_answer(status, None, &words));
        }
        serde_json::from_slice(&body).map_err(|_| HubError {
            http_status: Some(status),
            ..HubError::without_answer(HubErrorKind::NotAnAnswer, "the answer is not a twin")
        })
    }
}
