//! Lists of devices, modules, checks: a table for people, tabs or JSON for programs.

use serde::Serialize;

use super::console::DataOut;
use super::safe::{harmless, harmless_json};
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

    /// The columns that may be cut, or left away, where a terminal is too narrow. Names and ids
    /// that are there to be pasted are never among them.
    const MAY_SHRINK: &'static [&'static str] = &[];

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
    let screen = out.screen();
    let for_people = screen.for_people();
    let safe = |json: String| match for_people {
        true => harmless_json(&json).into_owned(),
        false => json,
    };
    // Rows are plain data with string keys, which always has a JSON form.
    let json = |row: &R| safe(serde_json::to_string(row).unwrap_or_default());
    match format {
        ListFormat::Table => {
            let cells: Vec<Vec<String>> = rows.iter().map(|row| row.cells(for_people)).collect();
            out.line(&table(R::COLUMNS, R::MAY_SHRINK, &cells, screen))
        }
        ListFormat::Text if for_people => rows
            .iter()
            .try_for_each(|row| out.line(&harmless(&row.name()))),
        ListFormat::Text => rows.iter().try_for_each(|row| out.line(&row.name())),
        ListFormat::Jsonl => rows.iter().try_for_each(|row| out.line(&json(row))),
        ListFormat::Json => {
            let records: Vec<String> = rows.iter().map(json).collect();
            out.line(&format!(
                "{{\"records\":[{}],\"errors\":[{}]}}",
                records.join(","),
                safe(errors.join(","))
            ))
        }
    }
}
