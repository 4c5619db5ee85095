//! Keyset pages: a cursor names the last row seen, so that page 1,000 costs what page 1 costs.

use serde::{Deserialize, Serialize};

/// Where to go on. Opaque to callers; made and read by the store that answered.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(pub String);

/// One page of rows.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The rows, in the asked order.
    pub items: Vec<T>,
    /// Present if more rows follow.
    pub next: Option<Cursor>,
    /// How many rows match in all, counted at the time of asking; absent where counting was not asked for.
    pub total: Option<i64>,
}

impl<T> Page<T> {
    /// No rows.
    pub fn empty() -> Self {
        Self { items: Vec::new(), next: None, total: Some(0) }
    }

    /// The same page of other rows.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next, total: self.total }
    }
}
