//! An email as one person would get it, with everything that is wrong with it.

use crate::ports::{CompanyInfo, Person};
use crate::render::{Addresses, Compiled, Options, RenderError, Written};
use contract::CampaignId;
use contract::templates::{Content, ContentProblem, Rendered};

/// What a preview is written with.
pub(super) struct Preview<'a> {
    pub content: &'a Content,
    pub company: &'a CompanyInfo,
    pub campaign: CampaignId,
    pub campaign_name: &'a str,
    pub person: &'a Person,
    /// What to call the person.
    pub shown_as: String,
}

impl Preview<'_> {
    /// Writes it. Where the message would be refused for this person, it is shown with the holes, and says so.
    pub fn render(&self) -> Rendered {
        let compiled = match self.compile(false) {
            Ok(compiled) => compiled,
            Err(problems) => return self.shown(Written::default(), String::new(), problems),
        };
        let mut problems = compiled.problems().to_vec();
        match self.write(&compiled) {
            Ok((written, preheader)) => self.shown(written, preheader, problems),
            Err(error) => {
                problems.push(ContentProblem {
                    field: error.field.to_owned(),
                    line: None,
                    message: format!("{} would not get this email. {}", self.shown_as, error.message),
                    blocks: false,
                });
                let lenient = self.compile(true).ok().and_then(|c| self.write(&c).ok());
                let (written, preheader) = lenient.unwrap_or_default();
                self.shown(written, preheader, problems)
            }
        }
    }

    fn compile(&self, lenient: bool) -> Result<Compiled, Vec<ContentProblem>> {
        let options = Options {
            campaign: self.campaign,
            campaign_name: self.campaign_name,
            company_name: &self.company.name,
            company_address: &self.company.address,
            company_website: &self.company.website,
            track_opens: false,
            track_clicks: false,
            fields: None,
            lenient,
        };
        Compiled::new(self.content, &options)
    }

    fn write(&self, compiled: &Compiled) -> Result<(Written, String), RenderError> {
        let addresses = Addresses { unsubscribe: "#unsubscribe".into(), view: "#view".into(), ..Addresses::default() };
        Ok((compiled.render(self.person, &addresses)?, compiled.preheader(self.person, &addresses)?))
    }

    fn shown(&self, written: Written, preheader: String, problems: Vec<ContentProblem>) -> Rendered {
        let html = written.html.unwrap_or_default();
        Rendered {
            subject: written.subject,
            preheader,
            bytes: i64::try_from(html.len()).unwrap_or(i64::MAX),
            html,
            text: written.text,
            person: self.shown_as.clone(),
            problems,
        }
    }
}
