//! Where a device's logs come from: one trait, one file a source.
//!
//! A source knows modules and hands out their entries; it knows nothing of methods or filters.

mod body;
mod dir;
mod docker;
mod edged;
mod entries;
mod frames;
mod parts;
mod sample;
mod stamp;
mod tail;
mod tty;
mod unix_http;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use jiff::Timestamp;
use serde_json::Value;

use crate::logs::LogStream;

pub use dir::DirSource;
pub use docker::DockerSource;
pub use edged::EdgedSource;
pub use sample::SampleSource;

/// Opens the source that a text names: `dir:PATH`, `docker`, `docker:SOCKET`, `edged` or
/// `edged:SOCKET`. Nothing is read or connected to yet.
///
/// # Errors
/// The text names no source. The message lists those there are.
pub fn open(spec: &str) -> Result<Arc<dyn LogSource>, SourceError> {
    let (kind, place) = match spec.split_once(':') {
        Some((kind, place)) => (kind, Some(place)),
        None => (spec, None),
    };
    match (kind, place) {
        ("sample", None) => Ok(Arc::new(SampleSource::default())),
        ("dir", Some(path)) if !path.is_empty() => Ok(Arc::new(DirSource::new(path))),
        ("docker", None) => Ok(Arc::new(DockerSource::new(DockerSource::DEFAULT_SOCKET)?)),
        ("docker", Some(socket)) if !socket.is_empty() => Ok(Arc::new(DockerSource::new(socket)?)),
        ("edged", None) => Ok(Arc::new(EdgedSource::new(EdgedSource::DEFAULT_SOCKET)?)),
        ("edged", Some(socket)) if !socket.is_empty() => Ok(Arc::new(EdgedSource::new(socket)?)),
        _ => {
            let message = format!(
                "`{spec}` is no source of logs; there are sample, dir:PATH, docker[:SOCKET] and edged[:SOCKET]"
            );
            Err(SourceError::new(SourceErrorKind::Invalid, message))
        }
    }
}

/// Refuses a source whose place does not exist. This is for a place that an operator has just typed:
/// where a device goes on for long, its engine may start later.
///
/// # Errors
/// There is no such folder or socket.
pub fn check_place(spec: &str) -> Result<(), SourceError> {
    let missing = match spec.split_once(':') {
        Some(("dir", path)) if !Path::new(path).is_dir() => ("folder", path),
        Some(("docker" | "edged", socket)) if !Path::new(socket).exists() => ("socket", socket),
        _ => return Ok(()),
    };
    let message = format!("there is no {} `{}`", missing.0, missing.1);
    Err(SourceError::new(SourceErrorKind::Invalid, message))
}

/// A source of logs.
///
/// Every implementation works on logs larger than memory, and reads no more of one than it needs.
#[async_trait]
pub trait LogSource: Send + Sync {
    /// The modules there are, running or not, in a stable order.
    ///
    /// # Errors
    /// The source is out of reach.
    async fn modules(&self) -> Result<Vec<ModuleInfo>, SourceError>;

    /// Opens the log of the module of exactly this name.
    ///
    /// # Errors
    /// The log can't be opened. What goes wrong later is the last item of the stream; the entries
    /// before it stand.
    async fn logs(&self, module: &str, window: &LogWindow) -> Result<EntryStream, SourceError>;

    /// The settings of the module of exactly this name, secrets included; none where the source
    /// knows none.
    ///
    /// # Errors
    /// The settings can't be read.
    async fn inspect(&self, module: &str) -> Result<Option<Value>, SourceError> {
        let _ = module;
        Ok(None)
    }

    /// The names and the settings of the networks that the modules use.
    ///
    /// # Errors
    /// The source is out of reach.
    async fn networks(&self) -> Result<Vec<(String, Value)>, SourceError> {
        Ok(Vec::new())
    }

    /// Whether the modules run as containers on this machine, whose system logs then belong to them.
    fn runs_containers(&self) -> bool {
        false
    }

    /// Restarts the module of exactly this name, and returns when it is done.
    ///
    /// # Errors
    /// The module does not restart, or this source can't restart modules.
    async fn restart(&self, module: &str) -> Result<(), SourceError> {
        let message = format!("module `{module}` can't be restarted through this source of logs");
        Err(SourceError::new(SourceErrorKind::Unsupported, message))
    }
}

/// The entries of a log, oldest first, in the order in which the source holds them.
pub type EntryStream = BoxStream<'static, Result<LogEntry, SourceError>>;

/// What of a log is wanted. Both ends are inclusive, to the nanosecond.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogWindow {
    /// Nothing stamped earlier.
    pub since: Option<Timestamp>,
    /// Nothing stamped later.
    pub until: Option<Timestamp>,
    /// Of that, the last so many lines. All entries of a line count as one.
    pub tail: Option<u64>,
    /// Go on with new entries as they come, until `until` if there is one.
    pub follow: bool,
}

/// One entry of a log: a line, or a part of a long one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Which stream the module wrote to.
    pub stream: LogStream,
    /// When the engine took it; all entries of a line have the same.
    pub stamp: Option<Timestamp>,
    /// The bytes as the source holds them, the line end included where there is one.
    pub bytes: Bytes,
    /// Whether the line goes on in the next entry of the same stream.
    pub continues: bool,
}

/// What is known of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModuleInfo {
    /// The name.
    pub name: String,
    /// What it is doing.
    pub state: ModuleState,
    /// The image, where there is one.
    pub image: Option<String>,
    /// The latest exit code.
    pub exit_code: Option<i64>,
    /// The latest start.
    pub started: Option<Timestamp>,
    /// The latest exit.
    pub exited: Option<Timestamp>,
    /// How often it was restarted by itself, where the source counts that.
    pub restarts: Option<u64>,
}

impl ModuleInfo {
    /// A running module of which no more than the name is known.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            state: ModuleState::Running,
            image: None,
            exit_code: None,
            started: None,
            exited: None,
            restarts: None,
        }
    }
}

/// What a module is doing, in the words of the edge agent's reported properties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModuleState {
    /// Nothing is known.
    Unknown,
    /// Waiting to be started again.
    Backoff,
    /// Running.
    Running,
    /// Running, and its health check fails.
    Unhealthy,
    /// Ended well, paused, or never started.
    Stopped,
    /// Ended with an exit code other than 0.
    Failed,
    /// Beyond restarting.
    Dead,
}

impl ModuleState {
    /// The word in the module twin.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Backoff => "backoff",
            Self::Running => "running",
            Self::Unhealthy => "unhealthy",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Dead => "dead",
        }
    }
}

/// Why a source can't do what it was asked to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    kind: SourceErrorKind,
    message: String,
}

/// The kinds of source errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceErrorKind {
    /// There is no such module.
    NotFound,
    /// The source does not understand the request.
    Invalid,
    /// The log can't be read, for example because its driver keeps nothing.
    Unreadable,
    /// The log breaks off; what was read before stands.
    Truncated,
    /// The source is out of reach.
    Unreachable,
    /// The source has no such function.
    Unsupported,
}

impl SourceError {
    /// An error with a sentence for people.
    pub fn new(kind: SourceErrorKind, message: impl fmt::Display) -> Self {
        Self {
            kind,
            message: message.to_string(),
        }
    }

    /// What kind of error it is.
    pub fn kind(&self) -> SourceErrorKind {
        self.kind
    }
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
            assert!(open(spec).is_ok(), "{spec}");
        }
    }

    #[test]
    fn an_unknown_source_lists_the_known_ones() {
        for spec in [
            "", "dir", "dir:", "sample:x", "docker:", "edged:", "podman", "Docker", ":x",
        ] {
            let error = open(spec).err().unwrap();
            assert_eq!(error.kind(), SourceErrorKind::Invalid);
            assert!(
                error
                    .to_string()
                    .contains("dir:PATH, docker[:SOCKET] and edged[:SOCKET]"),
                "{error}"
            );
        }
    }
}
