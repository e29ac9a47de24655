//! Small files that arguments name, and stdin in their place.

use std::path::Path;

use crate::Error;

/// Whether a path means stdin.
pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Reads a small file, or stdin for `-`.
pub(super) fn read_text(path: &Path) -> Result<String, Error> {
    let read = if is_stdin(path) {
        std::io::read_to_string(std::io::stdin().lock())
    } else {
        std::fs::read_to_string(path)
    };
    read.map_err(|source| Error::File {
        path: path.display().to_string(),
        source,
    })
}
