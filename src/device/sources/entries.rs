//! Decodes the body of the Engine's log answer into entries.
//!
//! Stamps are always requested: they reveal the parts of a long line, and its end if the driver
//! loses the line end.

use super::frames::{Frame, FrameDecoder, FrameKind, Framing};
use super::log_source::LogEntry;
use super::parts::PartMarker;
use super::source_error::{SourceError, SourceErrorKind};
use super::stamp::{STAMP_BYTES, leading_stamp, may_become_stamp};
use super::tty::LineSplitter;
use crate::logs::LogStream;

/// The start of the Engine's own messages, which have no frame in the log of a module with a TTY.
const ENGINE_ERROR: &[u8] = b"Error grabbing logs: ";

/// Takes the body in chunks of any size, and returns entries. Concatenated, their bytes are what
/// the Engine sends without stamps. An entry can be empty: the driver `local` ends a line with one
/// if the last part is full.
#[derive(Debug)]
pub(super) struct EntryDecoder {
    wire: Wire,
    parts: PartMarker,
    /// The Engine's own message in the body.
    engine_message: Option<String>,
    /// Why nothing more can be read.
    broken: Option<SourceError>,
}

#[derive(Debug)]
enum Wire {
    /// The framing is not known, and the first bytes don't reveal it yet.
    Undecided(Vec<u8>),
    Frames(FrameDecoder),
    Lines(LineSplitter),
}

impl Wire {
    fn new(framing: Framing) -> Self {
        match framing {
            Framing::Multiplexed => Self::Frames(FrameDecoder::default()),
            Framing::Plain => Self::Lines(LineSplitter::default()),
        }
    }
}

impl EntryDecoder {
    /// A decoder for a log with or without frames; none detects it by the first bytes.
    pub(super) fn new(framing: Option<Framing>) -> Self {
        let wire = framing.map_or_else(|| Wire::Undecided(Vec::new()), Wire::new);
        Self {
            wire,
            parts: PartMarker::default(),
            engine_message: None,
            broken: None,
        }
    }

    /// Takes the next chunk of the body, exactly as the HTTP library returned it.
    pub(super) fn push(&mut self, chunk: &[u8]) {
        if let Wire::Undecided(head) = &mut self.wire {
            head.extend_from_slice(chunk);
            let Some(framing) = Framing::detect(head) else {
                return;
            };
            let head = std::mem::take(head);
            self.wire = Wire::new(framing);
            self.push_decided(&head);
        } else {
            self.push_decided(chunk);
        }
    }

    fn push_decided(&mut self, chunk: &[u8]) {
        match &mut self.wire {
            Wire::Undecided(_) => {}
            Wire::Frames(decoder) if self.broken.is_none() => {
                decoder.push(chunk);
                self.take_frames();
            }
            Wire::Frames(_) => {}
            Wire::Lines(splitter) => {
                splitter.push(chunk);
                self.take_pieces();
            }
        }
    }

    fn take_frames(&mut self) {
        loop {
            let Wire::Frames(decoder) = &mut self.wire else {
                return;
            };
            match decoder.next_frame() {
                Ok(None) => return,
                Ok(Some(frame)) => self.take_frame(frame),
                Err(not_a_frame) => {
                    let message = format!(
                        "the log breaks off: {:02x?} is not a frame of the Engine",
                        not_a_frame.0
                    );
                    self.broken
                        .get_or_insert(SourceError::new(SourceErrorKind::Truncated, message));
                    return;
                }
            }
        }
    }

    fn take_frame(&mut self, Frame { kind, payload }: Frame) {
        let stream = match kind {
            FrameKind::EngineError => {
                let words = String::from_utf8_lossy(&payload).trim().to_owned();
                self.engine_message.get_or_insert(words);
                self.parts.push(LogStream::Stderr, None, payload, false);
                return;
            }
            FrameKind::Stderr => LogStream::Stderr,
            FrameKind::Stdin | FrameKind::Stdout => LogStream::Stdout,
        };
        let stamp = leading_stamp(&payload);
        let bytes = if stamp.is_some() {
            payload.slice(STAMP_BYTES..)
        } else {
            payload
        };
        self.parts.push(stream, stamp, bytes, false);
    }

    fn take_pieces(&mut self) {
        let Wire::Lines(splitter) = &mut self.wire else {
            return;
        };
        while let Some(piece) = splitter.next_piece() {
            // Everything that the module wrote has a stamp.
            if piece.stamp.is_none() && piece.bytes.starts_with(ENGINE_ERROR) {
                let words = String::from_utf8_lossy(&piece.bytes).trim().to_owned();
                self.engine_message.get_or_insert(words);
                self.parts
                    .push(LogStream::Stderr, None, piece.bytes, piece.cut);
                continue;
            }
            self.parts
                .push(LogStream::Stdout, piece.stamp, piece.bytes, piece.cut);
        }
    }

    /// The next complete entry.
    pub(super) fn next_entry(&mut self) -> Option<LogEntry> {
        self.parts.pop()
    }

    /// Whether nothing more can be read.
    pub(super) fn is_broken(&self) -> bool {
        self.broken.is_some()
    }

    /// Ends the body; the remaining entries can then be taken. `cut_off` says why the body is
    /// incomplete, if it is.
    ///
    /// # Errors
    /// The log breaks off, for a reason of the Engine, a broken frame, or `cut_off`.
    pub(super) fn finish(&mut self, cut_off: Option<String>) -> Result<(), SourceError> {
        if let Wire::Undecided(head) = &mut self.wire {
            // These few bytes could be the start of a header; text that starts like that is rare.
            let head = std::mem::take(head);
            self.wire = Wire::new(Framing::Multiplexed);
            self.push_decided(&head);
        }
        let mut within_frame = false;
        match &mut self.wire {
            Wire::Undecided(_) => {}
            Wire::Frames(_) if self.broken.is_some() => {}
            Wire::Frames(decoder) => {
                if let Err(rest) = decoder.finish() {
                    within_frame = true;
                    // Part of a stamp is not part of the module's log.
                    let is_stamp = |frame: &Frame| {
                        frame.payload.len() < STAMP_BYTES && may_become_stamp(&frame.payload)
                    };
                    if let Some(frame) = rest.0.filter(|frame| !is_stamp(frame)) {
                        self.take_frame(frame);
                    }
                }
            }
            Wire::Lines(splitter) => {
                splitter.finish();
                self.take_pieces();
            }
        }
        self.parts.settle();
        if let Some(words) = &self.engine_message {
            let message = format!("the log breaks off: the container engine reports: {words}");
            return Err(SourceError::new(SourceErrorKind::Truncated, message));
        }
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        let message = match cut_off {
            Some(reason) => format!("the log breaks off: {reason}"),
            None if within_frame => "the log breaks off within an entry".to_owned(),
            None => return Ok(()),
        };
        Err(SourceError::new(SourceErrorKind::Truncated, message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::sources::parts::PART_BYTES;

    const ONE: &str = "2026-11-22T10:08:55.810411230Z ";
    const TWO: &str = "2026-11-22T10:08:55.813823106Z ";

    fn frame(kind: u8, stamp: &str, text: &str) -> Vec<u8> {
        let payload = format!("{stamp}{text}");
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        [&[kind, 0, 0, 0][..], &length, payload.as_bytes()].concat()
    }

    fn decode(body: &[u8], framing: Option<Framing>) -> (Vec<LogEntry>, Result<(), SourceError>) {
        let mut decoder = EntryDecoder::new(framing);
        decoder.push(body);
        let mut entries: Vec<_> = std::iter::from_fn(|| decoder.next_entry()).collect();
        let end = decoder.finish(None);
        entries.extend(std::iter::from_fn(|| decoder.next_entry()));
        (entries, end)
    }

    /// Stream, length and whether it continues.
    fn shapes(entries: &[LogEntry]) -> Vec<(LogStream, usize, bool)> {
        entries
            .iter()
            .map(|entry| (entry.stream, entry.bytes.len(), entry.continues))
            .collect()
    }

    #[test]
    fn a_cut_anywhere_keeps_what_was_read() {
        let body = [frame(1, ONE, "line\n"), frame(2, TWO, "other\n")].concat();
        let first = body.len() - frame(2, TWO, "other\n").len();
        for end in 0..=body.len() {
            let (entries, result) = decode(&body[..end], None);
            let bytes: Vec<u8> = entries
                .iter()
                .flat_map(|entry| entry.bytes.to_vec())
                .collect();
            assert!(b"line\nother\n".starts_with(&bytes[..]), "{end}");
            assert!(end < first || bytes.starts_with(b"line\n"), "{end}");
            assert_eq!(
                result.is_ok(),
                [0, first, body.len()].contains(&end),
                "{end}"
            );
        }
    }

    #[test]
    fn garbage_behind_frames_is_an_error() {
        let (entries, end) = decode(
            &[frame(1, ONE, "line\n"), b"garbage!".to_vec()].concat(),
            None,
        );
        assert_eq!(entries.len(), 1);
        assert_eq!(end.unwrap_err().kind(), SourceErrorKind::Truncated);
    }

    #[test]
    fn bytes_and_missing_stamps_pass_through() {
        let mut body = vec![1, 0, 0, 0, 0, 0, 0, 4];
        body.extend_from_slice(b"\xff\0\xfe\n");
        let (entries, end) = decode(&body, None);
        assert_eq!(
            (&entries[0].bytes[..], entries[0].stamp),
            (&b"\xff\0\xfe\n"[..], None)
        );
        assert_eq!(end, Ok(()));
    }

    #[test]
    fn the_engines_own_message_has_no_frame_in_plain_text() {
        let body =
            format!("{ONE}Error grabbing logs: said the module\r\nError grabbing logs: EOF\n");
        let (entries, end) = decode(body.as_bytes(), Some(Framing::Plain));
        assert_eq!(
            shapes(&entries),
            [
                (LogStream::Stdout, 38, false),
                (LogStream::Stderr, 25, false)
            ]
        );
        assert!(
            end.unwrap_err()
                .to_string()
                .ends_with("Error grabbing logs: EOF")
        );
    }

    #[test]
    fn hostile_bytes_do_no_harm() {
        let mut random = fastrand::Rng::with_seed(7);
        let pieces: [&[u8]; 7] = [
            b"\x01\0\0\0\0\0\0\x25",
            b"\x02\0\0\0",
            b"\xff",
            b"\n",
            ONE.as_bytes(),
            &[b'x'; PART_BYTES],
            b"2026-",
        ];
        for _ in 0..2000 {
            let framing =
                [None, Some(Framing::Plain), Some(Framing::Multiplexed)][random.usize(..3)];
            let mut decoder = EntryDecoder::new(framing);
            for _ in 0..random.usize(..12) {
                let piece = pieces[random.usize(..pieces.len())];
                let piece = &piece[..random.usize(..=piece.len())];
                decoder.push(piece);
                while decoder.next_entry().is_some() {}
            }
            _ = decoder.finish(None);
            while decoder.next_entry().is_some() {}
        }
    }
}
