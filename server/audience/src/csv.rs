//! Writes CSV as RFC 4180 has it, safe to open in a spreadsheet.

/// Appends one row. A cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return would run as a formula, so it
/// gets an apostrophe in front. That includes phone numbers such as `+45…`: the import takes the apostrophe off again.
pub fn row<'a>(out: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        let risky = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
        if !risky && !cell.contains(['"', ',', '\n', '\r', ';']) {
            out.push_str(cell);
            continue;
        }
        out.push('"');
        if risky {
            out.push('\'');
        }
        for c in cell.chars() {
            if c == '"' {
                out.push('"');
            }
            out.push(c);
        }
        out.push('"');
    }
    out.push_str("\r\n");
}

/// Takes the apostrophe off that [`row`] put in front.
pub fn undefuse(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest,
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_defused_and_come_back() {
        let mut out = String::new();
        row(&mut out, ["=1+1", "+4512345678", "-2", "@x", "a\"b", "x,y", "two\nlines", "plain", ""]);
        assert_eq!(out, "\"'=1+1\",\"'+4512345678\",\"'-2\",\"'@x\",\"a\"\"b\",\"x,y\",\"two\nlines\",plain,\r\n");
        assert_eq!(undefuse("'+4512345678"), "+4512345678");
        assert_eq!(undefuse("'tis"), "'tis");
    }
}
