//! Two-way values for inputs.

use leptos::prelude::*;

/// A value an input shows and may change. Made from an `RwSignal<T>`, or from a signal and a callback when the truth
/// lives elsewhere (a field of a struct, the URL).
pub struct Bind<T: Send + Sync + 'static> {
    get: Signal<T>,
    set: Callback<T>,
}

impl<T: Send + Sync + 'static> Clone for Bind<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Bind<T> {}

impl<T: Clone + Send + Sync + 'static> Bind<T> {
    /// Joins a reading and a writing side.
    pub fn new(get: impl Into<Signal<T>>, set: impl Fn(T) + Send + Sync + 'static) -> Self {
        Self { get: get.into(), set: Callback::new(set) }
    }

    /// Reads and tracks.
    #[must_use]
    pub fn get(&self) -> T {
        self.get.get()
    }

    /// Reads without tracking: for handlers.
    #[must_use]
    pub fn get_untracked(&self) -> T {
        self.get.get_untracked()
    }

    /// Hands a new value to the owner.
    pub fn set(&self, value: T) {
        self.set.run(value);
    }

    /// The reading side.
    #[must_use]
    pub fn signal(&self) -> Signal<T> {
        self.get
    }
}

impl<T: Clone + Send + Sync + 'static> From<RwSignal<T>> for Bind<T> {
    fn from(signal: RwSignal<T>) -> Self {
        Self::new(signal, move |value| signal.set(value))
    }
}

impl<T: Clone + Send + Sync + 'static> From<(Signal<T>, Callback<T>)> for Bind<T> {
    fn from((get, set): (Signal<T>, Callback<T>)) -> Self {
        Self { get, set }
    }
}

impl<T: Clone + Send + Sync + 'static> From<(ReadSignal<T>, WriteSignal<T>)> for Bind<T> {
    fn from((get, set): (ReadSignal<T>, WriteSignal<T>)) -> Self {
        Self::new(get, move |value| set.set(value))
    }
}
