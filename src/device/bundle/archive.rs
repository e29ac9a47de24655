//! Writes the zip on its own thread, so that no other method waits for the disk.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::device::identity::DeviceIdentity;
use crate::device::sources::LogWindow;
use crate::until_error::UntilError;

/// How many pieces may wait for the disk.
const QUEUE: usize = 64;

/// A zip that is being written into an unnamed temporary file.
pub(super) struct Archive {
    pieces: mpsc::Sender<Piece>,
    writer: JoinHandle<io::Result<File>>,
    manifest: Manifest,
}

enum Piece {
    /// A new entry begins.
    Entry(String),
    /// More of the latest entry.
    Bytes(Bytes),
}

/// What is in the bundle, and what is not.
#[derive(Debug, Default, Serialize)]
struct Manifest {
    entries: Vec<String>,
    missing: Vec<Missing>,
}

#[derive(Debug, Serialize)]
struct Missing {
    what: String,
    reason: String,
}

impl Archive {
    /// Starts a zip.
    pub(super) fn create() -> io::Result<Self> {
        let file = tempfile::tempfile()?;
        let (pieces, queue) = mpsc::channel(QUEUE);
        let writer = tokio::task::spawn_blocking(move || write_all(file, queue));
        Ok(Self {
            pieces,
            writer,
            manifest: Manifest::default(),
        })
    }

    /// Starts an entry. A taken name gets a number: two module names can differ only in
    /// characters that file names can't hold.
    pub(super) async fn start(&mut self, name: &str) -> io::Result<()> {
        let mut unique = name.to_owned();
        let mut number = 2;
        while self.manifest.entries.contains(&unique) {
            let (stem, extension) = name.rsplit_once('.').unwrap_or((name, "txt"));
            unique = format!("{stem}-{number}.{extension}");
            number += 1;
        }
        self.manifest.entries.push(unique.clone());
        self.send(Piece::Entry(unique)).await
    }

    /// Adds to the latest entry.
    pub(super) async fn write(&mut self, bytes: Bytes) -> io::Result<()> {
        self.send(Piece::Bytes(bytes)).await
    }

    /// Adds a complete entry.
    pub(super) async fn whole(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.start(name).await?;
        self.write(Bytes::copy_from_slice(bytes)).await
    }

    /// Records what could not be read.
    pub(super) fn missing(&mut self, what: &str, reason: &str) {
        self.manifest.missing.push(Missing {
            what: what.to_owned(),
            reason: reason.to_owned(),
        });
    }

    /// Adds the manifest and ends the zip.
    pub(super) async fn finish(
        mut self,
        identity: &DeviceIdentity,
        window: &LogWindow,
        runtime_only: bool,
    ) -> io::Result<File> {
        let manifest = serde_json::json!({
            "madeBy": concat!("edgelogs ", env!("CARGO_PKG_VERSION")),
            "iothub": identity.hub,
            "device": identity.device,
            "since": window.since.map(|bound| bound.to_string()),
            "until": window.until.map(|bound| bound.to_string()),
            "edgeRuntimeOnly": runtime_only,
            "entries": self.manifest.entries,
            "missing": self.manifest.missing,
        });
        self.whole("manifest.json", &serde_json::to_vec_pretty(&manifest)?)
            .await?;
        drop(self.pieces);
        self.writer.await.map_err(io::Error::other)?
    }

    async fn send(&mut self, piece: Piece) -> io::Result<()> {
        if self.pieces.send(piece).await.is_ok() {
            return Ok(());
        }
        // The thread has failed; its result says why.
        match (&mut self.writer).await {
            Ok(Err(error)) => Err(error),
            Ok(Ok(_)) | Err(_) => Err(io::Error::other("the zip writer has stopped")),
        }
    }
}

fn write_all(file: File, mut queue: mpsc::Receiver<Piece>) -> io::Result<File> {
    let mut zip = ZipWriter::new(UntilError::new(BufWriter::new(file)));
    while let Some(piece) = queue.blocking_recv() {
        match piece {
            Piece::Entry(name) => {
                zip.start_file(name, SimpleFileOptions::default().large_file(true))?
            }
            Piece::Bytes(bytes) => zip.write_all(&bytes)?,
        }
    }
    zip.finish()?
        .into_inner()
        .into_inner()
        .map_err(io::IntoInnerError::into_error)
}
