//! The encoding of a log in an answer or upload: gzip or none.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::methods::Encoding;

/// Writes into `W`, compressed or not. Gzip makes one member of the whole log; the shipped agent
/// begins a new one every 100 lines.
pub(super) enum Encoder<W: Write> {
    Plain(W),
    Gzip(Box<GzEncoder<W>>),
}

impl<W: Write> Encoder<W> {
    pub(super) fn new(encoding: Encoding, out: W) -> Self {
        match encoding {
            Encoding::None => Self::Plain(out),
            Encoding::Gzip => Self::Gzip(Box::new(GzEncoder::new(out, Compression::default()))),
        }
    }

    /// The writer. Up to a block of gzip may not have reached it yet.
    pub(super) fn get_mut(&mut self) -> &mut W {
        match self {
            Self::Plain(out) => out,
            Self::Gzip(encoder) => encoder.get_mut(),
        }
    }

    pub(super) fn finish(self) -> io::Result<W> {
        match self {
            Self::Plain(out) => Ok(out),
            Self::Gzip(encoder) => encoder.finish(),
        }
    }
}

impl<W: Write> Write for Encoder<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
