//! A writer for a `ZipWriter` that may fail.

use std::io::{self, Seek, SeekFrom, Write};

/// Takes everything in silence once it has failed, as a file that keeps nothing would: a zip that is
/// dropped after an error tries to end itself, and would write to stderr that it can't.
pub(crate) struct UntilError<W> {
    inner: W,
    has_failed: bool,
    /// Where the next byte goes, and how many there are.
    at: u64,
    length: u64,
}

impl<W> UntilError<W> {
    /// `inner` is empty.
    pub(crate) fn new(inner: W) -> Self {
        Self {
            inner,
            has_failed: false,
            at: 0,
            length: 0,
        }
    }

    /// What was written to. Whoever takes it has seen each error.
    pub(crate) fn into_inner(self) -> W {
        self.inner
    }
}

impl<W: Write> Write for UntilError<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = match self.has_failed {
            true => Ok(bytes.len()),
            false => self.inner.write(bytes),
        };
        match &written {
            Ok(written) => self.at += *written as u64,
            Err(_) => self.has_failed = true,
        }
        self.length = self.length.max(self.at);
        written
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.has_failed {
            return Ok(());
        }
        let flushed = self.inner.flush();
        self.has_failed = flushed.is_err();
        flushed
    }
}

impl<W: Seek> Seek for UntilError<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(offset) => self.length.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.at.checked_add_signed(offset),
        };
        let at = at.ok_or(io::ErrorKind::InvalidInput)?;
        if !self.has_failed
            && let Err(error) = self.inner.seek(SeekFrom::Start(at))
        {
            self.has_failed = true;
            return Err(error);
        }
        self.at = at;
        Ok(at)
    }
}

#[cfg(test)]
mod tests {
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// A disk with room for so many bytes.
    struct Full(io::Cursor<Vec<u8>>, usize);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0.get_ref().len() + bytes.len() > self.1 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Full {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }

    #[test]
    fn a_zip_that_failed_can_be_ended_without_another_error() {
        let full = Full(io::Cursor::new(Vec::new()), 1000);
        let mut zip = ZipWriter::new(UntilError::new(full));
        let stored =
            SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file("a", stored).unwrap();
        let written = zip.write_all(&[7; 4000]);
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::StorageFull);
        // The first error counts; what is there is not a zip.
        assert!(zip.finish().is_ok());
    }
}
