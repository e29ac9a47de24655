//! `--dry-run`: what would be sent.

use serde_json::{Value, json};

use crate::Error;
use crate::methods::{MethodRequest, SasUrl};
use crate::output::{Console, redact};

/// Prints the request as one line of JSON, without its signature.
pub(super) fn print<R: MethodRequest>(
    console: Console,
    devices: &[String],
    request: &R,
    sas: Option<&SasUrl>,
) -> Result<(), Error> {
    let mut payload = serde_json::to_value(request).unwrap_or(Value::Null);
    if let (Some(sas), Some(field)) = (sas, payload.get_mut("sasUrl")) {
        *field = Value::String(sas.redacted());
    }
    let line = json!({ "method": R::NAME, "devices": devices, "payload": payload });
    console.data().line(&redact(&line.to_string()))
}
