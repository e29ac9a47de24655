//! How far a run has come: what was printed, what of it was taken, and what of that is stored.

use std::collections::{BTreeSet, HashMap};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::place_file::{self, Stored};
use super::uid::{Ordinals, uid};
use super::{HubPlaces, unwritable};
use crate::error::Error;
use crate::fetch::{Mark, Passed, Place, Places};
use crate::lock::lock;

/// How often places are stored at the most while a run goes on.
const OFTEN: Duration = Duration::from_millis(250);

/// The logs of a run that goes on from a checkpoint, shared by all that have to do with it.
#[derive(Debug, Clone)]
pub struct Collected(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    places: HubPlaces,
    logs: Mutex<Logs>,
}

/// A device and a module.
type Of = (String, String);

#[derive(Debug, Default)]
struct Logs {
    of: HashMap<Of, LogState>,
    /// Those of which something was printed that may not have been taken yet.
    printed: Vec<Of>,
    /// When something that is not stored was taken first.
    unstored_since: Option<Instant>,
    /// Disks are slow, and a fleet has many files, so that they are written beside the run: for half of
    /// the time at the most.
    storing: Option<JoinHandle<Result<Duration, Error>>>,
    not_before: Option<Instant>,
}

#[derive(Debug, Default)]
struct LogState {
    /// What was taken.
    place: Place,
    repeats: HashMap<Mark, u32>,
    /// What was printed, if that is more.
    printed: Option<Place>,
    ordinals: Ordinals,
    is_changed: bool,
    /// Whether it stays where it is, since lines of it could not be written.
    is_given_up: bool,
    /// The file that holds its lines, which must last before the place does, and whether its name does.
    file: Option<PathBuf>,
    has_lasting_name: bool,
}

/// What is to be stored of a log.
#[derive(Debug)]
struct Change {
    path: PathBuf,
    stored: Stored,
    file: Option<PathBuf>,
    has_lasting_name: bool,
}

impl Collected {
    /// Goes on from these places.
    pub fn new(places: HubPlaces) -> Self {
        Self(Arc::new(Shared {
            places,
            logs: Mutex::default(),
        }))
    }

    /// A line is printed. What has been read of its log then counts once it is [`taken`](Self::taken). The
    /// line's uid.
    pub fn print(&self, device: &str, module: &str, passed: &Passed) -> String {
        let mut logs = lock(&self.0.logs);
        let log = logs.printing(device, module);
        let mut ordinal = None;
        for mark in &passed.marks {
            let count = log.ordinals.next(*mark);
            if *mark == passed.own {
                ordinal = Some(count);
            }
        }
        let ordinal = ordinal.unwrap_or_else(|| log.ordinals.next(passed.own));
        if let Some(place) = &mut log.printed {
            place.pass(&passed.marks);
        }
        uid(&self.0.places.log(device, module), passed.own, ordinal)
    }

    /// All lines up to a place were printed.
    pub fn reached(&self, device: &str, module: &str, place: Place) {
        let mut logs = lock(&self.0.logs);
        let log = logs.printing(device, module);
        log.ordinals.reach(&place.marks);
        log.printed = Some(place);
    }

    /// Lines of a log could not be written: it stays where it is.
    pub fn give_up(&self, device: &str, module: &str) {
        let mut logs = lock(&self.0.logs);
        let log = logs.printing(device, module);
        log.printed = None;
        log.is_given_up = true;
    }

    /// The lines of a log are in this file.
    pub fn is_in_file(&self, device: &str, module: &str, path: &Path) {
        let mut logs = lock(&self.0.logs);
        let of = (device.to_owned(), module.to_owned());
        logs.of.entry(of).or_default().file = Some(path.to_owned());
    }

    /// Whatever was printed has been taken.
    pub fn taken(&self) {
        let mut logs = lock(&self.0.logs);
        for of in std::mem::take(&mut logs.printed) {
            let log = logs.of.entry(of).or_default();
            let Some(place) = log.printed.take().filter(|_| !log.is_given_up) else {
                continue;
            };
            // Lines that are printed later count only once they are taken as well.
            log.repeats = log.ordinals.beyond(&place.marks);
            log.place = place;
            log.is_changed = true;
            logs.unstored_since.get_or_insert_with(Instant::now);
        }
    }

    /// When what was taken should be stored.
    pub fn due(&self) -> Option<Instant> {
        lock(&self.0.logs).due()
    }

    /// Begins to store what was taken, if it is time to.
    ///
    /// # Errors
    /// What was to be stored before can't be written.
    pub fn store_if_due(&self) -> Result<(), Error> {
        let mut logs = lock(&self.0.logs);
        if logs.storing.as_ref().is_some_and(JoinHandle::is_finished) {
            let took = logs.storing.take().map_or(Ok(Duration::ZERO), joined)?;
            logs.not_before = Some(Instant::now() + took);
        }
        if logs.storing.is_none() && logs.due().is_some_and(|due| due <= Instant::now()) {
            let (root, changes) = (self.root(), self.changes(&mut logs));
            logs.storing = Some(thread::spawn(move || write(&root, &changes)));
        }
        Ok(())
    }

    /// Stores what was taken.
    ///
    /// # Errors
    /// It can't be written.
    pub fn store(&self) -> Result<(), Error> {
        let before = lock(&self.0.logs).storing.take();
        let before = before.map_or(Ok(Duration::ZERO), joined);
        let changes = self.changes(&mut lock(&self.0.logs));
        write(&self.root(), &changes).and(before).map(|_| ())
    }

    fn root(&self) -> PathBuf {
        self.0.places.folder.folder.root.clone()
    }

    fn changes(&self, logs: &mut Logs) -> Vec<Change> {
        logs.unstored_since = None;
        let changed = logs.of.iter_mut().filter(|(_, log)| log.is_changed);
        let change = |((device, module), state): (&Of, &mut LogState)| {
            state.is_changed = false;
            let log = self.0.places.log(device, module);
            Change {
                path: self.0.places.folder.folder.path(&log),
                stored: Stored {
                    log,
                    place: state.place.clone(),
                    repeats: state.repeats.clone(),
                    saved: Timestamp::now(),
                },
                file: state.file.clone(),
                has_lasting_name: std::mem::replace(&mut state.has_lasting_name, true),
            }
        };
        changed.map(change).collect()
    }
}

impl Places for Collected {
    fn of_device(&self, device: &str) -> Result<HashMap<String, Place>, Error> {
        let mut logs = lock(&self.0.logs);
        let mut places = HashMap::new();
        for stored in self.0.places.stored(device)? {
            let Stored {
                log,
                place,
                repeats,
                ..
            } = stored;
            places.insert(log.module.clone(), place.clone());
            let state = LogState {
                ordinals: Ordinals::of(&place.marks, &repeats),
                place,
                repeats,
                ..LogState::default()
            };
            logs.of.insert((log.device, log.module), state);
        }
        Ok(places)
    }
}

impl Logs {
    /// A log of which something is printed.
    fn printing(&mut self, device: &str, module: &str) -> &mut LogState {
        let of = (device.to_owned(), module.to_owned());
        let log = self.of.entry(of.clone()).or_default();
        if log.printed.is_none() {
            log.printed = Some(log.place.clone());
            self.printed.push(of);
        }
        log
    }

    fn due(&self) -> Option<Instant> {
        let due = self.unstored_since? + OFTEN;
        let not_before = match self.storing {
            Some(_) => Some(Instant::now() + OFTEN),
            None => self.not_before,
        };
        Some(not_before.map_or(due, |time| time.max(due)))
    }
}

fn joined(storing: JoinHandle<Result<Duration, Error>>) -> Result<Duration, Error> {
    storing.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// Stores changes, below a folder, so that they last. How long that took.
fn write(root: &Path, changes: &[Change]) -> Result<Duration, Error> {
    let begun = Instant::now();
    let mut folders = BTreeSet::new();
    for change in changes {
        if let Some(file) = &change.file {
            place_file::sync_data(file)?;
            if !change.has_lasting_name {
                folders.extend(file.ancestors().skip(1).take(2).map(Path::to_owned));
            }
        }
    }
    sync(&std::mem::take(&mut folders))?;
    for Change { path, stored, .. } in changes {
        let mut parents = path.ancestors().skip(1);
        let parent = parents.next().unwrap_or(root);
        folders.insert(parent.to_owned());
        if !parent.exists() {
            // The names of new folders stand in those above them.
            folders.extend(
                parents
                    .take_while(|path| path.starts_with(root))
                    .map(Path::to_owned),
            );
        }
        place_file::write(path, stored)?;
    }
    sync(&folders)?;
    Ok(begun.elapsed())
}

/// Makes new names in folders last.
fn sync(folders: &BTreeSet<PathBuf>) -> Result<(), Error> {
    for folder in folders
        .iter()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        place_file::sync(folder).map_err(|source| unwritable(folder, source))?;
    }
    Ok(())
}
