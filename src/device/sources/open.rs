//! Opens the source that an operator names.

use std::path::Path;
use std::sync::Arc;

use jiff::tz::Offset;

use super::dir::DirSource;
use super::docker::DockerSource;
use super::edged::EdgedSource;
use super::log_source::LogSource;
use super::sample::SampleSource;
use super::source_error::{SourceError, SourceErrorKind};
use super::unpacked::UnpackedSource;

/// What a source's name begins with.
pub const KINDS: [&str; 6] = ["sample", "dir", "docker", "edged", "bundle", "blobs"];

/// Opens the source with this name: `sample`, `dir:PATH`, `docker`, `docker:SOCKET`, `edged`,
/// `edged:SOCKET`, `bundle:FILE.zip` or `blobs:DIR`. The last two are unpacked; of the others nothing is
/// read or connected to yet. `utc_offset` is that of times in files which say none.
///
/// # Errors
/// There is no such source, and the message lists the valid ones; or there is an offset, and its times
/// say theirs.
pub fn open(spec: &str, utc_offset: Option<Offset>) -> Result<Arc<dyn LogSource>, SourceError> {
    if utc_offset.is_some() && says_offsets(spec) {
        let message =
            format!("`{spec}` says the offset of its times itself, so that none can be given");
        return Err(SourceError::new(SourceErrorKind::Invalid, message));
    }
    let (kind, place) = match spec.split_once(':') {
        Some((kind, place)) => (kind, Some(place)),
        None => (spec, None),
    };
    match (kind, place) {
        ("sample", None) => Ok(Arc::new(SampleSource::default())),
        ("dir", Some(path)) if !path.is_empty() => {
            Ok(Arc::new(DirSource::new(path).with_utc_offset(utc_offset)))
        }
        ("bundle", Some(path)) if !path.is_empty() => Ok(Arc::new(UnpackedSource::bundle(
            Path::new(path),
            utc_offset,
        )?)),
        ("blobs", Some(path)) if !path.is_empty() => Ok(Arc::new(UnpackedSource::blobs(
            Path::new(path),
            utc_offset,
        )?)),
        ("docker", None) => Ok(Arc::new(DockerSource::new(DockerSource::DEFAULT_SOCKET)?)),
        ("docker", Some(socket)) if !socket.is_empty() => Ok(Arc::new(DockerSource::new(socket)?)),
        ("edged", None) => Ok(Arc::new(EdgedSource::new(EdgedSource::DEFAULT_SOCKET)?)),
        ("edged", Some(socket)) if !socket.is_empty() => Ok(Arc::new(EdgedSource::new(socket)?)),
        _ => {
            let message = format!(
                "`{spec}` is not a source of logs; use sample, dir:PATH, docker[:SOCKET], edged[:SOCKET], bundle:FILE.zip or blobs:DIR"
            );
            Err(SourceError::new(SourceErrorKind::Invalid, message))
        }
    }
}

/// Whether all times of this source say their offset. Those in files may not.
pub fn says_offsets(spec: &str) -> bool {
    let kind = spec.split_once(':').map_or(spec, |(kind, _)| kind);
    matches!(kind, "sample" | "docker" | "edged")
}

/// Refuses a source whose folder or socket does not exist. This is for what an operator has just
/// typed: on a device, the engine may start later.
///
/// # Errors
/// The folder or socket does not exist.
pub fn check_place(spec: &str) -> Result<(), SourceError> {
    let missing = match spec.split_once(':') {
        Some(("dir", path)) if !Path::new(path).is_dir() => ("folder", path),
        Some(("blobs", path)) if !Path::new(path).is_dir() => ("folder", path),
        Some(("bundle", path)) if !Path::new(path).is_file() => ("file", path),
        Some(("docker" | "edged", socket)) if !Path::new(socket).exists() => ("socket", socket),
        _ => return Ok(()),
    };
    let message = format!("there is no {} `{}`", missing.0, missing.1);
    Err(SourceError::new(SourceErrorKind::Invalid, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_source_opens_by_its_name() {
        for spec in [
            "sample",
            "dir:/var/log",
            "dir:a:b",
            "docker",
            "docker:/run/d.sock",
            "edged",
            "edged:/run/e.sock",
        ] {
            assert!(open(spec, None).is_ok(), "{spec}");
        }
    }

    #[test]
    fn an_offset_is_for_files() {
        for spec in ["sample", "docker", "docker:/run/d.sock", "edged"] {
            let error = open(spec, Some(Offset::UTC)).err().unwrap();
            assert_eq!(error.kind(), SourceErrorKind::Invalid, "{spec}");
            assert!(error.to_string().contains("none can be given"), "{error}");
        }
        let error = open("podman", Some(Offset::UTC)).err().unwrap();
        assert!(error.to_string().contains("not a source"), "{error}");
        assert!(open("dir:/var/log", Some(Offset::UTC)).is_ok());
    }

    #[test]
    fn an_unknown_source_lists_the_known_ones() {
        for spec in [
            "", "dir", "dir:", "sample:x", "docker:", "edged:", "podman", "Docker", ":x",
        ] {
            let error = open(spec, None).err().unwrap();
            assert_eq!(error.kind(), SourceErrorKind::Invalid);
            assert!(
                error
                    .to_string()
                    .contains("dir:PATH, docker[:SOCKET], edged[:SOCKET], bundle:FILE.zip"),
                "{error}"
            );
        }
    }
}
