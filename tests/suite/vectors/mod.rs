//! Pure functions against recorded results of .NET and the agent (`tests/data`).

mod dotnet_regex;
mod dotnet_regex_limits;
mod log_line;
mod module_match;

use serde_json::Value;

/// The cases of a file.
fn cases(name: &str) -> Vec<Value> {
    let path = format!("{}/tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}
