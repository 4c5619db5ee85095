//! Reads a CSV file of any size in constant memory and knows the exact byte at which every row ends.
//!
//! The rows are found in the bytes of the file, before decoding: every structural character is ASCII in all encodings we
//! read. So a checkpoint is an offset in the file itself, and a reader opened there goes on as if it had never stopped.

use contract::imports::Dialect;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::io::{self, Read, Seek, SeekFrom};

/// Longest cell that is taken, in bytes of the file.
pub const MAX_CELL: usize = 64 * 1024;
/// Longest row that is taken, in bytes of the file.
pub const MAX_ROW: usize = 512 * 1024;
/// How often a quote that is never closed may send the reader back to the next line.
const MAX_RECOVERIES: u64 = 100;
const BUFFER: usize = 64 * 1024;

/// How the bytes are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    delimiter: u16,
    encoding: &'static Encoding,
}

impl Format {
    /// Of a dialect; `None` when it names a delimiter or an encoding that we do not read.
    pub fn of(dialect: &Dialect) -> Option<Self> {
        let delimiter = match dialect.delimiter {
            c @ (',' | ';' | '\t' | '|') => c as u16,
            _ => return None,
        };
        let encoding = match dialect.encoding.as_str() {
            "utf-8" => UTF_8,
            "utf-16le" => UTF_16LE,
            "utf-16be" => UTF_16BE,
            "windows-1252" => WINDOWS_1252,
            _ => return None,
        };
        Some(Self { delimiter, encoding })
    }

    /// Bytes of one code unit.
    fn width(self) -> usize {
        if self.encoding == UTF_16LE || self.encoding == UTF_16BE { 2 } else { 1 }
    }

    fn bom(self) -> &'static [u8] {
        match self.encoding {
            e if e == UTF_8 => b"\xef\xbb\xbf",
            e if e == UTF_16LE => b"\xff\xfe",
            e if e == UTF_16BE => b"\xfe\xff",
            _ => b"",
        }
    }

    /// Text of some bytes. A row of a UTF-8 file that is not UTF-8 is read as windows-1252: files that were glued
    /// together from two sources keep their letters.
    fn decode(self, bytes: &[u8]) -> String {
        if self.encoding == UTF_8 {
            return match std::str::from_utf8(bytes) {
                Ok(text) => text.to_owned(),
                Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
            };
        }
        self.encoding.decode_without_bom_handling(bytes).0.into_owned()
    }
}

/// Where a reader stands: between two rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Offset in the file, bytes.
    pub offset: u64,
    /// Line of the file that begins there, from 1.
    pub line: u64,
    /// Quotes that were never closed so far.
    pub recoveries: u64,
}

impl Default for Checkpoint {
    fn default() -> Self {
        Self { offset: 0, line: 1, recoveries: 0 }
    }
}

/// Why the reader itself refuses a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// A cell above [`MAX_CELL`].
    CellTooLong,
    /// A row above [`MAX_ROW`].
    RowTooLong,
    /// The file ends within quotes.
    Unclosed,
}

impl Broken {
    /// In words, for the file of rejected rows.
    pub fn reason(self) -> &'static str {
        match self {
            Self::CellTooLong => "cell longer than 64 kB",
            Self::RowTooLong => "row longer than 512 kB",
            Self::Unclosed => "a quote is opened and never closed",
        }
    }
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Line of the file it begins on, from 1.
    pub line: u64,
    /// Decoded cells; of a broken row as much of them as was kept.
    pub cells: Vec<String>,
    /// Set when the row cannot be used.
    pub broken: Option<Broken>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// At the first character of a cell.
    Start,
    Plain,
    Quoted,
    /// Behind a quote within quotes: the end of them, or the first half of a doubled one.
    Closing,
}

/// Reads rows one by one.
pub struct Reader<R> {
    source: R,
    format: Format,
    buffer: Vec<u8>,
    at: usize,
    here: Checkpoint,
    /// Bytes of the row's cells, one after the other, and where each ends.
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl<R: Read + Seek> Reader<R> {
    /// Goes on at a checkpoint; at the very start a byte order mark is passed over.
    pub fn open(source: R, format: Format, from: Checkpoint) -> io::Result<Self> {
        let (text, ends) = (Vec::new(), Vec::new());
        let mut reader = Self { source, format, buffer: Vec::new(), at: 0, here: from, text, ends };
        reader.jump(from)?;
        if from.offset == 0 {
            reader.fill()?;
            let bom = format.bom();
            if !bom.is_empty() && reader.buffer.starts_with(bom) {
                reader.at = bom.len();
                reader.here.offset = bom.len() as u64;
            }
        }
        Ok(reader)
    }

    /// Where the next row begins.
    pub fn checkpoint(&self) -> Checkpoint {
        self.here
    }

    /// Whether no row has been read since the file's first byte.
    pub fn is_at_start(&self) -> bool {
        self.here.line == 1 && self.here.offset <= self.format.bom().len() as u64
    }

    fn jump(&mut self, to: Checkpoint) -> io::Result<()> {
        self.source.seek(SeekFrom::Start(to.offset))?;
        self.buffer.clear();
        self.at = 0;
        self.here = to;
        Ok(())
    }

    /// Takes more bytes behind those not yet read; answers whether there were any.
    fn fill(&mut self) -> io::Result<bool> {
        self.buffer.drain(..self.at.min(self.buffer.len()));
        self.at = 0;
        let before = self.buffer.len();
        let wanted = (BUFFER - before.min(BUFFER)) as u64;
        io::Read::by_ref(&mut self.source).take(wanted).read_to_end(&mut self.buffer)?;
        Ok(self.buffer.len() > before)
    }

    /// The next code unit, without taking it. Half a unit at the end of a file is passed over.
    fn peek(&mut self) -> io::Result<Option<u16>> {
        let width = self.format.width();
        while self.buffer.len() < self.at + width {
            if !self.fill()? {
                let left = self.buffer.len().saturating_sub(self.at);
                self.at += left;
                self.here.offset += left as u64;
                return Ok(None);
            }
        }
        Ok(match self.buffer.get(self.at..) {
            Some([byte, ..]) if width == 1 => Some(u16::from(*byte)),
            Some([a, b, ..]) if self.format.encoding == UTF_16BE => Some(u16::from_be_bytes([*a, *b])),
            Some([a, b, ..]) => Some(u16::from_le_bytes([*a, *b])),
            _ => None,
        })
    }

    fn take(&mut self) {
        self.at += self.format.width();
        self.here.offset += self.format.width() as u64;
    }

    /// Passes over a line feed that belongs to the carriage return before it.
    fn line_break(&mut self, unit: u16) -> io::Result<()> {
        if unit == CR && self.peek()? == Some(LF) {
            self.take();
        }
        self.here.line += 1;
        Ok(())
    }

    /// The next row, or `None` behind the last. Blank lines are passed over.
    pub fn next(&mut self) -> io::Result<Option<Record>> {
        loop {
            let start = self.here;
            if self.peek()?.is_none() {
                return Ok(None);
            }
            let broken = self.scan(start)?;
            let record = self.record(start.line, broken);
            let blank = matches!(record.cells.as_slice(), [only] if only.trim().is_empty());
            if !blank || record.broken.is_some() {
                return Ok(Some(record));
            }
        }
    }

    /// Runs to the end of one row.
    fn scan(&mut self, start: Checkpoint) -> io::Result<Option<Broken>> {
        self.text.clear();
        self.ends.clear();
        let width = self.format.width();
        let (mut state, mut broken, mut begin) = (State::Start, None, 0_usize);
        // The first line break within quotes: where to go on if they are never closed.
        let mut first_break: Option<(Checkpoint, usize)> = None;
        while let Some(unit) = self.peek()? {
            self.take();
            match (state, unit) {
                (State::Start, QUOTE) => state = State::Quoted,
                (State::Quoted, QUOTE) => state = State::Closing,
                (State::Start | State::Plain | State::Closing, u) if u == self.format.delimiter => {
                    self.ends.push(self.text.len());
                    begin = self.text.len();
                    state = State::Start;
                }
                (State::Start | State::Plain | State::Closing, CR | LF) => {
                    self.line_break(unit)?;
                    self.ends.push(self.text.len());
                    return Ok(broken);
                }
                _ => {
                    state = match state {
                        State::Start | State::Plain => State::Plain,
                        State::Closing if unit != QUOTE => State::Plain,
                        State::Quoted | State::Closing => State::Quoted,
                    };
                    if self.text.len() - begin >= MAX_CELL {
                        broken = broken.or(Some(Broken::CellTooLong));
                    } else if self.text.len() >= MAX_ROW {
                        broken = broken.or(Some(Broken::RowTooLong));
                    } else if let Some(bytes) = self.buffer.get(self.at - width..self.at) {
                        self.text.extend_from_slice(bytes);
                    }
                    if (unit == LF || unit == CR) && self.ends_line(unit)? {
                        self.here.line += 1;
                        first_break.get_or_insert((self.here, self.text.len()));
                    }
                }
            }
        }
        self.ends.push(self.text.len());
        if state != State::Quoted {
            return Ok(broken);
        }
        if let Some((at, kept)) = first_break
            && start.recoveries < MAX_RECOVERIES
        {
            self.text.truncate(kept);
            self.ends.retain(|end| *end < kept);
            self.ends.push(kept);
            self.jump(Checkpoint { recoveries: start.recoveries + 1, ..at })?;
        }
        Ok(Some(Broken::Unclosed))
    }

    /// Whether a line of the content ends here, and not only at the line feed that follows.
    fn ends_line(&mut self, unit: u16) -> io::Result<bool> {
        Ok(unit == LF || self.peek()? != Some(LF))
    }

    fn record(&self, line: u64, broken: Option<Broken>) -> Record {
        let mut cells = Vec::with_capacity(self.ends.len());
        let mut begin = 0;
        for end in &self.ends {
            cells.push(self.format.decode(self.text.get(begin..*end).unwrap_or_default()));
            begin = *end;
        }
        Record { line, cells, broken }
    }
}

const QUOTE: u16 = b'"' as u16;
const CR: u16 = b'\r' as u16;
const LF: u16 = b'\n' as u16;
