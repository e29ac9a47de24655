//! Formats messages: a label and a text, with secrets redacted.

use std::collections::HashSet;

use anstyle::Style;

use super::colors::{self, paint};
use super::hint_flags::HintFlags;
use crate::control_characters::escape_control_characters;
use crate::error::Error;
use crate::redact::{redact, redact_message};

/// One message, its further lines indented.
pub(super) fn message(label: &str, style: Style, text: &str, color: bool) -> String {
    let text = redact(text.trim_end());
    let lines: Vec<String> = text.lines().map(escape_control_characters).collect();
    let indented = lines.join(&format!("\n{}", " ".repeat(label.len())));
    format!("{}{indented}\n", paint(label, style, color))
}

/// Failures with causes and hints, each distinct hint once.
pub(super) fn shown_errors<'a>(
    errors: impl IntoIterator<Item = &'a Error>,
    hint_flags: HintFlags,
    color: bool,
) -> String {
    let mut hints = HashSet::new();
    let mut shown = String::new();
    for error in errors {
        let text = redact_message(&error.to_string());
        shown += &message("error: ", colors::ERROR, &text, color);
        for cause in error.causes() {
            let cause = redact_message(&cause);
            shown += &message("  cause: ", colors::HEADER, &cause, color);
        }
        if let Some(hint) = error.hint().filter(|hint| hints.insert(hint.clone())) {
            shown += &message(
                "  hint: ",
                colors::HINT,
                &hint_flags.append_to(&hint),
                color,
            );
        }
    }
    shown
}

/// An object for `errors` in a JSON document. A failure that is not of one device has no `device`.
pub fn error_object(device: Option<&str>, error: &Error) -> String {
    let redacted = |text: &String| redact_message(text);
    let mut object = serde_json::json!({
        "device": device.map(redact),
        "exit": error.exit().code(),
        "message": redacted(&error.to_string()),
        "causes": error.causes().iter().map(redacted).collect::<Vec<_>>(),
    });
    if let (None, Some(fields)) = (device, object.as_object_mut()) {
        fields.shift_remove("device");
    }
    object.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_that_several_errors_share_is_shown_once() {
        let full = |path: &str| Error::WouldOverwrite {
            path: path.to_owned(),
        };
        let shown = shown_errors(&[full("a"), full("b")], HintFlags::default(), false);
        assert_eq!(shown.matches("error: ").count(), 2, "{shown}");
        assert_eq!(shown.matches("hint: ").count(), 1, "{shown}");
    }
}
