//! Tables: aligned for people, separated by tabs for programs.

use comfy_table::{ColumnConstraint, ContentArrangement, Row, Table, Width, presets};

use super::capabilities::{Capabilities, speaks_utf8};
use super::colors::{HEADER, paint};
use crate::control_characters::escape_control_characters;

/// Spaces between two columns.
const GAP: u16 = 2;

/// Minimum width of a cut column.
const MIN_WIDTH: u16 = 8;

/// A table with its header.
///
/// For people the columns are aligned; for programs cells are separated by tabs. On a narrow terminal,
/// columns of `may_shrink` without content are omitted, then the others are cut, the widest first, and
/// omitted from the last on if that is not enough. All other columns, such as ids, are never cut.
/// Columns of `keeps_end` are cut at the start.
pub(super) fn table(
    header: &[&str],
    may_shrink: &[&str],
    keeps_end: &[&str],
    rows: &[Vec<String>],
    capabilities: Capabilities,
) -> String {
    // Control characters, including tabs, would break either layout.
    let cell = |text: &String| escape_control_characters(&text.replace('\t', " "));
    if capabilities.for_people() {
        let cells = |row: &Vec<String>| -> Vec<String> { row.iter().map(cell).collect() };
        let mut cells: Vec<Vec<String>> = rows.iter().map(cells).collect();
        let whole = laid_out(header, &cells).column_max_content_widths();
        let widths = fitting(header, may_shrink, &cells, whole, capabilities.width());
        for row in &mut cells {
            for (index, text) in row.iter_mut().enumerate() {
                if keeps_end.contains(&header[index]) {
                    keep_end(text, usize::from(widths[index]));
                }
            }
        }
        let mut table = laid_out(header, &cells);
        set(&mut table, &widths);
        let shown = with_header(&table.trim_fmt(), capabilities.has_color());
        return match speaks_utf8() {
            true => shown,
            // As wide as what it replaces.
            false => shown.replace('…', "~"),
        };
    }
    let rows = rows
        .iter()
        .map(|row| row.iter().map(cell).collect::<Vec<_>>().join("\t"));
    std::iter::once(header.join("\t"))
        .chain(rows)
        .collect::<Vec<_>>()
        .join("\n")
}

fn laid_out(header: &[&str], cells: &[Vec<String>]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(header.iter().copied());
    for row in cells {
        let mut row = Row::from(row);
        // A cut cell stays on one line and ends with an ellipsis.
        row.max_height(1);
        table.add_row(row);
    }
    table
}

/// Reduces these widths until all columns fit. An omitted column has width 0.
fn fitting(
    header: &[&str],
    may_shrink: &[&str],
    cells: &[Vec<String>],
    mut widths: Vec<u16>,
    room: Option<u16>,
) -> Vec<u16> {
    let Some(room) = room else { return widths };
    let may_shrink = |index: usize| may_shrink.contains(&header[index]);
    let is_too_wide = |widths: &[u16]| {
        let columns = widths.iter().filter(|width| **width > 0);
        let padded = columns.map(|width| usize::from(*width) + usize::from(GAP));
        padded.sum::<usize>() > usize::from(room) + usize::from(GAP)
    };
    for index in (0..widths.len()).rev().filter(|index| may_shrink(*index)) {
        let mut column = cells.iter().filter_map(|row| row.get(index));
        let is_empty = column.all(|cell| matches!(cell.as_str(), "" | "-"));
        if is_too_wide(&widths) && is_empty {
            widths[index] = 0;
        }
    }
    while is_too_wide(&widths) {
        let widest = (0..widths.len())
            .filter(|index| may_shrink(*index) && widths[*index] > MIN_WIDTH)
            .max_by_key(|index| widths[*index]);
        let Some(widest) = widest else { break };
        widths[widest] -= 1;
    }
    // Omit columns only if that makes the table fit.
    let mut fewer = widths.clone();
    for index in (0..widths.len()).rev().filter(|index| may_shrink(*index)) {
        if is_too_wide(&fewer) {
            fewer[index] = 0;
        }
    }
    match is_too_wide(&fewer) {
        true => widths,
        false => fewer,
    }
}

fn set(table: &mut Table, widths: &[u16]) {
    let last = widths.len().saturating_sub(1);
    for (index, (width, column)) in widths.iter().zip(table.column_iter_mut()).enumerate() {
        column.set_padding((0, if index == last { 0 } else { GAP }));
        // Cut anywhere, not only between words.
        column.set_delimiter('\n');
        column.set_constraint(match width {
            0 => ColumnConstraint::Hidden,
            width => ColumnConstraint::Absolute(Width::Fixed(width + column.padding_width())),
        });
    }
}

/// Cuts the start of a text that is too long.
fn keep_end(text: &mut String, room: usize) {
    let excess = text.chars().count().saturating_sub(room);
    if excess > 0
        && let Some((end, _)) = text.char_indices().nth(excess + 1)
    {
        text.replace_range(..end, "…");
    }
}

fn with_header(table: &str, color: bool) -> String {
    let (header, rows) = match table.split_once('\n') {
        Some((header, rows)) => (header, Some(rows)),
        None => (table, None),
    };
    let header = paint(header, HEADER, color);
    match rows {
        Some(rows) => format!("{header}\n{rows}"),
        None => header.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: [&str; 3] = ["NAME", "N", "IMAGE"];

    fn rows() -> Vec<Vec<String>> {
        [
            ["a\tb", "1", "registry.example.com/some/where/image:1.0"],
            ["c\u{1b}", "2", "two words"],
        ]
        .map(|row| row.map(str::to_owned).to_vec())
        .to_vec()
    }

    fn on_terminal(width: Option<u16>) -> String {
        let capabilities = Capabilities::terminal(false, width);
        table(&HEADER, &["IMAGE"], &[], &rows(), capabilities)
    }

    #[test]
    fn programs_get_tabs_and_nothing_is_cut() {
        assert_eq!(
            table(&HEADER, &["IMAGE"], &[], &rows(), Capabilities::PLAIN),
            "NAME\tN\tIMAGE\na b\t1\tregistry.example.com/some/where/image:1.0\nc\\u{1b}\t2\ttwo words"
        );
    }

    #[test]
    fn people_get_columns() {
        assert_eq!(
            on_terminal(None),
            "NAME     N  IMAGE\n\
             a b      1  registry.example.com/some/where/image:1.0\n\
             c\\u{1b}  2  two words"
        );
        assert_eq!(on_terminal(Some(53)), on_terminal(None));
    }

    #[test]
    fn a_narrow_terminal_cuts_only_what_may_be_cut() {
        let narrow = on_terminal(Some(30));
        assert_eq!(
            narrow,
            "NAME     N  IMAGE\n\
             a b      1  registry.example.…\n\
             c\\u{1b}  2  two words"
        );
        assert!(narrow.lines().all(|line| line.chars().count() <= 30));
        assert_eq!(
            on_terminal(Some(20)),
            "NAME     N  IMAGE\n\
             a b      1  registr…\n\
             c\\u{1b}  2  two wor…"
        );
    }

    #[test]
    fn a_column_without_room_is_omitted_if_that_helps() {
        assert_eq!(on_terminal(Some(19)), "NAME     N\na b      1\nc\\u{1b}  2");
        // This does not fit in any case.
        assert_eq!(on_terminal(Some(9)), on_terminal(Some(20)));
    }

    #[test]
    fn an_empty_column_is_omitted_before_another_is_cut() {
        let header = ["NAME", "IMAGE", "VERSION"];
        let shown = |version: &str, room| {
            let row = ["filter", "example.com/filter:1.6", version];
            let rows = [row.map(str::to_owned).to_vec()];
            let may_shrink = ["IMAGE", "VERSION"];
            let capabilities = Capabilities::terminal(false, Some(room));
            table(&header, &may_shrink, &["IMAGE"], &rows, capabilities)
        };
        // With enough room nothing is omitted.
        assert!(shown("-", 80).contains("VERSION"));
        assert_eq!(
            shown("-", 30),
            "NAME    IMAGE\nfilter  example.com/filter:1.6"
        );
        assert_eq!(shown("-", 20), "NAME    IMAGE\nfilter  …/filter:1.6");
        assert_eq!(
            shown("1", 29),
            "NAME    IMAGE         VERSION\nfilter  …/filter:1.6  1"
        );
    }

    #[test]
    fn the_header_is_bold_with_colour() {
        let shown = table(
            &HEADER,
            &[],
            &[],
            &rows(),
            Capabilities::terminal(true, None),
        );
        assert!(
            shown.starts_with("\u{1b}[1mNAME     N  IMAGE\u{1b}[0m\n"),
            "{shown}"
        );
        assert_eq!(shown.matches('\u{1b}').count(), 2);
    }
}
