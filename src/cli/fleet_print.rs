//! The logs of many devices on one stdout, in order of time as far as memory allows.

use crate::Error;
use crate::fetch::{FleetOutcome, by_time};
use crate::logs::{DecodeError, Records};
use crate::methods::{ContentType, ModuleLogs};
use crate::output::{DataOut, Format, LogPrinter, Prefix, Source};

/// How many bytes of answers are kept, packed as they came, until their lines are put in order of
/// time. An answer holds 128 KB at most, and most hold far less.
pub(super) const MAX_KEPT_BYTES: usize = 32 << 20;

/// What a device has answered, still packed.
#[derive(Debug)]
pub(super) struct Answer {
    /// The hub's name, as devices call it.
    pub(super) hub: String,
    pub(super) device: String,
    pub(super) logs: Vec<ModuleLogs>,
}

/// Whether all lines came in order of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// All of them, or the format is one that has no such order.
    Whole,
    /// Only within parts: there was too much for one merge.
    InParts,
}

/// Prints answers as their devices give them.
///
/// Lines can be put in order of time only when the last device has answered, so that answers are
/// kept until then, or until they are [`MAX_KEPT_BYTES`]: then they are printed, in order among
/// themselves, and the next ones are kept. With `raw` nothing is kept, since devices are printed
/// one after the other.
#[derive(Debug)]
pub(super) struct FleetPrint {
    printer: LogPrinter<DataOut>,
    merges: bool,
    content_type: ContentType,
    kept: Vec<Answer>,
    kept_bytes: usize,
    order: Order,
    /// What could not be read to its end, by device.
    broken: Vec<(String, Error)>,
}

impl FleetPrint {
    /// Prints on stdout what was asked for with `content_type`.
    pub(super) fn new(
        out: DataOut,
        format: Format,
        prefix: Prefix,
        content_type: ContentType,
    ) -> Self {
        let terminal = out.is_terminal();
        let prefixed = prefix != Prefix::Never;
        Self {
            printer: LogPrinter::new(out, format, prefixed, terminal).naming_devices(),
            merges: format != Format::Raw,
            content_type,
            kept: Vec::new(),
            kept_bytes: 0,
            order: Order::Whole,
            broken: Vec::new(),
        }
    }

    /// Takes the answer of one more device.
    pub(super) fn add(&mut self, answer: Answer) -> Result<(), Error> {
        let size: usize = answer.logs.iter().map(size_of).sum();
        if self.merges && self.kept_bytes + size > MAX_KEPT_BYTES {
            self.order = Order::InParts;
            self.print_kept()?;
        }
        self.kept_bytes += size;
        self.kept.push(answer);
        if self.merges {
            return Ok(());
        }
        self.print_kept()
    }

    /// Prints what is kept, ends the document of `json`, and adds to the outcome what could not be
    /// read to its end.
    pub(super) fn finish(mut self, fleet: &mut FleetOutcome) -> Result<Order, Error> {
        self.print_kept()?;
        for (device, error) in self.broken {
            fleet.worked_in_part(device, error);
        }
        for failure in &fleet.failures {
            self.printer.failure(&failure.device, &failure.error);
        }
        self.printer.finish()?;
        Ok(self.order)
    }

    fn print_kept(&mut self) -> Result<(), Error> {
        let answers = std::mem::take(&mut self.kept);
        self.kept_bytes = 0;
        let logs = || {
            answers
                .iter()
                .flat_map(|answer| answer.logs.iter().map(move |logs| (answer, logs)))
        };
        let sources: Vec<Source> = logs()
            .map(|(answer, logs)| source_of(&answer.hub, &answer.device, logs))
            .collect();
        let content_type = self.content_type;
        let records = logs().map(|(_, logs)| Records::new(logs, content_type));
        if self.merges {
            for (index, record) in by_time(records.collect()) {
                self.print(&sources[index], record)?;
            }
        } else {
            for (source, records) in sources.iter().zip(records) {
                for record in records {
                    self.print(source, record)?;
                }
            }
        }
        self.printer.flush()
    }

    fn print(
        &mut self,
        source: &Source,
        record: Result<crate::logs::Record, DecodeError>,
    ) -> Result<(), Error> {
        match record {
            Ok(record) => self.printer.record(source, &record),
            Err(error) => {
                let error = undecodable(source, error);
                self.broken.push((source.device.clone(), error));
                Ok(())
            }
        }
    }
}

fn size_of(logs: &ModuleLogs) -> usize {
    let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    length(&logs.payload_bytes) + length(&logs.payload)
}

/// Whose lines they are.
pub(super) fn source_of(hub: &str, device: &str, logs: &ModuleLogs) -> Source {
    Source {
        iothub: hub.to_owned(),
        device: device.to_owned(),
        module: logs.id.clone(),
    }
}

/// The failure to read a module's log to its end.
pub(super) fn undecodable(source: &Source, error: DecodeError) -> Error {
    Error::Undecodable {
        device: source.device.clone(),
        module: source.module.clone(),
        source: error,
    }
}
