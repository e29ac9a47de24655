//! `edgelogs sas`: URLs explained offline, and made from a storage account's key.

#[cfg(feature = "device")]
mod azurite;
mod check;
#[cfg(all(unix, feature = "device"))]
mod delegation;
mod history_note;
mod new;
#[cfg(feature = "device")]
mod shapes;

/// Base64 of a text that is not secret but must not be printed either.
const KEY: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const SIGNATURE: &str = "c2VjcmV0LXNpZ25hdHVyZS1vZi10aGlydHktdHdvLWI";

/// The URL of a container with these fields and a signature.
fn url(query: &str) -> String {
    let version = match query.contains("sv=") {
        true => "",
        false => "sv=2025-01-05&",
    };
    format!("https://acct.blob.core.windows.net/logs?{version}{query}&sig={SIGNATURE}%3D")
}
