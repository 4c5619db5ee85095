use super::Hand;
use contract::{Cursor, Fault, Page};
use leptos::prelude::*;

/// What was loaded below the first page, and where to go on; `None` is after the first page.
type Below<T> = (Vec<T>, Option<Option<Cursor>>);

/// Rows under a first page that comes again with every change: what was loaded below it stays until something else is
/// asked for.
pub struct Paged<T: Send + Sync + 'static> {
    /// All rows, in order.
    pub rows: Memo<Vec<T>>,
    /// How many there are, if counted.
    pub total: Signal<Option<u64>>,
    /// Where to go on.
    pub next: Signal<Option<Cursor>>,
    below: RwSignal<Below<T>>,
}

impl<T: Send + Sync + 'static> Clone for Paged<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Paged<T> {}

impl<T: Clone + PartialEq + Send + Sync + 'static> Paged<T> {
    /// `asked` is what the first page answers; `is_same` tells whether two rows are of the same thing.
    pub fn new<A: Clone + PartialEq + Send + Sync + 'static>(
        first: Signal<Page<T>>,
        asked: Memo<A>,
        is_same: fn(&T, &T) -> bool,
    ) -> Self {
        let below = RwSignal::new((Vec::new(), None));
        Effect::new(move |before: Option<A>| {
            let now = asked.get();
            if before.is_some_and(|before| before != now) {
                below.set((Vec::new(), None));
            }
            now
        });
        Self {
            rows: Memo::new(move |_| first.with(|page| below.with(|(more, _)| joined(&page.items, more, is_same)))),
            total: Signal::derive(move || first.with(|page| page.total).map(kit::format::whole)),
            next: Signal::derive(move || {
                below.with(|(_, next)| next.clone()).unwrap_or_else(|| first.with(|page| page.next.clone()))
            }),
            below,
        }
    }

    /// Loads the next page below.
    pub fn more<Fut>(self, fetch: impl Fn(Option<Cursor>) -> Fut + Send + Sync + 'static) -> Action<(), ()>
    where
        Fut: Future<Output = Result<Page<T>, Fault>> + Send + 'static,
    {
        let hand = Hand::here();
        Action::new(move |(): &()| {
            let call = fetch(self.next.get_untracked());
            async move {
                match call.await {
                    Ok(page) => self.below.update(|(rows, next)| {
                        rows.extend(page.items);
                        *next = Some(page.next);
                    }),
                    Err(fault) => hand.fault(&fault),
                }
            }
        })
    }
}

/// The first page, then what was loaded below it and is not in it by now.
fn joined<T: Clone>(first: &[T], more: &[T], is_same: fn(&T, &T) -> bool) -> Vec<T> {
    let rest = more.iter().filter(|row| first.iter().all(|known| !is_same(known, row)));
    first.iter().chain(rest).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn a_row_that_moved_to_the_first_page_shows_once() {
        assert_eq!(joined(&[9, 3], &[3, 2, 1], |a, b| a == b), [9, 3, 2, 1]);
    }
}
