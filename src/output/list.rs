//! Lists of devices, modules, checks: a table for people, tabs or JSON for programs.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::console::DataOut;
use super::table::table;
use crate::Error;

/// The form of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ListFormat {
    /// Columns on a terminal; otherwise a header line and tabs
    #[default]
    Table,
    /// The name alone, one a line
    Text,
    /// One JSON document
    Json,
    /// One JSON object a line
    Jsonl,
}

/// One row of a list. Its JSON form is a contract: fields are added and none is taken away.
pub trait ListRow: Serialize {
    /// The header, in capital letters.
    const COLUMNS: &'static [&'static str];

    /// One cell a column. People read their own time and short words, programs UTC and whole ones.
    fn cells(&self, for_people: bool) -> Vec<String>;

    /// What stands for the row where only one word is wanted.
    fn name(&self) -> String;
}

/// Prints `rows`, and `errors` (objects of [`error_object`](super::error_object)) where the form
/// has a place for them: in the others stderr tells of them.
///
/// # Errors
/// stdout is closed or full.
pub fn print_list<R: ListRow>(
    out: &mut DataOut,
    format: ListFormat,
    rows: &[R],
    errors: &[String],
) -> Result<(), Error> {
    // Rows are plain data with string keys, which always has a JSON form.
    let json = |row: &R| serde_json::to_string(row).unwrap_or_default();
    match format {
        ListFormat::Table => {
            let terminal = out.is_terminal();
            let cells: Vec<Vec<String>> = rows.iter().map(|row| row.cells(terminal)).collect();
            out.line(&table(R::COLUMNS, &cells, terminal))
        }
        ListFormat::Text => rows.iter().try_for_each(|row| out.line(&row.name())),
        ListFormat::Jsonl => rows.iter().try_for_each(|row| out.line(&json(row))),
        ListFormat::Json => {
            let records: Vec<String> = rows.iter().map(json).collect();
            out.line(&format!(
                "{{\"records\":[{}],\"errors\":[{}]}}",
                records.join(","),
                errors.join(",")
            ))
        }
    }
}

/// A moment in a list, to the second: people read their own time, programs UTC.
pub fn shown_time(time: Timestamp, for_people: bool) -> String {
    if for_people {
        let zoned = time.to_zoned(TimeZone::system());
        zoned.strftime("%Y-%m-%d %H:%M:%S").to_string()
    } else {
        time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }
}
