//! Lists of devices, modules, checks: a table for people, tabs or JSON for programs.

use anstyle::Style;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::Serialize;

use super::colors::{HEADER, PLAIN, paint, result};
use super::console::DataOut;
use super::table::table;
use crate::control_characters::escape_control_characters;
use crate::error::Error;

/// The form of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum ListFormat {
    /// Aligned columns on a terminal; otherwise tab-separated, with a header
    #[default]
    Auto,
    /// Aligned columns
    Table,
    /// Names only, one per line
    Text,
    /// One JSON document
    Json,
    /// One JSON object per line
    Jsonl,
}

impl ListFormat {
    /// The forms of a list whose rows are more than a name: all but text.
    pub fn without_names() -> impl TypedValueParser<Value = Self> {
        PossibleValuesParser::new(["auto", "table", "json", "jsonl"]).map(|name| {
            match name.as_str() {
                "json" => Self::Json,
                "jsonl" => Self::Jsonl,
                "table" => Self::Table,
                _ => Self::Auto,
            }
        })
    }
}

/// One row of a list. Its JSON is a contract: fields may be added, never removed.
pub trait ListRow: Serialize {
    /// The header, in capital letters.
    const COLUMNS: &'static [&'static str];

    /// Columns that may be cut or omitted on a narrow terminal. Names and ids are never cut, since they
    /// are copied.
    const MAY_SHRINK: &'static [&'static str] = &[];

    /// Those of them that are cut at the start, since their end matters more.
    const KEEPS_END: &'static [&'static str] = &[];

    /// One cell per column: local time and short text for people, UTC and full text for programs.
    fn cells(&self, for_people: bool) -> Vec<String>;

    /// The name, which is all that `-o text` prints: by default the first cell.
    fn name(&self) -> String {
        self.cells(false).into_iter().next().unwrap_or_default()
    }
}

/// A cell that may be unknown: a dash for people, empty for programs.
pub(crate) fn or_dash(cell: Option<String>, for_people: bool) -> String {
    cell.unwrap_or_else(|| if for_people { "-" } else { "" }.to_owned())
}

/// Prints `rows`, and with `-o json` also `errors`, made by [`error_object`](super::error_object).
///
/// # Errors
/// stdout is closed or full.
pub fn print_list<R: ListRow>(
    out: &mut DataOut,
    format: ListFormat,
    rows: &[R],
    errors: &[String],
) -> Result<(), Error> {
    let capabilities = match format {
        ListFormat::Table => out.capabilities().aligned(),
        _ => out.capabilities(),
    };
    let for_people = capabilities.for_people();
    // Rows are plain data with string keys, which always has a JSON form.
    let json = |row: &R| serde_json::to_string(row).unwrap_or_default();
    match format {
        ListFormat::Auto | ListFormat::Table => {
            let cells: Vec<Vec<String>> = rows.iter().map(|row| row.cells(for_people)).collect();
            out.line(&table(
                R::COLUMNS,
                R::MAY_SHRINK,
                R::KEEPS_END,
                &cells,
                capabilities,
            ))
        }
        ListFormat::Text => rows.iter().try_for_each(|row| out.text_line(&row.name())),
        ListFormat::Jsonl => rows.iter().try_for_each(|row| out.json_line(&json(row))),
        ListFormat::Json => {
            let records: Vec<String> = rows.iter().map(json).collect();
            out.json_line(&format!(
                "{{\"records\":[{}],\"errors\":[{}]}}",
                records.join(","),
                errors.join(",")
            ))
        }
    }
}

/// Prints rows one by one, as they arrive. Only the JSON document waits for the end.
#[derive(Debug)]
pub struct RowPrinter<R> {
    format: ListFormat,
    /// The width of each column but the last, in characters.
    widths: &'static [usize],
    begun: bool,
    kept: Vec<R>,
}

impl<R: ListRow> RowPrinter<R> {
    /// Rows in this form. `widths` are minimum widths of columns on a terminal, in characters.
    pub fn new(format: ListFormat, widths: &'static [usize]) -> Self {
        Self {
            format,
            widths,
            begun: false,
            kept: Vec::new(),
        }
    }

    /// Prints a row, and the header before the first.
    ///
    /// # Errors
    /// stdout is closed or full.
    pub fn row(&mut self, out: &mut DataOut, row: R) -> Result<(), Error> {
        match self.format {
            ListFormat::Json => {
                self.kept.push(row);
                return Ok(());
            }
            ListFormat::Text | ListFormat::Jsonl => {
                return print_list(out, self.format, &[row], &[]);
            }
            ListFormat::Auto | ListFormat::Table => {}
        }
        let capabilities = match self.format {
            ListFormat::Table => out.capabilities().aligned(),
            _ => out.capabilities(),
        };
        if !std::mem::replace(&mut self.begun, true) {
            let header = R::COLUMNS.iter().map(|name| (*name).to_owned()).collect();
            let header = self.line(header, capabilities.for_people(), |_, _| PLAIN);
            out.line(&paint(header, HEADER, capabilities.has_color()).to_string())?;
        }
        // A word in the column of results has its colour.
        let style = |column: &str, cell: &str| match column {
            "RESULT" if capabilities.has_color() => result(cell),
            _ => PLAIN,
        };
        out.line(&self.line(
            row.cells(capabilities.for_people()),
            capabilities.for_people(),
            style,
        ))
    }

    /// Prints the JSON document, if that is the form.
    ///
    /// # Errors
    /// stdout is closed or full.
    pub fn finish(self, out: &mut DataOut, errors: &[String]) -> Result<(), Error> {
        match self.format {
            ListFormat::Json => print_list(out, self.format, &self.kept, errors),
            _ => Ok(()),
        }
    }

    fn line(
        &self,
        cells: Vec<String>,
        for_people: bool,
        style: impl Fn(&str, &str) -> Style,
    ) -> String {
        let cells: Vec<String> = cells
            .iter()
            .map(|cell| escape_control_characters(&cell.replace('\t', " ")).to_string())
            .collect();
        if !for_people {
            return cells.join("\t");
        }
        let widths = self.widths.iter().copied().chain(std::iter::repeat(0));
        let padded: Vec<String> = cells
            .iter()
            .zip(R::COLUMNS)
            .zip(widths)
            .map(|((cell, column), width)| {
                paint(format!("{cell:width$}"), style(column, cell), true).to_string()
            })
            .collect();
        padded.join("  ").trim_end().to_owned()
    }
}
