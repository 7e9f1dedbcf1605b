//! How text goes into a table for spreadsheets. Names of guests, metrics and senders are hostile
//! text: none of them may become a formula or leave its cell.

use std::fmt::Write as _;

/// Adds a cell to a line. What a spreadsheet would take for a formula gets an apostrophe, which
/// makes it text; quotes are doubled, and control characters, which end cells, become spaces.
/// Figures of our own need none of this: a minus sign in front of one is no formula.
pub fn cell(line: &mut String, text: &str) {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let text = text.trim();
    let is_formula = text.starts_with([
        '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ]);
    let quoted = text.replace('"', "\"\"");
    let mark = if is_formula { "'" } else { "" };
    // Writing to a string cannot fail.
    let _ = if is_formula || text.contains(['"', ',', ';', '\'']) {
        write!(line, "\"{mark}{quoted}\"")
    } else {
        write!(line, "{quoted}")
    };
}

/// Adds a line of such cells, with its end.
pub fn row<'a>(table: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (place, text) in cells.into_iter().enumerate() {
        if place > 0 {
            table.push(',');
        }
        cell(table, text);
    }
    table.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_becomes_a_formula_or_leaves_its_place() {
        for (text, expected) in [
            ("web1", "web1"),
            ("=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""),
            ("=1+1", "\"'=1+1\""),
            ("+1", "\"'+1\""),
            (" +3", "\"'+3\""),
            ("-2+3", "\"'-2+3\""),
            ("@SUM(A1)", "\"'@SUM(A1)\""),
            ("\t=1", "\"'=1\""),
            ("a,b", "\"a,b\""),
            ("a \"b\", c", "\"a \"\"b\"\", c\""),
            ("a\r\n=1", "a  =1"),
            ("", ""),
        ] {
            let mut line = String::new();
            cell(&mut line, text);
            assert_eq!(line, expected, "{text:?}");
        }
    }

    #[test]
    fn a_row_has_its_cells_side_by_side() {
        let mut table = String::new();
        row(&mut table, ["a", "=b", ""]);
        assert_eq!(table, "a,\"'=b\",\r\n");
    }
}
