//! Folders that only their owner may read.

use std::fs::DirBuilder;
use std::io;
use std::path::Path;

/// Creates a folder and its parents, unless they exist.
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}
