//! `POST /devices/query`: pages of twins.
//!
//! Of the language, `SELECT` with names, `FROM`, and equalities and memberships joined by `AND` are
//! understood; whatever else a condition says is taken to hold.

use std::sync::{Arc, LazyLock};

use regex::Regex;
use serde_json::Value;

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
    let conditions = Conditions::of(query);
    let twins: Vec<Twin> = hub
        .devices()
        .into_iter()
        .filter(|device| device.lock().setup.state != DeviceState::Unknown)
        .flat_map(|device| Twin::of(device, of_modules))
        .filter(|twin| conditions.hold_for(twin))
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
    let rows: Vec<Value> = rows
        .filter_map(|twin| Some(project(&form["fields"], &twin.value()?)))
        .collect();
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

/// The twin of a device, or of one of its modules. Its text is made for a page only: a hub has
/// thousands, and a page a hundred.
struct Twin {
    device: Arc<Device>,
    module: Option<String>,
}

impl Twin {
    fn of(device: Arc<Device>, of_modules: bool) -> Vec<Self> {
        let modules: Vec<Option<String>> = match of_modules {
            true => identities(&device.lock()).into_iter().map(Some).collect(),
            false => vec![None],
        };
        let twin = |module| Self {
            device: device.clone(),
            module,
        };
        modules.into_iter().map(twin).collect()
    }

    fn value(&self) -> Option<Value> {
        match &self.module {
            Some(module) => twin_of_module(&self.device, module),
            None => Some(twin_of_device(&self.device)),
        }
    }
}

/// The conditions of a query that are understood. The others are taken to hold.
struct Conditions {
    edge_devices: bool,
    /// Names, and the values of which they may have one.
    one_of: Vec<(String, Vec<String>)>,
}

impl Conditions {
    fn of(query: &str) -> Self {
        let equalities = EQUALITY.captures_iter(query).map(|condition| {
            let value = condition[2].replace("''", "'");
            (condition[1].to_owned(), vec![value])
        });
        let memberships = MEMBERSHIP.captures_iter(query).map(|condition| {
            let listed = condition[2].split(',');
            let values = listed.map(|word| word.trim().trim_matches('\'').to_owned());
            (condition[1].to_owned(), values.collect())
        });
        Self {
            edge_devices: EDGE.is_match(query),
            one_of: equalities.chain(memberships).collect(),
        }
    }

    fn hold_for(&self, twin: &Twin) -> bool {
        let is_plain_device =
            || twin.module.is_none() && twin.device.lock().setup.state == DeviceState::WithoutAgent;
        if self.edge_devices && is_plain_device() {
            return false;
        }
        if self.one_of.is_empty() {
            return true;
        }
        let Some(twin) = twin.value() else {
            return false;
        };
        self.one_of.iter().all(|(name, values)| {
            field(&twin, name).is_some_and(|value| values.iter().any(|one| one == value))
        })
    }
}

/// A text within a twin. Names of the service's own fields are matched without case, as the hub does.
fn field<'a>(twin: &'a Value, name: &str) -> Option<&'a str> {
    let mut value = twin;
    for key in name.split('.') {
        let mut fields = value.as_object()?.iter();
        value = fields.find(|(own, _)| own.eq_ignore_ascii_case(key))?.1;
    }
    value.as_str()
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
