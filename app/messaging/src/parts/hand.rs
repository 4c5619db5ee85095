use contract::Fault;
use kit::{FaultReader, Stream, ToastBox, use_fault_words, use_stream, use_toasts};

/// Makes calls on behalf of a page: a fault is shown, a success is told to whoever shows the same thing.
#[derive(Clone, Copy)]
pub struct Hand {
    /// Short messages.
    pub toasts: ToastBox,
    read: FaultReader<Fault>,
    stream: Stream,
}

impl Hand {
    /// The hand of this page. Take it while the component is made.
    pub fn here() -> Self {
        Self { toasts: use_toasts(), read: use_fault_words::<Fault>(), stream: use_stream() }
    }

    /// Shows what went wrong.
    pub fn fault(self, fault: &Fault) {
        self.toasts.fault(self.read.read(fault));
    }

    /// Tells pages that hang on `kind` that something changed.
    pub fn touch(self, kind: &str) {
        self.stream.touch(kind);
    }

    /// Calls, then goes on with the answer; `kind` is the event that the call caused.
    pub fn call<T: 'static>(
        self,
        kind: &'static str,
        call: impl Future<Output = Result<T, Fault>> + 'static,
        then: impl FnOnce(T) + 'static,
    ) {
        leptos::task::spawn_local(async move {
            match call.await {
                Ok(value) => {
                    then(value);
                    self.touch(kind);
                }
                Err(fault) => self.fault(&fault),
            }
        });
    }
}
