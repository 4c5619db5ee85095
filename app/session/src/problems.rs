use contract::Fault;
use leptos::prelude::*;

/// What was refused when a form was last sent. Made beside the form's signals; inputs show their part.
#[derive(Clone, Copy)]
pub struct Problems(RwSignal<Option<Fault>>);

impl Problems {
    /// None so far.
    #[must_use]
    pub fn new() -> Self {
        Self(RwSignal::new(None))
    }

    /// Forgets what was refused.
    pub fn clear(self) {
        self.0.set(None);
    }

    /// Keeps the fault of an answer; hands a good answer on.
    pub fn keep<T>(self, answer: Result<T, Fault>) -> Option<T> {
        match answer {
            Ok(value) => {
                self.0.set(None);
                Some(value)
            }
            Err(fault) => {
                self.0.set(Some(fault));
                None
            }
        }
    }

    /// The message for one field.
    #[must_use]
    pub fn of(self, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || self.0.with(|f| f.as_ref().and_then(|f| f.field(field)).map(str::to_owned)))
    }

    /// What stands above the form: everything that is not about one of the `shown` fields.
    #[must_use]
    pub fn besides(self, shown: &'static [&'static str]) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.0.with(|fault| match fault.as_ref()? {
                Fault::Invalid { fields } => {
                    let rest: Vec<&str> = fields
                        .iter()
                        .filter(|f| !shown.contains(&f.field.as_str()))
                        .map(|f| f.message.as_str())
                        .collect();
                    (!rest.is_empty()).then(|| rest.join(" "))
                }
                other => Some(other.to_string()),
            })
        })
    }

    /// Every refused field with its message, for a summary.
    #[must_use]
    pub fn fields(self) -> Signal<Vec<(String, String)>> {
        Signal::derive(move || {
            self.0.with(|fault| match fault {
                Some(Fault::Invalid { fields }) => {
                    fields.iter().map(|f| (f.field.clone(), f.message.clone())).collect()
                }
                _ => Vec::new(),
            })
        })
    }

    /// The fault itself.
    #[must_use]
    pub fn fault(self) -> Signal<Option<Fault>> {
        self.0.into()
    }
}

impl Default for Problems {
    fn default() -> Self {
        Self::new()
    }
}
