//! `--dry-run`: what would be sent.

use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::error::Error;
use crate::exit::Exit;
use crate::methods::{EDGE_AGENT, MethodRequest, SasUrl};
use crate::output::{Console, compact_json};
use crate::redact::redact;

/// Prints the request as one line of JSON, with its signature redacted. A module other than the agent
/// is named.
pub(crate) fn print<R: MethodRequest>(
    console: Console,
    devices: &[String],
    module: &str,
    request: &R,
    sas: Option<&SasUrl>,
) -> Result<Exit, Error> {
    let mut payload = serde_json::to_value(request).unwrap_or(Value::Null);
    if let (Some(sas), Some(field)) = (sas, payload.get_mut("sasUrl")) {
        *field = Value::String(sas.redacted());
    }
    let mut line = json!({ "method": R::NAME, "devices": devices });
    if module != EDGE_AGENT {
        line["moduleId"] = json!(module);
    }
    line["payload"] = payload;
    console.data().json_line(&redact(&line.to_string()))?;
    Ok(Exit::Success)
}

/// The same for any method of any module; the line names the module too.
pub(crate) fn print_call(
    console: Console,
    devices: &[String],
    module: &str,
    method: &str,
    payload: &RawValue,
) -> Result<Exit, Error> {
    // Parsed, a large number would be rounded.
    let line = format!(
        "{{\"method\":{},\"devices\":{},\"moduleId\":{},\"payload\":{}}}",
        json!(method),
        json!(devices),
        json!(module),
        compact_json(payload.get()),
    );
    console.data().json_line(&redact(&line))?;
    Ok(Exit::Success)
}
