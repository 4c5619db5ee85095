//! What accounts wants from whoever can send mail. Messaging fulfils it; the server's wiring joins the two.

use async_trait::async_trait;
use contract::{CompanyId, Fault};

/// Sends the few mails that accounts needs. `company` chooses the sender; `None` asks for the instance's own.
#[async_trait]
pub trait Post: Send + Sync {
    /// Whether there is a sender, so that a page can say "also sent by mail".
    async fn ready(&self, company: Option<CompanyId>) -> Result<bool, Fault>;

    /// Sends a plain-text mail. `false` when no sender is configured; a fault when sending should be tried again.
    async fn post(&self, company: Option<CompanyId>, to: &str, subject: &str, text: &str) -> Result<bool, Fault>;
}

/// No sender at all: links are handed over by people.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPost;

#[async_trait]
impl Post for NoPost {
    async fn ready(&self, _: Option<CompanyId>) -> Result<bool, Fault> {
        Ok(false)
    }

    async fn post(&self, _: Option<CompanyId>, _: &str, _: &str, _: &str) -> Result<bool, Fault> {
        Ok(false)
    }
}
