//! Prints a line per check on stdout, and the failures at the end on stderr.

use serde::Serialize;
use serde_json::Value;

use crate::error::Error;
use crate::exit::Exit;
use crate::output::{Console, DataOut, ListFormat, ListRow, RowPrinter, error_object};
use crate::redact::redact;

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CheckResult {
    Ok,
    Warning,
    Failed,
    Skipped,
}

impl CheckResult {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// One line.
#[derive(Debug, Serialize)]
pub(crate) struct CheckRow {
    check: &'static str,
    result: CheckResult,
    detail: String,
    hint: Option<String>,
}

impl ListRow for CheckRow {
    const COLUMNS: &'static [&'static str] = &["CHECK", "RESULT", "DETAIL"];

    fn cells(&self, _for_people: bool) -> Vec<String> {
        vec![
            self.check.to_owned(),
            self.result.word().to_owned(),
            self.detail.clone(),
        ]
    }
}

/// The result of a check that did not fail.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) result: CheckResult,
    pub(crate) detail: String,
    pub(crate) hint: Option<String>,
}

impl Finding {
    pub(crate) fn ok(detail: impl Into<String>) -> Self {
        Self {
            result: CheckResult::Ok,
            detail: detail.into(),
            hint: None,
        }
    }

    pub(crate) fn skipped(detail: impl Into<String>) -> Self {
        Self {
            result: CheckResult::Skipped,
            ..Self::ok(detail)
        }
    }

    pub(crate) fn warning(detail: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            result: CheckResult::Warning,
            detail: detail.into(),
            hint: Some(hint.into()),
        }
    }
}

/// Prints the lines and remembers the failures.
pub(crate) struct Report {
    console: Console,
    out: DataOut,
    printer: RowPrinter<CheckRow>,
    errors: Vec<Error>,
    /// The rows, where nothing is printed.
    collected: Option<Vec<Value>>,
}

impl Report {
    /// Prints nothing.
    pub(crate) fn collecting(console: Console) -> Self {
        Self {
            collected: Some(Vec::new()),
            ..Self::new(console, ListFormat::Json)
        }
    }

    /// The rows that were collected.
    pub(crate) fn into_rows(self) -> Vec<Value> {
        self.collected.unwrap_or_default()
    }

    pub(crate) fn new(console: Console, format: ListFormat) -> Self {
        Self {
            console,
            out: console.data(),
            // The widths of the longest check and result.
            printer: RowPrinter::new(format, &[13, 7]),
            errors: Vec::new(),
            collected: None,
        }
    }

    /// Prints a check's result and keeps its error.
    ///
    /// # Errors
    /// stdout is closed or full.
    pub(crate) fn record(
        &mut self,
        check: &'static str,
        found: Result<Finding, Error>,
    ) -> Result<(), Error> {
        let shown = |text: String| redact(&text);
        let row = match found {
            Ok(finding) => CheckRow {
                check,
                result: finding.result,
                detail: shown(finding.detail),
                hint: finding.hint.map(shown),
            },
            Err(error) => {
                let row = CheckRow {
                    check,
                    result: CheckResult::Failed,
                    detail: shown(error.to_string()),
                    hint: error.hint().map(shown),
                };
                self.errors.push(error);
                row
            }
        };
        if let Some(rows) = &mut self.collected {
            rows.push(serde_json::to_value(&row).unwrap_or_default());
            return Ok(());
        }
        if let (CheckResult::Warning, Some(hint)) = (row.result, &row.hint) {
            self.console.warn(&format!("{}; {hint}", row.detail));
        }
        self.printer.row(&mut self.out, row)
    }

    /// Prints the failures and returns the exit code of the first.
    ///
    /// # Errors
    /// stdout is closed or full.
    pub(crate) fn finish(mut self) -> Result<Exit, Error> {
        let errors = self.errors.iter();
        let objects: Vec<String> = errors.map(|error| error_object(None, error)).collect();
        self.printer.finish(&mut self.out, &objects)?;
        self.console.errors(&self.errors);
        Ok(self.errors.first().map_or(Exit::Success, Error::exit))
    }
}
