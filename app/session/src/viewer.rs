use contract::accounts::Me;
use contract::{Capability, Micros, Zone};
use leptos::prelude::*;

/// The person signed in, for every page inside the frame. Changes when the company is switched or renamed.
#[derive(Clone, Copy)]
pub struct Viewer(pub Signal<Me>);

impl Viewer {
    /// The viewer of this page. Only inside the frame of signed-in pages.
    ///
    /// # Panics
    /// Outside the frame: a programming error that the first look at the page shows.
    #[expect(clippy::expect_used, reason = "a page outside the frame cannot ask who is signed in")]
    pub fn here() -> Self {
        use_context::<Self>().expect("a page inside the frame")
    }

    /// Whether the person may do this.
    pub fn may(self, capability: Capability) -> bool {
        self.0.with(|me| me.may(capability))
    }

    /// The company's zone, in which every time is written.
    pub fn zone(self) -> Zone {
        self.0.with(|me| me.company.zone.clone())
    }

    /// `20 Nov 2025, 10:42 CET`
    pub fn full(self, at: Micros) -> String {
        self.0.with(|me| me.company.zone.full(at))
    }

    /// The clock today, else the date, as seen from the time the page was made.
    pub fn brief(self, at: Micros) -> String {
        self.0.with(|me| me.company.zone.brief(at, me.now))
    }

    /// The server's time when the page was made: the same on the server and in the browser.
    pub fn now(self) -> Micros {
        self.0.with(|me| me.now)
    }
}
