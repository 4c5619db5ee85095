//! What the form holds, all as text, and what it makes of it.

use super::super::words;
use crate::senders::tls_mode;
use contract::SenderId;
use contract::accounts::Secret;
use contract::bounces::{AfterRead, BounceMailbox, MailboxDraft, MailboxKind};
use contract::senders::TlsMode;
use leptos::prelude::*;

/// One signal per field.
#[derive(Clone, Copy)]
pub struct Draft {
    pub name: RwSignal<String>,
    pub kind: RwSignal<String>,
    pub host: RwSignal<String>,
    pub port: RwSignal<String>,
    pub tls: RwSignal<String>,
    pub user: RwSignal<String>,
    pub secret: RwSignal<String>,
    pub folder: RwSignal<String>,
    pub after: RwSignal<String>,
    pub move_to: RwSignal<String>,
    pub minutes: RwSignal<String>,
    pub return_address: RwSignal<String>,
    pub senders: RwSignal<Vec<SenderId>>,
    pub active: RwSignal<bool>,
}

impl Draft {
    /// Of a mailbox, or empty.
    pub fn of(mailbox: Option<&BounceMailbox>) -> Self {
        let text = |get: fn(&MailboxDraft) -> String, fresh: &str| {
            RwSignal::new(mailbox.map_or_else(|| fresh.to_owned(), |m| get(&m.draft)))
        };
        Self {
            name: text(|d| d.name.clone(), ""),
            kind: text(|d| d.kind.as_str().to_owned(), MailboxKind::Imap.as_str()),
            host: text(|d| d.host.clone(), ""),
            port: text(|d| d.port.to_string(), words::usual_port(MailboxKind::Imap, TlsMode::Tls)),
            tls: text(|d| d.tls.as_str().to_owned(), TlsMode::Tls.as_str()),
            user: text(|d| d.user.clone(), ""),
            secret: RwSignal::new(String::new()),
            folder: text(|d| d.folder.clone(), ""),
            after: text(|d| d.after.as_str().to_owned(), AfterRead::Mark.as_str()),
            move_to: text(|d| d.move_to.clone(), ""),
            minutes: text(|d| d.minutes.to_string(), "5"),
            return_address: text(|d| d.return_address.clone(), ""),
            senders: RwSignal::new(mailbox.map(|m| m.draft.senders.clone()).unwrap_or_default()),
            active: RwSignal::new(mailbox.is_none_or(|m| m.draft.active)),
        }
    }

    /// The protocol chosen now.
    pub fn protocol(self) -> MailboxKind {
        self.kind.with(|kind| if kind == MailboxKind::Pop3.as_str() { MailboxKind::Pop3 } else { MailboxKind::Imap })
    }

    /// What becomes of reports, as chosen now. POP3 has no folders.
    pub fn after(self) -> AfterRead {
        let known = [AfterRead::Mark, AfterRead::Move, AfterRead::Delete];
        let chosen = self.after.with(|text| known.into_iter().find(|after| after.as_str() == text));
        match (chosen.unwrap_or(AfterRead::Mark), self.protocol()) {
            (AfterRead::Move, MailboxKind::Pop3) => AfterRead::Mark,
            (after, _) => after,
        }
    }

    /// Puts the usual port in, unless an own one stands there.
    pub fn follow_port(self, kind: MailboxKind, tls: TlsMode) {
        if let Some(port) = words::port_for(kind, tls, &self.port.get_untracked()) {
            self.port.set(port.to_owned());
        }
    }

    /// As it is written now.
    pub fn read(self) -> MailboxDraft {
        let text = |s: RwSignal<String>| s.get().trim().to_owned();
        let secret = self.secret.get();
        MailboxDraft {
            name: text(self.name),
            kind: self.protocol(),
            host: text(self.host),
            port: text(self.port).parse().unwrap_or(0),
            tls: tls_mode(&self.tls.get()),
            user: text(self.user),
            secret: (!secret.is_empty()).then_some(Secret(secret)),
            folder: text(self.folder),
            after: self.after(),
            move_to: text(self.move_to),
            minutes: text(self.minutes).parse().unwrap_or(0),
            return_address: text(self.return_address),
            senders: self.senders.get(),
            active: self.active.get(),
        }
    }
}
