//! What a page fetches, whatever it is of, in one type.

use leptos::prelude::*;
use leptos::server::codee::{Decoder, Encoder};
use serde::{Serialize, de::DeserializeOwned};
use std::any::Any;
use std::convert::Infallible;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

/// What can be waited for and asked again: a [`Fetch`], or a leptos `Resource` of a `Result`.
pub trait Asked: Copy + Send + Sync + 'static {
    /// The value.
    type Value: Clone + Send + Sync + 'static;
    /// Why there is none.
    type Fault: Clone + Send + Sync + 'static;

    /// The last answer, tracked; `None` until the first one is there.
    fn answer(self) -> Option<Result<Self::Value, Self::Fault>>;

    /// Asks again; the old answer stays until the new one comes.
    fn ask_again(self);
}

impl<T, F> Asked for Resource<Result<T, F>>
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    type Value = T;
    type Fault = F;

    fn answer(self) -> Option<Result<T, F>> {
        self.get()
    }

    fn ask_again(self) {
        self.refetch();
    }
}

/// What is fetched while the page is drawn, and again whenever a version moves.
///
/// Does what leptos' `Resource` does. That one is compiled anew for each type that it holds, which costs some 15 KB of
/// WebAssembly each; here one `Resource` holds them all, and the type is put on when it is read. Meant for the frame and
/// the first page, whose every byte is waited for.
pub struct Fetch<T, F> {
    parcel: Resource<Parcel, AsIs>,
    of: PhantomData<fn() -> Result<T, F>>,
}

impl<T, F> Clone for Fetch<T, F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, F> Copy for Fetch<T, F> {}

impl<T, F> std::fmt::Debug for Fetch<T, F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fetch")
    }
}

impl<T, F> Fetch<T, F>
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    /// Asks now and whenever `version` gives another number.
    pub fn new<A>(
        version: impl Fn() -> u64 + Send + Sync + 'static,
        ask: impl Fn() -> A + Send + Sync + 'static,
    ) -> Self
    where
        A: Future<Output = Result<T, F>> + Send + 'static,
    {
        Self { parcel: parcels(Box::new(version), Self::boxed(ask), false), of: PhantomData }
    }

    /// Asks once; nothing of the page is sent before the answer is there.
    pub fn blocking<A>(ask: impl Fn() -> A + Send + Sync + 'static) -> Self
    where
        A: Future<Output = Result<T, F>> + Send + 'static,
    {
        Self { parcel: parcels(Box::new(|| 0), Self::boxed(ask), true), of: PhantomData }
    }

    fn boxed<A>(ask: impl Fn() -> A + Send + Sync + 'static) -> Ask
    where
        A: Future<Output = Result<T, F>> + Send + 'static,
    {
        Box::new(move || {
            let answer = ask();
            Box::pin(async move { Parcel::of(answer.await) })
        })
    }

    /// The last answer, tracked; `None` until the first one is there.
    pub fn get(self) -> Option<Result<T, F>> {
        self.parcel.get().and_then(|parcel| parcel.read())
    }

    /// The first answer; `None` if what came with the page cannot be read.
    pub async fn first(self) -> Option<Result<T, F>> {
        self.parcel.await.read()
    }

    /// Asks again; the old answer stays until the new one comes.
    pub fn refetch(self) {
        self.parcel.refetch();
    }
}

impl<T, F> Asked for Fetch<T, F>
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    F: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
{
    type Value = T;
    type Fault = F;

    fn answer(self) -> Option<Result<T, F>> {
        self.get()
    }

    fn ask_again(self) {
        self.refetch();
    }
}

type Version = Box<dyn Fn() -> u64 + Send + Sync>;
type Ask = Box<dyn Fn() -> Pin<Box<dyn Future<Output = Parcel> + Send>> + Send + Sync>;

/// The one place where a `Resource` of parcels is made, so that there is one copy of its code.
fn parcels(version: Version, ask: Ask, is_blocking: bool) -> Resource<Parcel, AsIs> {
    Resource::new_with_options(version, move |_| ask(), is_blocking)
}

/// An answer without its type: as JSON while it travels in the page, as itself afterwards.
#[derive(Clone)]
struct Parcel(Arc<Content>);

struct Content {
    json: String,
    value: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl Parcel {
    fn of<R: Serialize + Send + Sync + 'static>(answer: R) -> Self {
        // Only the server has a page to write it into.
        let json =
            if cfg!(feature = "ssr") { serde_json::to_string(&answer).unwrap_or_default() } else { String::new() };
        Self(Arc::new(Content { json, value: OnceLock::from(Box::new(answer) as Box<dyn Any + Send + Sync>) }))
    }

    fn read<R: Clone + DeserializeOwned + Send + Sync + 'static>(&self) -> Option<R> {
        if self.0.value.get().is_none() {
            // As bytes, like the answers of server functions: one copy of the reading code serves both.
            let read: R = serde_json::from_slice(self.0.json.as_bytes()).ok()?;
            let _ = self.0.value.set(Box::new(read));
        }
        self.0.value.get()?.downcast_ref::<R>().cloned()
    }
}

/// Parcels travel as the JSON that they hold.
#[derive(Debug)]
struct AsIs;

impl Encoder<Parcel> for AsIs {
    type Error = Infallible;
    type Encoded = String;

    fn encode(parcel: &Parcel) -> Result<String, Infallible> {
        Ok(parcel.0.json.clone())
    }
}

impl Decoder<Parcel> for AsIs {
    type Error = Infallible;
    type Encoded = str;

    fn decode(json: &str) -> Result<Parcel, Infallible> {
        Ok(Parcel(Arc::new(Content { json: json.to_owned(), value: OnceLock::new() })))
    }
}

#[cfg(test)]
mod tests {
    use super::{AsIs, Parcel};
    use leptos::server::codee::{Decoder, Encoder};

    type Answer = Result<Vec<String>, u8>;

    #[test]
    fn a_parcel_is_read_as_what_was_put_in() {
        let answer: Answer = Ok(vec!["a\"b".into()]);
        assert_eq!(Parcel::of(answer.clone()).read::<Answer>(), Some(answer));
        assert_eq!(Parcel::of(Answer::Err(3)).read::<Answer>(), Some(Err(3)));
    }

    #[test]
    fn what_came_with_the_page_is_read_from_its_json_and_nonsense_is_nothing() {
        let came = |json: &str| AsIs::decode(json).map_or_else(|no| match no {}, |parcel| parcel.read::<Answer>());
        assert_eq!(came(r#"{"Ok":["x"]}"#), Some(Ok(vec!["x".into()])));
        assert_eq!(came(r#"{"Err":3}"#), Some(Err(3)));
        assert_eq!(came(r#"{"Ok":7}"#), None);
        assert_eq!(came(""), None);
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn a_page_carries_the_answer_as_it_is() {
        let encoded = AsIs::encode(&Parcel::of(Answer::Ok(vec!["x".into()]))).unwrap_or_default();
        assert_eq!(encoded, r#"{"Ok":["x"]}"#);
    }
}
