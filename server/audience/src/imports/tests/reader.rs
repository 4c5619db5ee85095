use crate::imports::detect;
use crate::imports::reader::{Broken, Checkpoint, Format, MAX_CELL, Reader, Record};
use contract::imports::Dialect;
use proptest::prelude::*;
use std::io::{self, Cursor, Read, Seek, SeekFrom};

fn format(delimiter: char, encoding: &str) -> Format {
    Format::of(&Dialect { delimiter, encoding: encoding.into(), header: false }).unwrap()
}

fn all(bytes: &[u8]) -> Vec<Record> {
    let mut reader = Reader::open(Cursor::new(bytes), format(',', "utf-8"), Checkpoint::default()).unwrap();
    std::iter::from_fn(|| reader.next().unwrap()).collect()
}

fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
    all(bytes).into_iter().map(|r| r.cells).collect()
}

#[test]
fn rows_are_read_as_rfc_4180_has_them_and_a_little_more() {
    let cases: &[(&str, &[&[&str]])] = &[
        ("a,b\r\nc,d\r\n", &[&["a", "b"], &["c", "d"]]),
        ("a,b\nc,d", &[&["a", "b"], &["c", "d"]]),
        ("a,b\rc,d\r", &[&["a", "b"], &["c", "d"]]),
        ("\"a\"\"b\",\"c\r\nd\"\r\n", &[&["a\"b", "c\r\nd"]]),
        ("a,\n,b\n", &[&["a", ""], &["", "b"]]),
        ("\n\na\n\n  \nb\n\n", &[&["a"], &["b"]]),
        ("\"\",x\n", &[&["", "x"]]),
        ("5\" pipe,b\n", &[&["5\" pipe", "b"]]),
        ("\"a\"b,c\n", &[&["ab", "c"]]),
        ("\u{feff}a,b\n", &[&["a", "b"]]),
        ("a,b\n\"", &[&["a", "b"], &[""]]),
        ("", &[]),
    ];
    for (text, wanted) in cases {
        assert_eq!(cells(text.as_bytes()), *wanted, "{text:?}");
    }
}

#[test]
fn lines_are_counted_through_quoted_line_breaks() {
    let lines: Vec<u64> = all(b"h\r\n\"a\r\nb\nc\"\r\n\r\nlast\n").iter().map(|r| r.line).collect();
    assert_eq!(lines, [1, 2, 6]);
}

#[test]
fn a_huge_cell_is_refused_and_the_next_row_is_read() {
    let mut text = b"a,\"".to_vec();
    text.extend(std::iter::repeat_n(b"x,\n\"\"y".as_slice(), 400_000).flatten());
    text.extend(b"\",c\nd,e,f\n");
    let rows = all(&text);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].broken, Some(Broken::CellTooLong));
    assert_eq!((rows[0].cells.len(), rows[0].cells[1].len()), (3, MAX_CELL));
    assert_eq!((rows[1].broken, rows[1].line), (None, 400_002));
    let wide = format!("{}\nb\n", vec!["x".repeat(60_000); 20].join(","));
    let rows = all(wide.as_bytes());
    assert_eq!((rows.len(), rows[0].broken), (2, Some(Broken::RowTooLong)));
}

#[test]
fn a_quote_that_is_never_closed_costs_one_line_not_the_rest_of_the_file() {
    let rows = all(b"a,b\n\"c,d\ne,f\ng,h\n");
    assert_eq!(rows.iter().map(|r| r.broken).collect::<Vec<_>>(), [None, Some(Broken::Unclosed), None, None]);
    assert_eq!(rows[2].cells, ["e", "f"]);
    assert_eq!(rows[3].line, 4);
    let rows = all(b"a,b\nc,\"trunc");
    assert_eq!((rows.len(), rows[1].broken), (2, Some(Broken::Unclosed)));
}

#[test]
fn unclosed_quotes_on_every_line_cannot_make_reading_take_forever() {
    let text = "x\",\".\n".repeat(20_000);
    let rows = all(text.as_bytes());
    assert_eq!(rows.len(), 101, "after a hundred of them the rest is one broken row");
}

#[test]
fn a_row_of_a_utf_8_file_that_is_latin_1_keeps_its_letters() {
    assert_eq!(cells(b"\xc3\xb8l,\xc3\xa6\n\xf8l,\xe6\n"), [["øl", "æ"], ["øl", "æ"]]);
}

#[test]
fn encodings_and_delimiters_are_found() {
    let utf16 = |text: &str, big: bool, mark: bool| {
        let mut bytes = Vec::new();
        for unit in mark.then_some('\u{feff}').into_iter().chain(text.chars()).collect::<String>().encode_utf16() {
            bytes.extend(if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
        }
        bytes
    };
    let text = "Navn;E-mail\nJørgen Å;j@b.example\n\"Æ; x\";k@b.example\n";
    let latin: Vec<u8> = text.chars().map(|c| c as u8).collect();
    for (bytes, encoding) in [
        (text.as_bytes().to_vec(), "utf-8"),
        (format!("\u{feff}{text}").into_bytes(), "utf-8"),
        (latin.clone(), "windows-1252"),
        // The first data row from one source, the last from another.
        ([&text.as_bytes()[..text.len() - 20], &latin[latin.len() - 19..]].concat(), "utf-8"),
        (utf16(text, false, true), "utf-16le"),
        (utf16(text, true, true), "utf-16be"),
        (utf16(text, false, false), "utf-16le"),
        (utf16(text, true, false), "utf-16be"),
    ] {
        let found = detect::dialect(&bytes, true);
        assert_eq!((found.encoding.as_str(), found.delimiter, found.header), (encoding, ';', true));
        let rows = detect::rows(&bytes, Format::of(&found).unwrap(), true, 10);
        assert_eq!(rows, [["Navn", "E-mail"], ["Jørgen Å", "j@b.example"], ["Æ; x", "k@b.example"]], "{encoding}");
    }
    for (text, delimiter) in
        [("a,b,c\n1,2;3,4\n5,6,7\n", ','), ("a\tb\nx, y\tz\n", '\t'), ("a|b\nc|d\n", '|'), ("mail\na@b.example\n", ',')]
    {
        assert_eq!(detect::dialect(text.as_bytes(), true).delimiter, delimiter, "{text:?}");
    }
    assert!(!detect::dialect(b"a@b.example,Ann\nb@b.example,Bo\n", true).header);
    assert!(detect::dialect(b"Foo,Bar\nb@b.example,Bo\n", true).header);
}

/// Gives bytes in pieces of changing size.
struct Drip<'a> {
    inner: Cursor<&'a [u8]>,
    sizes: Vec<usize>,
    turn: usize,
}

impl Read for Drip<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.turn += 1;
        let size = self.sizes[self.turn % self.sizes.len()].min(to.len());
        self.inner.read(&mut to[..size])
    }
}

impl Seek for Drip<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

fn encode(text: &str, encoding: &str) -> Vec<u8> {
    match encoding {
        "utf-16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "utf-16be" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        "windows-1252" => encoding_rs::WINDOWS_1252.encode(text).0.into_owned(),
        _ => text.as_bytes().to_vec(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_a_csv_writer_writes_is_read_back_and_every_row_end_is_a_place_to_go_on(
        rows in prop::collection::vec(prop::collection::vec("[a-cæøß,;\"\r\n\t =]{0,6}", 3), 0..12),
        delimiter in prop::sample::select(vec![',', ';', '\t', '|']),
        encoding in prop::sample::select(vec!["utf-8", "utf-16le", "utf-16be", "windows-1252"]),
        crlf in any::<bool>(),
        sizes in prop::collection::vec(1_usize..9, 1..4),
    ) {
        let mut writer = csv::WriterBuilder::new();
        writer.delimiter(delimiter as u8);
        if crlf {
            writer.terminator(csv::Terminator::CRLF);
        }
        let mut writer = writer.from_writer(Vec::new());
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
        let bytes = encode(&text, encoding);
        let drip = Drip { inner: Cursor::new(&bytes), sizes, turn: 0 };
        let mut reader = Reader::open(drip, format(delimiter, encoding), Checkpoint::default()).unwrap();
        let (mut read, mut places) = (Vec::new(), vec![reader.checkpoint()]);
        while let Some(record) = reader.next().unwrap() {
            prop_assert_eq!(record.broken, None);
            read.push(record);
            places.push(reader.checkpoint());
        }
        let cells: Vec<&Vec<String>> = read.iter().map(|r| &r.cells).collect();
        prop_assert_eq!(cells, rows.iter().collect::<Vec<_>>());
        for (index, place) in places.into_iter().enumerate() {
            let mut reader = Reader::open(Cursor::new(&bytes), format(delimiter, encoding), place).unwrap();
            let rest: Vec<Record> = std::iter::from_fn(|| reader.next().unwrap()).collect();
            prop_assert_eq!(&rest[..], &read[index..]);
        }
    }

    #[test]
    fn no_bytes_whatever_break_the_reader(bytes in prop::collection::vec(prop::sample::select(b"a,\"\r\n\xff\x00;".to_vec()), 0..200)) {
        for encoding in ["utf-8", "utf-16le", "windows-1252"] {
            let mut reader = Reader::open(Cursor::new(&bytes), format(',', encoding), Checkpoint::default()).unwrap();
            let mut last = 0;
            while reader.next().unwrap().is_some() {
                let here = reader.checkpoint().offset;
                prop_assert!(here > last && here <= bytes.len() as u64);
                last = here;
            }
            prop_assert_eq!(reader.checkpoint().offset, bytes.len() as u64);
        }
    }
}
