//! What the form holds, all as text, and what it makes of it.

use super::super::words;
use contract::accounts::Secret;
use contract::senders::{GraphMode, GraphSettings, Rates, Sender, SenderDraft, SenderKind, SignIn, TlsMode};
use leptos::prelude::*;

/// One signal per field.
#[derive(Clone, Copy)]
pub struct Draft {
    pub kind: RwSignal<String>,
    pub name: RwSignal<String>,
    pub host: RwSignal<String>,
    pub port: RwSignal<String>,
    pub tls: RwSignal<String>,
    pub user: RwSignal<String>,
    pub sign_in: RwSignal<String>,
    pub tenant: RwSignal<String>,
    pub client_id: RwSignal<String>,
    pub secret: RwSignal<String>,
    pub mode: RwSignal<String>,
    pub mailboxes: RwSignal<String>,
    pub licences: RwSignal<String>,
    pub tenant_per_day: RwSignal<String>,
    pub box_per_minute: RwSignal<String>,
    pub box_per_day: RwSignal<String>,
    pub at_once: RwSignal<String>,
    pub from_email: RwSignal<String>,
    pub from_name: RwSignal<String>,
    pub reply_to: RwSignal<String>,
    pub pool: RwSignal<String>,
    pub per_second: RwSignal<String>,
    pub per_minute: RwSignal<String>,
    pub per_hour: RwSignal<String>,
    pub per_day: RwSignal<String>,
}

impl Draft {
    /// Of a sender, or empty.
    pub fn of(sender: Option<&Sender>, company: &str) -> Self {
        let text =
            |get: fn(&Sender) -> String, fresh: &str| RwSignal::new(sender.map_or_else(|| fresh.to_owned(), get));
        let rate = |get: fn(&Rates) -> Option<u32>| {
            RwSignal::new(sender.and_then(|s| get(&s.rates)).map(|n| n.to_string()).unwrap_or_default())
        };
        let usual = GraphSettings::default();
        let number =
            |get: fn(&GraphSettings) -> String| RwSignal::new(sender.map_or_else(|| get(&usual), |s| get(&s.graph)));
        let maybe = |n: Option<u32>| n.map(|n| n.to_string()).unwrap_or_default();
        Self {
            kind: text(|s| s.kind.as_str().to_owned(), SenderKind::Smtp.as_str()),
            name: text(|s| s.name.clone(), ""),
            host: text(|s| s.host.clone(), ""),
            port: text(|s| s.port.to_string(), "587"),
            tls: text(|s| s.tls.as_str().to_owned(), TlsMode::Starttls.as_str()),
            user: text(|s| s.user.clone(), ""),
            sign_in: text(|s| s.sign_in.as_str().to_owned(), SignIn::Password.as_str()),
            tenant: text(|s| s.tenant.clone(), ""),
            client_id: text(|s| s.client_id.clone(), ""),
            secret: RwSignal::new(String::new()),
            mode: number(|g| g.mode.as_str().to_owned()),
            mailboxes: number(|g| g.mailboxes.join("\n")),
            licences: RwSignal::new(maybe(sender.and_then(|s| s.graph.licences))),
            tenant_per_day: RwSignal::new(maybe(sender.and_then(|s| s.graph.tenant_per_day))),
            box_per_minute: number(|g| g.per_minute.to_string()),
            box_per_day: number(|g| g.per_day.to_string()),
            at_once: number(|g| g.at_once.to_string()),
            from_email: text(|s| s.from_email.clone(), ""),
            from_name: text(|s| s.from_name.clone(), company),
            reply_to: text(|s| s.reply_to.clone(), ""),
            pool: text(|s| s.pool.to_string(), "4"),
            per_second: rate(|r| r.per_second),
            per_minute: rate(|r| r.per_minute),
            per_hour: rate(|r| r.per_hour),
            per_day: rate(|r| r.per_day),
        }
    }

    /// Whether it is a sender of Microsoft 365.
    pub fn is_graph(&self) -> bool {
        self.kind.with(|kind| kind == SenderKind::Graph.as_str())
    }

    /// Whether an SMTP server is signed in to by OAuth.
    pub fn is_oauth(&self) -> bool {
        self.sign_in.with(|way| way == SignIn::Oauth.as_str())
    }

    /// As it is written now.
    pub fn read(&self) -> SenderDraft {
        let text = |s: RwSignal<String>| s.get().trim().to_owned();
        let secret = self.secret.get();
        SenderDraft {
            name: text(self.name),
            kind: if self.is_graph() { SenderKind::Graph } else { SenderKind::Smtp },
            host: text(self.host),
            port: text(self.port).parse().unwrap_or(0),
            tls: words::mode(&self.tls.get()),
            user: text(self.user),
            sign_in: if self.is_oauth() { SignIn::Oauth } else { SignIn::Password },
            tenant: text(self.tenant),
            client_id: text(self.client_id),
            graph: self.graph(),
            secret: (!secret.is_empty()).then_some(Secret(secret)),
            from_email: text(self.from_email),
            from_name: text(self.from_name),
            reply_to: text(self.reply_to),
            pool: text(self.pool).parse().unwrap_or(0),
            rates: Rates {
                per_second: words::limit(&self.per_second.get()),
                per_minute: words::limit(&self.per_minute.get()),
                per_hour: words::limit(&self.per_hour.get()),
                per_day: words::limit(&self.per_day.get()),
            },
        }
    }

    /// What is said about Microsoft 365.
    pub fn graph(&self) -> GraphSettings {
        let number = |s: RwSignal<String>| words::limit(&s.get()).unwrap_or(0);
        GraphSettings {
            mode: self.mode.with(|text| GraphMode::ALL.into_iter().find(|m| m.as_str() == text)).unwrap_or_default(),
            mailboxes: self.mailboxes.with(|text| words::addresses(text)),
            licences: words::limit(&self.licences.get()),
            tenant_per_day: words::limit(&self.tenant_per_day.get()),
            per_minute: number(self.box_per_minute),
            per_day: number(self.box_per_day),
            at_once: u16::try_from(number(self.at_once)).unwrap_or(0),
        }
    }
}
