//! Reading small files given as arguments, or stdin.
//!
//! A pipe may never deliver and a file may never end. So reads are bounded and run on a detached
//! thread: Ctrl-C and time limits still end the program.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::builder::{PathBufValueParser, TypedValueParser};

use crate::error::Error;
use crate::invalid_input::InvalidInput;
use crate::redact::{contains_secret, remember_typed};
use crate::shell_word::shell_word;
use crate::text_file::decode;

/// For a connection string, a key or a SAS URL, which have some hundred bytes.
pub(crate) const MAX_SECRET_BYTES: usize = 64 << 10;
/// For ids and records of all devices of a hub, or the certificates of a system.
pub(crate) const MAX_LIST_BYTES: usize = 16 << 20;

/// Whether a path means stdin.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Parses the path of a file or folder to write, which is printed later: a secret can't be part of it.
pub(crate) fn written_path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| match contains_secret(&path.to_string_lossy()) {
        true => Err("a key, token or signature can't be part of a path"),
        false => Ok(path),
    })
}

/// Reads the text of a small file that a person made, or of stdin for `-`.
///
/// # Errors
/// It can't be read, holds more than `limit` bytes, or is not text.
pub(crate) async fn read_text(path: &Path, limit: usize) -> Result<String, Error> {
    let bytes = read_bounded(path, limit).await?;
    let text = decode(&bytes).map_err(|reason| unreadable(path, io::Error::other(reason)))?;
    // Even one that is refused may be repeated.
    remember_typed(&text);
    Ok(text)
}

/// The same, but not necessarily text.
///
/// # Errors
/// It can't be read, or holds more than `limit` bytes.
pub(crate) async fn read_bounded(path: &Path, limit: usize) -> Result<Vec<u8>, Error> {
    let bytes = read_beginning(path, limit).await?;
    if bytes.len() > limit {
        let most = match limit >> 20 {
            0 => format!("{} KiB", limit >> 10),
            mib => format!("{mib} MiB"),
        };
        let place = match is_stdin(path) {
            true => "stdin".to_owned(),
            false => format!("`{}`", path.display()),
        };
        return Err(InvalidInput::new(format!(
            "{place} holds more than {most}, which is the limit"
        ))
        .into());
    }
    Ok(bytes)
}

/// Reads a file, or stdin for `-`, up to one byte more than `limit`.
///
/// # Errors
/// It can't be read.
pub(crate) async fn read_beginning(path: &Path, limit: usize) -> Result<Vec<u8>, Error> {
    let (done, read) = tokio::sync::oneshot::channel();
    let named: PathBuf = path.to_owned();
    // The runtime would wait for its own threads at the end, and a pipe may never end.
    let started = std::thread::Builder::new().spawn(move || {
        // The receiver is gone after Ctrl-C.
        let _ = done.send(read_now(&named, limit));
    });
    let read = match started {
        Ok(_) => read
            .await
            .unwrap_or_else(|gone| Err(io::Error::other(gone))),
        Err(error) => Err(error),
    };
    read.map_err(|source| unreadable(path, source))
}

fn read_now(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    let limit = limit as u64 + 1;
    let mut bytes = Vec::new();
    if is_stdin(path) {
        io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
    } else {
        File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

fn unreadable(path: &Path, source: io::Error) -> Error {
    let path = match is_stdin(path) {
        true => "stdin".to_owned(),
        false => path.display().to_string(),
    };
    Error::File { path, source }
}

/// Reads the root certificates of a PEM file, if one is given.
///
/// # Errors
/// It can't be read, or holds no certificate.
pub(crate) async fn read_roots(file: Option<&Path>) -> Result<Vec<reqwest::Certificate>, Error> {
    let Some(path) = file else {
        return Ok(Vec::new());
    };
    let pem = read_bounded(path, MAX_LIST_BYTES).await?;
    // DER is not text, and is named below.
    let text = decode(&pem).unwrap_or_default();
    let roots = reqwest::Certificate::from_pem_bundle(text.as_bytes())
        .map_err(|error| unreadable(path, io::Error::other(error)))?;
    if !roots.is_empty() {
        return Ok(roots);
    }
    let shown = path.display();
    let error = InvalidInput::new(format!("`{shown}` holds no certificate in PEM form"));
    // A DER sequence as long as a certificate; text never begins like this.
    let is_der = matches!(pem.as_slice(), [0x30, length, ..] if length & 0x80 != 0);
    Err(match is_der && !is_stdin(path) {
        true => error.hint(format!(
            "openssl x509 -inform der -in {} -out {}",
            shell_word(&shown.to_string()),
            shell_word(&format!("{shown}.pem"))
        )),
        false => error,
    }
    .into())
}

/// Refuses a SAS URL typed in place of `what`: it would be sent to a device and printed in messages.
///
/// # Errors
/// The text is a URL, or a signed part of one.
pub(crate) fn refuse_url(what: &str, text: &str) -> Result<(), InvalidInput> {
    if !text.contains("://") && !text.contains("sig=") {
        return Ok(());
    }
    Err(
        InvalidInput::new(format!("the value for {what} looks like a SAS URL"))
            .hint("pass a SAS URL with --sas @FILE or in EDGELOGS_SAS"),
    )
}
