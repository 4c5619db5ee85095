//! What comes in: query and body, read strictly, so that a typing error is told instead of being ignored.

use super::problem::Problem;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, StatusCode, header};
use contract::{Fault, FieldError};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{DeserializeOwned, Deserializer};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use serde_path_to_error::{Path, Segment, Track};
use std::marker::PhantomData;

/// A body before it is typed.
pub enum Raw {
    /// Held in memory.
    Held(Bytes),
    /// Still coming in.
    Coming(Body),
}

/// How a body is described.
pub struct BodyDoc {
    /// Media type.
    pub media: &'static str,
    /// Schema.
    pub schema: Schema,
}

/// A typed body.
pub trait Input: Sized + Send + 'static {
    /// Whether it is read as it comes.
    const STREAMS: bool = false;
    /// How it is described; `None` when there is none.
    fn doc(generator: &mut SchemaGenerator) -> Option<BodyDoc>;
    /// Reads it.
    fn take(headers: &HeaderMap, raw: Raw) -> Result<Self, Problem>;
}

impl Input for () {
    fn doc(_: &mut SchemaGenerator) -> Option<BodyDoc> {
        None
    }

    fn take(_: &HeaderMap, _: Raw) -> Result<Self, Problem> {
        Ok(())
    }
}

/// A JSON body. An empty body reads as an empty object.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned + JsonSchema + Send + 'static> Input for Json<T> {
    fn doc(generator: &mut SchemaGenerator) -> Option<BodyDoc> {
        Some(BodyDoc { media: "application/json", schema: generator.subschema_for::<T>() })
    }

    fn take(headers: &HeaderMap, raw: Raw) -> Result<Self, Problem> {
        parse(&held(headers, raw)?).map(Self)
    }
}

/// A JSON merge patch (RFC 7396) of what `T` writes: absent stays, `null` goes back to the default.
pub struct Patch<T>(Map<String, Value>, PhantomData<fn() -> T>);

impl<T: DeserializeOwned + Serialize + JsonSchema + 'static> Input for Patch<T> {
    fn doc(generator: &mut SchemaGenerator) -> Option<BodyDoc> {
        let mut schema = T::json_schema(generator);
        schema.remove("required");
        Some(BodyDoc { media: "application/json", schema })
    }

    fn take(headers: &HeaderMap, raw: Raw) -> Result<Self, Problem> {
        Ok(Self(parse(&held(headers, raw)?)?, PhantomData))
    }
}

impl<T: DeserializeOwned + Serialize> Patch<T> {
    /// What is written once the patch is laid over what was.
    pub fn over(self, before: &T) -> Result<T, Fault> {
        let mut value = serde_json::to_value(before).map_err(kernel::fault::broken)?;
        merge(&mut value, Value::Object(self.0));
        typed(value).map_err(|refused| Fault::Invalid { fields: refused })
    }
}

/// RFC 7396, section 2.
fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (name, value) in patch {
        match value {
            Value::Null => drop(target.remove(&name)),
            value => merge(target.entry(name).or_insert(Value::Null), value),
        }
    }
}

/// A file as the body, of any size the service takes.
pub struct Upload(pub Body);

impl Input for Upload {
    const STREAMS: bool = true;

    fn doc(_: &mut SchemaGenerator) -> Option<BodyDoc> {
        Some(BodyDoc { media: "text/csv", schema: schemars::json_schema!({ "type": "string" }) })
    }

    fn take(_: &HeaderMap, raw: Raw) -> Result<Self, Problem> {
        Ok(Self(match raw {
            Raw::Held(bytes) => Body::from(bytes),
            Raw::Coming(body) => body,
        }))
    }
}

fn held(headers: &HeaderMap, raw: Raw) -> Result<Bytes, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !(kind.is_empty() || kind == "application/json" || kind.ends_with("+json")) {
        let detail = format!("The body is {kind}; send JSON with `Content-Type: application/json`.");
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", "Not JSON", detail));
    }
    match raw {
        Raw::Held(bytes) => Ok(bytes),
        Raw::Coming(_) => Ok(Bytes::new()),
    }
}

/// Reads JSON; refuses names that mean nothing here.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let bytes = if bytes.trim_ascii().is_empty() { b"{}" } else { bytes };
    // Syntax first, so that a missing brace is not told as a missing field.
    if let Err(error) = serde_json::from_slice::<serde::de::IgnoredAny>(bytes) {
        let detail = format!("The body is not JSON: {error}.");
        return Err(Problem::new(StatusCode::BAD_REQUEST, "malformed", "Not JSON", detail));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    typed(&mut json).map_err(|fields| Problem::from(&Fault::Invalid { fields }))
}

fn typed<'de, T: DeserializeOwned, D: Deserializer<'de, Error = serde_json::Error>>(
    from: D,
) -> Result<T, Vec<FieldError>> {
    let (mut track, mut unknown) = (Track::new(), Vec::new());
    let tracked = serde_path_to_error::Deserializer::new(from, &mut track);
    let read = serde_ignored::deserialize(tracked, |path| unknown.push(path.to_string()));
    let value = match read {
        Ok(value) => value,
        Err(error) => return Err(vec![refused(&track.path(), &error.to_string())]),
    };
    if unknown.is_empty() {
        return Ok(value);
    }
    Err(unknown
        .iter()
        .map(|path| FieldError { field: path.replace("?.", ""), message: "There is no such field here.".into() })
        .collect())
}

fn refused(path: &Path, said: &str) -> FieldError {
    let said = said.rsplit_once(" at line ").map_or(said, |(said, _)| said);
    let mut parts: Vec<String> = path.iter().filter_map(segment).collect();
    let missing = said.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    parts.extend(missing.map(ToOwned::to_owned));
    let message = match missing {
        Some(_) => "This field is missing.".to_owned(),
        None => format!("This does not fit: {said}."),
    };
    FieldError { field: if parts.is_empty() { "body".into() } else { parts.join(".") }, message }
}

fn segment(segment: &Segment) -> Option<String> {
    match segment {
        Segment::Seq { index } => Some(index.to_string()),
        Segment::Map { key } => Some(key.clone()),
        Segment::Enum { .. } | Segment::Unknown => None,
    }
}

/// Reads the query; refuses names that mean nothing here.
pub fn query<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let pairs = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(text.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let said = error.inner().to_string();
        let quoted = said.split('`').nth(1).unwrap_or_default().to_owned();
        let path: Vec<String> = error.path().iter().filter_map(segment).collect();
        let field = if path.is_empty() && !quoted.is_empty() { quoted } else { path.join(".") };
        let field = if field.is_empty() { "query".into() } else { field };
        Problem::from(&Fault::invalid(field, format!("The query does not fit: {said}.")))
    })
}

/// A yes or no in the query, as people write it.
pub fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    match String::deserialize(from)?.as_str() {
        "1" | "true" | "yes" => Ok(true),
        "" | "0" | "false" | "no" => Ok(false),
        _ => Err(serde::de::Error::custom("write 1 or 0")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    struct Line {
        email: String,
        #[serde(default)]
        age: Option<u8>,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
    struct Lines {
        lines: Vec<Line>,
    }

    fn fields(body: &str) -> Vec<(String, String)> {
        let problem = parse::<Lines>(body.as_bytes()).unwrap_err();
        problem.fields.into_iter().map(|f| (f.field, f.message)).collect()
    }

    #[test]
    fn a_refused_value_is_named_by_its_path() {
        let wrong = fields(r#"{"lines":[{"email":"a@b.c"},{"email":"a@b.c","age":"old"}]}"#);
        assert_eq!(wrong[0].0, "lines.1.age");
        assert_eq!(
            fields(r#"{"lines":[{"age":3}]}"#),
            [("lines.0.email".to_owned(), "This field is missing.".to_owned())]
        );
        assert_eq!(fields(r#"{"lines":[{"email":"a@b.c","emial":1}]}"#)[0].0, "lines.0.emial");
    }

    #[test]
    fn broken_json_is_malformed_and_an_empty_body_is_an_empty_object() {
        assert_eq!(parse::<Lines>(b"{\"lines\":[").unwrap_err().status, 400);
        assert_eq!(parse::<Lines>(b" ").unwrap_err().fields[0].field, "lines");
    }

    #[test]
    fn a_patch_changes_what_it_names_and_null_goes_back_to_the_default() {
        let before = Line { email: "a@b.c".into(), age: Some(3) };
        let patch = |value: Value| Patch::<Line>(value.as_object().unwrap().clone(), PhantomData).over(&before);
        assert_eq!(patch(json!({ "email": "d@e.f" })).unwrap(), Line { email: "d@e.f".into(), age: Some(3) });
        assert_eq!(patch(json!({ "age": null })).unwrap().age, None);
        assert_eq!(patch(json!({ "emial": "x" })).unwrap_err().field("emial"), Some("There is no such field here."));
    }

    #[test]
    fn a_typing_error_in_the_query_is_told() {
        #[derive(Debug, Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        struct Asked {
            limit: u32,
        }
        assert_eq!(query::<Asked>("limit=3").unwrap().limit, 3);
        assert_eq!(query::<Asked>("limt=3").unwrap_err().fields[0].field, "limt");
        assert_eq!(query::<Asked>("limit=x").unwrap_err().fields[0].field, "limit");
    }
}
