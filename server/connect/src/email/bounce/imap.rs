//! A mailbox over IMAP (RFC 3501, with MOVE and UIDPLUS where the server has them).
//!
//! The bookmark is `validity:uid`. A mailbox whose validity changed numbers its letters anew, so it is read from its
//! beginning; an id holds the validity too, so that a letter put aside is never another one than was read.

use super::inbox::{Access, After, Batch, Guard, Inbox, Letter, MAX_LETTER};
use super::wire::{Wire, within};
use crate::{Failure, Kind};
use async_imap::error::Error;
use async_imap::{Client, Session};
use async_trait::async_trait;
use futures::TryStreamExt;
use secrecy::ExposeSecret;
use std::collections::HashSet;

const PROVIDER: &str = "imap";

/// A signed-in session with the folder open.
#[derive(Debug)]
pub struct Imap {
    session: Session<Wire>,
    validity: u32,
    after: After,
    can_move: bool,
    can_expunge: bool,
}

fn failed(operation: &'static str) -> impl Fn(Error) -> Failure {
    move |error| {
        let failure = match &error {
            Error::No(_) => Failure::permanent(Kind::Refused, PROVIDER, operation),
            Error::Bad(_) | Error::Parse(_) | Error::Validate(_) => {
                Failure::permanent(Kind::Protocol, PROVIDER, operation)
            }
            _ => Failure::temporary(Kind::Unreachable, PROVIDER, operation),
        };
        failure.with("text", error.to_string())
    }
}

impl Imap {
    /// Reaches the server, signs in and opens the folder.
    ///
    /// # Errors
    /// Permanent where a person has to change the settings.
    pub async fn open(access: &Access) -> Result<Self, Failure> {
        let mut client = Client::new(Wire::open(PROVIDER, access).await?);
        let greeting = async {
            let lost = || Failure::temporary(Kind::Unreachable, PROVIDER, "greeting");
            let greeted = client.read_response().await.map_err(|error| lost().with("text", error.to_string()))?;
            greeted.map(drop).ok_or_else(lost)
        };
        within(PROVIDER, "greeting", greeting).await?;
        if access.tls == Guard::StartTls {
            let start = async { client.run_command_and_check_ok("STARTTLS", None).await.map_err(failed("tls")) };
            within(PROVIDER, "tls", start).await?;
            // Whatever was said before the handshake is dropped with the old client: nobody speaks in between.
            client = Client::new(client.into_inner().encrypt(PROVIDER, access).await?);
        }
        let mut session = within(PROVIDER, "login", login(client, access)).await?;
        let capabilities =
            within(PROVIDER, "capability", async { session.capabilities().await.map_err(failed("capability")) })
                .await?;
        let folder = match access.folder.as_str() {
            "" => "INBOX",
            folder => folder,
        };
        let select = async { session.select(folder).await.map_err(failed("select")) };
        let mailbox = within(PROVIDER, "select", select).await?;
        let validity = mailbox.uid_validity.ok_or_else(|| {
            Failure::permanent(Kind::Protocol, PROVIDER, "select")
                .with("text", "the server does not number letters for good")
        })?;
        let (can_move, can_expunge) = (capabilities.has_str("MOVE"), capabilities.has_str("UIDPLUS"));
        Ok(Self { session, validity, after: access.after.clone(), can_move, can_expunge })
    }

    /// The uids after `last`, lowest first.
    async fn waiting(&mut self, last: u32) -> Result<Vec<u32>, Failure> {
        let query = format!("UID {}:* UNDELETED", u64::from(last) + 1);
        let search = async { self.session.uid_search(query).await.map_err(failed("search")) };
        let found = within(PROVIDER, "search", search).await?;
        // `n:*` names the last letter even where its uid is below n.
        let mut uids: Vec<u32> = found.into_iter().filter(|uid| *uid > last).collect();
        uids.sort_unstable();
        Ok(uids)
    }

    async fn letter(&mut self, uid: u32) -> Result<Option<Letter>, Failure> {
        let id = format!("{}:{uid}", self.validity);
        let fetch = async {
            let what = format!("(UID BODY.PEEK[]<0.{MAX_LETTER}>)");
            let mut stream = self.session.uid_fetch(uid.to_string(), what).await.map_err(failed("fetch"))?;
            let mut raw = None;
            while let Some(part) = stream.try_next().await.map_err(failed("fetch"))? {
                if part.uid == Some(uid) && raw.is_none() {
                    raw = part.body().map(<[u8]>::to_vec);
                }
            }
            Ok(raw)
        };
        let raw = within(PROVIDER, "fetch", fetch).await?;
        Ok(raw.map(|raw| Letter { id, raw }))
    }

    async fn store(&mut self, set: &str, flags: &str) -> Result<(), Failure> {
        let store = async {
            let stream = self.session.uid_store(set, flags).await.map_err(failed("store"))?;
            stream.try_collect::<Vec<_>>().await.map(drop).map_err(failed("store"))
        };
        within(PROVIDER, "store", store).await
    }

    /// Only these, never what somebody else has marked as deleted: without UIDPLUS they stay marked.
    async fn expunge(&mut self, set: &str) -> Result<(), Failure> {
        if !self.can_expunge {
            return Ok(());
        }
        let expunge = async {
            let stream = self.session.uid_expunge(set).await.map_err(failed("expunge"))?;
            stream.try_collect::<Vec<_>>().await.map(drop).map_err(failed("expunge"))
        };
        within(PROVIDER, "expunge", expunge).await
    }

    async fn move_to(&mut self, set: &str, folder: &str) -> Result<(), Failure> {
        self.store(set, "+FLAGS.SILENT (\\Seen)").await?;
        // A folder that is there already is what is wanted.
        let create = async { Ok(self.session.create(folder).await.is_ok()) };
        within(PROVIDER, "create", create).await?;
        if self.can_move {
            let mv = async { self.session.uid_mv(set, folder).await.map_err(failed("move")) };
            return within(PROVIDER, "move", mv).await;
        }
        let copy = async { self.session.uid_copy(set, folder).await.map_err(failed("copy")) };
        within(PROVIDER, "copy", copy).await?;
        self.store(set, "+FLAGS.SILENT (\\Deleted)").await?;
        self.expunge(set).await
    }
}

async fn login(client: Client<Wire>, access: &Access) -> Result<Session<Wire>, Failure> {
    client.login(&access.user, access.secret.expose_secret()).await.map_err(|(error, _)| match error {
        Error::No(text) => Failure::permanent(Kind::Auth, PROVIDER, "login").with("text", text),
        other => failed("login")(other),
    })
}

fn parse(bookmark: &str) -> Option<(u32, u32)> {
    let (validity, uid) = bookmark.split_once(':')?;
    Some((validity.parse().ok()?, uid.parse().ok()?))
}

#[async_trait]
impl Inbox for Imap {
    async fn letters(&mut self, bookmark: &str, _known: &HashSet<String>, limit: usize) -> Result<Batch, Failure> {
        let last = parse(bookmark).filter(|(validity, _)| *validity == self.validity).map_or(0, |(_, uid)| uid);
        let waiting = self.waiting(last).await?;
        let more = waiting.len() > limit;
        let (mut letters, mut read) = (Vec::new(), last);
        for uid in waiting.into_iter().take(limit) {
            // One that somebody took away meanwhile is passed over.
            letters.extend(self.letter(uid).await?);
            read = uid;
        }
        Ok(Batch { letters, bookmark: format!("{}:{read}", self.validity), gone: Vec::new(), more })
    }

    async fn tidy(&mut self, ids: &[String]) -> Result<(), Failure> {
        // An id of an older numbering names nothing any more.
        let mut uids: Vec<u32> =
            ids.iter().filter_map(|id| parse(id)).filter(|(v, _)| *v == self.validity).map(|(_, uid)| uid).collect();
        uids.sort_unstable();
        for some in uids.chunks(100) {
            let set = some.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
            match self.after.clone() {
                After::Mark => self.store(&set, "+FLAGS.SILENT (\\Seen)").await?,
                After::Move(folder) => self.move_to(&set, &folder).await?,
                After::Delete => {
                    self.store(&set, "+FLAGS.SILENT (\\Deleted)").await?;
                    self.expunge(&set).await?;
                }
            }
        }
        Ok(())
    }

    async fn close(&mut self) -> Result<(), Failure> {
        let logout = async { self.session.logout().await.map_err(failed("logout")) };
        within(PROVIDER, "logout", logout).await
    }
}
