//! What stands behind the options on a page of help, in sections.

use clap::Command;

/// A part of the text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// `Examples:` alone on its line.
    Title(String),
    /// Lines that belong together as words.
    Words(String),
    /// Indented lines, which stay as they are.
    Lines(Vec<String>),
}

/// The parts of a command's text, in order.
pub(crate) fn parts(command: &Command) -> Vec<Part> {
    let text = command.get_after_long_help().or(command.get_after_help());
    text.map(|text| split(&text.to_string()))
        .unwrap_or_default()
}

fn split(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    for block in text.split("\n\n") {
        let mut words = Vec::new();
        let mut lines = Vec::new();
        for line in block.lines() {
            match line.strip_prefix("  ") {
                Some(line) => lines.push(line.to_owned()),
                None => words.push(line),
            }
        }
        let words = words.join(" ");
        match words.strip_suffix(':') {
            Some(title @ ("Examples" | "Exit codes")) => parts.push(Part::Title(title.to_owned())),
            _ if words.is_empty() => {}
            _ => parts.push(Part::Words(words)),
        }
        if !lines.is_empty() {
            parts.push(Part::Lines(lines));
        }
    }
    parts
}

#[test]
fn help_is_split_into_titles_paragraphs_and_lines() {
    let words = |text: &str| Part::Words(text.to_owned());
    let lines = |line: &str| Part::Lines(vec![line.to_owned()]);
    assert_eq!(
        split("Examples:\n  edgelogs get\n\nFor clients\nof TLS:\n  edgelogs x"),
        [
            Part::Title("Examples".to_owned()),
            lines("edgelogs get"),
            words("For clients of TLS:"),
            lines("edgelogs x"),
        ]
    );
}
