//! Says on every page that nothing goes out, and lets an admin end it.

use crate::api;
use contract::sending::{Halt, SendingState};
use contract::{Capability, Fault};
use kit::*;
use leptos::prelude::*;
use session::Viewer;

/// What the question before the end is about, and whether it is asked.
#[derive(Clone, Copy)]
struct Ending {
    open: RwSignal<bool>,
    about: RwSignal<End>,
}

impl Ending {
    fn ask(self, about: End) {
        self.about.set(about);
        self.open.set(true);
    }
}

/// What the banner and its question are about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// The company's own stop.
    Stop,
    /// The freeze of a copy.
    Freeze,
}

/// The banner; nothing while mail may go out.
#[component]
pub fn HaltBanner() -> impl IntoView {
    let changes = use_stream().changes("sending.");
    let state = Fetch::new(move || changes.get(), api::brake_state);
    let asked = Ending { open: RwSignal::new(false), about: RwSignal::new(End::Stop) };
    let shown =
        move || state.get().and_then(Result::ok).filter(SendingState::is_halted).map(|state| banners(state, asked));
    view! {
        {settled(shown)}
        <Later open=asked.open code=LaterCode::new(move || end_dialog(asked, Callback::new(move |()| state.refetch()))) />
    }
    .into_any()
}

fn banners(state: SendingState, asked: Ending) -> AnyView {
    let SendingState { stopped, installation, frozen } = state;
    let frozen = frozen.map(|halt| {
        banner("Nothing goes out: this looks like a copy.", halt, Some((End::Freeze, "Confirm this copy")), asked)
    });
    let house = installation.map(|halt| banner("An operator stopped all sending of this server.", halt, None, asked));
    let stopped =
        stopped.map(|halt| banner("Sending is stopped.", halt, Some((End::Stop, "Allow sending again")), asked));
    view! { {frozen} {house} {stopped} }.into_any()
}

fn banner(title: &'static str, halt: Halt, end: Option<(End, &'static str)>, asked: Ending) -> AnyView {
    let viewer = Viewer::here();
    let by = if halt.by.is_empty() { String::new() } else { format!(" ({})", halt.by) };
    let words = format!("{title} {}{by}", halt.reason);
    let button = end.filter(|_| viewer.may(Capability::CompanyManage)).map(|(end, words)| {
        view! { <Button size=Size::Small on_press=move |()| asked.ask(end)>{words}</Button> }
    });
    view! {
        <Notice tone=Tone::Bad icon=IconName::Stop>
            <Line>
                <span>{words}</span>
                {button}
            </Line>
        </Notice>
    }
    .into_any()
}

#[lazy]
fn end_dialog(asked: Ending, on_done: Callback<()>) -> ViewFn {
    ViewFn::from(move || view! { <EndDialog asked on_done /> })
}

/// The question before it ends.
#[component]
fn EndDialog(asked: Ending, on_done: Callback<()>) -> impl IntoView {
    let (toasts, read, stream) = (use_toasts(), use_fault_words::<Fault>(), use_stream());
    let Ending { open, about } = asked;
    let end = Action::new(move |end: &End| {
        let end = *end;
        async move {
            let done = match end {
                End::Stop => api::release_sending().await,
                End::Freeze => api::confirm_copy().await,
            };
            match done {
                Ok(_) => toasts.ok("Mail may go out again"),
                Err(fault) => toasts.fault(read.read(&fault)),
            }
            open.set(false);
            stream.touch("sending.released");
            on_done.run(());
        }
    });
    let title = Signal::derive(move || match about.get() {
        End::Stop => "Allow sending again?".to_owned(),
        End::Freeze => "Is this the copy that sends?".to_owned(),
    });
    let words = move || match about.get() {
        End::Stop => {
            "Mail may go out again from the moment you confirm. Campaigns that were held stay held until you resume each of them; planned ones that went back to drafts need a new time."
        }
        End::Freeze => {
            "Confirm only if the other copy does not run any more. Two running copies would mail the same people twice. Planned campaigns go out at their times; those whose time passed by more than two hours wait for you."
        }
    };
    view! {
        <Modal open title alert=true>
            <Stack>
                <p>{words}</p>
                <Line>
                    <Button kind=ButtonKind::Danger busy=end.pending() on_press=move |()| { end.dispatch(about.get_untracked()); }>"Allow sending"</Button>
                    <Button kind=ButtonKind::Quiet on_press=move |()| open.set(false)>"Keep it stopped"</Button>
                </Line>
            </Stack>
        </Modal>
    }
    .into_any()
}
