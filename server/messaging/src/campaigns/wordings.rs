//! All that a campaign may say.

use super::store::Stored;
use super::trial;
use contract::campaigns::TestOf;
use contract::templates::Content;

/// Whom a wording is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Of {
    /// Everybody without another one.
    Everybody,
    /// A variant of a test, from 1.
    Variant(u32),
    /// A language, as it was written.
    Language(String),
}

impl Of {
    /// Its name for people; the campaign's own words need none.
    pub fn name(&self) -> Option<String> {
        match self {
            Self::Everybody => None,
            Self::Variant(variant) => Some(format!("Variant {}", trial::name(*variant))),
            Self::Language(language) => Some(format!("Language {language}")),
        }
    }
}

/// Its own words first, then those of the variants in their order, then those of the languages.
pub fn all(campaign: &Stored) -> Vec<(Of, Content)> {
    let (own, plan) = (campaign.words(), &campaign.draft.plan);
    let mut all = vec![(Of::Everybody, own.clone())];
    for test in plan.test.iter().filter(|test| test.of != TestOf::Time) {
        let variants = (1..).zip(&test.variants);
        all.extend(variants.map(|(n, _)| (Of::Variant(n), trial::words_of(own, test, n))));
    }
    let languages = plan.languages.iter();
    all.extend(languages.map(|one| (Of::Language(one.language.clone()), one.content.clone())));
    all
}
