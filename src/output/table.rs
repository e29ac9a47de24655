//! Tables: aligned for people, separated by tabs for programs.

use comfy_table::{ContentArrangement, Table, presets};

use super::safe::harmless;

/// The lines of a table with its header line first.
///
/// On a terminal the columns are aligned; otherwise there is a tab between two cells, and none
/// within one.
pub(super) fn table(header: &[&str], rows: &[Vec<String>], terminal: bool) -> String {
    // Control characters, the tab with them, would break both forms.
    let cell = |text: &String| harmless(&text.replace('\t', " "));
    if terminal {
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled)
            .set_header(header.iter().copied());
        table.add_rows(rows.iter().map(|row| row.iter().map(cell)));
        return table.trim_fmt();
    }
    let rows = rows
        .iter()
        .map(|row| row.iter().map(cell).collect::<Vec<_>>().join("\t"));
    std::iter::once(header.join("\t"))
        .chain(rows)
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_get_tabs_and_people_get_columns() {
        let rows = [
            vec!["a\tb".to_owned(), "1".to_owned()],
            vec!["c\u{1b}".to_owned(), "2".to_owned()],
        ];
        assert_eq!(
            table(&["NAME", "N"], &rows, false),
            "NAME\tN\na b\t1\nc\\u{1b}\t2"
        );
        let aligned = table(&["NAME", "N"], &rows, true);
        assert_eq!(aligned.lines().count(), 3);
        assert!(
            aligned.lines().all(|line| !line.contains('\t')),
            "{aligned}"
        );
        let column = |line: &str| line.rfind(|c: char| !c.is_whitespace());
        let mut ends = aligned.lines().map(column);
        let first = ends.next().flatten();
        assert!(ends.all(|end| end == first), "{aligned}");
    }
}
