//! Limits what a blob unpacks to, so that a small one can't fill the disk.

use std::io::{self, Write};

/// What any log may unpack to, and how much more for each packed byte. Logs compress by 10, repetitive
/// ones by 100, all zeros by 1000.
const FREE_BYTES: u64 = 1 << 30;
const MAX_RATIO: u64 = 200;

/// The size that a blob of `packed` bytes may unpack to.
pub(super) fn max_unpacked_bytes(packed: u64) -> u64 {
    packed.saturating_mul(MAX_RATIO).saturating_add(FREE_BYTES)
}

/// Fails when more than `max` bytes are written.
pub(super) struct LimitedWriter<W> {
    inner: W,
    max: u64,
    left: u64,
}

impl<W: Write> LimitedWriter<W> {
    pub(super) fn new(inner: W, max: u64) -> Self {
        Self {
            inner,
            max,
            left: max,
        }
    }
}

impl<W: Write> Write for LimitedWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() as u64 > self.left {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!(
                    "it unpacks to more than {} bytes, {MAX_RATIO} times its size and 1 GiB",
                    self.max
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
    fn nothing_is_written_beyond_the_limit() {
        let mut written = Vec::new();
        let mut bounded = LimitedWriter::new(&mut written, 5);
        bounded.write_all(b"abc").unwrap();
        bounded.write_all(b"de").unwrap();
        let error = bounded.write_all(b"f").unwrap_err();
        assert!(error.to_string().contains("more than 5 bytes"), "{error}");
        assert_eq!(written, b"abcde");
    }

    #[test]
    fn a_small_blob_may_unpack_to_a_gigabyte_and_a_large_one_to_200_times_its_size() {
        assert_eq!(max_unpacked_bytes(0), 1 << 30);
        assert_eq!(max_unpacked_bytes(1 << 30), 201 << 30);
        assert_eq!(max_unpacked_bytes(u64::MAX), u64::MAX);
    }
}
