//! `POST /devices/query`: pages of twins.
//!
//! Of the language, `SELECT` with names, `FROM`, and equalities and memberships joined by `AND` are
//! understood; whatever else a condition says is taken to hold.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value, json};

use super::device::Device;
use super::hub::Hub;
use super::hub_error::{ErrorShape, HubError};
use super::registry::{identities, twin_of_device, twin_of_module};
use super::reply::Reply;
use super::setup::DeviceState;

/// The hub's limit for the text of a query.
const MAX_QUERY: usize = 8192;

/// The largest page, which is the default as well.
const MAX_PAGE: usize = 100;

/// `name = 'value'` for tags, `deviceId` and `moduleId`.
static EQUALITY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)([\w.$]+)\s*=\s*'((?:[^']|'')*)'").expect("the pattern is fixed")
});

/// `name IN ['a', 'b']`.
static MEMBERSHIP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)([\w.$]+)\s+IN\s*\[([^\]]*)\]").expect("the pattern is fixed")
});

/// `capabilities.iotEdge = true`.
static EDGE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)capabilities\.iotEdge\s*=\s*true").expect("the pattern is fixed")
});

/// `SELECT … FROM …`.
static FORM: LazyLock<Regex> = LazyLock::new(|| {
    let form =
        r"(?is)^\s*SELECT\s+(TOP\s+\d+\s+)?(?<fields>.+?)\s+FROM\s+(?<from>devices(\.modules)?)\b";
    Regex::new(form).expect("the pattern is fixed")
});

/// Answers one page. `continuation` is the token of the page before.
pub(crate) fn page(
    hub: &Hub,
    query: &str,
    size: Option<usize>,
    continuation: Option<&str>,
) -> Reply {
    let invalid = |message: &str| {
        let error = HubError::invalid_argument(message);
        Reply::error(&error, ErrorShape::Semicolon)
    };
    if query.len() > MAX_QUERY {
        return invalid("Query text is too long.");
    }
    let quotes = query.matches('\'').count();
    let Some(form) = FORM.captures(query).filter(|_| quotes.is_multiple_of(2)) else {
        return invalid("Query is not valid.");
    };
    let of_modules = form["from"].eq_ignore_ascii_case("devices.modules");
    let twins: Vec<Value> = hub
        .devices()
        .iter()
        .filter(|device| device.lock().setup.state != DeviceState::Unknown)
        .flat_map(|device| twins(device, of_modules))
        .filter(|twin| matches(query, twin))
        .collect();

    // The token is "how many rows, how many pages" went before: opaque to every client.
    let (skipped, pages) = continuation
        .map_or(Some((0, 0)), token)
        .unwrap_or((usize::MAX, 0));
    if skipped > twins.len() {
        return invalid("The continuation token is not valid.");
    }
    let sizes = hub.behaviour().page_sizes;
    let wanted = size.unwrap_or(MAX_PAGE).clamp(1, MAX_PAGE);
    let size = sizes.get(pages).copied().unwrap_or(wanted);
    let rows = twins.iter().skip(skipped).take(size);
    let rows: Vec<Value> = rows.map(|twin| project(&form["fields"], twin)).collect();
    let shown = skipped + rows.len();
    let kind = if form["fields"].trim() == "*" {
        "twin"
    } else {
        "raw"
    };
    let reply = Reply::json(200, Value::Array(rows).to_string()).header("x-ms-item-type", kind);
    if shown < twins.len() || pages + 1 < sizes.len() {
        return reply.header("x-ms-continuation", format!("{shown}.{}", pages + 1));
    }
    reply
}

fn token(text: &str) -> Option<(usize, usize)> {
    let (rows, pages) = text.split_once('.')?;
    Some((rows.parse().ok()?, pages.parse().ok()?))
}

fn twins(device: &Device, of_modules: bool) -> Vec<Value> {
    if !of_modules {
        return vec![twin_of_device(device)];
    }
    let names = identities(&device.lock());
    let twins = names.iter().filter_map(|name| twin_of_module(device, name));
    twins.collect()
}

/// Whether a twin fits every condition that is understood. The others are taken to hold.
fn matches(query: &str, twin: &Value) -> bool {
    let text = |name: &str| {
        let mut value = twin;
        for key in name.split('.') {
            // Names of the service's own fields are matched without case, as the hub does.
            value = value
                .as_object()?
                .iter()
                .find(|(own, _)| own.eq_ignore_ascii_case(key))?
                .1;
        }
        value.as_str().map(str::to_owned)
    };
    if EDGE.is_match(query) && twin["capabilities"]["iotEdge"] == json!(false) {
        return false;
    }
    let equal = EQUALITY.captures_iter(query).all(|condition| {
        text(&condition[1]).as_deref() == Some(condition[2].replace("''", "'").as_str())
    });
    equal
        && MEMBERSHIP.captures_iter(query).all(|condition| {
            let value = text(&condition[1]).unwrap_or_default();
            let mut listed = condition[2].split(',');
            listed.any(|word| word.trim().trim_matches('\'') == value)
        })
}

/// A projection keeps the named fields at the top.
fn project(fields: &str, twin: &Value) -> Value {
    if fields.trim() == "*" {
        return twin.clone();
    }
    let names = fields.split(',').map(str::trim);
    let kept = names.filter_map(|name| Some((name.to_owned(), twin.get(name)?.clone())));
    Value::Object(kept.collect())
}
