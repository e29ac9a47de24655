//! `edgelogs devices`: the IoT Edge devices of a hub.

use clap::Args;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::cli::args::call::HubArgs;
use crate::cli::args::target::{LOCAL_DEVICE, check_condition, without_device_id};
use crate::cli::context::Context;
use crate::cli::run::session::Session;
use crate::cli::settings::loaded::Settings;
use crate::error::Error;
use crate::exit::Exit;
use crate::fetch::{EdgeDevice, EdgeDevices, edge_devices_query};
use crate::output::{Console, ListFormat, ListRow, or_dash, print_list, shown_time};
use crate::redact::redact;

/// List the IoT Edge devices of a hub
///
/// Queries device twins, which may lag by half an hour. CONNECTION and LAST ACTIVITY describe the
/// device's own identity, which edge devices rarely use to connect: a working device may show
/// Disconnected forever. `edgelogs ping` shows which devices really answer. Piped, columns are
/// separated by tabs, and TAGS is JSON.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  edgelogs devices
  edgelogs devices --where \"tags.site = 'oslo' AND status = 'enabled'\"
  edgelogs devices --where \"tags.site = 'oslo'\" -o text | edgelogs get --since 1h --devices-from -
  edgelogs devices -o jsonl | jq -r .device")]
pub(crate) struct DevicesArgs {
    /// Only edge devices whose twin meets a condition, such as "tags.site = 'oslo'"
    #[arg(
        long = "where",
        value_name = "CONDITION",
        allow_hyphen_values = true,
        conflicts_with = "query",
        help_heading = "Target"
    )]
    condition: Option<String>,

    /// Devices returned by an IoT Hub query, which must select deviceId
    ///
    /// A column has a value if the query selects it under its own name.
    #[arg(
        long,
        value_name = "SQL",
        allow_hyphen_values = true,
        help_heading = "Target"
    )]
    query: Option<String>,

    #[command(flatten)]
    hub: HubArgs,

    /// Output format
    #[arg(short, long, value_name = "FORMAT", value_enum, default_value_t = ListFormat::Auto, help_heading = "Output")]
    output: ListFormat,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DeviceRecord {
    device: String,
    status: Option<String>,
    connection_state: Option<String>,
    last_activity: Option<Timestamp>,
    tags: Option<Value>,
}

/// Selected one by one, since a hub bills by size.
const ALL_COLUMNS: &str = "deviceId, status, connectionState, lastActivityTime, tags";

/// How many characters of tags a table shows.
const SHOWN_TAGS: usize = 60;

impl DevicesArgs {
    pub(crate) async fn run(&self, context: &Context, settings: &Settings) -> Result<Exit, Error> {
        let console = context.console;
        self.hub.connection.check_together(&[])?;
        check_condition("--where", self.condition.as_deref())?;
        check_condition("--query", self.query.as_deref())?;
        let connection = self.hub.connection.resolve(context, settings).await?;
        let options = self.hub.options();
        let session = Session::connect(context, connection, options, LOCAL_DEVICE).await?;
        let sql = self.sql();
        let mut devices = EdgeDevices::query(session.client(), &sql);
        let (mut kept, mut count) = (Vec::new(), 0);
        loop {
            let page = {
                let _progress = console.progress("querying devices");
                let page = devices.next_page().await;
                page.map_err(|error| match self.query {
                    Some(_) => error.of_custom_query(),
                    None => error,
                })?
            };
            let Some(page) = page else {
                break;
            };
            let rows: Vec<DeviceRecord> = page
                .into_iter()
                .map(DeviceRecord::of)
                .collect::<Result<_, _>>()?;
            count += rows.len();
            match self.output {
                // Lines are independent, so print them without waiting for the last page.
                ListFormat::Text | ListFormat::Jsonl => {
                    print_list(&mut console.data(), self.output, &rows, &[])?;
                }
                ListFormat::Auto | ListFormat::Table | ListFormat::Json => kept.extend(rows),
            }
        }
        self.finish(console, &kept)?;
        if count > 0 {
            return Ok(Exit::Success);
        }
        Err(Error::NoDeviceSelected {
            selection: match (&self.condition, &self.query) {
                (Some(condition), _) => format!("--where \"{condition}\""),
                (None, Some(query)) => format!("--query \"{query}\""),
                (None, None) => format!("`{sql}`"),
            },
        })
    }

    fn sql(&self) -> String {
        let columns = match self.output {
            ListFormat::Text => "deviceId",
            ListFormat::Auto | ListFormat::Table | ListFormat::Json | ListFormat::Jsonl => {
                ALL_COLUMNS
            }
        };
        match &self.query {
            Some(sql) => sql.clone(),
            None => edge_devices_query(columns, self.condition.as_deref()),
        }
    }

    fn finish(&self, console: Console, kept: &[DeviceRecord]) -> Result<(), Error> {
        match self.output {
            ListFormat::Text | ListFormat::Jsonl => Ok(()),
            ListFormat::Auto | ListFormat::Table | ListFormat::Json => {
                print_list(&mut console.data(), self.output, kept, &[])
            }
        }
    }
}

impl DeviceRecord {
    fn of(device: EdgeDevice) -> Result<Self, Error> {
        Ok(Self {
            device: device.id.ok_or_else(without_device_id)?,
            status: device.status,
            connection_state: device.connection_state,
            last_activity: device.last_activity,
            tags: device.tags.map(without_secrets),
        })
    }

    fn shown_tags(&self, for_people: bool) -> String {
        match &self.tags {
            None => String::new(),
            Some(tags) if !for_people => tags.to_string(),
            Some(tags) => {
                let mut pairs = Vec::new();
                flatten("", tags, &mut pairs);
                shortened(&pairs.join(" "))
            }
        }
    }
}

impl ListRow for DeviceRecord {
    const COLUMNS: &'static [&'static str] =
        &["DEVICE", "STATUS", "CONNECTION", "LAST ACTIVITY", "TAGS"];
    const MAY_SHRINK: &'static [&'static str] = &["TAGS"];

    fn cells(&self, for_people: bool) -> Vec<String> {
        let text = |text: &Option<String>| or_dash(text.clone(), for_people);
        let time = self.last_activity.map(|time| shown_time(time, for_people));
        vec![
            self.device.clone(),
            text(&self.status),
            text(&self.connection_state),
            or_dash(time, for_people),
            self.shown_tags(for_people),
        ]
    }
}

/// Redacts all strings, since a tag may hold a secret.
fn without_secrets(tags: Value) -> Value {
    match tags {
        Value::String(text) => Value::String(redact(&text)),
        Value::Array(items) => items.into_iter().map(without_secrets).collect(),
        Value::Object(fields) => {
            let fields = fields.into_iter();
            Value::Object(
                fields
                    .map(|(key, tag)| (key, without_secrets(tag)))
                    .collect(),
            )
        }
        other => other,
    }
}

/// Tags as `site=oslo plant.line=3`.
fn flatten(path: &str, tags: &Value, pairs: &mut Vec<String>) {
    match tags {
        Value::Object(fields) => {
            for (key, tag) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                flatten(&format!("{path}{dot}{key}"), tag, pairs);
            }
        }
        Value::String(text) => pairs.push(format!("{path}={text}")),
        other => pairs.push(format!("{path}={other}")),
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= SHOWN_TAGS {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(SHOWN_TAGS - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tags_are_shown_as_paths_and_shortened() {
        let mut words = Vec::new();
        let tags = json!({ "site": "oslo", "plant": { "line": 3, "shifts": [1, 2] } });
        flatten("", &tags, &mut words);
        assert_eq!(words.join(" "), "site=oslo plant.line=3 plant.shifts=[1,2]");
        assert_eq!(shortened(&"é".repeat(61)).chars().count(), 60);
        assert_eq!(shortened("short"), "short");
    }
}
