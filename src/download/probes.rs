//! Properties of the names of blobs; see [`crate::probes`].

use super::blob_names::{is_in_folder, without_folders};
use super::target_folder::LocalName;
use crate::file_name::file_name;

/// A name becomes one component of a path, and another one another.
pub fn blob_names(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let hubs = ["hub".to_owned()];
    if is_in_folder(&text, &hubs, "d", "") {
        let rest = without_folders(&text, "d");
        assert!(
            !rest.is_empty() && rest.split('/').all(|part| part != ".."),
            "{text:?}"
        );
    }
    let _ = LocalName::of(&text);
    let name = file_name(&text);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.%~".contains(c);
    assert!(
        !name.is_empty() && name.len() < 220 && name.chars().all(is_plain),
        "{text:?}: {name:?}"
    );
    assert!(
        !name.starts_with('.') && !name.ends_with('.'),
        "{text:?}: {name:?}"
    );
    let other = format!("{text}x");
    assert_ne!(file_name(&other), name, "{text:?}");
}
