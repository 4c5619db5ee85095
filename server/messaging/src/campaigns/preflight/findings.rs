//! What each check says, in words. Pure.

use super::probe::{Standing, Tried};
use contract::campaigns::{AudienceCount, Finding, FindingItem, Gravity, Place};
use contract::domains::{DomainReport, RecordState};
use contract::{Micros, Zone};

/// Gmail shows no more than this of a message, in bytes.
pub const CLIPPED_AT: usize = 102 * 1024;
/// Messages above this are refused by some: a request to Microsoft Graph has 4 MB, and base64 takes a third.
const HEAVY: usize = 3 * 1000 * 1000;
/// Most items behind one finding.
const ITEMS: usize = 20;

/// A finding without items.
pub fn finding(code: &str, gravity: Gravity, place: Place, title: impl Into<String>, fix: &str) -> Finding {
    Finding { code: code.into(), gravity, title: title.into(), fix: fix.into(), place, items: Vec::new() }
}

fn item(what: impl Into<String>, detail: impl Into<String>) -> FindingItem {
    FindingItem { what: what.into(), detail: detail.into() }
}

fn with(mut finding: Finding, items: impl Iterator<Item = FindingItem>) -> Finding {
    finding.items = items.take(ITEMS).collect();
    finding
}

fn count(n: i64, one: &str, many: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {many}") }
}

fn size_of<T>(all: &[T]) -> i64 {
    i64::try_from(all.len()).unwrap_or(i64::MAX)
}

/// What is told of a wording beside the campaign's own: what is wrong, with its name before it.
pub fn of_wording(name: &str, found: Vec<Finding>) -> Vec<Finding> {
    let wrong = found.into_iter().filter(|finding| finding.gravity != Gravity::Good);
    wrong.map(|finding| Finding { title: format!("{name}: {}", finding.title), ..finding }).collect()
}

/// Links that were tried.
pub fn links(tried: &[Tried]) -> Vec<Finding> {
    let of = |wanted: &[Standing]| tried.iter().filter(|t| wanted.contains(&t.standing)).cloned().collect::<Vec<_>>();
    let behind = |all: Vec<Tried>| all.into_iter().map(|t| item(t.url, t.words));
    let mut all = Vec::new();
    let broken = of(&[Standing::Broken, Standing::Private]);
    let (unsure, not_tried) = (of(&[Standing::Unsure]), of(&[Standing::NotTried]));
    if !broken.is_empty() {
        let title = format!("{} nowhere.", count(size_of(&broken), "link leads", "links lead"));
        let fix = "Correct the address, or take the link out.";
        all.push(with(finding("links", Gravity::Warning, Place::Content, title, fix), behind(broken)));
    }
    if !unsure.is_empty() {
        let title = format!("{} not say whether people get there.", count(size_of(&unsure), "link does", "links do"));
        let fix = "Open them once yourself.";
        all.push(with(finding("links", Gravity::Warning, Place::Content, title, fix), behind(unsure)));
    }
    if !not_tried.is_empty() {
        let title = format!("{} not tried.", count(size_of(&not_tried), "link was", "links were"));
        all.push(with(finding("links", Gravity::NotChecked, Place::Content, title, ""), behind(not_tried)));
    }
    if all.is_empty() {
        let title = match tried.len() {
            0 => "There are no links that could be broken.".to_owned(),
            1 => "The link answers.".to_owned(),
            n => format!("All {n} links answer."),
        };
        all.push(finding("links", Gravity::Good, Place::Content, title, ""));
    }
    all
}

/// The size of the HTML as one person gets it.
pub fn size(bytes: usize) -> Finding {
    let kilobytes = bytes.div_ceil(1024);
    if bytes > CLIPPED_AT {
        let title = format!("The email has {kilobytes} KB. Gmail shows only the first 102 KB of it.");
        let fix =
            "Shorten it, or host what is long and link to it. What is cut includes the unsubscribe link at the end.";
        return finding("size", Gravity::Warning, Place::Content, title, fix);
    }
    finding("size", Gravity::Good, Place::Content, format!("The email has {kilobytes} KB; Gmail shows all of it."), "")
}

/// Files that go with it, with what one message then weighs, and pictures that are not there.
pub fn files(count_of_files: usize, message: usize, lost: Vec<String>) -> Vec<Finding> {
    let mut all = Vec::new();
    if count_of_files > 0 {
        let megabytes = message.div_ceil(100 * 1024);
        let (whole, tenth) = (megabytes / 10, megabytes % 10);
        let what = count(i64::try_from(count_of_files).unwrap_or(i64::MAX), "file goes", "files go");
        let title = format!("{what} with it. One message has {whole}.{tenth} MB.");
        let is_heavy = message > HEAVY;
        let gravity = if is_heavy { Gravity::Warning } else { Gravity::Good };
        let fix = if is_heavy {
            "Microsoft 365 takes less than 3 MB in one piece, and heavy mail is refused more often. Host the file and link to it."
        } else {
            ""
        };
        all.push(finding("files", gravity, Place::Content, title, fix));
    }
    if !lost.is_empty() {
        let title = format!("{} not among the files.", count(size_of(&lost), "picture is", "pictures are"));
        let fix = "Add a file of that name, or correct the name after cid:.";
        let items = lost.into_iter().map(|name| item(name, ""));
        all.push(with(finding("files", Gravity::Warning, Place::Content, title, fix), items));
    }
    all
}

/// Pictures without words.
pub fn alt_texts(without: Vec<String>, has_pictures: bool) -> Option<Finding> {
    if without.is_empty() {
        let good = || finding("alt_texts", Gravity::Good, Place::Content, "Every picture says what it shows.", "");
        return has_pictures.then(good);
    }
    let title = format!("{} no alt text.", count(size_of(&without), "picture has", "pictures have"));
    let fix = "Say in alt=\"…\" what it shows, or write alt=\"\" if it only decorates. Many people read mail without pictures.";
    let items =
        without.into_iter().map(|src| item(if src.is_empty() { "A picture without src".into() } else { src }, ""));
    Some(with(finding("alt_texts", Gravity::Warning, Place::Content, title, fix), items))
}

/// The way out.
pub fn unsubscribe(is_own: bool) -> Finding {
    let title = match is_own {
        true => "There is an unsubscribe link, and one click in the mail program works too.",
        false => "A foot with an unsubscribe link is added, since there is none in the content.",
    };
    finding("unsubscribe", Gravity::Good, Place::Content, title, "")
}

/// The first line that inboxes show.
pub fn preheader(text: &str) -> Finding {
    match text.trim().chars().count() {
        0 => finding(
            "preheader",
            Gravity::Warning,
            Place::Content,
            "There is no preview text. Inboxes show the first words of the email instead.",
            "Write one line that goes on where the subject ends.",
        ),
        n if n > 140 => finding(
            "preheader",
            Gravity::Warning,
            Place::Content,
            format!("The preview text has {n} characters. Inboxes cut it after about 100."),
            "Say the important part first.",
        ),
        _ => finding("preheader", Gravity::Good, Place::Content, "There is a preview text.", ""),
    }
}

/// `12 %`, one digit where it is small.
fn share(part: i64, whole: i64) -> String {
    let tenths = (part.saturating_mul(1000) + whole / 2) / whole.max(1);
    match tenths {
        0 => "under 0.1 %".into(),
        t if t < 100 => format!("{}.{} %", t / 10, t % 10),
        t => format!("{} %", t / 10),
    }
}

/// Names without a default, each with the people who have nothing under it.
pub fn fields(empty: &[(String, i64)], people: i64) -> Finding {
    let mut missing: Vec<_> = empty.iter().filter(|(_, n)| *n > 0).collect();
    missing.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let Some((_, most)) = missing.first() else {
        let title = match empty.len() {
            0 => "Nothing in it depends on what is known about a person.",
            _ => "Everybody has what the email says about them.",
        };
        return finding("fields", Gravity::Good, Place::Content, title, "");
    };
    let everybody = people > 0 && *most >= people;
    let gravity = if everybody { Gravity::Blocker } else { Gravity::Warning };
    let title = match everybody {
        true => "It cannot be written for anybody: a field it names is empty for all of them.".to_owned(),
        false => format!(
            "For {} of those who get it ({}) it cannot be written, and they are left out.",
            count(*most, "person", "people"),
            share(*most, people)
        ),
    };
    let fix = "Give the placeholder a default: {{ contact.first_name | default('you') }}.";
    let items = missing.iter().map(|(name, n)| {
        item(format!("contact.{name}"), format!("{} without it, {}", count(*n, "person", "people"), share(*n, people)))
    });
    with(finding("fields", gravity, Place::Content, title, fix), items)
}

/// What receivers find about the From domain; `None` where nobody could look.
pub fn domain(domain: &str, report: Option<&DomainReport>) -> Finding {
    let Some(report) = report else {
        let title = format!("SPF, DKIM and DMARC of {domain} were not checked.");
        let fix = "Ask whoever keeps its DNS whether they name this sender, before a large send.";
        return finding("domain", Gravity::NotChecked, Place::Company, title, fix);
    };
    let items = report.parts().into_iter().map(|(name, check)| item(name, check.words.clone()));
    let (gravity, title, fix) = match report {
        r if r.is_good() => (Gravity::Good, format!("SPF, DKIM and DMARC of {domain} are in order."), ""),
        r if r.parts().iter().any(|(_, c)| matches!(c.state, RecordState::Missing | RecordState::Wrong)) => {
            let lack: Vec<&str> =
                r.parts().into_iter().filter(|(_, c)| !c.state.is_usable()).map(|(name, _)| name).collect();
            let title =
                format!("{} of {domain} not in order; mailbox providers may refuse the mail.", lack.join(" and "));
            (Gravity::Warning, title, "Make the DNS records that the domain's page in the settings shows.")
        }
        r if r.parts().iter().any(|(_, c)| c.state == RecordState::Unreachable) => {
            (Gravity::NotChecked, format!("DNS could not be asked about {domain}."), "Try again in a moment.")
        }
        r => {
            let open: Vec<&str> =
                r.parts().into_iter().filter(|(_, c)| !c.state.is_usable()).map(|(name, _)| name).collect();
            let title = format!("{} of {domain} was not checked; the rest is in order.", open.join(" and "));
            (
                Gravity::NotChecked,
                title,
                "Add the domain under Settings, Sending domains, or ask your mail provider whether it signs.",
            )
        }
    };
    with(finding("domain", gravity, Place::Company, title, fix), items)
}

/// Addresses that differ by what follows a plus sign only.
pub fn duplicates(alike: i64) -> Finding {
    if alike == 0 {
        let title = "Nobody is in the audience twice; each address gets it once.";
        return finding("duplicates", Gravity::Good, Place::Audience, title, "");
    }
    let title = format!(
        "{} another one's but for what follows a plus sign, and probably reach the same inbox.",
        count(alike, "address is", "addresses are")
    );
    finding("duplicates", Gravity::Warning, Place::Audience, title, "Merge these contacts if they are one person.")
}

/// Other campaigns near in time, with the people they share.
pub fn overlap(shared: &[(String, i64, Micros)], zone: &Zone) -> Finding {
    let hit: Vec<_> = shared.iter().filter(|(_, n, _)| *n > 0).collect();
    if hit.is_empty() {
        let title = "Nobody in the audience gets another campaign within 48 hours.";
        return finding("overlap", Gravity::Good, Place::Schedule, title, "");
    }
    let title = format!(
        "{} within 48 hours {} people of this audience.",
        count(size_of(&hit), "other campaign", "other campaigns"),
        if hit.len() == 1 { "reaches" } else { "reach" }
    );
    let fix = "Choose a later time, leave those people out, or set a frequency cap.";
    let items = hit.iter().map(|(name, n, at)| {
        item(name.clone(), format!("{} in both, {}", count(*n, "person", "people"), zone.full(*at)))
    });
    with(finding("overlap", Gravity::Warning, Place::Schedule, title, fix), items)
}

/// How long the sender's limits take.
pub fn quota(people: i64, per_minute: Option<i64>, seconds: Option<i64>, finishes: Option<String>) -> Finding {
    let (Some(per_minute), Some(seconds), Some(finishes)) = (per_minute, seconds, finishes) else {
        let title = "The sender has no limits; it goes as fast as the server takes it.";
        return finding("quota", Gravity::Good, Place::Sender, title, "");
    };
    let days = seconds.div_euclid(86_400);
    if days > 0 {
        let title = format!(
            "The sender's limits spread this over more than {}; started now, the last message goes {finishes}.",
            count(days, "day", "days")
        );
        let fix = "Choose another sender, raise its limits, or begin earlier.";
        return finding("quota", Gravity::Warning, Place::Sender, title, fix);
    }
    let title = format!(
        "{} at {per_minute} per minute: started now, the last one goes {finishes}.",
        count(people, "message", "messages")
    );
    finding("quota", Gravity::Good, Place::Sender, title, "")
}

/// Who gets it.
pub fn audience(counted: &AudienceCount, is_chosen: bool) -> Finding {
    if !is_chosen {
        return finding("audience", Gravity::Blocker, Place::Audience, "Choose at least one list or tag.", "");
    }
    if counted.will_receive == 0 {
        let title = "Nobody in the audience can be mailed.";
        let fix = "Choose other lists or tags, or see why these people are left out.";
        let items = counted.excluded.iter().map(|r| item(r.text.clone(), count(r.count, "person", "people")));
        return with(finding("audience", Gravity::Blocker, Place::Audience, title, fix), items);
    }
    let title = format!("{} of {} get it.", counted.will_receive, count(counted.matched, "person", "people"));
    finding("audience", Gravity::Good, Place::Audience, title, "")
}

/// A test whose sample says little.
pub fn sample(per_variant: i64) -> Finding {
    if per_variant < 100 {
        let title = format!("Each variant of the test goes to about {}.", count(per_variant, "person", "people"));
        let fix =
            "Below a hundred each, chance decides more than the words. Test on a larger share, or with fewer variants.";
        return finding("test", Gravity::Warning, Place::Schedule, title, fix);
    }
    let title = format!("Each variant of the test goes to about {per_variant} people.");
    finding("test", Gravity::Good, Place::Schedule, title, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::domains::RecordCheck;

    fn tried(standing: Standing) -> Tried {
        Tried { url: "https://a.example/".into(), standing, words: "w".into() }
    }

    #[test]
    fn broken_unsure_and_untried_links_are_told_apart() {
        let all = links(&[
            tried(Standing::Broken),
            tried(Standing::Unsure),
            tried(Standing::NotTried),
            tried(Standing::Good),
        ]);
        let gravities: Vec<_> = all.iter().map(|f| (f.gravity, f.items.len())).collect();
        assert_eq!(gravities, [(Gravity::Warning, 1), (Gravity::Warning, 1), (Gravity::NotChecked, 1)]);
        assert_eq!(links(&[tried(Standing::Good)])[0].gravity, Gravity::Good);
        let many: Vec<_> = (0..50).map(|_| tried(Standing::Broken)).collect();
        assert_eq!((links(&many)[0].items.len(), links(&many)[0].title.as_str()), (20, "50 links lead nowhere."));
    }

    #[test]
    fn the_size_is_measured_against_gmails_clip() {
        assert_eq!(size(CLIPPED_AT).gravity, Gravity::Good);
        assert_eq!(size(CLIPPED_AT + 1).gravity, Gravity::Warning);
    }

    #[test]
    fn an_empty_field_says_for_which_share_and_blocks_only_when_it_is_everybodys() {
        let some = fields(&[("first_name".into(), 30), ("fields.plan".into(), 4)], 1000);
        assert_eq!((some.gravity, some.items.len()), (Gravity::Warning, 2));
        assert!(some.title.contains("30 people") && some.title.contains("3.0 %"), "{}", some.title);
        assert_eq!(fields(&[("first_name".into(), 9)], 9).gravity, Gravity::Blocker);
        assert_eq!(fields(&[("first_name".into(), 0)], 9).gravity, Gravity::Good);
        assert_eq!(fields(&[("first_name".into(), 1)], 90_000).items[0].detail, "1 person without it, under 0.1 %");
    }

    #[test]
    fn a_domain_that_nobody_looked_at_is_not_called_good() {
        assert_eq!(domain("acme.example", None).gravity, Gravity::NotChecked);
    }

    #[test]
    fn a_domain_is_as_good_as_the_worst_of_its_records() {
        use RecordState::{Good, Missing, Unchecked, Unreachable, Weak, Wrong};
        let of = |[spf, dkim, dmarc]: [RecordState; 3]| {
            let check = |state| RecordCheck {
                state,
                name: "acme.example".into(),
                found: String::new(),
                wanted: String::new(),
                words: "words".into(),
            };
            let (spf, dkim, dmarc) = (check(spf), check(dkim), check(dmarc));
            let report = DomainReport { domain: "acme.example".into(), spf, dkim, dmarc };
            let finding = domain("acme.example", Some(&report));
            (finding.gravity, finding.title)
        };
        assert_eq!(of([Good, Good, Weak]).0, Gravity::Good);
        assert_eq!(of([Good, Good, Missing]).0, Gravity::Warning);
        assert_eq!(of([Wrong, Unchecked, Unreachable]).0, Gravity::Warning);
        assert_eq!(of([Unreachable, Unchecked, Unreachable]).0, Gravity::NotChecked);
        let (gravity, title) = of([Good, Unchecked, Good]);
        assert!(gravity == Gravity::NotChecked && title.starts_with("DKIM of acme.example was not checked"), "{title}");
    }

    #[test]
    fn a_send_of_more_than_a_day_is_a_warning() {
        assert_eq!(quota(10, Some(1), Some(86_399), Some("soon".into())).gravity, Gravity::Good);
        assert_eq!(quota(10, Some(1), Some(86_400), Some("later".into())).gravity, Gravity::Warning);
        assert_eq!(quota(10, None, None, None).gravity, Gravity::Good);
    }

    #[test]
    fn an_audience_of_nobody_stands_in_the_way() {
        let none = AudienceCount { matched: 4, ..AudienceCount::default() };
        assert_eq!(audience(&none, true).gravity, Gravity::Blocker);
        assert_eq!(audience(&none, false).gravity, Gravity::Blocker);
        assert_eq!(audience(&AudienceCount { will_receive: 1, ..none }, true).gravity, Gravity::Good);
    }
}
