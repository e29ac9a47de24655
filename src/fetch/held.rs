//! Lines of many devices, held until they can be put in order of time.

use std::collections::HashMap;

use super::entries::Entry;
use super::merge::{Mixed, any_time};
use super::spool::{Spool, Store};
use super::stream::Line;
use crate::error::Error;

/// How many bytes of a log are kept and read together.
const PART_BYTES: usize = 16 << 10;

/// How many bytes all logs may take when they are merged: a part of each.
const MAX_MERGED_BYTES: usize = 64 << 20;

/// Holds the lines of many logs: lines can be put in order of time only when the last device has
/// answered.
#[derive(Default)]
pub struct HeldLines {
    store: Store,
    logs: HashMap<Log, HeldLog>,
    /// About how many bytes their first parts take.
    merged_bytes: usize,
}

/// The numbers of a device and of a module on it.
type Log = (usize, usize);

#[derive(Default)]
struct HeldLog {
    spool: Option<Spool>,
    /// The latest lines, which are too few for a part.
    last: Vec<Entry>,
    last_bytes: usize,
}

impl HeldLines {
    /// Holds a line of a device. Returns whether there are so many logs now that the lines should be taken.
    ///
    /// # Errors
    /// The temporary file can't be written.
    pub fn push(&mut self, device: usize, line: Line) -> Result<bool, Error> {
        let log = self.logs.entry((device, line.module)).or_default();
        let bytes = line.entry.size();
        if log.spool.is_none() {
            self.merged_bytes += bytes;
        }
        log.last_bytes += bytes;
        log.last.push(line.entry);
        if log.last_bytes >= PART_BYTES {
            log.store_last(&self.store)?;
        }
        Ok(self.merged_bytes > MAX_MERGED_BYTES)
    }

    /// No more lines of a device come.
    ///
    /// # Errors
    /// The temporary file can't be written.
    pub fn end(&mut self, device: usize, modules: usize) -> Result<(), Error> {
        for module in 0..modules {
            if let Some(log) = self.logs.get_mut(&(device, module)) {
                log.store_last(&self.store)?;
            }
        }
        Ok(())
    }

    /// Takes all lines in order of time. Those with the same time come in the order of their devices
    /// by `names`, whichever has answered first; each log keeps its own order.
    ///
    /// # Errors
    /// The temporary file can't be read or written, or `print` fails.
    pub fn take(
        &mut self,
        names: &[String],
        mut print: impl FnMut(usize, Line) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let Self { store, logs, .. } = std::mem::take(self);
        let mut logs: Vec<(Log, HeldLog)> = logs.into_iter().collect();
        logs.sort_by_key(|((device, module), _)| (names.get(*device), *module));
        let mut spools = Vec::new();
        for (_, log) in &mut logs {
            log.store_last(&store)?;
            spools.extend(log.spool.take());
        }
        let mut mixed = Mixed::by(any_time, spools.into_iter());
        while let Some(batch) = mixed.next_batch()? {
            for (index, entry) in batch {
                let ((device, module), _) = logs[index];
                print(device, Line { module, entry })?;
            }
        }
        Ok(())
    }
}

impl HeldLog {
    fn store_last(&mut self, store: &Store) -> Result<(), Error> {
        let spool = self.spool.get_or_insert_with(|| Spool::in_store(store));
        self.last_bytes = 0;
        spool.push_newer(std::mem::take(&mut self.last))
    }
}

#[cfg(test)]
mod tests {
    use super::super::entries::instant;
    use super::*;
    use crate::logs::Record;

    fn line(stamp: i64, length: usize) -> Line {
        let record = Record::Stamped {
            stamp: instant(stamp),
            line: vec![b'x'; length],
        };
        Line {
            module: 0,
            entry: Entry::new(Some(stamp), true, record),
        }
    }

    #[test]
    fn lines_come_by_time_then_by_name_however_many_there_are() {
        for length in [10, 3000] {
            let mut held = HeldLines::default();
            let devices = 4;
            for device in 0..devices {
                for stamp in 0..1000 {
                    assert!(!held.push(device, line(stamp, length)).unwrap());
                }
                held.end(device, 1).unwrap();
            }
            let names = ["d", "c", "b", "a"].map(str::to_owned);
            let mut lines = Vec::new();
            held.take(&names, |device, line| {
                lines.push((line.entry.stamp, names[device].as_str()));
                Ok(())
            })
            .unwrap();
            assert_eq!(lines.len(), 1000 * devices);
            assert!(lines.is_sorted(), "{lines:?}");
        }
    }

    #[test]
    fn so_many_logs_that_merging_them_would_fill_the_memory_are_taken_in_between() {
        let mut held = HeldLines::default();
        let is_full = |device: &usize| held.push(*device, line(0, PART_BYTES)).unwrap();
        // More logs than that have more than a part each.
        let full = (0..MAX_MERGED_BYTES / PART_BYTES).find(is_full);
        let mut count = 0;
        held.take(&[], |_, _| {
            count += 1;
            Ok(())
        })
        .unwrap();
        assert_eq!(full.map(|last| last + 1), Some(count));
        assert!(!held.push(0, line(0, 1)).unwrap());
    }
}
