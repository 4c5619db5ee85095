//! The message as a page, for people whose mail program does not show it.

use super::service::Tracker;
use super::token::Token;
use crate::campaigns::files::{Luggage, with_pictures};
use crate::campaigns::store::{self as campaigns, files, recipients};
use crate::engine::press::{Page, Press};
use crate::render::example_person;
use contract::Fault;
use std::sync::Arc;

impl Tracker {
    /// Written anew from the words that were sent, with what is known of the person today. Without the pixel: who reads
    /// the page has opened it by a link.
    pub(super) async fn page(&self, token: &Token) -> Result<String, Fault> {
        let gone = || Fault::missing("Email");
        let mut tx = self.db.read(token.company).await?;
        let mut campaign = campaigns::find(&mut tx, token.company, token.campaign).await?.ok_or_else(gone)?;
        campaign.draft.track_opens = false;
        let person = self.audience.people(&mut tx, token.company, &[token.contact]).await?.pop();
        let person = match person {
            Some(person) => person,
            None if token.test => example_person(&[]),
            None => return Err(gone()),
        };
        let line = recipients::line(&mut tx, token.company, token.campaign, token.contact).await?;
        let bodies = files::bodies(&mut tx, token.company, token.campaign).await?;
        drop(tx);
        let company = self.companies.get(token.company).await?;
        let links = Arc::new(self.keys.clone());
        let press = Press::new(&campaign, &company, links, None, &Luggage::default()).map_err(|_| gone())?;
        let variant = line.and_then(|line| line.variant);
        match press.page(&person, variant, token.test).map_err(|_| gone())? {
            Page::Html(html) => Ok(with_pictures(&html, &bodies)),
            Page::Text(text) => Ok(as_page(&text)),
        }
    }
}

/// A message without HTML, as it is.
fn as_page(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<!doctype html><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><pre style=\"font:16px/1.5 system-ui,sans-serif;white-space:pre-wrap;max-width:640px;margin:32px auto;padding:0 16px\">{text}</pre>"
    )
}
