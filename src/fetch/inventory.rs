//! Which devices a hub has, and which modules a device has: for lists, and for completing names.
//!
//! Devices come from a query, which may be half an hour old; modules from the agent's twin.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::hub::{HubClient, QueryPages};
use crate::methods::{AgentReport, EDGE_AGENT, twin_time};

/// What is true of every IoT Edge device.
const IS_EDGE: &str = "capabilities.iotEdge = true";

/// An IoT Edge device, as far as a query selected it.
#[derive(Debug, Clone, PartialEq)]
pub struct EdgeDevice {
    /// The id; none in the rows of a query that does not select it.
    pub id: Option<String>,
    /// `enabled` or `disabled`.
    pub status: Option<String>,
    /// `Connected` or `Disconnected`. A hint only: an edge device's own identity seldom connects.
    pub connection_state: Option<String>,
    /// When the hub last heard of the device's own identity; none for never.
    pub last_activity: Option<Timestamp>,
    /// The twin's tags.
    pub tags: Option<Value>,
}

impl EdgeDevice {
    /// Reads a row. What is not there, or of another type, is not known: a query may give any
    /// name to anything.
    fn of(mut row: Map<String, Value>) -> Self {
        let tags = row.remove("tags").filter(|tags| !tags.is_null());
        let text = |name: &str| Some(row.get(name)?.as_str()?.to_owned());
        Self {
            id: text("deviceId"),
            status: text("status"),
            connection_state: text("connectionState"),
            last_activity: text("lastActivityTime").and_then(|text| twin_time(&text)),
            tags,
        }
    }
}

/// The query for these columns of all edge devices, or of those that meet a condition. A hub bills
/// what it selects: ask for what is needed alone.
pub fn edge_devices_query(columns: &str, condition: Option<&str>) -> String {
    let condition = condition
        .map(|condition| format!(" AND ({condition})"))
        .unwrap_or_default();
    format!("SELECT {columns} FROM devices WHERE {IS_EDGE}{condition}")
}

/// The rows of a device query, page by page.
#[derive(Debug)]
pub struct EdgeDevices<'a> {
    hub: &'a str,
    pages: QueryPages<'a>,
}

impl<'a> EdgeDevices<'a> {
    /// Will ask this hub. Nothing is sent yet.
    pub fn query(client: &'a HubClient, sql: &str) -> Self {
        Self {
            hub: client.endpoint().name(),
            pages: client.query_pages(sql),
        }
    }

    /// The next page, which may be empty; none after the last one.
    ///
    /// # Errors
    /// The hub refuses the query or can't be asked.
    pub async fn next_page(&mut self) -> Result<Option<Vec<EdgeDevice>>, Error> {
        let rows = self.pages.next().await.map_err(|source| Error::Query {
            hub: self.hub.to_owned(),
            source: Box::new(source),
        })?;
        Ok(rows.map(|rows| rows.into_iter().map(EdgeDevice::of).collect()))
    }
}

/// The ids of a hub's edge devices, `at_most` so many, in the hub's order.
///
/// # Errors
/// The hub can't be asked.
pub async fn device_ids(client: &HubClient, at_most: usize) -> Result<Vec<String>, Error> {
    let mut devices = EdgeDevices::query(client, &edge_devices_query("deviceId", None));
    let mut ids = Vec::new();
    while ids.len() < at_most
        && let Some(page) = devices.next_page().await?
    {
        ids.extend(page.into_iter().filter_map(|device| device.id));
    }
    ids.truncate(at_most);
    Ok(ids)
}

/// The names of a device's modules, as the log methods take them, those of the runtime first. The
/// device itself is not called.
///
/// # Errors
/// The hub knows no such device, or can't be asked.
pub async fn module_names(client: &HubClient, device: &str) -> Result<Vec<String>, Error> {
    let twin = client.module_twin(device, EDGE_AGENT).await;
    let twin = twin.map_err(|source| Error::Hub {
        hub: client.endpoint().name().to_owned(),
        device: device.to_owned(),
        module: EDGE_AGENT.to_owned(),
        source: Box::new(source),
    })?;
    let modules = AgentReport::of(&twin.properties.reported).modules;
    Ok(modules.into_iter().map(|module| module.name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_holds_for_edge_devices_only() {
        assert_eq!(
            edge_devices_query("deviceId", Some("tags.a = 1 OR tags.b = 2")),
            "SELECT deviceId FROM devices WHERE capabilities.iotEdge = true AND (tags.a = 1 OR tags.b = 2)"
        );
        assert_eq!(
            edge_devices_query("*", None),
            "SELECT * FROM devices WHERE capabilities.iotEdge = true"
        );
    }
}
