//! Properties of the decoders of the Engine's stream; see [`crate::probes`].

use super::entries::EntryDecoder;
use super::frames::{Frame, FrameDecoder, Framing};
use super::log_source::LogEntry;

/// The frames of a stream in these chunks, and whether it ends well.
fn frames_of<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> (Vec<Frame>, bool) {
    let mut decoder = FrameDecoder::default();
    let mut frames = Vec::new();
    for chunk in chunks {
        decoder.push(chunk);
        loop {
            match decoder.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(_) => return (frames, false),
            }
        }
    }
    let ends_well = decoder.finish().is_ok();
    (frames, ends_well)
}

/// The entries of a stream in these chunks, and whether it ends well.
fn entries_of<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> (Vec<LogEntry>, bool) {
    let mut decoder = EntryDecoder::new(Some(Framing::Multiplexed));
    let mut entries = Vec::new();
    for chunk in chunks {
        decoder.push(chunk);
        entries.extend(std::iter::from_fn(|| decoder.next_entry()));
        if decoder.is_broken() {
            break;
        }
    }
    let ends_well = decoder.finish(None).is_ok();
    entries.extend(std::iter::from_fn(|| decoder.next_entry()));
    (entries, ends_well)
}

fn size(bytes: &[u8]) -> usize {
    bytes.first().map_or(1, |size| usize::from(size % 16) + 1)
}

/// Frames are the same however the stream is cut, and hold no more than it.
pub fn frames(bytes: &[u8]) {
    let whole = frames_of([bytes].into_iter());
    assert_eq!(whole, frames_of(bytes.chunks(size(bytes))));
    let held: usize = whole.0.iter().map(|frame| frame.payload.len() + 8).sum();
    assert!(held <= bytes.len());
}

/// So are the entries. Text without frames is read without a panic.
pub fn entries(bytes: &[u8]) {
    let whole = entries_of([bytes].into_iter());
    let cut = entries_of(bytes.chunks(size(bytes)));
    assert_eq!(whole.1, cut.1);
    assert_eq!(whole.0, cut.0);
    let mut decoder = EntryDecoder::new(None);
    let mut held = 0;
    for chunk in bytes.chunks(size(bytes) * 3) {
        decoder.push(chunk);
        held += std::iter::from_fn(|| decoder.next_entry())
            .map(|entry| entry.bytes.len())
            .sum::<usize>();
    }
    let _ = decoder.finish(None);
    held += std::iter::from_fn(|| decoder.next_entry())
        .map(|entry| entry.bytes.len())
        .sum::<usize>();
    assert!(held <= bytes.len());
}
