//! Files with everything that goes wrong in real ones, and the counts they must give.

use super::{desk, plan};
use contract::imports::{Dialect, ImportCounts, ImportPlan};
use kernel::Db;
use std::fmt::Write;

/// How the bytes are written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Variant {
    Utf8,
    Utf8Bom,
    Latin1,
    Utf16,
}

/// A file of so many rows with quotes, line breaks in cells, duplicates in another case, bad addresses, wrong numbers of
/// columns, blank lines, a 2 MB cell, and a last line that breaks off within quotes.
pub fn nasty(rows: usize, variant: Variant) -> (Vec<u8>, ImportCounts) {
    let mut text = String::from("Email;Name;Company;Note\r\n");
    let mut counts = ImportCounts::default();
    for n in 0..rows {
        counts.read += 1;
        let good = |text: &mut String, counts: &mut ImportCounts| {
            let _ = write!(text, "Person{n}@Example.com;\"Jörg \"\"{n}\"\" Müller\";\"Øst; & Søn\r\nA/S\";plain\r\n");
            counts.created += 1;
        };
        match n % 50 {
            7 if n > 50 => {
                let _ = writeln!(text, "PERSON{}@EXAMPLE.COM;X;;", n - 6);
                counts.duplicates += 1;
            }
            11 => {
                let _ = write!(text, "person{n}.example.com;\"Bad\nAddress\";;\r\n");
                counts.rejected += 1;
            }
            13 => {
                let _ = write!(text, "p{n}@example.com;too;few\r\n\r\n");
                counts.rejected += 1;
            }
            17 => {
                text.push_str(";no address;;x\n");
                counts.rejected += 1;
            }
            19 if n == 69 => {
                let _ = write!(text, "huge{n}@example.com;x;y;\"{}\"\r\n", "ha\n;\"\" ".repeat(350_000));
                counts.rejected += 1;
            }
            _ => good(&mut text, &mut counts),
        }
    }
    counts.read += 1;
    counts.rejected += 1;
    text.push_str("last@example.com;\"cut off");
    let bytes = match variant {
        Variant::Utf8 => text.into_bytes(),
        Variant::Utf8Bom => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        Variant::Latin1 => encoding_rs::WINDOWS_1252.encode(&text).0.into_owned(),
        Variant::Utf16 => [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
    };
    (bytes, counts)
}

pub fn nasty_plan(variant: Variant) -> ImportPlan {
    let encoding = match variant {
        Variant::Utf8 | Variant::Utf8Bom => "utf-8",
        Variant::Latin1 => "windows-1252",
        Variant::Utf16 => "utf-16le",
    };
    let dialect = Dialect { delimiter: ';', encoding: encoding.into(), header: true };
    ImportPlan { dialect, tags: vec!["fair".into(), "2025".into()], ..plan(&["email", "name", "organisation", ""]) }
}

fn adds_up(c: &ImportCounts) -> bool {
    c.created + c.updated + c.unchanged + c.skipped + c.duplicates + c.rejected == c.read
}

async fn adds(db: Db, rows: usize, variant: Variant) {
    let desk = desk(db, 400);
    let (bytes, wanted) = nasty(rows, variant);
    let id = desk.upload(&bytes).await;
    let preview = contract::imports::Imports::preview(&desk.imports, &desk.actor, id, None).await.unwrap();
    let plan = nasty_plan(variant);
    assert_eq!(preview.dialect, plan.dialect);
    let guesses: Vec<&str> = preview.columns.iter().map(|c| c.guess.as_str()).collect();
    assert_eq!(guesses, ["email", "name", "organisation", ""]);
    contract::imports::Imports::try_run(&desk.imports, &desk.actor, id, plan.clone()).await.unwrap();
    let tried = desk.finish(id, 1).await;
    assert_eq!(tried.counts, wanted, "a try says what will happen");
    assert_eq!(desk.everything().await.lines().count(), 1, "and writes nothing");
    contract::imports::Imports::start(&desk.imports, &desk.actor, id, plan).await.unwrap();
    let done = desk.finish(id, 2).await;
    assert_eq!(done.counts, wanted);
    assert!(adds_up(&done.counts));
    assert_eq!(done.bytes_done, done.bytes);
    let mut rejected =
        csv::ReaderBuilder::new().flexible(true).from_reader(std::io::Cursor::new(desk.rejected(id).await));
    let rejected: Vec<csv::StringRecord> = rejected.records().map(Result::unwrap).collect();
    assert_eq!(rejected.len() as i64, wanted.rejected);
    assert!(rejected.iter().any(|r| &r[1] == "cell longer than 64 kB"));
    assert_eq!(&rejected[rejected.len() - 1][1], "a quote is opened and never closed");
    let all = desk.everything().await;
    assert!(all.contains("person0@example.com,\"Jörg \"\"0\"\"\",Müller,,\"Øst; & Søn A/S\""), "{}", &all[..600]);
}

testkit::both! {
    async fn a_small_nasty_file_adds_up_in_utf_8(db: Db) { adds(db, 1_000, Variant::Utf8).await; }
    async fn a_small_nasty_file_adds_up_with_a_mark(db: Db) { adds(db, 300, Variant::Utf8Bom).await; }
    async fn a_small_nasty_file_adds_up_in_latin_1(db: Db) { adds(db, 300, Variant::Latin1).await; }
    async fn a_small_nasty_file_adds_up_in_utf_16(db: Db) { adds(db, 300, Variant::Utf16).await; }

    #[ignore = "takes a while without optimisation"]
    async fn a_hundred_thousand_nasty_rows_add_up(db: Db) { adds(db, 100_000, Variant::Latin1).await; }
}
