use super::super::moves::Moves;
use super::*;

/// Name, state, who and when, and the buttons that fit the state.
#[component]
pub fn Title(report: Signal<CampaignReport>) -> impl IntoView {
    let viewer = Viewer::here();
    let title = Signal::derive(move || report.with(|r| r.campaign.draft.name.clone()));
    let detail = Signal::derive(move || Some(report.with(|r| about(viewer, r))));
    let state = Memo::new(move |_| report.with(|r| r.campaign.state));
    view! {
        <PageTitle title detail mark=move || move || words::state(state.get())>
            <Buttons report state />
        </PageTitle>
    }
    .into_any()
}

/// `Through Newsletter · started 20 Nov 2025, 09:30 CET by Mira Solberg`
fn about(viewer: Viewer, report: &CampaignReport) -> String {
    let campaign = &report.campaign;
    let through = (!report.sender.is_empty()).then(|| format!("Through {}", report.sender));
    let started = campaign.started.map(|at| format!("started {}", viewer.full(at)));
    let ended = campaign.finished.map(|at| format!("ended {}", viewer.full(at)));
    let by = (!campaign.by.is_empty()).then(|| format!("made by {}", campaign.by));
    [through, started, ended, by].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

#[component]
fn Buttons(report: Signal<CampaignReport>, state: Memo<CampaignState>) -> impl IntoView {
    let (viewer, moves) = (Viewer::here(), Moves::here());
    let id = report.with_untracked(|r| r.campaign.id);
    let cancel = move |()| report.with_untracked(|r| moves.cancel(id, &r.campaign.draft.name, &r.campaign.counts));
    let may_send = viewer.may(Capability::CampaignsSend);
    let may_write = viewer.may(Capability::CampaignsWrite);
    let cancel_button =
        move || view! { <Button kind=ButtonKind::Danger icon=IconName::X on_press=cancel>"Cancel"</Button> };
    let edit =
        move || view! { <LinkButton href=format!("/campaigns/{id}/edit") icon=IconName::Pencil>"Edit"</LinkButton> };
    let shown = move || {
        match state.get() {
        CampaignState::Sending if may_send => view! {
            <Button kind=ButtonKind::Primary icon=IconName::Pause on_press=move |()| moves.pause(id)>"Pause"</Button>
            {cancel_button()}
        }
        .into_any(),
        CampaignState::Preparing if may_send => cancel_button().into_any(),
        CampaignState::Paused => view! {
            {may_send
                .then(|| view! { <Button kind=ButtonKind::Primary icon=IconName::Play on_press=move |()| moves.resume(id)>"Resume"</Button> })}
            {may_write.then(edit)}
            {may_send.then(cancel_button)}
        }
        .into_any(),
        CampaignState::Scheduled => may_write.then(edit).into_any(),
        _ => ().into_any(),
    }
    };
    let items = Signal::derive(move || {
        report.with(|r| moves.menu(id, &r.campaign.draft.name, r.campaign.state, r.campaign.counts, Some("/campaigns")))
    });
    view! {
        {shown}
        {may_write.then(|| view! { <Menu label="More actions" items /> })}
    }
    .into_any()
}
