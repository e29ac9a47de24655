//! The one loop of `edgelogs get`: from events to a sink, and to the exit code.

use std::collections::{HashMap, HashSet};
use std::pin::pin;

use futures::stream::{Stream, StreamExt};
use futures::{FutureExt, future};
use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};

use crate::cli::commands::get::own_levels;
use crate::cli::commands::get::sieve::{Judged, Sieve};
use crate::cli::context::Context;
use crate::cli::run::summary::{print_failures, summarize};
use crate::cli::run::unmatched::Unmatched;
use crate::error::Error;
use crate::exit::Exit;
use crate::fetch::{DeviceFailure, Event, FleetOutcome, Gap, Levels, Line, Place};
use crate::output::{Console, shown_time, stdout_closed};

/// A module of a device whose lines can't be taken, and why.
pub(crate) type Failure = (usize, usize, Error);

/// Where lines go. Devices and modules have the numbers of the stream.
pub(crate) trait Sink {
    /// Whether the run ends once nobody reads stdout any more.
    const IS_STDOUT: bool;

    /// A device is called, from now on with this number.
    fn device(&mut self, device: usize, id: &str);

    /// More modules of a device are known. Returns those whose lines can't be taken, and why.
    fn modules(&mut self, device: usize, modules: Vec<String>) -> Vec<(usize, Error)>;

    /// Takes a line. Returns the modules, of any device, whose lines could not be written with it.
    ///
    /// # Errors
    /// It can't be written: the failure of its module, unless it ends the run.
    fn line(&mut self, device: usize, line: Line) -> Result<Vec<Failure>, Error>;

    /// Shows what there is while more is fetched. Returns the modules whose lines could not be written.
    ///
    /// # Errors
    /// stdout is closed or full.
    fn flush(&mut self) -> Result<Vec<Failure>, Error> {
        Ok(Vec::new())
    }

    /// When there will be something to show though nothing comes.
    fn due(&mut self) -> Option<Instant> {
        None
    }

    /// Lines of a module may be missing.
    ///
    /// # Errors
    /// stdout is closed or full.
    fn gap(&mut self, device: usize, module: usize, gap: &Gap) -> Result<(), Error>;

    /// A module's log has been read up to a place, once all lines that came are printed.
    fn reached(&mut self, device: usize, module: usize, place: Place);

    /// A module's log is not whole.
    fn failed(&mut self, _device: usize, _module: usize, _error: &Error) {}

    /// A device is done with. Returns the modules, of any device, whose lines could not be written.
    ///
    /// # Errors
    /// stdout is closed or full.
    fn ended(&mut self, device: usize) -> Result<Vec<Failure>, Error>;

    /// The run ends, with these failures, and one of what matches nowhere. Returns how lines failed that
    /// could not be taken in the end, which has been told.
    ///
    /// # Errors
    /// stdout is closed or full.
    fn finish(
        self,
        console: Console,
        failures: &[DeviceFailure],
        nowhere: Option<&Error>,
    ) -> Result<Vec<Exit>, Error>;
}

/// What a run is about, beside its events.
pub(crate) struct Reading<'a> {
    pub(crate) context: &'a Context,
    pub(crate) unmatched: Unmatched<'a>,
    /// The lines of one device are printed as they come: its failures are told at once, and its modules
    /// count as the targets of the run.
    pub(crate) is_alone: bool,
    pub(crate) is_followed: bool,
    pub(crate) sieve: Sieve,
    /// The one level filter that agents judge, if there is one.
    pub(crate) levels: Option<Levels>,
    /// What was typed to bound the time, for a note.
    pub(crate) bounds: String,
    /// When the run is to end.
    pub(crate) until: Option<Instant>,
}

/// Passes what happens on to a sink. An interruption ends it with what has arrived.
///
/// # Errors
/// The failure of the only device, or one that ends the run.
pub(crate) async fn consume<S: Sink>(
    reading: Reading<'_>,
    events: impl Stream<Item = (usize, Event)>,
    mut sink: S,
) -> Result<Exit, Error> {
    let Reading {
        context,
        unmatched,
        is_alone,
        mut sieve,
        ..
    } = reading;
    let console = context.console;
    let is_single = unmatched.devices().len() == 1;
    let mut events = pin!(events);
    let mut closed = pin!(match S::IS_STDOUT {
        true => stdout_closed().left_future(),
        false => future::pending().right_future(),
    });
    let mut stopped = pin!(context.stopped());
    // At its time, a run ends as if it were stopped.
    let until = reading.until;
    let mut stopped = pin!(async {
        tokio::select! {
            () = &mut stopped => false,
            () = sleep_until(until.unwrap_or_else(Instant::now)), if until.is_some() => true,
        }
    });
    let mut is_stopped = false;
    let mut is_over = false;
    let mut tally = Tally::new(console, is_alone, reading.is_followed);
    // A device that is followed is never done with.
    let counts = is_alone || !reading.is_followed;
    let progress = counts.then(|| console.fleet_progress(unmatched.devices().len()));
    let mut calling = HashMap::new();
    loop {
        let next = match events.next().now_or_never() {
            // Also where lines come without a pause.
            Some(next) => {
                if let Some(over) = stopped.as_mut().now_or_never() {
                    // What has come is passed on first.
                    (is_stopped, is_over) = (true, over);
                }
                next
            }
            None => {
                tally.all_failed(sink.flush()?);
                let due = sink.due();
                tokio::select! {
                    next = events.next() => next,
                    () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => continue,
                    () = &mut closed => return Err(Error::ClosedPipe),
                    over = &mut stopped => {
                        (is_stopped, is_over) = (true, over);
                        break;
                    }
                }
            }
        };
        let Some((device, event)) = next else {
            // All has come.
            is_stopped = false;
            break;
        };
        match event {
            Event::Calling(id) => {
                if let Some(progress) = &progress {
                    calling.insert(device, progress.target(&format!("calling {id}")));
                }
                sink.device(device, &id);
                tally.device(device, id);
            }
            Event::Modules(modules) => {
                if is_alone {
                    calling.remove(&device);
                }
                let was_known = std::mem::replace(&mut tally.read(device).is_known, true);
                // A run that is stopped makes no more calls.
                if !was_known && !is_stopped {
                    let added = unmatched.add(&tally.devices[device], &modules, is_alone);
                    let added = added.await;
                    match added {
                        Ok(None) => {}
                        Ok(Some(error)) | Err(error) => tally.unmatched(device, error),
                    }
                }
                tally
                    .read(device)
                    .modules
                    .extend(modules.iter().map(|module| (module.clone(), 0)));
                for (module, error) in sink.modules(device, modules) {
                    tally.failed(device, module, error);
                }
            }
            Event::Lines(lines) => {
                for line in lines {
                    if let Judged::Passes(line) = sieve.judge(device, line) {
                        tally.line(&mut sink, device, line)?;
                    }
                }
            }
            Event::Away(is_away) => tally.away(device, is_away),
            Event::Gap { module, gap } => sink.gap(device, module, &gap)?,
            Event::Place { module, place } => {
                sieve.reached(device, module);
                sink.reached(device, module, place);
            }
            Event::Failed { module, error } => {
                sink.failed(device, module, &error);
                tally.failed(device, module, error);
            }
            Event::Ended(result) => {
                calling.remove(&device);
                if let Some(progress) = &progress {
                    progress.step();
                }
                for line in sieve.ended(device) {
                    tally.line(&mut sink, device, line)?;
                }
                tally.all_failed(sink.ended(device)?);
                let result = match result {
                    Err(error) if is_single && !is_stopped => {
                        Err(unmatched.with_names(&tally.devices[device], error).await)
                    }
                    other => other,
                };
                tally.ended(device, result)?;
            }
        }
        if is_stopped {
            break;
        }
    }
    drop(progress);
    // Calls that are under way end here.
    drop(calling);
    if is_stopped {
        for device in 0..tally.devices.len() {
            for line in sieve.ended(device) {
                tally.line(&mut sink, device, line)?;
            }
        }
        tally.all_failed(sink.flush()?);
        return tally.stop(sink, unmatched.devices().len(), is_over);
    }
    // That of a device alone has been told.
    let nowhere = match is_alone || reading.is_followed {
        true => None,
        false => unmatched.nowhere(console).await,
    };
    let (lines, silent) = (tally.lines, std::mem::take(&mut tally.silent));
    let exit = tally.finish(&unmatched, sink, nowhere.as_ref()).await?;
    if exit == Exit::Success && lines == 0 && console.data().is_terminal() {
        console.note(&format!("no line matched{}", reading.bounds));
    }
    if let Some(levels) = reading.levels {
        own_levels::note(console, unmatched.session(), levels, &silent).await;
    }
    Ok(unmatched.finish(nowhere.as_ref(), exit))
}

/// What goes wrong.
struct Tally {
    console: Console,
    devices: Vec<String>,
    is_alone: bool,
    is_followed: bool,
    /// The devices that are being read.
    read: HashMap<usize, Read>,
    /// Devices that failed, and modules whose device worked otherwise.
    failed: Vec<DeviceFailure>,
    in_part: Vec<DeviceFailure>,
    /// Devices that are followed and whose history has not come yet, or that can't be asked at the moment.
    away: HashSet<usize>,
    /// How the run of a device alone ends.
    exit: Option<Exit>,
    /// How many devices were read to their end, and nothing failed.
    whole: usize,
    /// How many lines were passed on, and the time of the latest.
    lines: u64,
    latest: Option<Timestamp>,
    /// The modules of devices that ended without a line.
    silent: Vec<(String, String)>,
}

/// What has come of a device so far.
#[derive(Default)]
struct Read {
    /// Whether its modules are known.
    is_known: bool,
    /// Its modules, and how many of their lines were passed on.
    modules: Vec<(String, u64)>,
    failures: Vec<(usize, Error)>,
    /// What was typed for modules that it has not.
    unmatched: Option<Error>,
}

impl Tally {
    fn new(console: Console, is_alone: bool, is_followed: bool) -> Self {
        Self {
            console,
            devices: Vec::new(),
            is_alone,
            is_followed,
            read: HashMap::new(),
            failed: Vec::new(),
            in_part: Vec::new(),
            away: HashSet::new(),
            exit: None,
            whole: 0,
            lines: 0,
            latest: None,
            silent: Vec::new(),
        }
    }

    fn device(&mut self, device: usize, id: String) {
        if self.devices.len() <= device {
            self.devices.resize(device + 1, String::new());
        }
        self.devices[device] = id;
        self.away(device, self.is_followed);
    }

    /// Whether a failure is told at once, and not at the end, which may not come.
    fn tells_at_once(&self) -> bool {
        self.is_alone || self.is_followed
    }

    /// Passes a line on.
    fn line(&mut self, sink: &mut impl Sink, device: usize, line: Line) -> Result<(), Error> {
        let module = line.module;
        self.lines += 1;
        if let Some((_, lines)) = self.read(device).modules.get_mut(module) {
            *lines += 1;
        }
        if self.is_alone {
            self.latest = line.record().timestamp().or(self.latest);
        }
        match sink.line(device, line) {
            Err(error) if error.ends_run() => Err(error),
            Err(error) => {
                self.failed(device, module, error);
                Ok(())
            }
            Ok(failures) => {
                self.all_failed(failures);
                Ok(())
            }
        }
    }

    /// Prints what has arrived, and says how far it came with the `selected` devices.
    fn stop(mut self, sink: impl Sink, selected: usize, is_over: bool) -> Result<Exit, Error> {
        let console = self.console;
        let (worked, mut exits) = self.exits();
        let tells_at_once = self.tells_at_once();
        let has_told_devices = self.is_followed && !self.is_alone;
        let mut read: Vec<(usize, Read)> = self.read.drain().collect();
        read.sort_unstable_by_key(|(device, _)| *device);
        for (device, read) in read {
            let errors = read.failures.into_iter().map(|(_, error)| error);
            let failure = |error| DeviceFailure {
                device: self.devices[device].clone(),
                error,
                in_part: true,
            };
            self.in_part
                .extend(errors.chain(read.unmatched).map(failure));
        }
        let mut fleet = FleetOutcome {
            selected,
            without_module: 0,
            failures: self.failed,
        };
        fleet.set_unmatched_aside();
        let mut failures = fleet.failures;
        let failed = failures.len();
        failures.extend(self.in_part);
        exits.extend(sink.finish(console, &failures, None)?);
        let mut in_part = failures.split_off(failed);
        if has_told_devices {
            failures.clear();
        }
        if !tells_at_once {
            failures.append(&mut in_part);
        }
        print_failures(console, failures, "device");
        // A log that is followed has no end that could be missed.
        if self.is_followed {
            if is_over {
                return Ok(Exit::of_targets(worked, exits));
            }
            return Ok(Exit::Interrupted);
        }
        let (ended, lines) = (self.whole, self.lines);
        let reached = match (self.is_alone, self.latest) {
            (true, Some(time)) => format!(
                "{lines} lines had come, the last of {}",
                shown_time(time, true)
            ),
            (true, None) => format!("{lines} lines had come"),
            (false, _) => format!(
                "{ended} of {selected} devices were read to their end; {lines} lines had come"
            ),
        };
        if is_over {
            console.warn(&format!("--max-run is over: {reached}"));
            return Ok(Exit::Partial);
        }
        console.warn(&format!("interrupted: {reached}"));
        Ok(Exit::Interrupted)
    }

    /// How many devices that are still followed have worked so far, or modules of the only one, and how the
    /// others have failed.
    fn exits(&self) -> (usize, Vec<Exit>) {
        let failed = self.failed.iter().chain(&self.in_part);
        let mut exits: Vec<Exit> = failed.map(|failure| failure.error.exit()).collect();
        exits.extend(self.away.iter().map(|_| Exit::Unreachable));
        let mut worked = 0;
        for (device, read) in &self.read {
            let failed = read.exits();
            let modules = read.worked();
            worked += match self.away.contains(device) {
                true => 0,
                false if self.is_alone => modules,
                false => usize::from(modules > 0),
            };
            exits.extend(failed.into_values());
            exits.extend(read.unmatched.as_ref().map(Error::exit));
        }
        (worked, exits)
    }

    /// A device that is followed can't be asked at the moment, or is back.
    fn away(&mut self, device: usize, is_away: bool) {
        match is_away {
            true => self.away.insert(device),
            false => self.away.remove(&device),
        };
    }

    fn read(&mut self, device: usize) -> &mut Read {
        self.read.entry(device).or_default()
    }

    fn all_failed(&mut self, failures: Vec<Failure>) {
        for (device, module, error) in failures {
            self.failed(device, module, error);
        }
    }

    fn failed(&mut self, device: usize, module: usize, error: Error) {
        if self.tells_at_once() {
            self.console.error(&error);
        }
        self.read(device).failures.push((module, error));
    }

    /// Something that was typed matches no module of a device.
    fn unmatched(&mut self, device: usize, error: Error) {
        if self.is_alone {
            self.console.error(&error);
        }
        self.read(device).unmatched = Some(error);
    }

    fn ended(&mut self, device: usize, result: Result<(), Error>) -> Result<(), Error> {
        let read = self.read.remove(&device).unwrap_or_default();
        self.away.remove(&device);
        let failure = |error, in_part| DeviceFailure {
            device: self.devices[device].clone(),
            error,
            in_part,
        };
        match result {
            Err(error) if error.ends_run() => return Err(error),
            Err(error) => {
                if self.is_followed && !self.is_alone {
                    self.console.error(&error);
                }
                self.failed.push(failure(error, false));
            }
            Ok(()) => {
                let silent = read.modules.iter().filter(|(_, lines)| *lines == 0);
                let device_id = &self.devices[device];
                self.silent
                    .extend(silent.map(|(module, _)| (device_id.clone(), module.clone())));
                let mut exits: Vec<Exit> = read.exits().into_values().collect();
                let worked = read.worked();
                let has_failed = worked == 0 && !exits.is_empty() && !self.is_alone;
                self.whole += usize::from(exits.is_empty());
                exits.extend(read.unmatched.as_ref().map(Error::exit));
                let errors = read.failures.into_iter().map(|(_, error)| error);
                let mut errors = errors.chain(read.unmatched);
                // A device has failed if all its modules have.
                if has_failed {
                    self.failed
                        .extend(errors.next().map(|error| failure(error, false)));
                } else {
                    self.in_part
                        .extend(errors.map(|error| failure(error, true)));
                }
                self.exit = self.is_alone.then(|| Exit::of_targets(worked, exits));
            }
        }
        Ok(())
    }

    async fn finish(
        self,
        unmatched: &Unmatched<'_>,
        sink: impl Sink,
        nowhere: Option<&Error>,
    ) -> Result<Exit, Error> {
        let console = self.console;
        let mut failures = self.failed;
        failures.extend(self.in_part);
        let mut fleet = FleetOutcome {
            selected: self.devices.len(),
            without_module: 0,
            failures,
        };
        fleet.set_unmatched_aside();
        let unwritten = sink.finish(console, &fleet.failures, nowhere)?;
        let exit = match self.exit {
            // Its failures have been told.
            Some(exit) => exit,
            None if self.is_followed && !self.is_alone => {
                let exits = fleet.failures.iter().map(|failure| failure.error.exit());
                Exit::of_targets(0, exits)
            }
            None => {
                let is_unmatched = |failure: &DeviceFailure| failure.error.is_without_module();
                if fleet.selected > 1
                    && fleet.failures.iter().all(is_unmatched)
                    && !fleet.failures.is_empty()
                {
                    return Err(unmatched.all().await);
                }
                summarize(unmatched.session(), console, fleet, "device").await?
            }
        };
        match unwritten.is_empty() {
            true => Ok(exit),
            false => Ok(Exit::Partial),
        }
    }
}

impl Read {
    /// How many modules have not failed. One that failed may not be among those that are known.
    fn worked(&self) -> usize {
        self.modules.len().saturating_sub(self.exits().len())
    }

    /// How each of the modules ended that failed, at least in part.
    fn exits(&self) -> HashMap<usize, Exit> {
        let failures = self.failures.iter();
        failures
            .map(|(module, error)| (*module, error.exit()))
            .collect()
    }
}
