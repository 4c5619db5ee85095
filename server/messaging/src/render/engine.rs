//! The template engine, locked in.

use super::RenderError;
use minijinja::value::Rest;
use minijinja::{
    AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value, escape_formatter, filters,
    tests,
};
use std::io;

/// Names of the templates in an environment.
pub(super) const SUBJECT: &str = "subject";
pub(super) const PREHEADER: &str = "preheader";
pub(super) const HTML: &str = "html";
pub(super) const TEXT: &str = "text";

/// Instructions for one part of one message: a long mail uses hundreds.
const FUEL: u64 = 100_000;
/// Largest part of one message, in bytes.
const LARGEST: usize = 1024 * 1024;
/// Largest text that a filter may make, in bytes.
const LARGEST_VALUE: usize = 64 * 1024;

/// The field of the contract that a template was made from.
pub(super) fn field(template: &str) -> &'static str {
    match template {
        SUBJECT => "subject",
        PREHEADER => "preheader",
        TEXT => "text",
        _ => "source",
    }
}

/// An engine without anything that reaches out or grows.
pub(super) fn environment(lenient: bool) -> Environment<'static> {
    let mut env = Environment::empty();
    env.set_fuel(Some(FUEL));
    env.set_recursion_limit(50);
    // Errors then name the placeholder that had no value; nothing is spent on it otherwise.
    env.set_debug(true);
    env.set_undefined_behavior(if lenient { UndefinedBehavior::Chainable } else { UndefinedBehavior::SemiStrict });
    env.set_auto_escape_callback(|name| if name == HTML { AutoEscape::Html } else { AutoEscape::None });
    env.set_formatter(write_value);
    env.add_filter("default", filters::default);
    env.add_filter("d", filters::default);
    env.add_filter("upper", filters::upper);
    env.add_filter("lower", filters::lower);
    env.add_filter("title", filters::title);
    env.add_filter("capitalize", filters::capitalize);
    env.add_filter("trim", filters::trim);
    env.add_filter("length", filters::length);
    env.add_filter("first", filters::first);
    env.add_filter("last", filters::last);
    env.add_filter("abs", filters::abs);
    env.add_filter("int", filters::int);
    env.add_filter("float", filters::float);
    env.add_filter("round", filters::round);
    env.add_filter("urlencode", filters::urlencode);
    env.add_filter("escape", filters::escape);
    env.add_filter("e", filters::escape);
    env.add_filter("join", join);
    env.add_filter("replace", replace);
    env.add_filter("truncate", truncate);
    env.add_test("defined", tests::is_defined);
    env.add_test("undefined", tests::is_undefined);
    env.add_test("none", tests::is_none);
    env.add_test("string", tests::is_string);
    env.add_test("number", tests::is_number);
    env.add_test("startingwith", tests::is_startingwith);
    env.add_test("endingwith", tests::is_endingwith);
    env.add_test("in", tests::is_in);
    env
}

/// As the engine's own writer, but a slash stays a slash: links full of entities look like those of a fraud.
fn write_value(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    let plain = match value.as_str() {
        Some(text) if !value.is_safe() && matches!(state.auto_escape(), AutoEscape::Html) => text,
        _ => return escape_formatter(out, state, value),
    };
    let mut copied = 0;
    for (at, byte) in plain.bytes().enumerate() {
        let entity = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            _ => continue,
        };
        out.write_str(plain.get(copied..at).unwrap_or_default())?;
        out.write_str(entity)?;
        copied = at + 1;
    }
    out.write_str(plain.get(copied..).unwrap_or_default())?;
    Ok(())
}

fn limited(length: usize) -> Result<(), Error> {
    if length > LARGEST_VALUE {
        return Err(Error::new(ErrorKind::InvalidOperation, "a value is longer than 64 KB"));
    }
    Ok(())
}

fn replace(value: &str, from: &str, to: &str) -> Result<String, Error> {
    let found = if from.is_empty() { value.chars().count() + 1 } else { value.matches(from).count() };
    limited(value.len().saturating_add(found.saturating_mul(to.len())))?;
    Ok(value.replace(from, to))
}

fn join(value: &Value, separator: Option<&str>) -> Result<String, Error> {
    let mut out = String::new();
    for item in value.try_iter()? {
        if !out.is_empty() {
            out.push_str(separator.unwrap_or_default());
        }
        out.push_str(&item.to_string());
        limited(out.len())?;
    }
    Ok(out)
}

/// `{{ text | truncate(80) }}` cuts at a word and adds an ellipsis.
fn truncate(value: &str, length: Option<usize>, rest: Rest<Value>) -> Result<String, Error> {
    if !rest.is_empty() {
        return Err(ErrorKind::TooManyArguments.into());
    }
    let most = length.unwrap_or(80);
    let Some((end, _)) = value.char_indices().nth(most) else { return Ok(value.to_owned()) };
    let head = value.get(..end).unwrap_or_default();
    let head = head.rsplit_once(char::is_whitespace).map_or(head, |(words, _)| words);
    Ok(format!("{}…", head.trim_end()))
}

/// Runs one template.
pub(super) fn render(env: &Environment<'static>, name: &'static str, root: &Value) -> Result<String, RenderError> {
    let fail = |error: Error| explain(name, &error);
    let template = env.get_template(name).map_err(fail)?;
    let mut out = Limited { bytes: Vec::with_capacity(template.source().len() * 5 / 4 + 256) };
    template.render_captured_to(root.clone(), &mut out).map_err(fail)?;
    String::from_utf8(out.bytes).map_err(|_| RenderError {
        field: field(name),
        variable: None,
        message: "A value is not text.".to_owned(),
    })
}

/// Takes no more than [`LARGEST`].
struct Limited {
    bytes: Vec<u8>,
}

impl io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > LARGEST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn explain(name: &str, error: &Error) -> RenderError {
    let detail = error.detail().unwrap_or_default();
    let variable = match error.kind() {
        ErrorKind::UndefinedError => detail.split('`').nth(1).map(str::to_owned),
        _ => None,
    };
    let message = match (error.kind(), &variable) {
        (_, Some(name)) => {
            format!(
                "There is no value for {name} and no default. Write {{{{ {name} | default(\"…\") }}}} to send without it."
            )
        }
        (ErrorKind::UndefinedError, None) => "A placeholder has no value and no default.".to_owned(),
        (ErrorKind::OutOfFuel, _) => "The template runs too long.".to_owned(),
        (ErrorKind::WriteFailure, _) => "The email comes out larger than 1 MB.".to_owned(),
        (
            ErrorKind::UnknownFilter | ErrorKind::UnknownTest | ErrorKind::UnknownFunction | ErrorKind::UnknownMethod,
            _,
        ) => {
            format!("The template uses something that does not exist: {detail}.")
        }
        _ if detail.is_empty() => format!("The template cannot be written: {}.", error.kind()),
        _ => format!("The template cannot be written: {detail}."),
    };
    RenderError { field: field(name), variable, message }
}
