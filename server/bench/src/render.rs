//! One email for many people on one thread: what a core can write.

use anyhow::{Result, anyhow};
use clap::Args;
use contract::CampaignId;
use contract::templates::Content;
use messaging::render::{Addresses, Compiled, Options, example_person};
use serde_json::json;
use std::path::PathBuf;
use std::time::Instant;
use uuid::Uuid;

/// Renders.
#[derive(Debug, Args)]
pub struct Render {
    /// File with the HTML
    #[arg(long)]
    html: PathBuf,
    /// File with the subject and the plain text: the first line, then the rest
    #[arg(long)]
    text: PathBuf,
    /// Messages
    #[arg(long, default_value_t = 50_000)]
    count: u32,
    /// Items of the list that the loop walks over
    #[arg(long, default_value_t = 5)]
    items: u32,
}

impl Render {
    /// Compiles once, writes often.
    pub fn run(self) -> Result<()> {
        let text = std::fs::read_to_string(&self.text)?;
        let (subject, text) = text.split_once('\n').unwrap_or((&text, ""));
        let content = Content {
            subject: subject.to_owned(),
            source: std::fs::read_to_string(&self.html)?,
            text: text.to_owned(),
            ..Content::default()
        };
        let options = Options {
            campaign: CampaignId(Uuid::nil()),
            campaign_name: "Bench",
            company_name: "Company",
            company_address: "Street 1",
            company_website: "https://example.com",
            track_opens: true,
            track_clicks: true,
            fields: None,
            lenient: false,
        };
        let compiled = Compiled::new(&content, &options).map_err(|problems| anyhow!("{problems:?}"))?;
        let mut person = example_person(&[]);
        let items: Vec<_> = (0..self.items).map(|n| json!(format!("Item number {n}"))).collect();
        person.fields.insert("things".to_owned(), json!(items));
        let token = "t".repeat(60);
        let address = |kind: &str| format!("https://news.example.com/{kind}/{token}");
        let addresses = Addresses {
            unsubscribe: address("u"),
            view: address("v"),
            pixel: address("o"),
            links: compiled.links().iter().map(|_| address("c")).collect(),
        };
        let mut bytes = 0;
        let begun = Instant::now();
        for number in 0..self.count {
            // Different for each, as for real people.
            person.first_name = format!("Person {number}");
            let written = compiled.render(&person, &addresses)?;
            bytes += written.html.map_or(0, |html| html.len()) + written.text.len() + written.subject.len();
        }
        let seconds = begun.elapsed().as_secs_f64();
        let copied = copy(bytes / usize::try_from(self.count.max(1))?, self.count);
        crate::tell(&json!({
            "count": self.count, "per_second": f64::from(self.count) / seconds, "bytes": bytes,
            "copies_per_second": copied,
        }));
        Ok(())
    }
}

/// The limit: copying as many bytes, so many times a second.
fn copy(size: usize, count: u32) -> f64 {
    let source = vec![b'x'; size];
    let begun = Instant::now();
    for _ in 0..count {
        std::hint::black_box(std::hint::black_box(&source).clone());
    }
    f64::from(count) / begun.elapsed().as_secs_f64()
}
