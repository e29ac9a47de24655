//! Lists with rows from each device.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use crate::cli::run::session::Session;
use crate::cli::run::summary::error_objects;
use crate::error::Error;
use crate::fetch::{FleetOutcome, for_each_device};
use crate::output::{Console, DataOut, FleetProgress, ListFormat, ListRow, print_list};
use crate::redact::redact;

/// A row about a device.
pub(crate) trait DeviceRow: ListRow {
    /// The device's id, redacted, since a secret may have been typed in its place.
    fn device(&self) -> &str;

    /// Whether `-o text` lists the row.
    fn is_listed(&self) -> bool {
        true
    }

    /// Prints rows; `several` says whether several devices were called.
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

#[derive(Debug)]
pub(crate) struct ListedFleet {
    /// The number of rows.
    pub(crate) rows: usize,
    pub(crate) fleet: FleetOutcome,
}

struct Rows<'a, R> {
    console: Console,
    format: ListFormat,
    devices: &'a [String],
    collected: RefCell<Vec<R>>,
    count: Cell<usize>,
}

/// Prints the rows of each device: `text` and `jsonl` as they arrive, the other formats in device
/// order when the last device has answered.
///
/// `fetch` returns the rows of one device, and its failure.
///
/// # Errors
/// Only what ends the run, such as a closed stdout. Failures of devices are in the result.
pub(crate) async fn list_fleet<R: DeviceRow>(
    console: Console,
    session: &Session,
    format: ListFormat,
    fetch: impl AsyncFn(&str) -> (Vec<R>, Result<(), Error>),
) -> Result<ListedFleet, Error> {
    let devices = session.devices();
    let rows = Rows {
        console,
        format,
        devices,
        collected: RefCell::default(),
        count: Cell::new(0),
    };
    let progress = console.fleet_progress(devices.len());
    let fleet = for_each_device(devices, session.concurrency(), async |device| {
        let line = progress.target(&format!("calling {device}"));
        let (device_rows, result) = fetch(device).await;
        drop(line);
        progress.step();
        rows.add(device_rows, &progress)?;
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
    fn add(&self, rows: Vec<R>, progress: &FleetProgress) -> Result<(), Error> {
        self.count.set(self.count.get() + rows.len());
        match self.format {
            ListFormat::Text => {
                let listed: Vec<R> = rows.into_iter().filter(R::is_listed).collect();
                progress.suspend(|| self.print(&listed, &[]))
            }
            ListFormat::Jsonl => progress.suspend(|| self.print(&rows, &[])),
            ListFormat::Auto | ListFormat::Table | ListFormat::Json => {
                self.collected.borrow_mut().extend(rows);
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
        let positions: HashMap<String, usize> = (0..)
            .zip(self.devices)
            .map(|(position, device)| (redact(device), position))
            .collect();
        let mut rows = self.collected.take();
        rows.sort_by_key(|row| positions.get(row.device()).copied());
        self.print(&rows, &error_objects(fleet))
    }
}
