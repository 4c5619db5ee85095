//! Which rows are chosen: some by key, or all that match the filter, also those not loaded.

use leptos::prelude::*;
use std::collections::BTreeSet;

/// The chosen rows of a table. Cheap to copy; make it once per table.
#[derive(Clone, Copy)]
pub struct Selection {
    picked: RwSignal<BTreeSet<String>>,
    all: RwSignal<bool>,
}

impl Default for Selection {
    fn default() -> Self {
        Self::new()
    }
}

impl Selection {
    /// Nothing chosen.
    #[must_use]
    pub fn new() -> Self {
        Self { picked: RwSignal::new(BTreeSet::new()), all: RwSignal::new(false) }
    }

    /// Whether this row is chosen.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.all.get() || self.picked.with(|picked| picked.contains(key))
    }

    /// Whether all that match are chosen, also those not loaded.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.all.get()
    }

    /// The chosen keys; meaningless while `is_all`.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.picked.with(|picked| picked.iter().cloned().collect())
    }

    /// How many are chosen out of `total` that match.
    #[must_use]
    pub fn count(&self, total: u64) -> u64 {
        if self.all.get() { total } else { self.picked.with(|picked| u64::try_from(picked.len()).unwrap_or(u64::MAX)) }
    }

    /// Chooses all that match.
    pub fn pick_all(&self) {
        self.all.set(true);
    }

    /// Chooses nothing.
    pub fn clear(&self) {
        self.all.set(false);
        self.picked.update(BTreeSet::clear);
    }

    pub(super) fn set_one(&self, key: &str, on: bool) {
        self.all.set(false);
        self.picked.update(|picked| {
            if on {
                picked.insert(key.to_owned());
            } else {
                picked.remove(key);
            }
        });
    }

    pub(super) fn set_all(&self, keys: &[String], on: bool) {
        self.all.set(false);
        self.picked.update(|picked| {
            for key in keys {
                if on {
                    picked.insert(key.clone());
                } else {
                    picked.remove(key);
                }
            }
        });
    }
}
