//! Quotes arguments in commands that can be pasted into a shell.

/// Quotes a word for the shell if needed.
pub(crate) fn shell_word(text: &str) -> String {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '@' | '/' | '=');
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_only_if_needed() {
        assert_eq!(shell_word("press-07"), "press-07");
        assert_eq!(shell_word("a'b $(x)"), r"'a'\''b $(x)'");
    }
}
