//! Where a log is unpacked to. It ends before a small blob fills a large disk.

use std::io::{self, Write};

/// What any log may unpack to, and how much more for each byte that is packed. Logs pack to a tenth
/// or, where they repeat themselves, to a hundredth; what gzip makes of nothing but zeros is a
/// thousandth.
const FREE_BYTES: u64 = 1 << 30;
const MOST_RATIO: u64 = 200;

/// How many bytes a blob of this size may unpack to.
pub(super) fn most_bytes(packed: u64) -> u64 {
    packed.saturating_mul(MOST_RATIO).saturating_add(FREE_BYTES)
}

/// Writes no more than it may.
pub(super) struct Bounded<W> {
    inner: W,
    most: u64,
    left: u64,
}

impl<W: Write> Bounded<W> {
    pub(super) fn new(inner: W, most: u64) -> Self {
        Self {
            inner,
            most,
            left: most,
        }
    }
}

impl<W: Write> Write for Bounded<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() as u64 > self.left {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!(
                    "it unpacks to more than {} bytes, {MOST_RATIO} times its size and 1 GiB",
                    self.most
                ),
            ));
        }
        let written = self.inner.write(bytes)?;
        self.left = self.left.saturating_sub(written as u64);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_written_beyond_the_bound() {
        let mut written = Vec::new();
        let mut bounded = Bounded::new(&mut written, 5);
        bounded.write_all(b"abc").unwrap();
        bounded.write_all(b"de").unwrap();
        let error = bounded.write_all(b"f").unwrap_err();
        assert!(error.to_string().contains("more than 5 bytes"), "{error}");
        assert_eq!(written, b"abcde");
    }

    #[test]
    fn a_small_blob_may_unpack_to_a_gigabyte_and_a_large_one_to_200_times_its_size() {
        assert_eq!(most_bytes(0), 1 << 30);
        assert_eq!(most_bytes(1 << 30), 201 << 30);
        assert_eq!(most_bytes(u64::MAX), u64::MAX);
    }
}
