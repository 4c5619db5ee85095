//! What a column shows and how.

use leptos::prelude::*;
use std::sync::Arc;

/// How the cells of a column behave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CellKind {
    /// Text.
    #[default]
    Plain,
    /// Names the row; takes the whole line on phones.
    Main,
    /// Figures, aligned to the right.
    Num,
    /// Shown on wide screens only.
    Wide,
    /// Holds a button.
    Act,
}

impl CellKind {
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Main => "main",
            Self::Num => "num",
            Self::Wide => "wide",
            Self::Act => "act",
        }
    }
}

/// A wish for an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort {
    /// The column's sort key, as the server knows it.
    pub key: String,
    /// Largest first.
    pub is_descending: bool,
}

impl Sort {
    /// Reads `name` or `-name`, as it stands in an address.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (key, is_descending) = match text.strip_prefix('-') {
            Some(key) => (key, true),
            None => (text, false),
        };
        (!key.is_empty()).then(|| Self { key: key.to_owned(), is_descending })
    }

    /// Writes `name` or `-name`.
    #[must_use]
    pub fn to_query(&self) -> String {
        if self.is_descending { format!("-{}", self.key) } else { self.key.clone() }
    }
}

type Draw<T> = Arc<dyn Fn(&T) -> AnyView + Send + Sync>;
type Name<T> = Arc<dyn Fn(&T) -> String + Send + Sync>;

/// A column of a table of `T`.
pub struct Column<T> {
    title: String,
    kind: CellKind,
    sort_key: Option<String>,
    draw: Draw<T>,
    name: Option<Name<T>>,
}

impl<T> Clone for Column<T> {
    fn clone(&self) -> Self {
        Self {
            title: self.title.clone(),
            kind: self.kind,
            sort_key: self.sort_key.clone(),
            draw: Arc::clone(&self.draw),
            name: self.name.clone(),
        }
    }
}

impl<T: 'static> Column<T> {
    fn make<V: IntoView + 'static>(
        title: impl Into<String>,
        kind: CellKind,
        draw: impl Fn(&T) -> V + Send + Sync + 'static,
    ) -> Self {
        Self { title: title.into(), kind, sort_key: None, draw: Arc::new(move |row| draw(row).into_any()), name: None }
    }

    /// Text or any view.
    pub fn new<V: IntoView + 'static>(
        title: impl Into<String>,
        draw: impl Fn(&T) -> V + Send + Sync + 'static,
    ) -> Self {
        Self::make(title, CellKind::Plain, draw)
    }

    /// The name of the row, as a link. It also names the row's checkbox and menu.
    pub fn main(
        title: impl Into<String>,
        name: impl Fn(&T) -> String + Send + Sync + 'static,
        href: impl Fn(&T) -> String + Send + Sync + 'static,
    ) -> Self {
        let name: Name<T> = Arc::new(name);
        let shown = Arc::clone(&name);
        let draw = move |row: &T| {
            let (href, name) = (href(row), shown(row));
            view! { <a class="strong" href=href>{name}</a> }
        };
        Self { name: Some(name), ..Self::make(title, CellKind::Main, draw) }
    }

    /// The name of the row without a link, followed by any view.
    pub fn named<V: IntoView + 'static>(
        title: impl Into<String>,
        name: impl Fn(&T) -> String + Send + Sync + 'static,
        draw: impl Fn(&T) -> V + Send + Sync + 'static,
    ) -> Self {
        Self { name: Some(Arc::new(name)), ..Self::make(title, CellKind::Main, draw) }
    }

    /// Figures.
    pub fn num<V: IntoView + 'static>(
        title: impl Into<String>,
        draw: impl Fn(&T) -> V + Send + Sync + 'static,
    ) -> Self {
        Self::make(title, CellKind::Num, draw)
    }

    /// What matters on wide screens only.
    pub fn wide<V: IntoView + 'static>(
        title: impl Into<String>,
        draw: impl Fn(&T) -> V + Send + Sync + 'static,
    ) -> Self {
        Self::make(title, CellKind::Wide, draw)
    }

    /// A button per row.
    pub fn act<V: IntoView + 'static>(
        title: impl Into<String>,
        draw: impl Fn(&T) -> V + Send + Sync + 'static,
    ) -> Self {
        Self::make(title, CellKind::Act, draw)
    }

    /// Lets the server sort by it.
    #[must_use]
    pub fn sort_by(mut self, key: impl Into<String>) -> Self {
        self.sort_key = Some(key.into());
        self
    }

    /// The words of the header.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// How its cells behave.
    #[must_use]
    pub const fn kind(&self) -> CellKind {
        self.kind
    }

    pub(super) fn sort_key(&self) -> Option<String> {
        self.sort_key.clone()
    }

    pub(super) fn plain_name(&self, row: &T) -> Option<String> {
        self.name.as_ref().map(|name| name(row))
    }

    pub(super) fn cell(&self, row: &T) -> AnyView {
        let label = matches!(self.kind, CellKind::Plain | CellKind::Num).then(|| self.title.clone());
        view! {
            <td role="cell" class=self.kind.class() data-label=label>
                {(self.draw)(row)}
            </td>
        }
        .into_any()
    }
}

#[cfg(test)]
mod tests {
    use super::Sort;

    #[test]
    fn an_order_survives_the_address() {
        for text in ["name", "-spent"] {
            assert_eq!(Sort::parse(text).map(|sort| sort.to_query()).as_deref(), Some(text));
        }
        assert_eq!(Sort::parse("-"), None);
    }
}
