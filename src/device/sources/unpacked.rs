//! Logs that were packed before: a support bundle, or the blobs of uploads.
//!
//! They are unpacked into a temporary folder, which is then read as any folder of log files.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use flate2::read::MultiGzDecoder;
use futures::StreamExt;
use jiff::tz::Offset;
use percent_encoding::percent_decode_str;
use tempfile::TempDir;
use zip::ZipArchive;

use super::dir::DirSource;
use super::line_needs::LineNeeds;
use super::log_source::{EntryStream, LogEntry, LogSource, LogWindow};
use super::module_info::ModuleInfo;
use super::source_error::{SourceError, SourceErrorKind};
use crate::logs::{LogRecord, Record, Records};

/// The most that is unpacked: more than any device keeps, and less than a disk holds.
const MAX_BYTES: u64 = 16 << 30;

/// The engine's stamp and the blank behind it.
const STAMP: &[u8] = b"dddd-dd-ddTdd:dd:dd.dddddddddZ ";

/// The time in the name of a blob.
const BLOB_TIME: &[u8] = b"-dddd-dd-dd--dd-dd-dd";

/// A folder of unpacked logs, which is deleted with it.
pub(super) struct UnpackedSource {
    files: DirSource,
    _folder: TempDir,
}

impl UnpackedSource {
    /// Unpacks the logs of a support bundle: the agent's, that of our device module, or of
    /// `edgelogs bundle --out`.
    pub(super) fn bundle(path: &Path, utc_offset: Option<Offset>) -> Result<Self, SourceError> {
        let unpack = |mut to: Unpacking<'_>| -> io::Result<usize> {
            let mut archive = ZipArchive::new(BufReader::new(File::open(path)?))?;
            let mut count = 0;
            for index in 0..archive.len() {
                let mut entry = archive.by_index(index)?;
                let Some(module) = module_of_entry(&entry.name()?) else {
                    continue;
                };
                let mut log = to.log(&module)?;
                io::copy(&mut entry, &mut log)?;
                log.flush()?;
                count += 1;
            }
            Ok(count)
        };
        Self::unpacked(path, "support bundle", utc_offset, unpack)
    }

    /// Unpacks what `--download` left of one device.
    pub(super) fn blobs(path: &Path, utc_offset: Option<Offset>) -> Result<Self, SourceError> {
        let unpack = |mut to: Unpacking<'_>| -> io::Result<usize> {
            let modules = blobs_of(&device_folder(path)?)?;
            for (module, blobs) in &modules {
                let mut log = to.log(module)?;
                blobs.iter().try_for_each(|blob| add_blob(blob, &mut log))?;
                log.flush()?;
            }
            Ok(modules.len())
        };
        Self::unpacked(path, "folder of blobs", utc_offset, unpack)
    }

    fn unpacked(
        path: &Path,
        what: &str,
        utc_offset: Option<Offset>,
        unpack: impl FnOnce(Unpacking<'_>) -> io::Result<usize>,
    ) -> Result<Self, SourceError> {
        let invalid = |message| SourceError::new(SourceErrorKind::Invalid, message);
        let shown = path.display();
        let folder = tempfile::tempdir().map_err(|error| {
            invalid(format!(
                "there is no temporary folder to unpack `{shown}`: {error}"
            ))
        })?;
        let unpacking = Unpacking {
            folder: folder.path(),
            left: MAX_BYTES,
        };
        match unpack(unpacking) {
            Ok(0) => Err(invalid(format!(
                "`{shown}` is not a {what} with logs: it holds none"
            ))),
            Ok(_) => Ok(Self {
                files: DirSource::new(folder.path()).with_utc_offset(utc_offset),
                _folder: folder,
            }),
            Err(error) => Err(invalid(format!(
                "`{shown}` can't be unpacked as a {what}: {error}"
            ))),
        }
    }
}

/// Where logs are unpacked to, and how much more may be.
struct Unpacking<'a> {
    folder: &'a Path,
    left: u64,
}

impl Unpacking<'_> {
    fn log(&mut self, module: &str) -> io::Result<Unpacked<'_>> {
        let file = File::create_new(self.folder.join(format!("{module}.log")))?;
        Ok(Unpacked {
            file: BufWriter::new(file),
            left: &mut self.left,
            last: None,
        })
    }
}

/// The unpacked log of a module.
struct Unpacked<'a> {
    file: BufWriter<File>,
    left: &'a mut u64,
    /// The last byte that was written.
    last: Option<u8>,
}

impl Write for Unpacked<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(left) = self.left.checked_sub(bytes.len() as u64) else {
            return Err(io::Error::other("it unpacks to more than 16 GiB"));
        };
        self.file.write_all(bytes)?;
        *self.left = left;
        self.last = bytes.last().copied().or(self.last);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[async_trait]
impl LogSource for UnpackedSource {
    fn notes(&self) -> Vec<String> {
        self.files.notes()
    }

    async fn modules(&self) -> Result<Vec<ModuleInfo>, SourceError> {
        self.files.modules().await
    }

    async fn logs(&self, module: &str, window: &LogWindow) -> Result<EntryStream, SourceError> {
        self.files.logs(module, window).await.map(without_stamps)
    }

    async fn logs_with(
        &self,
        module: &str,
        window: &LogWindow,
        needs: &LineNeeds,
    ) -> Result<EntryStream, SourceError> {
        let entries = self.files.logs_with(module, window, needs).await;
        entries.map(without_stamps)
    }
}

fn without_stamps(entries: EntryStream) -> EntryStream {
    entries.map(|entry| entry.map(without_stamp)).boxed()
}

/// The stamp of an entry is beside it, as the engine has it.
fn without_stamp(entry: LogEntry) -> LogEntry {
    let is_stamped = entry
        .bytes
        .get(..STAMP.len())
        .is_some_and(|head| has_shape(head, STAMP));
    match is_stamped {
        true => LogEntry {
            bytes: entry.bytes.slice(STAMP.len()..),
            ..entry
        },
        false => entry,
    }
}

/// Whether a text has a shape, in which `d` is a digit.
fn has_shape(text: &[u8], shape: &[u8]) -> bool {
    text.len() == shape.len()
        && text.iter().zip(shape).all(|(byte, shape)| match shape {
            b'd' => byte.is_ascii_digit(),
            other => byte == other,
        })
}

/// The module whose log an entry of a bundle is: `logs/NAME.log`, or `logs/NAME_log.txt` of the agent.
fn module_of_entry(name: &str) -> Option<String> {
    let file = name.strip_prefix("logs/")?;
    let module = file
        .strip_suffix("_log.txt")
        .or_else(|| file.strip_suffix(".log"))?;
    safe(module)
}

/// A name of a module, which must not lead out of the folder.
fn safe(encoded: &str) -> Option<String> {
    let name = percent_decode_str(encoded).decode_utf8().ok()?;
    let is_safe = !name.is_empty() && !name.contains(['/', '\\', '\0']) && !name.starts_with('.');
    is_safe.then(|| name.into_owned())
}

/// The folder itself if it holds blobs, or else its only folder.
fn device_folder(path: &Path) -> io::Result<PathBuf> {
    if !blobs_of(path)?.is_empty() {
        return Ok(path.to_owned());
    }
    let mut folders = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.push(entry.path());
        }
    }
    match &folders[..] {
        [folder] => Ok(folder.clone()),
        [] => Ok(path.to_owned()),
        [first, ..] => Err(io::Error::other(format!(
            "it holds {} devices; name the folder of one, such as blobs:{}",
            folders.len(),
            first.display()
        ))),
    }
}

/// The blobs of each module, the oldest first.
fn blobs_of(folder: &Path) -> io::Result<BTreeMap<String, Vec<PathBuf>>> {
    let mut modules: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let module = name.to_str().and_then(module_of_blob);
        if let (Some(module), true) = (module, entry.file_type()?.is_file()) {
            modules.entry(module).or_default().push(entry.path());
        }
    }
    modules.values_mut().for_each(|blobs| blobs.sort());
    Ok(modules)
}

/// The module in `{module}-{time}.{extension}`.
fn module_of_blob(name: &str) -> Option<String> {
    let name = name.strip_suffix(".gz").unwrap_or(name);
    let stem = name
        .strip_suffix(".log")
        .or_else(|| name.strip_suffix(".json"))?;
    let (module, time) = stem.split_at_checked(stem.len().checked_sub(BLOB_TIME.len())?)?;
    has_shape(time.as_bytes(), BLOB_TIME)
        .then(|| safe(module))
        .flatten()
}

/// Appends what a blob holds, records as the lines that they were made of.
fn add_blob(blob: &Path, log: &mut Unpacked<'_>) -> io::Result<()> {
    let name = blob.to_string_lossy();
    let file = File::open(blob)?;
    let (name, mut bytes): (_, Box<dyn Read + Send>) = match name.strip_suffix(".gz") {
        Some(name) => (name, Box::new(MultiGzDecoder::new(file))),
        None => (&*name, Box::new(file)),
    };
    if name.ends_with(".log") {
        io::copy(&mut bytes, log)?;
        // The next blob begins a line.
        return match log.last {
            Some(b'\n') | None => Ok(()),
            Some(_) => log.write_all(b"\n"),
        };
    }
    let limited: Box<dyn Read + Send> = Box::new(bytes.take(MAX_BYTES));
    for record in Records::json(BufReader::new(limited)) {
        if let Record::Parsed(record) = record.map_err(io::Error::other)? {
            log.write_all(line_of(&record).as_bytes())?;
        }
    }
    Ok(())
}

/// The line that a record was made of, as far as it tells.
fn line_of(record: &LogRecord) -> String {
    let stamp = record
        .timestamp
        .as_deref()
        .and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let stamp = stamp.map_or(String::new(), |time| {
        time.strftime("%Y-%m-%dT%H:%M:%S%.9fZ ").to_string()
    });
    let tag = match record.loglevel {
        6 => String::new(),
        level => format!("<{level}> "),
    };
    format!("{stamp}{tag}{}\n", record.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_unpacked_than_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let mut to = Unpacking {
            folder: folder.path(),
            left: 5,
        };
        to.log("a").unwrap().write_all(b"four").unwrap();
        let error = to.log("b").unwrap().write_all(b"xx").unwrap_err();
        assert!(error.to_string().contains("more than"), "{error}");
        assert_eq!(to.left, 1);
    }

    #[test]
    fn names_of_entries_and_blobs_tell_their_modules() {
        for (name, module) in [
            ("logs/edgeHub.log", Some("edgeHub")),
            ("logs/edgeHub_log.txt", Some("edgeHub")),
            ("logs/a%20b.log", Some("a b")),
            ("logs/edgeHub_log_err.txt", None),
            ("logs/..%2Fx.log", None),
            ("logs/aziot-edged.txt", None),
            ("check.json", None),
        ] {
            assert_eq!(module_of_entry(name).as_deref(), module, "{name}");
        }
        for (name, module) in [
            ("edgeHub-2026-11-22--08-00-00.log.gz", Some("edgeHub")),
            ("a-b-2026-11-22--08-00-00.json", Some("a-b")),
            ("edgeHub.log", None),
            ("support-bundle-2026-11-22--08-00-00.zip", None),
        ] {
            assert_eq!(module_of_blob(name).as_deref(), module, "{name}");
        }
    }

    #[test]
    fn only_the_engines_stamp_is_taken_off() {
        let text = |line: &str| {
            let entry = LogEntry {
                stream: crate::logs::LogStream::Stdout,
                stamp: None,
                bytes: bytes::Bytes::copy_from_slice(line.as_bytes()),
                continues: false,
            };
            String::from_utf8(without_stamp(entry).bytes.to_vec()).unwrap()
        };
        assert_eq!(text("2026-11-29T06:42:54.123456789Z <6> x"), "<6> x");
        for line in ["2026-11-29T06:42:54.123456Z  INFO x", "x", ""] {
            assert_eq!(text(line), line);
        }
    }
}
