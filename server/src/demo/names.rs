//! Where customers live and what they are called. Names are common ones put together by chance.

/// A country with what it takes to make up people of it.
#[derive(Debug)]
pub struct Country {
    /// Of a thousand customers.
    pub share: u32,
    /// IANA zone.
    pub zone: &'static str,
    /// Language.
    pub language: &'static str,
    /// Dialling code; what follows begins with zeros, so that it is nobody's number.
    pub dial: &'static str,
    /// Providers of mailboxes.
    pub mailboxes: &'static [&'static str],
    /// First names.
    pub first: &'static [&'static str],
    /// Last names.
    pub last: &'static [&'static str],
    /// What shops and studios are called, before the last name.
    pub shops: &'static [&'static str],
}

/// Everywhere mail goes.
pub static COUNTRIES: [Country; 10] = [
    Country {
        share: 330,
        zone: "Europe/Copenhagen",
        language: "da",
        dial: "+45",
        mailboxes: &["postkasse.example", "brevbox.example", "nordmail.example", "hjem.example"],
        first: &[
            "Mette", "Freja", "Sofie", "Ida", "Karen", "Signe", "Maja", "Line", "Camilla", "Louise", "Lærke", "Tilde", "Birgit",
            "Anders", "Mads", "Rasmus", "Jeppe", "Søren", "Lars", "Jonas", "Emil", "Kasper", "Nikolaj", "Thomas",
        ],
        last: &[
            "Jensen", "Nielsen", "Hansen", "Pedersen", "Andersen", "Sørensen", "Møller", "Holm", "Bruun", "Lund", "Kjær", "Friis",
            "Dahl", "Østergaard", "Skov", "Vestergaard", "Bech", "Krogh", "Juhl", "Winther", "Thorsen", "Ravn",
        ],
        shops: &["Galleri", "Butik", "Hos", "Bolighuset"],
    },
    Country {
        share: 150,
        zone: "Europe/Stockholm",
        language: "sv",
        dial: "+46",
        mailboxes: &["brevlada.example", "nordmail.example", "hemma.example"],
        first: &[
            "Petra", "Elin", "Maja", "Saga", "Astrid", "Karin", "Linnea", "Ebba", "Hanna", "Åsa", "Johan", "Oskar", "Nils", "Erik",
            "Gustav", "Anton", "Viktor", "Axel",
        ],
        last: &[
            "Lindqvist", "Johansson", "Karlsson", "Nilsson", "Eriksson", "Larsson", "Bergström", "Sandberg", "Ekström", "Nyström",
            "Åberg", "Forsberg", "Lundgren", "Wikström", "Sjöberg", "Hedlund", "Ström", "Dahlgren",
        ],
        shops: &["Galleri", "Ateljé", "Hemma hos"],
    },
    Country {
        share: 95,
        zone: "Europe/Oslo",
        language: "nb",
        dial: "+47",
        mailboxes: &["postboks.example", "nordmail.example", "fjellpost.example"],
        first: &["Marit", "Ingrid", "Silje", "Kari", "Nora", "Sunniva", "Tuva", "Liv", "Håkon", "Sindre", "Magnus", "Eirik", "Torbjørn", "Ola"],
        last: &[
            "Sande", "Solberg", "Berg", "Haugen", "Bakken", "Lie", "Strand", "Moen", "Hagen", "Eide", "Myhre", "Fjeld", "Nygård",
            "Aasen", "Rønning", "Tangen",
        ],
        shops: &["Galleri", "Verksted", "Interiør"],
    },
    Country {
        share: 135,
        zone: "Europe/Berlin",
        language: "de",
        dial: "+49",
        mailboxes: &["postfach.example", "briefkasten.example", "hauspost.example"],
        first: &[
            "Lotte", "Anna", "Katharina", "Johanna", "Greta", "Frieda", "Ulrike", "Jana", "Miriam", "Tomas", "Felix", "Lukas",
            "Moritz", "Jürgen", "Matthias", "Paul", "Stefan", "Florian",
        ],
        last: &[
            "Keller", "Brandt", "Schneider", "Fischer", "Weber", "Becker", "Hoffmann", "Schäfer", "Koch", "Richter", "Wolf", "Krüger",
            "Vogel", "Lorenz", "Jäger", "Busch", "Winkler", "Engel",
        ],
        shops: &["Galerie", "Atelier", "Wohnraum", "Keramik"],
    },
    Country {
        share: 75,
        zone: "Europe/Amsterdam",
        language: "nl",
        dial: "+31",
        mailboxes: &["brievenbus.example", "thuispost.example"],
        first: &["Sanne", "Lieke", "Femke", "Anouk", "Marloes", "Roos", "Daan", "Sem", "Bram", "Jeroen", "Koen", "Pieter"],
        last: &["de Vries", "Jansen", "Bakker", "Visser", "Smit", "Meijer", "Mulder", "Bos", "Dekker", "Kuipers", "van Dam", "Postma"],
        shops: &["Galerie", "Atelier", "Winkel"],
    },
    Country {
        share: 90,
        zone: "Europe/London",
        language: "en",
        dial: "+44",
        mailboxes: &["letterbox.example", "pillarpost.example", "homemail.example"],
        first: &["Ewan", "Harriet", "Imogen", "Beth", "Priya", "Noor", "Grace", "Rhys", "Callum", "Oliver", "Jack", "Amina", "Fiona", "Hugh"],
        last: &["Birch", "Haddad", "Clarke", "Wright", "Hughes", "Patel", "Fraser", "Murray", "Bennett", "Ellis", "Marsh", "Holloway", "Reid", "Foster"],
        shops: &["Gallery", "Studio", "House of", "Shop"],
    },
    Country {
        share: 45,
        zone: "Europe/Paris",
        language: "fr",
        dial: "+33",
        mailboxes: &["boitelettre.example", "courriel.example"],
        first: &["Camille", "Élodie", "Margaux", "Claire", "Hélène", "Inès", "Antoine", "Julien", "Baptiste", "Rémi"],
        last: &["Moreau", "Lefèvre", "Girard", "Rousseau", "Fontaine", "Chevalier", "Blanchard", "Perrin", "Garnier", "Renaud"],
        shops: &["Galerie", "Atelier", "Maison"],
    },
    Country {
        share: 35,
        zone: "Europe/Madrid",
        language: "es",
        dial: "+34",
        mailboxes: &["buzon.example", "correo.example"],
        first: &["Alba", "Lucía", "Carmen", "Inés", "Martina", "Javier", "Pablo", "Álvaro", "Diego", "Sergio"],
        last: &["Reyes", "García", "Navarro", "Serrano", "Molina", "Ortega", "Castillo", "Rubio", "Peña", "Vidal"],
        shops: &["Galería", "Taller", "Casa"],
    },
    Country {
        share: 25,
        zone: "Europe/Helsinki",
        language: "fi",
        dial: "+358",
        mailboxes: &["postilaatikko.example", "nordmail.example"],
        first: &["Aino", "Helmi", "Sanna", "Noora", "Eero", "Mikko", "Ilmari", "Väinö"],
        last: &["Virtanen", "Korhonen", "Mäkinen", "Nieminen", "Laine", "Heikkinen", "Järvinen", "Salonen"],
        shops: &["Galleria", "Puoti"],
    },
    Country {
        share: 20,
        zone: "Asia/Tokyo",
        language: "ja",
        dial: "+81",
        mailboxes: &["yubin.example", "tegami.example"],
        first: &["Aiko", "Haruka", "Yui", "Sakura", "Kenji", "Daichi", "Ren", "Takumi"],
        last: &["Sato", "Tanaka", "Yamamoto", "Kobayashi", "Mori", "Inoue", "Hayashi", "Ishikawa"],
        shops: &["Utsuwa", "Gallery"],
    },
];

/// Letters that addresses go without.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.to_lowercase().chars() {
        match c {
            'æ' | 'ä' => out.push_str("ae"),
            'ø' | 'ö' => out.push_str("oe"),
            'å' => out.push_str("aa"),
            'ü' => out.push_str("ue"),
            'é' | 'è' | 'ê' => out.push('e'),
            'á' => out.push('a'),
            'í' => out.push('i'),
            'ó' => out.push('o'),
            'ú' => out.push('u'),
            'ñ' => out.push('n'),
            'a'..='z' | '0'..='9' => out.push(c),
            _ => {}
        }
    }
    out
}
