//! What the id of a device can't be.

use crate::invalid_input::InvalidInput;
use crate::shell_word::shell_word;

/// Checks an id that was typed. IoT Hub decides on everything else.
///
/// # Errors
/// It is blank, or holds white space, as several ids in one argument do.
pub(crate) fn check_device_id(origin: &str, id: &str) -> Result<(), InvalidInput> {
    let mut words = id.split_whitespace().peekable();
    if words.peek().is_none() {
        return Err(
            InvalidInput::new(format!("{origin} holds a blank device id"))
                .hint("give an id, or select devices with --where"),
        );
    }
    if !id.contains(char::is_whitespace) {
        return Ok(());
    }
    let flags: Vec<String> = words
        .map(|word| format!("-d {}", shell_word(word)))
        .collect();
    Err(InvalidInput::new(format!(
        "{origin}: `{id}` is not a device id, since ids contain no white space"
    ))
    .hint(format!(
        "give each device its own flag: {}",
        flags.join(" ")
    )))
}
