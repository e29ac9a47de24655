//! Stored logs in the order of time.

use super::entries::Entry;
use super::spool::Spool;
use crate::error::Error;

/// Several spools by time; each keeps its own order.
#[derive(Default)]
pub(super) struct Mixed {
    sources: Vec<MixedSource>,
}

struct MixedSource {
    spool: Spool,
    waiting: std::vec::IntoIter<Entry>,
    /// When its next line counts: lines can be a little out of order, and those without a stamp
    /// belong to the one before.
    latest: i64,
}

/// About how many bytes of lines go to the reader at a time.
const BATCH_BYTES: usize = 64 << 10;

impl Mixed {
    pub(super) fn new(spools: impl Iterator<Item = Spool>) -> Self {
        let source = |spool| MixedSource {
            spool,
            waiting: Vec::new().into_iter(),
            latest: i64::MIN,
        };
        Self {
            sources: spools.map(source).collect(),
        }
    }

    /// The next lines, each with the number of its source; none at the end.
    ///
    /// # Errors
    /// A temporary file can't be read.
    pub(super) fn next_batch(&mut self) -> Result<Option<Vec<(usize, Entry)>>, Error> {
        if let [only] = self.sources.as_mut_slice() {
            let part = only.spool.pop_oldest()?;
            return Ok(part.map(|part| part.into_iter().map(|line| (0, line)).collect()));
        }
        let mut batch = Vec::new();
        let mut bytes = 0;
        let mut last = None;
        loop {
            let mut first: Option<(i64, usize)> = None;
            for (index, source) in self.sources.iter_mut().enumerate() {
                if let Some(time) = source.time()?
                    && first.is_none_or(|(earliest, _)| time < earliest)
                {
                    first = Some((time, index));
                }
            }
            let Some((time, index)) = first else { break };
            // Lines of one stamp stay together.
            if bytes >= BATCH_BYTES && last != Some(time) {
                break;
            }
            last = Some(time);
            let source = &mut self.sources[index];
            source.latest = time;
            if let Some(entry) = source.waiting.next() {
                bytes += entry.size();
                batch.push((index, entry));
            }
        }
        Ok((!batch.is_empty()).then_some(batch))
    }
}

impl MixedSource {
    /// When the next line counts; none at the end.
    fn time(&mut self) -> Result<Option<i64>, Error> {
        if self.waiting.len() == 0 {
            match self.spool.pop_oldest()? {
                Some(part) => self.waiting = part.into_iter(),
                None => return Ok(None),
            }
        }
        let next = self.waiting.as_slice().first();
        Ok(next.map(|entry| {
            entry
                .stamp
                .map_or(self.latest, |stamp| stamp.max(self.latest))
        }))
    }
}
