//! Rows in columns that stand below each other.

/// `rows` below `heads`, each column as wide as its widest cell; without rows `none`.
pub(super) fn table<const N: usize>(heads: [&str; N], rows: &[[String; N]], none: &str) -> String {
    if rows.is_empty() {
        return none.to_owned();
    }
    let mut widths = heads.map(|head| head.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: [&str; N]| {
        let mut line = String::new();
        for (cell, width) in cells.iter().zip(widths) {
            line.push_str(&format!("{cell:<width$}  "));
        }
        line.trim_end().to_owned()
    };
    let mut lines = vec![line(heads)];
    lines.extend(
        rows.iter()
            .map(|row| line(row.each_ref().map(String::as_str))),
    );
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_stand_below_each_other() {
        let rows = [["a".into(), "long one".into()], ["bcd".into(), "x".into()]];
        assert_eq!(
            table(["ID", "NAME"], &rows, "none"),
            "ID   NAME\na    long one\nbcd  x"
        );
        assert_eq!(table(["ID"], &[], "nobody yet"), "nobody yet");
    }
}
