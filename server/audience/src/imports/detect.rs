//! Finds out how a file is written from its first part.

use super::reader::{Checkpoint, Format, Reader};
use contract::imports::Dialect;
use std::io::Cursor;

/// How much of the file is looked at, bytes.
pub const SAMPLE: usize = 256 * 1024;
/// How many rows of it.
const ROWS: usize = 100;

/// The first rows of a sample that may have been cut anywhere.
pub fn rows(sample: &[u8], format: Format, whole: bool, most: usize) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let Ok(mut reader) = Reader::open(Cursor::new(sample), format, Checkpoint::default()) else { return rows };
    while rows.len() < most {
        let Ok(Some(record)) = reader.next() else { break };
        let cut = reader.checkpoint().offset >= sample.len() as u64;
        if cut && !whole && !rows.is_empty() {
            break;
        }
        rows.push(record.cells);
    }
    rows
}

/// Encoding, delimiter and header.
pub fn dialect(sample: &[u8], whole: bool) -> Dialect {
    let encoding = encoding(sample);
    let mut best = (0.0_f64, ',');
    for delimiter in [',', ';', '\t', '|'] {
        let as_read = Dialect { delimiter, encoding: encoding.to_owned(), header: true };
        let Some(format) = Format::of(&as_read) else { continue };
        let score = consistency(&rows(sample, format, whole, ROWS));
        if score > best.0 {
            best = (score, delimiter);
        }
    }
    let mut dialect = Dialect { delimiter: best.1, encoding: encoding.to_owned(), header: true };
    if let Some(format) = Format::of(&dialect) {
        dialect.header = has_header(&rows(sample, format, whole, ROWS));
    }
    dialect
}

fn encoding(sample: &[u8]) -> &'static str {
    match sample {
        [0xff, 0xfe, ..] => return "utf-16le",
        [0xfe, 0xff, ..] => return "utf-16be",
        [0xef, 0xbb, 0xbf, ..] => return "utf-8",
        _ => {}
    }
    // UTF-16 without a mark: Latin text has a zero in every second byte.
    let head = sample.get(..sample.len().min(2000)).unwrap_or_default();
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|b| **b == 0).count();
    match (zeros(0), zeros(1)) {
        (even, odd) if odd * 4 > head.len() && even * 20 < head.len() => return "utf-16le",
        (even, odd) if even * 4 > head.len() && odd * 20 < head.len() => return "utf-16be",
        _ => {}
    }
    match std::str::from_utf8(sample) {
        Ok(_) => "utf-8",
        // The sample may end within a character.
        Err(error) if error.error_len().is_none() => "utf-8",
        // Glued together from two sources: the reader takes the rows that are not UTF-8 for what they are.
        Err(_) if mostly_utf8(sample) => "utf-8",
        Err(_) => "windows-1252",
    }
}

/// Whether more letters beyond ASCII are UTF-8 than are not. Text in windows-1252 is almost never UTF-8 by accident.
fn mostly_utf8(sample: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in sample.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > bad
}

/// How well a delimiter explains the rows: the share of rows with the commonest number of cells, more for more cells.
fn consistency(rows: &[Vec<String>]) -> f64 {
    let widths: Vec<usize> = rows.iter().map(Vec::len).collect();
    let common = widths.iter().copied().max_by_key(|w| (widths.iter().filter(|x| *x == w).count(), *w)).unwrap_or(0);
    if common < 2 {
        return 0.0;
    }
    let share = widths.iter().filter(|w| **w == common).count() as f64 / widths.len() as f64;
    share * share * (1.0 + (common as f64).min(40.0) / 100.0)
}

fn is_address(cell: &str) -> bool {
    cell.contains('@') && connect::email::address::normalise(cell).is_ok()
}

/// A first row names columns when it holds no address and no number, unlike the rows below it.
fn has_header(rows: &[Vec<String>]) -> bool {
    let Some(first) = rows.first() else { return true };
    if first.iter().any(|c| is_address(c)) {
        return false;
    }
    if first.iter().any(|c| super::guess::header(c, &[]).is_some()) {
        return true;
    }
    let looks = |c: &String| !c.trim().is_empty() && c.trim().parse::<f64>().is_err() && c.chars().count() <= 60;
    first.iter().filter(|c| looks(c)).count() * 2 > first.len()
        && rows.iter().skip(1).any(|row| row.iter().any(|c| is_address(c)))
}
