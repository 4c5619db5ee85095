//! Customers, made up one by one: who they are, how they came, what they agreed to, how they read mail. No I/O.

use super::calendar::Calendar;
use super::dice::Dice;
use super::names::{COUNTRIES, Country, plain};
use contract::Micros;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};

/// Contacts that are there without the import.
const MANY: usize = 2_214;
/// Of those, people who left only a number.
const PHONE_ONLY: usize = 14;
/// People met at the fair who are new.
const LEADS: usize = 186;
/// Days since the first of them came.
const DAYS: f64 = 240.0;

/// Glazes, as options of a custom field.
pub const GLAZES: [&str; 5] = ["Winter blue", "Ember red", "Sea salt", "Moss", "Raw clay"];

/// A list of the company.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// Everybody who wants to hear.
    Newsletter,
    /// Shops and designers.
    Stockists,
    /// Who throws with us.
    Workshops,
    /// Who waits for seconds.
    Seconds,
}

/// How somebody's mail is read, as far as it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// Pictures come through the provider when the person looks.
    Proxy,
    /// Pictures are fetched at delivery by a machine; only a click tells of the person.
    Prefetch,
    /// A scanner looks into everything first.
    Scanned,
    /// Nothing in between.
    Plain,
}

/// One customer.
#[derive(Clone, Debug)]
pub struct Person {
    /// Address; empty for those who left a number only.
    pub email: String,
    /// First name.
    pub first: String,
    /// Last name.
    pub last: String,
    /// Organisation or empty.
    pub organisation: String,
    /// Phone or empty.
    pub phone: String,
    /// IANA zone.
    pub zone: &'static str,
    /// Language.
    pub language: &'static str,
    /// Custom fields.
    pub fields: BTreeMap<String, Value>,
    /// Tags.
    pub tags: Vec<&'static str>,
    /// Lists.
    pub lists: Vec<List>,
    /// Came.
    pub created: Micros,
    /// How.
    pub source: &'static str,
    /// Proof of the consent to email, if there is one.
    pub proof: Option<&'static str>,
    /// Said no without any mail of ours: when and how.
    pub left: Option<(Micros, &'static str)>,
    /// How much they care, 0 to 1.
    pub keen: f64,
    /// How they read.
    pub reader: Reader,
}

struct Door {
    share: u32,
    source: &'static str,
    proof: &'static str,
    /// How many of a hundred agree to email.
    agree: f64,
}

const SHOP: usize = 0;
const STUDIO: usize = 2;
const WORKSHOP: usize = 3;
const TRADE: usize = 4;
const DOORS: [Door; 5] = [
    Door { share: 46, source: "webshop", proof: "Checkout, box ticked", agree: 0.83 },
    Door { share: 22, source: "website form", proof: "Newsletter form on the website", agree: 1.0 },
    Door { share: 10, source: "studio visit", proof: "Studio visit form, signed", agree: 0.92 },
    Door { share: 14, source: "workshop booking", proof: "Workshop booking, box ticked", agree: 0.88 },
    Door { share: 8, source: "trade request", proof: "Trade terms, signed", agree: 0.95 },
];

struct Maker<'a> {
    dice: Dice,
    calendar: &'a Calendar,
    taken: HashSet<String>,
}

/// Everybody who came by themselves, in the order in which they came.
pub fn all(calendar: &Calendar) -> Vec<Person> {
    let mut maker = Maker { dice: Dice::new(0x0e3b_e4f0), calendar, taken: HashSet::new() };
    let mut all: Vec<Person> = known(calendar);
    maker.taken.extend(all.iter().map(|p| p.email.clone()));
    while all.len() < MANY {
        let mut person = maker.person();
        if all.len() >= MANY - PHONE_ONLY {
            (person.email, person.proof, person.left) = (String::new(), None, None);
            (person.phone, person.lists) = (maker.phone("+45"), vec![List::Workshops]);
        }
        all.push(person);
    }
    all.sort_by_key(|p| p.created);
    all
}

/// People met at the fair, none of them known before.
pub fn leads(calendar: &Calendar, known: &[Person], at: Micros) -> Vec<Person> {
    let taken = known.iter().map(|p| p.email.clone()).collect();
    let mut maker = Maker { dice: Dice::new(0xfa12), calendar, taken };
    (0..LEADS)
        .map(|_| {
            let mut person = maker.person();
            let country = maker.country();
            (person.zone, person.language) = (country.zone, country.language);
            maker.employ(&mut person, country);
            (person.created, person.left, person.proof) = (at, None, Some("Stockist fair, paper form"));
            (person.tags, person.lists) = (vec!["fair lead"], vec![List::Stockists]);
            // What the file says, and nothing else.
            person.fields.retain(|key, _| key == "favourite_glaze");
            (person.zone, person.language, person.phone) = ("", "", String::new());
            person
        })
        .collect()
}

impl Maker<'_> {
    fn country(&mut self) -> &'static Country {
        let place = self.dice.weighted(COUNTRIES.iter().map(|c| c.share));
        COUNTRIES.get(place).unwrap_or(&COUNTRIES[0])
    }

    fn person(&mut self) -> Person {
        let country = self.country();
        let door = self.dice.weighted(DOORS.iter().map(|d| d.share));
        let Door { source, proof, agree, .. } = *DOORS.get(door).unwrap_or(&DOORS[SHOP]);
        let agrees = self.dice.chance(agree);
        let created = self.arrival();
        let mut person = Person {
            email: String::new(),
            first: self.dice.word(country.first).to_owned(),
            last: self.dice.word(country.last).to_owned(),
            organisation: String::new(),
            phone: if self.dice.chance(0.35) { self.phone(country.dial) } else { String::new() },
            zone: country.zone,
            language: country.language,
            fields: BTreeMap::new(),
            tags: Vec::new(),
            lists: Vec::new(),
            created,
            source,
            proof: agrees.then_some(proof),
            left: None,
            keen: self.dice.unit().powf(1.3),
            reader: self.reader(),
        };
        match door {
            TRADE => self.employ(&mut person, country),
            _ => person.email = self.mailbox(&person, country),
        }
        self.habits(&mut person, door, agrees);
        if agrees && self.dice.chance(0.026) {
            person.left = self.goodbye(created);
        }
        person
    }

    /// More come lately than in the beginning, and nobody at night.
    fn arrival(&mut self) -> Micros {
        let ago = DAYS * self.dice.unit().powf(1.2);
        let day = self.calendar.back(ago as i64);
        let hour = self.dice.between(8, 21) - i64::from(self.calendar.hour(day));
        let at = day.plus_seconds(hour * 3600 + self.dice.between(-1799, 1799));
        // What would be later than now is spread over the days before.
        if at < self.calendar.now.plus_seconds(-120) { at } else { at.plus_seconds(-86_400 * self.dice.between(1, 7)) }
    }

    fn goodbye(&mut self, created: Micros) -> Option<(Micros, &'static str)> {
        let days = (self.calendar.now.0 - created.0) / 86_400_000_000;
        let at = created.plus_seconds(self.dice.between(1, days.max(2)) * 86_400);
        let how = self.dice.word(&["wrote to us", "said so in the studio", "said so on the phone"]);
        (at.0 < self.calendar.now.0).then_some((at, how))
    }

    fn reader(&mut self) -> Reader {
        match self.dice.below(100) {
            0..30 => Reader::Proxy,
            30..54 => Reader::Prefetch,
            _ => Reader::Plain,
        }
    }

    fn phone(&mut self, dial: &str) -> String {
        format!("{dial}00{:06}", self.dice.below(1_000_000))
    }

    /// A private mailbox that nobody else has.
    fn mailbox(&mut self, person: &Person, country: &Country) -> String {
        let (first, last) = (plain(&person.first), plain(&person.last));
        let host = self.dice.word(country.mailboxes);
        let local = match self.dice.below(4) {
            0 => format!("{first}{last}"),
            1 => format!("{}.{last}", first.get(..1).unwrap_or("x")),
            _ => format!("{first}.{last}"),
        };
        self.free(&local, host)
    }

    fn free(&mut self, local: &str, host: &str) -> String {
        let mut address = format!("{local}@{host}");
        while !self.taken.insert(address.clone()) {
            address = format!("{local}{}@{host}", self.dice.between(2, 99));
        }
        address
    }

    /// Gives somebody a shop or a studio, and an address there.
    fn employ(&mut self, person: &mut Person, country: &Country) {
        let owner = if self.dice.chance(0.6) { person.last.clone() } else { self.dice.word(country.last).to_owned() };
        person.organisation = format!("{} {owner}", self.dice.word(country.shops));
        let host = format!("{}.example", plain(&person.organisation));
        let first = plain(&person.first);
        let local = if self.dice.chance(0.3) { "info" } else { &first };
        person.email = self.free(local, &host);
        if self.dice.chance(0.4) {
            person.reader = Reader::Scanned;
        }
        person.fields.insert("shop_url".into(), json!(format!("https://www.{host}/")));
    }

    /// Tags, lists and fields that go with how somebody came.
    fn habits(&mut self, person: &mut Person, door: usize, agrees: bool) {
        let dice = &mut self.dice;
        if agrees && (door < WORKSHOP || dice.chance(0.5)) {
            person.lists.push(List::Newsletter);
        }
        if door <= 1 && dice.chance(0.3) {
            person.lists.push(List::Seconds);
        }
        match door {
            SHOP if dice.chance(0.18) => person.tags.push("gift buyer"),
            STUDIO => person.tags.push("studio visitor"),
            WORKSHOP => {
                person.tags.push("workshop guest");
                person.lists.push(List::Workshops);
            }
            TRADE => {
                person.tags.push(if dice.chance(0.6) { "stockist" } else { "interior designer" });
                person.lists.push(List::Stockists);
                if dice.chance(0.7) {
                    person.tags.push("trade price");
                }
            }
            _ => {}
        }
        if dice.chance(0.62) {
            person.fields.insert("favourite_glaze".into(), json!(dice.word(&GLAZES)));
        }
        if matches!(door, SHOP | TRADE) || dice.chance(0.25) {
            let first = person.created.plus_seconds(-dice.between(0, 20) * 86_400);
            person.fields.insert("first_order".into(), json!(self.calendar.date(first)));
            let orders = 1 + dice.wait(1.7) as i64;
            person.fields.insert("orders".into(), json!(orders));
            if orders > 5 {
                person.tags.push("regular");
            }
        }
        if door == TRADE {
            person.fields.insert("trade_terms".into(), json!(true));
        }
    }
}

type Known = (&'static str, &'static str, &'static str, &'static str, usize, i64);

/// People whom the company knows well: first and last name, address, organisation, country, days since they came.
const KNOWN: [Known; 9] = [
    ("Alba", "Reyes", "alba@reyes.example", "Reyes Interiors", 7, 214),
    ("Marit", "Sande", "marit@sande.example", "", 2, 160),
    ("Petra", "Lindqvist", "petra.l@lindq.example", "Lindqvist & Co", 1, 188),
    ("Hugo", "Marchetti", "hugo@marchetti.example", "", 6, 97),
    ("Noor", "Haddad", "noor@haddad.example", "Haddad Gallery", 5, 141),
    ("Ewan", "Birch", "ewan@birch.example", "", 5, 120),
    ("Lotte", "Brandt", "lotte@brandt.example", "", 3, 66),
    ("Tomas", "Keller", "tomas@keller.example", "Keller Wohnen", 3, 205),
    ("Saga", "Winterberg", "saga@winterberg.example", "", 1, 33),
];

fn known(calendar: &Calendar) -> Vec<Person> {
    let person = |(first, last, email, organisation, country, days): &Known| {
        let country = COUNTRIES.get(*country).unwrap_or(&COUNTRIES[0]);
        let trade = !organisation.is_empty();
        let mut fields = BTreeMap::from([
            ("favourite_glaze".to_owned(), json!("Winter blue")),
            ("first_order".to_owned(), json!(calendar.date(calendar.back(*days)))),
            ("orders".to_owned(), json!(if trade { 9 } else { 3 })),
        ]);
        if trade {
            fields.insert("trade_terms".into(), json!(true));
        }
        Person {
            email: (*email).to_owned(),
            first: (*first).to_owned(),
            last: (*last).to_owned(),
            organisation: (*organisation).to_owned(),
            phone: format!("{}00000012", country.dial),
            zone: country.zone,
            language: country.language,
            fields,
            tags: if trade { vec!["interior designer", "trade price"] } else { vec!["workshop guest"] },
            lists: if trade {
                vec![List::Newsletter, List::Stockists]
            } else {
                vec![List::Newsletter, List::Workshops]
            },
            created: calendar.back(*days).plus_seconds(-3600),
            source: if trade { "studio visit" } else { "workshop booking" },
            proof: Some(if trade { "Studio visit form, signed" } else { "Workshop booking, box ticked" }),
            left: None,
            keen: 0.9,
            reader: Reader::Plain,
        }
    };
    KNOWN.iter().map(person).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar() -> Calendar {
        Calendar::new(Micros::parse("2026-11-20T09:42:00Z").unwrap()).unwrap()
    }

    #[test]
    fn the_same_day_makes_the_same_people_and_every_address_is_nobodys() {
        let calendar = calendar();
        let all = all(&calendar);
        let again = super::all(&calendar);
        assert!(all.iter().map(|p| &p.email).eq(again.iter().map(|p| &p.email)));
        let mut leads = leads(&calendar, &all, calendar.back(40));
        assert_eq!(all.len() + leads.len(), 2_400);
        leads.extend(all);
        let addresses: HashSet<&str> = leads.iter().map(|p| p.email.as_str()).filter(|e| !e.is_empty()).collect();
        assert_eq!(addresses.len(), 2_400 - PHONE_ONLY);
        assert!(addresses.iter().all(|a| a.ends_with(".example") && a.is_ascii()));
    }

    #[test]
    fn nobody_comes_or_leaves_after_now() {
        let calendar = calendar();
        for person in all(&calendar) {
            assert!(person.created < calendar.now, "{person:?}");
            assert!(person.left.is_none_or(|(at, _)| at < calendar.now && at > person.created));
            assert!(person.left.is_none() || person.proof.is_some());
        }
    }
}
