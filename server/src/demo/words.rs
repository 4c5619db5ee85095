//! What the campaigns say, and the three designs they are set in.

use contract::templates::{Content, SourceKind};

/// A design, kept as a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Design {
    /// A letter from the studio.
    Letter,
    /// New pieces.
    Shelf,
    /// An invitation.
    Card,
}

impl Design {
    /// Every design.
    pub const ALL: [Self; 3] = [Self::Letter, Self::Shelf, Self::Card];

    /// Name of its template.
    pub fn name(self) -> &'static str {
        match self {
            Self::Letter => "Studio letter",
            Self::Shelf => "New on the shelf",
            Self::Card => "Invitation card",
        }
    }

    /// What its template says.
    pub fn example(self) -> &'static Words {
        match self {
            Self::Letter => &LETTER,
            Self::Shelf => &SHELF,
            Self::Card => &CARD,
        }
    }

    fn source(self) -> &'static str {
        match self {
            Self::Letter => include_str!("designs/letter.html"),
            Self::Shelf => include_str!("designs/shelf.mjml"),
            Self::Card => include_str!("designs/card.html"),
        }
    }

    fn paragraph(self, text: &str) -> String {
        match self {
            Self::Shelf => format!("<mj-text css-class=\"words\">{text}</mj-text>"),
            Self::Letter | Self::Card => format!("<p style=\"margin:0 0 16px;\">{text}</p>"),
        }
    }

    fn link(self, label: &str, path: &str) -> String {
        let anchor = format!("<a href=\"{}\">{label}</a>", address(path));
        match self {
            Self::Shelf => format!("<mj-text css-class=\"words\">{anchor}</mj-text>"),
            Self::Letter | Self::Card => format!("{anchor}<br>"),
        }
    }
}

/// What an email says.
#[derive(Debug)]
pub struct Words {
    /// Name of the campaign.
    pub name: &'static str,
    /// Design.
    pub design: Design,
    subject: &'static str,
    preheader: &'static str,
    title: &'static str,
    paragraphs: &'static [&'static str],
    button: (&'static str, &'static str),
    more: &'static [(&'static str, &'static str)],
}

fn address(path: &str) -> String {
    format!("https://www.emberfold.example/{path}")
}

impl Words {
    /// The words in their design.
    pub fn content(&self) -> Content {
        let design = self.design;
        let words: Vec<String> = self.paragraphs.iter().map(|text| design.paragraph(text)).collect();
        let more: Vec<String> = self.more.iter().map(|(label, path)| design.link(label, path)).collect();
        let source = design
            .source()
            .replace("[[title]]", self.title)
            .replace("[[words]]", &words.join("\n              "))
            .replace("[[more]]", &more.join("\n              "))
            .replace("[[button]]", self.button.0)
            .replace("[[href]]", &address(self.button.1));
        let kind = if design == Design::Shelf { SourceKind::Mjml } else { SourceKind::Html };
        Content { subject: self.subject.into(), preheader: self.preheader.into(), kind, source, text: String::new() }
    }
}

const LETTER: Words = Words {
    name: "Studio letter",
    design: Design::Letter,
    subject: "A letter from the studio",
    preheader: "What came out of the kiln, and what comes next",
    title: "What came out of the kiln",
    paragraphs: &[
        "Begin with what happened in the studio, in two or three sentences, as you would tell a guest.",
        "Then say what it means for the reader, and when.",
    ],
    button: ("Read the whole story", "journal"),
    more: &[("Opening hours of the studio", "studio")],
};

const SHELF: Words = Words {
    name: "New on the shelf",
    design: Design::Shelf,
    subject: "New on the shelf",
    preheader: "Pieces that are ready to go out this week",
    title: "New on the shelf",
    paragraphs: &[
        "Say what is new and how many there are. Name the glaze and the size.",
        "{% if contact.fields.favourite_glaze %}You like {{ contact.fields.favourite_glaze }}, so look there first.{% endif %}",
    ],
    button: ("See what is new", "shop/new"),
    more: &[("All bowls", "shop/bowls"), ("All cups", "shop/cups")],
};

const CARD: Words = Words {
    name: "Invitation card",
    design: Design::Card,
    subject: "You are invited",
    preheader: "One evening, one kiln, and something warm to drink",
    title: "You are invited",
    paragraphs: &["Say what happens, where, and from when to when. One sentence each is enough."],
    button: ("I will come", "come"),
    more: &[("How to find us", "studio/way")],
};

/// Seats at the wheel.
pub const WORKSHOPS: Words = Words {
    name: "Workshop dates",
    design: Design::Card,
    subject: "Seats at the wheel: the new workshop dates",
    preheader: "Six evenings, eight seats each",
    title: "Six evenings at the wheel",
    paragraphs: &[
        "The new dates are open{% if contact.first_name %}, {{ contact.first_name }}{% endif %}. Each evening has eight seats, clay and glaze included, and what you throw is fired and ready three weeks later.",
        "You have heard of it a day before everybody else.",
    ],
    button: ("Choose an evening", "workshops"),
    more: &[("What to wear", "workshops/before-you-come"), ("Give a seat away", "workshops/gift")],
};

/// Slightly flawed.
pub const SECONDS: Words = Words {
    name: "Seconds sale",
    design: Design::Shelf,
    subject: "Slightly flawed, {{ contact.first_name | default(\"and\") }}, half the price",
    preheader: "Two hundred pieces with a story",
    title: "Two hundred pieces with a small flaw",
    paragraphs: &[
        "A run in the glaze, a foot that is not quite round: these pieces are as useful as their sisters and cost half.",
        "{% if contact.fields.favourite_glaze %}There is {{ contact.fields.favourite_glaze }} among them.{% else %}There are all five glazes among them.{% endif %} What is left on Sunday goes back into the clay.",
    ],
    button: ("Look through the seconds", "shop/seconds"),
    more: &[
        ("Bowls", "shop/seconds/bowls"),
        ("Cups", "shop/seconds/cups"),
        ("Why things crack", "journal/why-things-crack"),
    ],
};

/// For shops.
pub const SHAPES: Words = Words {
    name: "Stockist letter, new shapes",
    design: Design::Letter,
    subject: "Three new shapes at trade price",
    preheader: "A tall jug, a low bowl, and the cup you asked for",
    title: "Three new shapes",
    paragraphs: &[
        "We have added a tall jug, a low bowl of 22 cm and the larger cup that many of you asked for. They come in all five glazes and stack with what you have.",
        "Samples go out on Mondays. Orders that reach us by the end of the month are fired first.",
    ],
    button: ("See the trade prices", "trade/prices"),
    more: &[("Order samples", "trade/samples"), ("Pictures for your shop", "trade/pictures")],
};

/// The new glaze.
pub const WINTER: Words = Words {
    name: "Winter blue, the new glaze",
    design: Design::Shelf,
    subject: "A blue we have looked for since 2019",
    preheader: "Winter blue is on the shelf, in twelve shapes",
    title: "Winter blue is here",
    paragraphs: &[
        "It took us 214 test tiles. The blue we wanted is deep where it pools and almost white at the rim, and no two pieces are alike.",
        "{% if contact.fields.favourite_glaze == \"Winter blue\" %}You told us long ago that you were waiting for it. Thank you for your patience.{% else %}Twelve shapes are ready today; the plates follow with the next firing.{% endif %}",
    ],
    button: ("See winter blue", "shop/winter-blue"),
    more: &[
        ("The 214 tiles", "journal/214-tiles"),
        ("Bowls in winter blue", "shop/winter-blue/bowls"),
        ("Cups in winter blue", "shop/winter-blue/cups"),
    ],
};

/// Doors open.
pub const KILN: Words = Words {
    name: "Kiln opening weekend",
    design: Design::Card,
    subject: "Come and see the kiln opened",
    preheader: "Saturday and Sunday from ten, with soup",
    title: "We open the kiln, and the doors",
    paragraphs: &[
        "On Saturday and Sunday from ten o'clock we unpack the kiln together. What comes out can be taken home still warm.",
        "There is soup, and clay for children.",
    ],
    button: ("Tell us that you come", "kiln-opening"),
    more: &[("How to find us", "studio/way"), ("What is in the kiln", "journal/in-the-kiln")],
};

/// For shops, next week.
pub const FAIR: Words = Words {
    name: "Stockist letter, fair dates",
    design: Design::Letter,
    subject: "Where you can meet us this season",
    preheader: "Three fairs, and a table kept for you",
    title: "Three fairs, and a table for you",
    paragraphs: &[
        "We show the new shapes at three fairs this season, and at each of them a table is kept for the people who sell our work.",
        "Write to us which day suits you, and we have samples of what you like ready.",
    ],
    button: ("See the dates", "trade/fairs"),
    more: &[("Order samples before", "trade/samples")],
};

/// Being written.
pub const GIFTS: Words = Words {
    name: "Gift guide",
    design: Design::Shelf,
    subject: "Gifts that are made by hand",
    preheader: "From 14 euros, wrapped in paper we print ourselves",
    title: "Made by hand, wrapped by hand",
    paragraphs: &[
        "For somebody who cooks, for somebody who drinks tea, for somebody who has everything but a good bowl.",
        "{% if contact.fields.orders %}You know how we pack; nothing has ever broken on the way to you, we hope.{% endif %}",
    ],
    button: ("See the gifts", "shop/gifts"),
    more: &[("Under 30 euros", "shop/gifts/under-30"), ("A seat at the wheel", "workshops/gift")],
};

/// Hardly begun.
pub const THANKS: Words = Words {
    name: "After the first order",
    design: Design::Letter,
    subject: "Thank you for your first order",
    preheader: "How to look after it",
    title: "Thank you",
    paragraphs: &["What you bought was made by three people. This is how it stays beautiful."],
    button: ("How to look after stoneware", "care"),
    more: &[],
};
