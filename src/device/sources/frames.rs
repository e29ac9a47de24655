//! Docker's multiplexed stream, as a push decoder.
//!
//! A frame is a header of eight bytes, `[type, 0, 0, 0, length as u32 big endian]`, and a payload.
//! `aziot-edged` passes the frames on unchanged, but in other chunks, so a header can be split
//! (measured with edgelet 1.6). This decodes a stream of bytes, not chunks.

use bytes::{Buf, Bytes, BytesMut};

/// The longest payload of a frame. The Engine cuts entries after 16,384 bytes, its drivers refuse
/// entries above 1,000,000 bytes, and its own messages are short.
pub(super) const MAX_PAYLOAD_BYTES: usize = 1 << 20;

const HEADER_BYTES: usize = 8;

/// Who wrote the payload of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FrameKind {
    /// Standard input. It never occurs in a log.
    Stdin,
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// The Engine itself: the status has already been sent when a log breaks off, so the reason is
    /// in the body.
    EngineError,
}

/// One frame, or the start of a frame that was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    /// Who wrote it.
    pub(super) kind: FrameKind,
    /// What was written, after the Engine's stamp if stamps were requested.
    pub(super) payload: Bytes,
}

/// How a log is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// As frames.
    Multiplexed,
    /// As plain bytes: the module has a TTY.
    Plain,
}

impl Framing {
    /// Detects the framing by the first bytes of a stream.
    ///
    /// There is no answer while the bytes could still become a header. With stamps, a plain stream
    /// starts with a digit, so the answer is certain.
    pub(super) fn detect(head: &[u8]) -> Option<Self> {
        let fits = head
            .iter()
            .zip(0..)
            .take(HEADER_BYTES)
            .all(|(byte, at)| match at {
                0 => *byte <= 3,
                1..=3 => *byte == 0,
                // The length is at most `MAX_PAYLOAD_BYTES`, which the whole header decides.
                _ => true,
            });
        if !fits {
            return Some(Self::Plain);
        }
        let header = head.first_chunk::<HEADER_BYTES>()?;
        Some(if Header::parse(*header).is_some() {
            Self::Multiplexed
        } else {
            Self::Plain
        })
    }
}

/// Eight bytes that are not a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotAFrame(pub(super) [u8; HEADER_BYTES]);

#[derive(Debug, Clone, Copy)]
struct Header {
    kind: FrameKind,
    length: usize,
}

impl Header {
    fn parse(bytes: [u8; HEADER_BYTES]) -> Option<Self> {
        let [kind, 0, 0, 0, length @ ..] = bytes else {
            return None;
        };
        let kind = match kind {
            0 => FrameKind::Stdin,
            1 => FrameKind::Stdout,
            2 => FrameKind::Stderr,
            3 => FrameKind::EngineError,
            _ => return None,
        };
        let length = usize::try_from(u32::from_be_bytes(length)).ok()?;
        (length <= MAX_PAYLOAD_BYTES).then_some(Self { kind, length })
    }
}

/// Takes bytes in chunks of any size, and returns frames.
#[derive(Debug, Default)]
pub(super) struct FrameDecoder {
    buffer: BytesMut,
    /// The header whose payload is incomplete.
    header: Option<Header>,
}

impl FrameDecoder {
    /// Takes the next bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next complete frame, if there is one.
    ///
    /// # Errors
    /// The next bytes are not a frame. Nothing more can be read, and every further call returns the
    /// same error.
    pub(super) fn next_frame(&mut self) -> Result<Option<Frame>, NotAFrame> {
        let header = match self.header {
            Some(header) => header,
            None => {
                let Some(bytes) = self.buffer.first_chunk::<HEADER_BYTES>() else {
                    return Ok(None);
                };
                let header = Header::parse(*bytes).ok_or(NotAFrame(*bytes))?;
                self.buffer.advance(HEADER_BYTES);
                *self.header.insert(header)
            }
        };
        if self.buffer.len() < header.length {
            return Ok(None);
        }
        self.header = None;
        Ok(Some(Frame {
            kind: header.kind,
            payload: self.buffer.split_to(header.length).freeze(),
        }))
    }

    /// Ends the stream, after every complete frame was taken. The rest is a frame that was cut off,
    /// perhaps within its header.
    ///
    /// # Errors
    /// The stream was cut off.
    pub(super) fn finish(&mut self) -> Result<(), CutOff> {
        let rest = std::mem::take(&mut self.buffer).freeze();
        match self.header.take() {
            None if rest.is_empty() => Ok(()),
            None => Err(CutOff(None)),
            Some(header) => Err(CutOff(Some(Frame {
                kind: header.kind,
                payload: rest,
            }))),
        }
    }
}

/// A stream ended within a frame. The frame holds what was read of it; there is none if the header
/// is incomplete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CutOff(pub(super) Option<Frame>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_frame_is_an_error_and_stays_one() {
        for header in [
            *b"\x04\0\0\0\0\0\0\x01",
            *b"\x01\0\0\x01\0\0\0\x01",
            *b"\x01\0\0\0\0\x10\0\x01",
        ] {
            let mut decoder = FrameDecoder::default();
            decoder.push(&header);
            assert_eq!(decoder.next_frame(), Err(NotAFrame(header)));
            assert_eq!(decoder.next_frame(), Err(NotAFrame(header)));
        }
    }

    #[test]
    fn the_largest_frame_is_a_frame() {
        let mut decoder = FrameDecoder::default();
        decoder.push(b"\x01\0\0\0\0\x10\0\0");
        assert_eq!(decoder.next_frame(), Ok(None));
        decoder.push(&vec![b'x'; MAX_PAYLOAD_BYTES]);
        assert_eq!(
            decoder.next_frame().unwrap().unwrap().payload.len(),
            MAX_PAYLOAD_BYTES
        );
    }

    #[test]
    fn the_first_bytes_distinguish_frames_from_text() {
        for (head, framing) in [
            (&b""[..], None),
            (b"\x01", None),
            (b"\x01\0\0\0\0\0\0", None),
            (b"\x01\0\0\0\0\0\0\x05", Some(Framing::Multiplexed)),
            (b"\x03\0\0\0\0\0\0\x05rest", Some(Framing::Multiplexed)),
            (b"2", Some(Framing::Plain)),
            (b"\x01\x02", Some(Framing::Plain)),
            (b"\x01\0\0\0\x7f\0\0\0", Some(Framing::Plain)),
        ] {
            assert_eq!(Framing::detect(head), framing, "{head:?}");
        }
    }
}
