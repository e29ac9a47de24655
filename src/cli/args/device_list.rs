//! Device ids as files and other programs hold them.

use serde::Deserialize;
use serde_json::Value;

use crate::hub::check_device_id;
use crate::invalid_input::InvalidInput;

/// The header of the column of ids in the lists that this program prints.
const HEADER: &str = "DEVICE";

/// The ids in a text: one per line; or a list of this program as a table, JSON or JSON lines; or the
/// JSON of a query. A comment is `#` with a blank after it, since ids may begin with `#`.
///
/// # Errors
/// Something is not an id. `origin` names where the text is from.
pub(crate) fn device_ids(origin: &str, text: &str) -> Result<Vec<String>, InvalidInput> {
    let text = text.trim();
    if text.starts_with(['{', '[']) {
        return ids_of_json(origin, text);
    }
    let mut lines = text.lines().map(str::trim).peekable();
    let is_table = lines
        .next_if(|line| line.split_whitespace().next() == Some(HEADER))
        .is_some_and(|line| line != HEADER || text.contains('\t'));
    let mut ids = Vec::new();
    for line in lines {
        let id = match line.split_once('\t') {
            // A row of a table whose header was cut off.
            Some((id, _)) => id.trim(),
            None if is_table => line.split_whitespace().next().unwrap_or_default(),
            None => without_comment(line),
        };
        let id = id.trim_matches('"');
        if id.is_empty() {
            continue;
        }
        check_device_id(origin, id)?;
        ids.push(id.to_owned());
    }
    Ok(ids)
}

fn without_comment(line: &str) -> &str {
    let is_comment = |at: &usize| {
        let before = line[..*at].chars().next_back();
        let after = line[at + 1..].chars().next();
        before.is_none_or(char::is_whitespace) && after.is_none_or(char::is_whitespace)
            || before.is_some_and(char::is_whitespace)
    };
    let found = line.match_indices('#').map(|(at, _)| at).find(is_comment);
    found.map_or(line, |at| &line[..at]).trim()
}

/// The ids of records, of a document with records, and of lists of both or of ids.
fn ids_of_json(origin: &str, text: &str) -> Result<Vec<String>, InvalidInput> {
    let mut ids = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        let value = value.map_err(|error| {
            InvalidInput::new(format!("{origin} begins as JSON and is not: {error}"))
                .hint("give one id per line, or what `edgelogs devices` prints")
        })?;
        collect(origin, value, &mut ids)?;
    }
    Ok(ids)
}

/// What has the id of a device.
#[derive(Deserialize)]
struct Named {
    #[serde(alias = "deviceId")]
    device: String,
}

fn collect(origin: &str, value: Value, ids: &mut Vec<String>) -> Result<(), InvalidInput> {
    match value {
        Value::Array(values) => values
            .into_iter()
            .try_for_each(|value| collect(origin, value, ids)),
        Value::Object(mut document) if document.get("records").is_some_and(Value::is_array) => {
            let records = document.remove("records").unwrap_or_default();
            collect(origin, records, ids)
        }
        Value::String(id) => {
            check_device_id(origin, &id)?;
            ids.push(id);
            Ok(())
        }
        value => {
            let named: Named = serde_json::from_value(value).map_err(|_| {
                InvalidInput::new(format!("{origin} has a record without `device`"))
                    .hint("give one id per line, or what `edgelogs devices` prints")
            })?;
            check_device_id(origin, &named.device)?;
            ids.push(named.device);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Vec<String> {
        device_ids("--devices-from", text).unwrap()
    }

    #[test]
    fn every_form_of_a_list_is_read() {
        let expected = ["#1", "a,b", "$x", "(1)"];
        for text in [
            "#1\na,b\n$x\n(1)\n",
            "\"#1\"\r\n\"a,b\"\r\n  $x  # the new one\r\n# all\r\n#\r\n(1)",
            "DEVICE\tSTATUS\tTAGS\n#1\tenabled\t{}\na,b\t\t\n$x\tenabled\t\n(1)\t\t",
            "DEVICE  STATUS   LAST ACTIVITY\n#1      enabled  2026-11-29 10:00:00\na,b     -        -\n$x  -  -\n(1)  -  -",
            "#1\tenabled\na,b\t\n$x\t\n(1)\tx",
            "{\"device\":\"#1\"}\n{\"device\":\"a,b\"}\n{\"deviceId\":\"$x\"}\n{\"device\":\"(1)\",\"tags\":null}",
            "{\"records\":[{\"device\":\"#1\"},{\"device\":\"a,b\"},{\"device\":\"$x\"},{\"device\":\"(1)\"}],\"errors\":[]}",
            "[\"#1\",{\"deviceId\":\"a,b\"},\"$x\",\"(1)\"]",
        ] {
            assert_eq!(ids(text), expected, "{text}");
        }
        assert_eq!(ids("DEVICE"), [""; 0]);
        assert_eq!(ids("press#9\npress-08 #x"), ["press#9", "press-08"]);
    }

    #[test]
    fn what_is_not_an_id_is_refused() {
        for text in [
            "a b",
            "{\"device\":\"a b\"}",
            "{\"id\":1}",
            "{\"device\":",
            "[1]",
        ] {
            assert!(device_ids("--devices-from", text).is_err(), "{text}");
        }
    }
}
