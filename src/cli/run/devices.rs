//! The devices of a selection, some of which only the hub knows.

use serde::Deserialize;

use crate::cli::args::target::{Selection, without_device_id};
use crate::error::Error;
use crate::hub::HubClient;
use crate::invalid_input::InvalidInput;
use crate::output::Console;

/// The longest id that a hub registers. Ids are printed, kept and sent back.
const MAX_ID_BYTES: usize = 128;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    device_id: Option<String>,
}

/// The selected devices, each once: those given by id, then those of the query.
///
/// # Errors
/// The query fails, no device is selected, or more than allowed.
pub(crate) async fn selected_devices(
    selection: Selection,
    client: &HubClient,
    console: Console,
) -> Result<Vec<String>, Error> {
    let devices = {
        let is_asked = selection.query.is_some();
        let _progress = is_asked.then(|| console.progress("querying devices"));
        selected_now(&selection, client).await?
    };
    if devices.is_empty() {
        return Err(Error::NoDeviceSelected {
            selection: selection.description,
        });
    }
    let (selected, allowed) = (devices.len(), selection.max_devices);
    if selected > allowed && (selection.limit_typed || !selection.yes) {
        let question = format!("Call {selected} devices?");
        // With both flags, there is nothing to ask.
        let answer = match selection.yes {
            true => None,
            false => console.confirm(question).await,
        };
        match answer {
            Some(true) => {}
            Some(false) => {
                return Err(InvalidInput::new("not confirmed; no device was called").into());
            }
            None => {
                return Err(Error::TooManyDevices {
                    selected,
                    allowed,
                    typed: selection.limit_typed,
                });
            }
        }
    }
    Ok(devices)
}

/// The devices that are selected at the moment, however many.
///
/// # Errors
/// The query fails.
pub(crate) async fn selected_now(
    selection: &Selection,
    client: &HubClient,
) -> Result<Vec<String>, Error> {
    let mut ids = selection.ids.clone();
    if let Some(sql) = &selection.query {
        let found = query(client, sql).await;
        let mut found = found.map_err(|error| match selection.is_custom_query {
            true => error.of_custom_query(),
            false => error,
        })?;
        found.retain(|id| selection.is_matched(id));
        ids.extend(found);
    }
    Ok(selection.narrow(ids))
}

async fn query(client: &HubClient, sql: &str) -> Result<Vec<String>, Error> {
    let rows: Vec<Row> = client.query(sql).await.map_err(|source| Error::Query {
        hub: client.endpoint().name().to_owned(),
        source: Box::new(source),
    })?;
    let ids: Option<Vec<String>> = rows.into_iter().map(|row| row.device_id).collect();
    let ids = ids.ok_or_else(without_device_id)?;
    if let Some(id) = ids.iter().find(|id| id.len() > MAX_ID_BYTES) {
        return Err(InvalidInput::new(format!(
            "the hub names a device with {} bytes, and an id has at most {MAX_ID_BYTES}",
            id.len()
        ))
        .into());
    }
    Ok(ids)
}
