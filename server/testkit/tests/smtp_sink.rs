//! The sink as a program: what its log says is what it answered.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn it_logs_what_it_accepted_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("sink.log");
    let mut child = Command::new(env!("CARGO_BIN_EXE_smtp-sink"))
        .args(["--port", "0", "--fault", "to:bad@rcpt=reply:550 5.1.1 no", "--log"])
        .arg(&log)
        .stdout(Stdio::piped())
        .spawn()
        .map(Program)
        .unwrap();
    let mut said = String::new();
    BufReader::new(child.0.stdout.take().unwrap()).read_line(&mut said).unwrap();
    let mut stream = TcpStream::connect(said.trim().strip_prefix("listening ").unwrap()).unwrap();
    stream.set_read_timeout(Some(std::time::Duration::from_secs(30))).unwrap();
    let mut replies = BufReader::new(stream.try_clone().unwrap());
    let mut expect = |code: &str| {
        let mut line = String::new();
        while line.get(3..4) != Some(" ") {
            line.clear();
            assert!(replies.read_line(&mut line).unwrap() > 0);
        }
        assert!(line.starts_with(code), "{line}");
    };
    let mut say = |text: &str| stream.write_all(text.as_bytes()).unwrap();
    expect("220");
    say("EHLO x\r\n");
    expect("250");
    say("MAIL FROM:<a@example.org>\r\nRCPT TO:<bad@example.org>\r\nRCPT TO:<good@example.org>\r\nDATA\r\n");
    for code in ["250", "550", "250", "354"] {
        expect(code);
    }
    say("Message-ID:\r\n <m1@example.org>\r\nX-Lux-Attempt: t7\r\n\r\n..dot\r\n.\r\n");
    expect("250");
    let logged = std::fs::read_to_string(&log).unwrap();
    let fields: Vec<_> = logged.trim_end_matches('\n').split('\t').collect();
    assert_eq!(
        (fields[0], fields[1], fields[2].len(), fields[4]),
        ("good@example.org", "m1@example.org", 64, "t7"),
        "{logged}"
    );
    assert_eq!(logged.lines().count(), 1);
}
