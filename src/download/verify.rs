//! Verifies every member of a gzip file and the checksum of every entry of a zip. Memory use does not
//! grow with the file, which is never changed.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use flate2::bufread::GzDecoder;
use zip::ZipArchive;

use super::unpack_limit::{LimitedWriter, max_unpacked_bytes};
use crate::methods::ErrorBody;

/// The directory of a zip is read into memory; a bundle's takes a few kilobytes.
const MAX_DIRECTORY_BYTES: u64 = 16 << 20;

/// An error of the agent or of `aziot-edged` in a blob is a few lines.
const MAX_ERROR_BYTES: u64 = 64 << 10;

const PIECE_BYTES: usize = 64 << 10;

/// The end of a zip: its signature, its size without the comment, and the longest comment.
const ZIP_END: &[u8] = b"PK\x05\x06";
const ZIP_END_BYTES: usize = 22;
const MAX_COMMENT_BYTES: u64 = u16::MAX as u64;

/// Precedes the end in a zip of more than 4 GiB or 65,534 entries.
const LOCATOR: &[u8] = b"PK\x06\x07";
const LOCATOR_BYTES: usize = 20;

/// What a file should contain, by its extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileFormat {
    Gzip,
    Zip,
    /// Can't be verified.
    Plain,
}

/// Why a file could not be verified.
#[derive(Debug)]
pub(super) enum VerifyError {
    /// The file is damaged; the reason.
    Damaged(String),
    /// This machine failed.
    System(io::Error),
}

/// Cancels work on another thread that nobody waits for any more.
#[derive(Debug, Clone, Default)]
pub(super) struct Cancelled(Arc<AtomicBool>);

/// Cancels the work on drop.
#[derive(Debug)]
pub(super) struct CancelOnDrop(pub(super) Cancelled);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

impl Cancelled {
    fn check(&self) -> Result<(), VerifyError> {
        match self.0.load(Ordering::Relaxed) {
            false => Ok(()),
            true => Err(system(io::ErrorKind::Interrupted.into())),
        }
    }
}

impl FileFormat {
    pub(super) fn of(ending: &str) -> Self {
        match ending {
            ".log.gz" | ".json.gz" => Self::Gzip,
            ".zip" => Self::Zip,
            _ => Self::Plain,
        }
    }
}

/// Verifies a file from its start. A gzip file is unpacked to `unpacked`.
pub(super) fn verify(
    file: &mut File,
    format: FileFormat,
    unpacked: Option<&mut File>,
    cancelled: &Cancelled,
) -> Result<(), VerifyError> {
    file.seek(SeekFrom::Start(0)).map_err(system)?;
    match (format, unpacked) {
        (FileFormat::Plain, _) => Ok(()),
        (FileFormat::Gzip, None) => gzip(file, io::sink(), cancelled),
        (FileFormat::Gzip, Some(unpacked)) => {
            let most = max_unpacked_bytes(file.metadata().map_err(system)?.len());
            gzip(
                file,
                LimitedWriter::new(BufWriter::new(unpacked), most),
                cancelled,
            )
        }
        (FileFormat::Zip, _) => zip(file, cancelled),
    }
}

/// The shipped agent uploads text as many consecutive members, and an empty log as an empty file.
fn gzip(
    file: &mut File,
    mut unpacked: impl Write,
    cancelled: &Cancelled,
) -> Result<(), VerifyError> {
    let mut packed = BufReader::with_capacity(PIECE_BYTES, file);
    let mut members = 0;
    loop {
        let head = packed.fill_buf().map_err(system)?;
        if head.is_empty() {
            return unpacked.flush().map_err(system);
        }
        if !head.starts_with(&[0x1f]) {
            let place = match members {
                0 => "it is not a gzip stream",
                _ => "what follows the gzip stream is not gzip",
            };
            return Err(VerifyError::Damaged(match error_message(&mut packed) {
                Some(message) => format!("{place} but an error message: {message}"),
                None => place.to_owned(),
            }));
        }
        let mut member = GzDecoder::new(&mut packed);
        copy(
            &mut member,
            &mut unpacked,
            cancelled,
            &|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => "the gzip stream breaks off".to_owned(),
                _ => format!("the gzip stream is damaged: {error}"),
            },
        )?;
        members += 1;
    }
}

fn zip(file: &mut File, cancelled: &Cancelled) -> Result<(), VerifyError> {
    let mut head = [0; 4];
    let damaged = |reason: &str| VerifyError::Damaged(reason.to_owned());
    let length = file.metadata().map_err(system)?.len();
    if length == 0 {
        return Err(damaged(
            "it is empty, which happens if `aziot-edged` is too old for bundles or a retry failed",
        ));
    }
    if file.read_exact(&mut head).is_err() || !matches!(&head, b"PK\x03\x04" | b"PK\x05\x06") {
        file.seek(SeekFrom::Start(0)).map_err(system)?;
        return Err(VerifyError::Damaged(match error_message(file) {
            Some(message) => {
                format!("it is not a zip but an error message of the device: {message}")
            }
            None => "it is not a zip".to_owned(),
        }));
    }
    match directory_bytes(file, length).map_err(system)? {
        None => return Err(damaged("the zip breaks off: its directory is missing")),
        Some(bytes) if bytes > MAX_DIRECTORY_BYTES => {
            return Err(damaged("the directory of the zip is larger than 16 MiB"));
        }
        Some(_) => {}
    }
    file.seek(SeekFrom::Start(0)).map_err(system)?;
    let broken = |error: &dyn std::fmt::Display| format!("the zip is damaged: {error}");
    let mut archive = ZipArchive::new(BufReader::with_capacity(PIECE_BYTES, file))
        .map_err(|error| VerifyError::Damaged(broken(&error)))?;
    // Entries that share their bytes would unpack to any size.
    let mut packed = 0_u64;
    for index in 0..archive.len() {
        let entry = archive
            .by_index_raw(index)
            .map_err(|error| VerifyError::Damaged(broken(&error)))?;
        packed = packed.saturating_add(entry.compressed_size());
        if packed > length {
            return Err(damaged("the entries of the zip overlap"));
        }
    }
    for index in 0..archive.len() {
        let mut entry = archive
            .by_index(index)
            .map_err(|error| VerifyError::Damaged(broken(&error)))?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        copy(&mut entry, &mut io::sink(), cancelled, &|error| {
            format!("entry `{name}` of the zip is damaged: {error}")
        })?;
    }
    Ok(())
}

/// The size of the directory at the end of a zip; none if the end is missing.
fn directory_bytes(file: &mut File, length: u64) -> io::Result<Option<u64>> {
    let tail = length.min(MAX_COMMENT_BYTES + (ZIP_END_BYTES + LOCATOR_BYTES) as u64);
    let bytes = bytes_at(file, length - tail, tail)?;
    let Some(at) = bytes
        .windows(ZIP_END.len())
        .rposition(|window| window == ZIP_END)
    else {
        return Ok(None);
    };
    let small = little_endian(&bytes, at + 12, 4);
    // A large zip stores the true size elsewhere; the locator before its end says where.
    let locator = at
        .checked_sub(LOCATOR_BYTES)
        .filter(|start| bytes[*start..].starts_with(LOCATOR));
    let Some(start) = locator else {
        return Ok(small);
    };
    let place = little_endian(&bytes, start + 8, 8).unwrap_or(u64::MAX);
    let large = little_endian(&bytes_at(file, place, 48)?, 40, 8);
    Ok(match small {
        Some(0xffff_ffff) => large,
        small => small.max(large),
    })
}

/// Up to `most` bytes from anywhere in a file.
fn bytes_at(file: &mut File, place: u64, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(place.min(length)))?;
    file.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A number of at most 8 bytes.
fn little_endian(bytes: &[u8], at: usize, size: usize) -> Option<u64> {
    let field = bytes.get(at..at.checked_add(size)?)?;
    Some(
        field
            .iter()
            .rev()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)),
    )
}

/// The message of an error that was written instead of a log or a bundle.
fn error_message(file: &mut impl Read) -> Option<String> {
    let mut text = Vec::new();
    file.take(MAX_ERROR_BYTES).read_to_end(&mut text).ok()?;
    let body: ErrorBody = serde_json::from_slice(&text).ok()?;
    let message: String = body.message;
    (!message.trim().is_empty()).then(|| message.trim().to_owned())
}

/// Reads to the end. A read error means damage, a write error a problem of this machine.
fn copy(
    from: &mut impl Read,
    to: &mut impl Write,
    cancelled: &Cancelled,
    damage: &dyn Fn(io::Error) -> String,
) -> Result<(), VerifyError> {
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        cancelled.check()?;
        match from.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(read) => to.write_all(&piece[..read]).map_err(system)?,
            Err(error) => return Err(VerifyError::Damaged(damage(error))),
        }
    }
}

fn system(error: io::Error) -> VerifyError {
    VerifyError::System(error)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn zipped() -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        for name in ["check.json", "logs/m_log.txt"] {
            archive.start_file(name, options).unwrap();
            archive
                .write_all("a line\n".repeat(1000).as_bytes())
                .unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    fn verified(bytes: &[u8], format: FileFormat) -> Result<String, String> {
        let (mut file, mut unpacked) =
            (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        file.write_all(bytes).unwrap();
        match verify(
            &mut file,
            format,
            Some(&mut unpacked),
            &Cancelled::default(),
        ) {
            Ok(()) => {
                let mut text = String::new();
                unpacked.seek(SeekFrom::Start(0)).unwrap();
                unpacked.read_to_string(&mut text).unwrap();
                Ok(text)
            }
            Err(VerifyError::Damaged(reason)) => Err(reason),
            Err(VerifyError::System(error)) => panic!("{error}"),
        }
    }

    #[test]
    fn every_gzip_member_counts() {
        let two = [packed("one\n"), packed("two\n")].concat();
        assert_eq!(verified(&two, FileFormat::Gzip).unwrap(), "one\ntwo\n");
        assert_eq!(verified(&[], FileFormat::Gzip).unwrap(), "");
        for cut in [1, 5, two.len() / 2 + 3, two.len() - 1] {
            let reason = verified(&two[..cut], FileFormat::Gzip).unwrap_err();
            assert!(reason.contains("breaks off"), "{cut}: {reason}");
        }
        let mut flipped = two.clone();
        let crc = two.len() - 8;
        flipped[crc] ^= 1;
        assert!(
            verified(&flipped, FileFormat::Gzip)
                .unwrap_err()
                .contains("damaged")
        );
    }

    #[test]
    fn an_error_message_instead_of_a_log_is_shown() {
        let error = br#"{"message":"container runtime error"}"#;
        assert_eq!(
            verified(error, FileFormat::Gzip).unwrap_err(),
            "it is not a gzip stream but an error message: container runtime error"
        );
        let after = [&packed("one\n")[..], &error[..]].concat();
        assert_eq!(
            verified(&after, FileFormat::Gzip).unwrap_err(),
            "what follows the gzip stream is not gzip but an error message: container runtime error"
        );
        assert_eq!(
            verified(error, FileFormat::Zip).unwrap_err(),
            "it is not a zip but an error message of the device: container runtime error"
        );
    }

    #[test]
    fn every_entry_of_a_zip_counts() {
        let good = zipped();
        assert_eq!(verified(&good, FileFormat::Zip), Ok(String::new()));
        for (bytes, part) in [
            (&good[..0], "it is empty"),
            (b"<html>", "it is not a zip"),
            (&good[..good.len() / 2], "breaks off"),
        ] {
            let reason = verified(bytes, FileFormat::Zip).unwrap_err();
            assert!(reason.contains(part), "{reason}");
        }
        let mut flipped = good.clone();
        // Within the packed bytes of the first entry.
        flipped[50] ^= 0x10;
        let reason = verified(&flipped, FileFormat::Zip).unwrap_err();
        assert!(reason.contains("`check.json`"), "{reason}");
        let mut large = good.clone();
        let size = large.len() - 10;
        large[size..size + 4].copy_from_slice(&(1_u32 << 30).to_le_bytes());
        assert!(
            verified(&large, FileFormat::Zip)
                .unwrap_err()
                .contains("16 MiB")
        );
    }

    #[test]
    fn entries_that_share_their_bytes_are_refused() {
        // One entry of 100 KB, named a thousand times by the directory.
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored);
        archive.start_file("a", options).unwrap();
        archive.write_all(&vec![b'x'; 100_000]).unwrap();
        let zip = archive.finish().unwrap().into_inner();
        let at = |mark: &[u8]| zip.windows(4).rposition(|bytes| bytes == mark).unwrap();
        let (directory, end) = (at(b"PK\x01\x02"), at(b"PK\x05\x06"));
        let mut bomb = zip[..directory].to_vec();
        for number in 0..1000_u32 {
            let mut named = zip[directory..end].to_vec();
            let name = named.iter().rposition(|byte| *byte == b'a').unwrap();
            named[28..30].copy_from_slice(&4_u16.to_le_bytes());
            named.splice(name..=name, format!("{number:04}").into_bytes());
            bomb.extend(named);
        }
        let size = u32::try_from(bomb.len() - directory).unwrap();
        bomb.extend(&zip[end..end + 8]);
        bomb.extend(1000_u16.to_le_bytes().repeat(2));
        bomb.extend(size.to_le_bytes());
        bomb.extend(&zip[end + 16..]);
        let reason = verified(&bomb, FileFormat::Zip).unwrap_err();
        assert!(reason.contains("overlap"), "{reason}");
    }

    #[test]
    fn a_zip_of_many_entries_stores_the_size_of_its_directory_elsewhere() {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored);
        for number in 0..66_000 {
            archive.start_file(number.to_string(), options).unwrap();
        }
        let mut zip = archive.finish().unwrap().into_inner();
        assert_eq!(verified(&zip, FileFormat::Zip), Ok(String::new()));
        let end = zip
            .windows(4)
            .rposition(|bytes| bytes == b"PK\x06\x06")
            .unwrap();
        zip[end + 40..end + 48].copy_from_slice(&(1_u64 << 40).to_le_bytes());
        assert!(
            verified(&zip, FileFormat::Zip)
                .unwrap_err()
                .contains("16 MiB")
        );
    }

    #[test]
    fn cancelled_work_stops() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&packed("one\n")).unwrap();
        let cancelled = Cancelled::default();
        drop(CancelOnDrop(cancelled.clone()));
        let result = verify(&mut file, FileFormat::Gzip, None, &cancelled);
        assert!(matches!(result, Err(VerifyError::System(_))));
    }
}
