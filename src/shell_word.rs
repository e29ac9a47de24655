//! Words in commands that can be pasted into a shell.

/// A word that a shell takes as one, quoted only where it must be.
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
    fn a_device_id_is_quoted_for_the_shell_where_it_must_be() {
        assert_eq!(shell_word("press-07"), "press-07");
        assert_eq!(shell_word("a'b $(x)"), r"'a'\''b $(x)'");
    }
}
