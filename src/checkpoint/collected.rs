//! How far a run has come: what was printed, what of it was taken, and what of that is stored.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::place_file::{self, Stored};
use super::uid::{Ordinals, uid};
use super::{HubPlaces, Log};
use crate::error::Error;
use crate::fetch::{Mark, Passed, Place};
use crate::lock::lock;

/// How often places are stored at the most while a run goes on.
const OFTEN: Duration = Duration::from_millis(250);

/// The logs of a run that goes on from a checkpoint, shared by all that have to do with it.
#[derive(Debug, Clone)]
pub struct Collected(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    places: Arc<HubPlaces>,
    logs: Mutex<Logs>,
}

#[derive(Debug, Default)]
struct Logs {
    /// By device and module.
    of: HashMap<(String, String), LogState>,
    /// What was printed, but may not have been taken yet.
    printed: Vec<((String, String), Step)>,
    /// When something that is not stored was taken first.
    unstored_since: Option<Instant>,
}

#[derive(Debug, Default)]
struct LogState {
    place: Place,
    ordinals: Ordinals,
    is_changed: bool,
    /// Whether it stays where it is, since lines of it could not be written.
    is_given_up: bool,
}

#[derive(Debug)]
enum Step {
    Passed(Vec<Mark>),
    Reached(Place),
}

impl Collected {
    /// Goes on from these places.
    pub fn new(places: Arc<HubPlaces>) -> Self {
        Self(Arc::new(Shared {
            places,
            logs: Mutex::default(),
        }))
    }

    /// Reads where the logs of a device stand, before its first line is printed.
    ///
    /// # Errors
    /// That can't be read.
    pub fn begin(&self, device: &str) -> Result<(), Error> {
        let mut logs = lock(&self.0.logs);
        for stored in self.0.places.stored(device)? {
            let Stored {
                log,
                place,
                repeats,
                ..
            } = stored;
            let state = LogState {
                ordinals: Ordinals::of(&place.marks, &repeats),
                place,
                ..LogState::default()
            };
            logs.of.insert((log.device, log.module), state);
        }
        Ok(())
    }

    /// The uid of the line that is printed next.
    pub fn uid(&self, device: &str, module: &str, passed: &Passed) -> String {
        let mut logs = lock(&self.0.logs);
        let log = logs
            .of
            .entry((device.to_owned(), module.to_owned()))
            .or_default();
        let mut ordinal = None;
        for mark in &passed.marks {
            let count = log.ordinals.next(*mark);
            if *mark == passed.own {
                ordinal = Some(count);
            }
        }
        let ordinal = ordinal.unwrap_or_else(|| log.ordinals.next(passed.own));
        uid(&self.0.places.log(device, module), passed.own, ordinal)
    }

    /// A line was printed.
    pub fn printed(&self, device: &str, module: &str, passed: &Passed) {
        let step = Step::Passed(passed.marks.clone());
        self.step(device, module, step);
    }

    /// All lines up to a place were printed.
    pub fn reached(&self, device: &str, module: &str, place: Place) {
        self.step(device, module, Step::Reached(place));
    }

    fn step(&self, device: &str, module: &str, step: Step) {
        let mut logs = lock(&self.0.logs);
        logs.printed
            .push(((device.to_owned(), module.to_owned()), step));
    }

    /// Lines of a log could not be written: it stays where it is.
    pub fn give_up(&self, device: &str, module: &str) {
        let mut logs = lock(&self.0.logs);
        let of = (device.to_owned(), module.to_owned());
        logs.printed.retain(|(log, _)| *log != of);
        logs.of.entry(of).or_default().is_given_up = true;
    }

    /// Whatever was printed has been taken.
    pub fn taken(&self) {
        let mut logs = lock(&self.0.logs);
        for (of, step) in std::mem::take(&mut logs.printed) {
            let log = logs.of.entry(of).or_default();
            if log.is_given_up {
                continue;
            }
            match step {
                Step::Passed(marks) => log.place.pass(&marks),
                Step::Reached(place) => log.place = place,
            }
            log.is_changed = true;
            logs.unstored_since.get_or_insert_with(Instant::now);
        }
    }

    /// When what was taken should be stored.
    pub fn due(&self) -> Option<Instant> {
        Some(lock(&self.0.logs).unstored_since? + OFTEN)
    }

    /// Stores what was taken, if it is time to.
    ///
    /// # Errors
    /// It can't be written.
    pub fn store_if_due(&self) -> Result<(), Error> {
        match self.due() {
            Some(due) if due <= Instant::now() => self.store(),
            _ => Ok(()),
        }
    }

    /// Stores what was taken.
    ///
    /// # Errors
    /// It can't be written.
    pub fn store(&self) -> Result<(), Error> {
        let mut logs = lock(&self.0.logs);
        let mut folders = BTreeSet::new();
        for ((device, module), state) in &mut logs.of {
            if !std::mem::take(&mut state.is_changed) {
                continue;
            }
            let log: Log = self.0.places.log(device, module);
            let path = self.0.places.folder.folder.path(&log);
            let stored = Stored {
                log,
                place: state.place.clone(),
                repeats: state.ordinals.beyond(&state.place.marks),
                saved: Timestamp::now(),
            };
            place_file::write(&path, &stored)?;
            folders.extend(path.parent().map(Path::to_owned));
        }
        for folder in folders {
            place_file::sync(&folder)?;
        }
        logs.unstored_since = None;
        Ok(())
    }
}
