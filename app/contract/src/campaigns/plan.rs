//! What is planned about a campaign beside its words and its audience: when within a day, on whose clock, how often,
//! which variants are tried, in which languages.

use crate::Micros;
use crate::templates::Content;
use serde::{Deserialize, Serialize};

/// Everything planned; a campaign without any of it goes out at once, to all, in one wording.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Messages go out on these days and hours only.
    #[serde(default)]
    pub window: Option<SendWindow>,
    /// The planned time is meant on each person's own clock; says what happens where it has passed.
    #[serde(default)]
    pub by_zone: Option<Passed>,
    /// How the company's frequency cap is applied.
    #[serde(default)]
    pub cap: CapRule,
    /// Variants that are tried on a sample.
    #[serde(default)]
    pub test: Option<AbTest>,
    /// Other wordings by language; people without one of these get the campaign's own.
    #[serde(default)]
    pub languages: Vec<LanguageVariant>,
}

/// Whose clock is meant.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// The company's.
    #[default]
    Company,
    /// Each recipient's; the company's where theirs is not known.
    Recipient,
}

/// Days and hours in which messages may go out.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendWindow {
    /// Days, 1 is Monday and 7 is Sunday; at least one.
    pub days: Vec<u8>,
    /// From, `HH:MM`.
    pub from: String,
    /// Until, `HH:MM`, later than `from`; `24:00` is midnight.
    pub until: String,
    /// On whose clock.
    #[serde(default)]
    pub clock: Whose,
}

/// What happens to people in zones where the planned time has passed when the campaign starts.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Passed {
    /// A plan under which that could happen is refused.
    #[default]
    Refuse,
    /// They get it at once.
    Now,
    /// They get it at that time on the next day.
    NextDay,
    /// They do not get it.
    Skip,
}

/// How a campaign stands to the company's frequency cap.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapRule {
    /// Counts, and people over the cap do not get it.
    #[default]
    Apply,
    /// As `apply`, but room is kept for it: campaigns that only apply wait behind it.
    Priority,
    /// Goes to people over the cap, and is not counted for others. For what people must get.
    Exempt,
}

impl CapRule {
    /// Name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Priority => "priority",
            Self::Exempt => "exempt",
        }
    }
}

/// What is tried.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TestOf {
    /// Subject and preview text.
    #[default]
    Subject,
    /// The whole content.
    Content,
    /// The time of day.
    Time,
}

/// What decides.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WinnerBy {
    /// Share of people who clicked; machines do not count.
    #[default]
    Clicks,
    /// Share of people who opened; machines do not count.
    Opens,
}

/// What happens when the evidence is too thin at the end of the wait.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unclear {
    /// It waits for a person to choose.
    #[default]
    Ask,
    /// The first variant goes to the rest.
    First,
}

/// A test of variants. The campaign's own content is the first variant, A.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AbTest {
    /// What differs.
    #[serde(default)]
    pub of: TestOf,
    /// The other variants, B onwards; 1 to 4.
    pub variants: Vec<Variant>,
    /// Per cent of the audience that the variants share; 5 to 100. At 100 nobody waits for a winner.
    pub sample_percent: u8,
    /// What decides.
    #[serde(default)]
    pub by: WinnerBy,
    /// Hours from the last sample message until the winner is chosen; 1 to 168.
    pub wait_hours: u16,
    /// At least so many people must have clicked (or opened) over all variants.
    pub min_people: u32,
    /// What happens with fewer.
    #[serde(default)]
    pub unclear: Unclear,
}

/// One other variant; only what the test is of is read.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Variant {
    /// For a test of subject: the other subject.
    #[serde(default)]
    pub subject: String,
    /// For a test of subject: the other preview text; empty takes the campaign's own.
    #[serde(default)]
    pub preheader: String,
    /// For a test of content.
    #[serde(default)]
    pub content: Option<Content>,
    /// For a test of time: `HH:MM`.
    #[serde(default)]
    pub time: String,
}

/// Another wording for people of a language.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LanguageVariant {
    /// `da`, `pt-BR`; a person of `de-AT` gets `de` where `de-AT` is not written.
    pub language: String,
    /// The wording.
    pub content: Content,
}

/// Where a test stands.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// There is none, or it has not begun.
    #[default]
    None,
    /// The sample is going out.
    Testing,
    /// The sample is out; evidence is gathered.
    AwaitingWinner,
    /// A variant was chosen for the rest.
    Decided,
}

impl Phase {
    /// Name in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Testing => "testing",
            Self::AwaitingWinner => "awaiting_winner",
            Self::Decided => "decided",
        }
    }

    /// From its name.
    pub fn of(text: &str) -> Option<Self> {
        [Self::None, Self::Testing, Self::AwaitingWinner, Self::Decided].into_iter().find(|p| p.as_str() == text)
    }
}

/// How one variant did.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct VariantFigures {
    /// `A`, `B`, …
    pub name: String,
    /// The subject, the first words of the content, or the time.
    pub words: String,
    /// In the sample.
    pub sample: i64,
    /// Taken by servers, of the sample.
    pub accepted: i64,
    /// Opened by a person, of the sample.
    pub opened: i64,
    /// Clicked by a person, of the sample.
    pub clicked: i64,
    /// Unsubscribed through it, of the sample.
    pub unsubscribed: i64,
}

/// A test as it stands.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TestStanding {
    /// Where it stands.
    pub phase: Phase,
    /// Every variant, A first, the losers too.
    pub variants: Vec<VariantFigures>,
    /// People who wait for the winner.
    pub waiting: i64,
    /// When the winner is chosen, while it is awaited.
    pub decides: Option<Micros>,
    /// The chosen variant, counted from 0.
    pub winner: Option<u32>,
    /// Why that one, in words, or what is missing.
    pub why: String,
}

/// One rule of the company: at most so many messages to a person in so many days.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    /// Messages, 1 to 100.
    pub messages: u32,
    /// Rolling days, 1 to 90.
    pub days: u32,
}

/// The company's frequency caps.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caps {
    /// All of them hold; at most three. None is no cap.
    #[serde(default)]
    pub rules: Vec<Cap>,
    /// People over a cap get the message as soon as it leaves room, within so many days; 0 leaves them out at once.
    #[serde(default)]
    pub defer_days: u32,
}
