//! The names a template can read, as the engine asks for them.

use super::lint::OWN;
use crate::ports::Person;
use contract::ContactId;
use contract::contacts::ConsentState;
use minijinja::Value;
use minijinja::value::Object;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

/// Name of the placeholder for a link.
pub(super) fn link_name(number: usize) -> String {
    format!("{OWN}link_{number}")
}

/// Name of the placeholder for the address of the pixel.
pub(super) const PIXEL: &str = "lux_pixel";

/// Everything one message can say.
#[derive(Debug)]
pub(super) struct Root {
    pub contact: Value,
    pub campaign: Value,
    pub company: Value,
    pub unsubscribe: Value,
    pub view: Value,
    pub pixel: Value,
    pub links: Vec<Value>,
}

impl Object for Root {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        Some(match key {
            "contact" => self.contact.clone(),
            "campaign" => self.campaign.clone(),
            "company" => self.company.clone(),
            "unsubscribe_url" => self.unsubscribe.clone(),
            "view_url" => self.view.clone(),
            PIXEL => self.pixel.clone(),
            _ => {
                let number = key.strip_prefix(OWN)?.strip_prefix("link_")?;
                self.links.get(number.parse::<usize>().ok()?)?.clone()
            }
        })
    }
}

/// A person as `contact`. What is empty is not there, so that `default` and `if` do what they say.
#[derive(Debug)]
pub(super) struct Contact {
    email: Value,
    first_name: Value,
    last_name: Value,
    organisation: Value,
    phone: Value,
    language: Value,
    fields: Value,
}

impl Contact {
    pub fn new(person: &Person) -> Self {
        let fields: BTreeMap<Arc<str>, Value> = person
            .fields
            .iter()
            .filter_map(|(key, value)| Some((Arc::from(key.as_str()), from_json(value)?)))
            .collect();
        Self {
            email: filled(&person.email),
            first_name: filled(&person.first_name),
            last_name: filled(&person.last_name),
            organisation: filled(&person.organisation),
            phone: filled(&person.phone),
            language: filled(&person.language),
            fields: Value::from_object(Fields(fields)),
        }
    }
}

impl Object for Contact {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        let value = match key {
            "email" => &self.email,
            "first_name" => &self.first_name,
            "last_name" => &self.last_name,
            "organisation" => &self.organisation,
            "phone" => &self.phone,
            "language" => &self.language,
            "fields" => &self.fields,
            _ => return None,
        };
        (!value.is_undefined()).then(|| value.clone())
    }
}

#[derive(Debug)]
struct Fields(BTreeMap<Arc<str>, Value>);

impl Object for Fields {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.0.get(key).cloned()
    }
}

/// A few texts under one name, for example `company`. Here empty stays empty: these are the same for everybody, and are
/// checked before anything is sent.
pub(super) fn texts<const N: usize>(parts: [(&'static str, &str); N]) -> Value {
    let map: BTreeMap<String, Value> =
        parts.into_iter().map(|(key, text)| (key.to_owned(), Value::from(text))).collect();
    Value::from(map)
}

fn filled(text: &str) -> Value {
    if text.is_empty() { Value::UNDEFINED } else { Value::from(text) }
}

pub(super) fn from_json(value: &serde_json::Value) -> Option<Value> {
    use serde_json::Value as Json;
    Some(match value {
        Json::Null => return None,
        Json::String(text) if text.is_empty() => return None,
        Json::String(text) => Value::from(text.as_str()),
        Json::Bool(yes) => Value::from(*yes),
        Json::Number(n) => match (n.as_i64(), n.as_f64()) {
            (Some(whole), _) => Value::from(whole),
            // 30.0 was typed as 30
            (None, Some(number)) if number.fract() == 0.0 && number.abs() < 9e15 => Value::from(number as i64),
            (None, number) => Value::from(number?),
        },
        Json::Array(items) => items.iter().filter_map(from_json).collect::<Vec<Value>>().into(),
        Json::Object(parts) => {
            let map: BTreeMap<String, Value> =
                parts.iter().filter_map(|(k, v)| Some((k.clone(), from_json(v)?))).collect();
            Value::from(map)
        }
    })
}

/// Somebody to show a preview with before there are contacts. Custom fields show their own key.
pub fn example_person(fields: &[String]) -> Person {
    let shown = |key: &String| (key.clone(), serde_json::Value::String(format!("[{key}]")));
    Person {
        contact: ContactId(Uuid::nil()),
        email: "alex.example@example.com".into(),
        first_name: "Alex".into(),
        last_name: "Example".into(),
        organisation: "Example Ltd".into(),
        phone: "+45 00 00 00 00".into(),
        zone: String::new(),
        language: "en".into(),
        fields: fields.iter().map(shown).collect(),
        consent: ConsentState::Subscribed,
        suppressed: None,
    }
}
