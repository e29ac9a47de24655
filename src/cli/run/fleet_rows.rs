//! Lists that grow device by device: rows of each, in the form that was asked for.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use crate::cli::run::session::Session;
use crate::cli::run::summary::error_objects;
use crate::error::Error;
use crate::fetch::{FleetOutcome, for_each_device};
use crate::output::{Console, DataOut, FleetProgress, ListFormat, ListRow, print_list};
use crate::redact::redact;

/// A row that belongs to a device.
pub(crate) trait DeviceRow: ListRow {
    /// The device's id, as it is shown: redacted, since anything can be typed for one.
    fn device(&self) -> &str;

    /// Whether the row is one of those that `text` names.
    fn is_named(&self) -> bool {
        true
    }

    /// Prints rows; `several` says whether several devices were asked.
    ///
    /// # Errors
    /// stdout is closed or full.
    fn print(
        out: &mut DataOut,
        format: ListFormat,
        rows: &[Self],
        errors: &[String],
        several: bool,
    ) -> Result<(), Error>
    where
        Self: Sized,
    {
        let _ = several;
        print_list(out, format, rows, errors)
    }
}

/// What came of a list.
#[derive(Debug)]
pub(crate) struct ListedFleet {
    /// How many rows there were.
    pub(crate) rows: usize,
    /// What became of the devices.
    pub(crate) fleet: FleetOutcome,
}

/// The rows so far.
struct Rows<'a, R> {
    console: Console,
    format: ListFormat,
    devices: &'a [String],
    kept: RefCell<Vec<R>>,
    count: Cell<usize>,
}

/// Asks each device of a session for its rows and prints them: `text` and `jsonl` as they come, the
/// others in the order of the devices once the last one has answered.
///
/// `ask` gives the rows of one device, and what went wrong with it.
///
/// # Errors
/// Only what leaves nothing to go on for. What goes wrong with one device is in the outcome.
pub(crate) async fn list_fleet<R: DeviceRow>(
    console: Console,
    session: &Session,
    format: ListFormat,
    ask: impl AsyncFn(&str) -> (Vec<R>, Result<(), Error>),
) -> Result<ListedFleet, Error> {
    let devices = session.devices();
    let rows = Rows {
        console,
        format,
        devices,
        kept: RefCell::default(),
        count: Cell::new(0),
    };
    let progress = console.fleet_progress(devices.len());
    let fleet = for_each_device(devices, session.concurrency(), async |device| {
        let line = progress.target(&format!("asking {device}"));
        let (of_device, result) = ask(device).await;
        drop(line);
        progress.step();
        rows.take(of_device, &progress)?;
        result
    })
    .await?;
    drop(progress);
    rows.finish(&fleet)?;
    Ok(ListedFleet {
        rows: rows.count.get(),
        fleet,
    })
}

impl<R: DeviceRow> Rows<'_, R> {
    fn take(&self, rows: Vec<R>, progress: &FleetProgress) -> Result<(), Error> {
        self.count.set(self.count.get() + rows.len());
        match self.format {
            ListFormat::Text => {
                let named: Vec<R> = rows.into_iter().filter(R::is_named).collect();
                progress.suspend(|| self.print(&named, &[]))
            }
            ListFormat::Jsonl => progress.suspend(|| self.print(&rows, &[])),
            ListFormat::Table | ListFormat::Json => {
                self.kept.borrow_mut().extend(rows);
                Ok(())
            }
        }
    }

    fn print(&self, rows: &[R], errors: &[String]) -> Result<(), Error> {
        let out = &mut self.console.data();
        R::print(out, self.format, rows, errors, self.devices.len() > 1)
    }

    fn finish(&self, fleet: &FleetOutcome) -> Result<(), Error> {
        if matches!(self.format, ListFormat::Text | ListFormat::Jsonl) {
            return Ok(());
        }
        let places: HashMap<String, usize> = (0..)
            .zip(self.devices)
            .map(|(place, device)| (redact(device), place))
            .collect();
        let mut kept = self.kept.take();
        kept.sort_by_key(|row| places.get(row.device()).copied());
        self.print(&kept, &error_objects(fleet))
    }
}
