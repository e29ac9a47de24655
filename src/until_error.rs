//! A writer for a `ZipWriter` that may fail.

use std::io::{self, Seek, SeekFrom, Write};

/// Takes everything in silence once it has failed: a zip that is dropped after an error tries to end
/// itself, and would write to stderr that it can't.
pub(crate) struct UntilError<W> {
    inner: W,
    has_failed: bool,
}

impl<W> UntilError<W> {
    pub(crate) fn new(inner: W) -> Self {
        Self {
            inner,
            has_failed: false,
        }
    }

    /// What was written to. Whoever takes it has seen each error.
    pub(crate) fn into_inner(self) -> W {
        self.inner
    }

    fn note<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        self.has_failed |= result.is_err();
        result
    }
}

impl<W: Write> Write for UntilError<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.has_failed {
            return Ok(bytes.len());
        }
        let result = self.inner.write(bytes);
        self.note(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.has_failed {
            return Ok(());
        }
        let result = self.inner.flush();
        self.note(result)
    }
}

impl<W: Seek> Seek for UntilError<W> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if self.has_failed {
            return Ok(0);
        }
        let result = self.inner.seek(to);
        self.note(result)
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
