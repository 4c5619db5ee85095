//! Files that go with a campaign.

use super::moves;
use super::rules::Move;
use super::service::{Service, found};
use super::store::{Stored, files as store};
use super::wordings;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use connect::email::mime::{File, MimeError};
use contract::campaigns::{ALL_FILE_BYTES, CampaignFile, FILE_BYTES, FILES, NewFile};
use contract::templates::ContentProblem;
use contract::{Actor, CampaignId, CompanyId, Fault, FileId};
use kernel::{DbError, Tx, outbox};
use serde_json::json;
use uuid::Uuid;

/// Longest name, in characters.
const NAME: usize = 120;
/// Endings that large mail providers refuse, alone or in an archive.
const REFUSED: &[&str] = &[
    "ade", "adp", "apk", "appx", "bat", "cab", "chm", "cmd", "com", "cpl", "dll", "dmg", "exe", "hta", "ins", "iso",
    "isp", "jar", "js", "jse", "lib", "lnk", "mde", "msc", "msi", "msix", "msp", "mst", "nsh", "pif", "ps1", "reg",
    "scr", "sct", "shb", "sys", "vb", "vbe", "vbs", "vhd", "vxd", "wsc", "wsf", "wsh", "xll",
];

pub(super) async fn list(service: &Service, company: CompanyId, id: CampaignId) -> Result<Vec<CampaignFile>, Fault> {
    let mut tx = service.parts.db.read(company).await?;
    let stored = found(&mut tx, company, id).await?;
    Ok(list_of(&mut tx, &stored).await?)
}

/// The files, each with whether a wording shows it.
pub(super) async fn list_of(tx: &mut Tx, stored: &Stored) -> Result<Vec<CampaignFile>, DbError> {
    let all = store::list(tx, stored.company, stored.id).await?;
    let sources = sources(stored);
    Ok(all.into_iter().map(|file| CampaignFile { shown: is_shown(&sources, &file.name), ..file }).collect())
}

/// What its wordings show by `cid:` and is not there.
pub(super) fn lost(stored: &Stored, there: &[CampaignFile]) -> Vec<String> {
    let mut lost: Vec<String> = Vec::new();
    for source in sources(stored) {
        for (_, mentioned) in mentions(&source) {
            let is_there = there.iter().any(|file| is_name(mentioned, &file.name));
            if !is_there && !lost.iter().any(|other| other == mentioned) {
                lost.push(mentioned.to_owned());
            }
        }
    }
    lost
}

fn sources(stored: &Stored) -> Vec<String> {
    wordings::all(stored).into_iter().map(|(_, words)| words.source).collect()
}

pub(super) async fn add(
    service: &Service,
    actor: &Actor,
    id: CampaignId,
    file: NewFile,
) -> Result<CampaignFile, Fault> {
    let (company, now) = (actor.company, service.now());
    let (name, content_type) = check_name(&file.name)?;
    let body = check_body(&file.body)?;
    let mut tx = service.parts.db.begin(company).await?;
    let stored = open(&mut tx, company, id).await?;
    let there = store::list(&mut tx, company, id).await?;
    let size = i64::try_from(body.len()).unwrap_or(i64::MAX);
    check_room(&there, size)?;
    let shown = is_shown(&sources(&stored), &name);
    let file =
        CampaignFile { id: FileId(service.parts.ids.uuid()), name, content_type, bytes: size, shown, added: now };
    if !store::insert(&mut tx, company, id, &file, body).await? {
        let message = format!("There is a file named {} already. Remove it first, or rename this one.", file.name);
        return Err(Fault::conflict(message));
    }
    let payload = json!({ "file": file.name, "bytes": file.bytes });
    outbox::record(&mut tx, company, "campaign.updated", id, &payload, now);
    tx.commit().await?;
    Ok(file)
}

pub(super) async fn remove(service: &Service, actor: &Actor, id: CampaignId, file: FileId) -> Result<(), Fault> {
    let (company, now) = (actor.company, service.now());
    let mut tx = service.parts.db.begin(company).await?;
    open(&mut tx, company, id).await?;
    if !store::delete(&mut tx, company, id, file).await? {
        return Err(Fault::missing("File"));
    }
    outbox::record(&mut tx, company, "campaign.updated", id, &json!({ "removed": file }), now);
    Ok(tx.commit().await?)
}

/// Gives a copy of a campaign copies of its files.
pub(super) async fn copy(
    service: &Service,
    tx: &mut Tx,
    company: CompanyId,
    from: CampaignId,
    to: CampaignId,
) -> Result<(), Fault> {
    for file in store::list(tx, company, from).await? {
        store::copy(tx, company, file.id, to, FileId(service.parts.ids.uuid()), service.now()).await?;
    }
    Ok(())
}

/// The campaign, if its files may change.
async fn open(tx: &mut Tx, company: CompanyId, id: CampaignId) -> Result<Stored, Fault> {
    let stored = found(tx, company, id).await?;
    if !Move::Edit.is_legal(stored.state) {
        return Err(Move::Edit.refuse(stored.state));
    }
    if stored.frozen.is_some() {
        return Err(Fault::conflict("Its files are fixed since this campaign began."));
    }
    if !super::store::lock_open(tx, &stored).await? {
        return Err(moves::lost());
    }
    Ok(stored)
}

/// The name as it is kept, and its type.
fn check_name(name: &str) -> Result<(String, String), Fault> {
    let wrong = |message: &str| Err(Fault::invalid("name", message));
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME {
        return wrong("Give the file a name of at most 120 characters.");
    }
    if name.chars().any(|c| c.is_control() || "/\\<>\"".contains(c)) {
        return wrong("The name may not hold slashes, quotes or angle brackets.");
    }
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    if REFUSED.contains(&ending.as_str()) {
        return wrong("Mail servers refuse files of this kind. Host it and link to it.");
    }
    let kind = mime_guess::from_ext(&ending).first_or_octet_stream();
    Ok((name.to_owned(), kind.essence_str().to_owned()))
}

fn check_body(body: &str) -> Result<Vec<u8>, Fault> {
    let wrong = |message: &str| Fault::invalid("body", message);
    if body.len() > FILE_BYTES.div_ceil(3) * 4 + 4 {
        return Err(wrong("The file is larger than 5 MB. Host it and link to it."));
    }
    let bytes = STANDARD.decode(body).map_err(|_| wrong("The file is not base64."))?;
    match bytes.len() {
        0 => Err(wrong("The file is empty.")),
        n if n > FILE_BYTES => Err(wrong("The file is larger than 5 MB. Host it and link to it.")),
        _ => Ok(bytes),
    }
}

fn check_room(there: &[CampaignFile], size: i64) -> Result<(), Fault> {
    if there.len() >= FILES {
        return Err(Fault::invalid("body", "A campaign has at most 10 files. Remove one first."));
    }
    let all: i64 = there.iter().map(|file| file.bytes).sum::<i64>() + size;
    if all > i64::try_from(ALL_FILE_BYTES).unwrap_or(i64::MAX) {
        return Err(Fault::invalid("body", "All files of a campaign together may have 8 MB. Host the larger ones."));
    }
    Ok(())
}

fn is_shown(sources: &[String], name: &str) -> bool {
    sources.iter().any(|source| mentions(source).any(|(_, mentioned)| is_name(mentioned, name)))
}

/// Each `cid:` of a source: where it is, and what it names. The end of a word, as in "acid: 5 %", names nothing.
fn mentions(source: &str) -> impl Iterator<Item = (usize, &str)> {
    let begins = |at: usize| !source.get(..at).is_some_and(|before| before.ends_with(char::is_alphanumeric));
    source.match_indices("cid:").filter(move |(at, _)| begins(*at)).filter_map(|(at, found)| {
        let rest = source.get(at + found.len()..)?;
        let end = rest.find(['"', '\'', ')', '>', '<', '\n']).unwrap_or(rest.len());
        Some((at, rest.get(..end)?))
    })
}

/// Whether an address names this file: as it is, or with its spaces and letters percent-encoded.
fn is_name(mentioned: &str, name: &str) -> bool {
    let decoded = percent_encoding::percent_decode_str(mentioned.trim()).decode_utf8_lossy().to_lowercase();
    decoded == name.to_lowercase()
}

/// The files of a campaign, encoded once, or what is wrong with one.
pub async fn luggage(tx: &mut Tx, campaign: &Stored) -> Result<Result<Luggage, Vec<ContentProblem>>, DbError> {
    let bodies = store::bodies(tx, campaign.company, campaign.id).await?;
    Ok(Luggage::pack(campaign, &bodies).map_err(|error| {
        let message = format!("A file cannot be sent: {error}. Remove it and add it again under another name.");
        vec![ContentProblem { field: "files".to_owned(), line: None, message, blocks: true }]
    }))
}

/// The files of a campaign as its messages carry them.
#[derive(Clone, Debug, Default)]
pub struct Luggage {
    attached: Vec<File>,
    /// Name, what the HTML names instead of it, and the file.
    shown: Vec<(String, String, File)>,
}

impl Luggage {
    /// Encodes them once for all messages.
    ///
    /// # Errors
    /// When one cannot be written into a message.
    pub fn pack(campaign: &Stored, bodies: &[store::Body]) -> Result<Self, MimeError> {
        let sources = sources(campaign);
        let mut all = Self::default();
        for body in bodies {
            if is_shown(&sources, &body.name) {
                let id = content_id(body.id);
                let file = File::inline(&body.name, &body.content_type, &id, &body.body)?;
                all.shown.push((body.name.clone(), id, file));
            } else {
                all.attached.push(File::attached(&body.name, &body.content_type, &body.body)?);
            }
        }
        Ok(all)
    }

    /// The source with its pictures named as the message names them, and the files that go with it.
    pub fn of(&self, source: &str) -> (String, Vec<File>) {
        let mut files = Vec::new();
        let (mut out, mut done) = (String::with_capacity(source.len()), 0);
        for (at, mentioned) in mentions(source) {
            let Some((_, id, file)) = self.shown.iter().find(|(name, ..)| is_name(mentioned, name)) else { continue };
            out.push_str(source.get(done..at).unwrap_or_default());
            out.push_str("cid:");
            out.push_str(id);
            done = at + "cid:".len() + mentioned.len();
            if !files.contains(file) {
                files.push(file.clone());
            }
        }
        out.push_str(source.get(done..).unwrap_or_default());
        files.extend(self.attached.iter().cloned());
        (out, files)
    }
}

fn content_id(file: Uuid) -> String {
    format!("{}@files.lux", file.simple())
}

/// The source with its pictures in it, for a preview.
pub fn with_pictures(source: &str, bodies: &[store::Body]) -> String {
    let (mut out, mut done) = (String::with_capacity(source.len()), 0);
    for (at, mentioned) in mentions(source) {
        let Some(body) = bodies.iter().find(|body| is_name(mentioned, &body.name)) else { continue };
        out.push_str(source.get(done..at).unwrap_or_default());
        out.push_str(&format!("data:{};base64,{}", body.content_type, STANDARD.encode(&body.body)));
        done = at + "cid:".len() + mentioned.len();
    }
    out.push_str(source.get(done..).unwrap_or_default());
    out
}

#[cfg(test)]
mod tests;
