//! Small files that arguments name, and stdin in their place.
//!
//! A pipe may stay silent and a file may have no end. So what is read here is bounded, and is read
//! on a thread that nothing waits for: Ctrl-C and time limits end the program all the same.

use crate::invalid_input::InvalidInput;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::shell_word::shell_word;

/// A connection string, a key or a SAS URL has some hundred bytes.
pub(crate) const MAX_SECRET_BYTES: usize = 64 << 10;
/// Ids and records of more devices than one hub has in practice, or the certificates of a system.
pub(crate) const MAX_LIST_BYTES: usize = 16 << 20;

/// Whether a path means stdin.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Reads a small file, or stdin for `-`.
///
/// # Errors
/// It can't be read, holds more than `limit` bytes, or is not UTF-8.
pub(crate) async fn read_text(path: &Path, limit: usize) -> Result<String, Error> {
    let bytes = read_bounded(path, limit).await?;
    String::from_utf8(bytes).map_err(|_| unreadable(path, io::Error::other("it is not UTF-8")))
}

/// The same for what need not be text.
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
            "{place} holds more than {most}, which is the most that is read of it"
        ))
        .into());
    }
    Ok(bytes)
}

/// Reads what a file holds, or stdin for `-`, and one byte more than `limit` at the most.
///
/// # Errors
/// It can't be read.
pub(crate) async fn read_beginning(path: &Path, limit: usize) -> Result<Vec<u8>, Error> {
    let (done, read) = tokio::sync::oneshot::channel();
    let named: PathBuf = path.to_owned();
    // The threads of the runtime would be waited for at the end, and a pipe may never end.
    let started = std::thread::Builder::new().spawn(move || {
        // Nobody is there to take it after Ctrl-C.
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

/// Reads the root certificates of a PEM file, if there is one.
///
/// # Errors
/// It can't be read, or holds no certificate.
pub(crate) async fn read_roots(file: Option<&Path>) -> Result<Vec<reqwest::Certificate>, Error> {
    let Some(path) = file else {
        return Ok(Vec::new());
    };
    let pem = read_bounded(path, MAX_LIST_BYTES).await?;
    let roots = reqwest::Certificate::from_pem_bundle(&pem)
        .map_err(|error| unreadable(path, io::Error::other(error)))?;
    if !roots.is_empty() {
        return Ok(roots);
    }
    let shown = path.display();
    let error = InvalidInput::new(format!("`{shown}` holds no certificate in PEM form"));
    // A sequence of DER that is as long as a certificate: no text begins so.
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

/// Refuses a SAS URL that was typed where `what` belongs: it would go to a device, and into what
/// is said of it.
///
/// # Errors
/// The text is a URL, or a part of one that is signed.
pub(crate) fn refuse_url(what: &str, text: &str) -> Result<(), InvalidInput> {
    if !text.contains("://") && !text.contains("sig=") {
        return Ok(());
    }
    Err(
        InvalidInput::new(format!("what is given as {what} looks like a SAS URL"))
            .hint("give a SAS URL with --sas @FILE or in EDGELOGS_SAS"),
    )
}
