//! What was accepted: in memory, in a log, in a folder.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::watch;

use super::Behaviour;

/// How much of each message is kept in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// All of it.
    Whole,
    /// Recipient and Message-ID.
    Ids,
    /// Only the count.
    Nothing,
}

/// One accepted message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Address in MAIL FROM.
    pub from: String,
    /// Addresses in RCPT TO.
    pub to: Vec<String>,
    /// The content without dot-stuffing and end mark.
    pub data: Vec<u8>,
    /// The Message-ID without brackets, empty if there is none.
    pub message_id: String,
    /// When, counted from the start of the sink.
    pub at: Duration,
}

impl Received {
    /// Value of the first header of that name, unfolded.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<String> {
        header(&self.data, name)
    }
}

#[derive(Debug)]
pub(super) struct Store {
    keep: Keep,
    messages: Mutex<Vec<Received>>,
    ids: Mutex<Vec<(String, String)>>,
    log: Option<Mutex<File>>,
    digest: bool,
    save: Option<PathBuf>,
    count: watch::Sender<u64>,
}

impl Store {
    pub(super) fn open(behaviour: &Behaviour) -> std::io::Result<Self> {
        let log = match &behaviour.log {
            Some(path) => Some(Mutex::new(OpenOptions::new().create(true).append(true).open(path)?)),
            None => None,
        };
        if let Some(folder) = &behaviour.save {
            std::fs::create_dir_all(folder)?;
        }
        Ok(Self {
            keep: behaviour.keep,
            messages: Mutex::default(),
            ids: Mutex::default(),
            log,
            digest: behaviour.digest,
            save: behaviour.save.clone(),
            count: watch::Sender::new(0),
        })
    }

    pub(super) fn messages(&self) -> Vec<Received> {
        self.messages.lock().unwrap().clone()
    }

    pub(super) fn ids(&self) -> Vec<(String, String)> {
        self.ids.lock().unwrap().clone()
    }

    pub(super) fn count(&self) -> u64 {
        *self.count.borrow()
    }

    pub(super) async fn reaches(&self, count: u64) {
        let _ = self.count.subscribe().wait_for(|now| *now >= count).await;
    }

    /// Keeps a message; when this returns it is in the log.
    pub(super) fn accept(&self, from: &str, to: &[String], data: Vec<u8>, at: Duration) {
        let message_id = if self.keep == Keep::Nothing && self.log.is_none() {
            String::new()
        } else {
            header(&data, "Message-ID").unwrap_or_default().trim_matches(['<', '>', ' ']).to_owned()
        };
        if let Some(log) = &self.log {
            let attempt = header(&data, "X-Lux-Attempt").unwrap_or_default();
            let sha: String = match self.digest {
                true => Sha256::digest(&data).iter().map(|b| format!("{b:02x}")).collect(),
                false => "-".to_owned(),
            };
            let lines: String =
                to.iter().map(|to| format!("{to}\t{message_id}\t{sha}\t{}\t{attempt}\n", at.as_millis())).collect();
            log.lock().unwrap().write_all(lines.as_bytes()).unwrap();
        }
        if let Some(folder) = &self.save {
            let name =
                format!("{:08}-{}.eml", at.as_micros(), to.first().map_or("nobody", String::as_str).replace('/', "_"));
            std::fs::write(folder.join(name), &data).unwrap();
        }
        if self.keep != Keep::Nothing {
            self.ids.lock().unwrap().extend(to.iter().map(|to| (to.clone(), message_id.clone())));
        }
        if self.keep == Keep::Whole {
            self.messages.lock().unwrap().push(Received {
                from: from.to_owned(),
                to: to.to_vec(),
                data,
                message_id,
                at,
            });
        }
        self.count.send_modify(|count| *count += 1);
    }
}

fn header(data: &[u8], name: &str) -> Option<String> {
    let mut found: Option<String> = None;
    for line in data.split(|&b| b == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some(value) = &mut found {
            if !line.starts_with(b" ") && !line.starts_with(b"\t") {
                break;
            }
            value.push_str(&String::from_utf8_lossy(line));
        } else if line.is_empty() {
            break;
        } else if line.len() > name.len()
            && line[name.len()] == b':'
            && line[..name.len()].eq_ignore_ascii_case(name.as_bytes())
        {
            found = Some(String::from_utf8_lossy(&line[name.len() + 1..]).into_owned());
        }
    }
    found.map(|value| value.trim().to_owned())
}
