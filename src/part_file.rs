//! Files that get their name only when they are whole.

use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

/// A temporary file in a folder, whose permissions follow the operator's umask. It is deleted unless it
/// gets another name.
pub(crate) fn part_in(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".part-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// The same, which its owner alone may read.
pub(crate) fn private_part_in(folder: &Path) -> io::Result<NamedTempFile> {
    // That is how temporary files are made.
    tempfile::Builder::new()
        .prefix(".part-")
        .tempfile_in(folder)
}
