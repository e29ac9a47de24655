//! Properties of what the device's side reads; see [`crate::probes`].

pub use super::sources::probes::{entries, frames};

use super::request::parse;
use crate::methods::{
    GetModuleLogs, GetTaskStatus, RestartModule, UploadModuleLogs, UploadSupportBundle,
};

/// A payload is read or refused, the same each time.
pub fn payload(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let text = Some(&*text);
    let _ = parse::<UploadModuleLogs>(text);
    let _ = parse::<UploadSupportBundle>(text);
    let _ = parse::<GetTaskStatus>(text);
    let _ = parse::<RestartModule>(text);
    if let Ok(request) = parse::<GetModuleLogs>(text) {
        // What was read can be sent, and is then read as the same.
        if let Ok(sent) = serde_json::to_string(&request)
            && let Ok(again) = parse::<GetModuleLogs>(Some(&sent))
        {
            assert_eq!(serde_json::to_string(&again).ok(), Some(sent));
        }
    }
}
