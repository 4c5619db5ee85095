use super::audience::AudienceCard;
use super::files::FilesCard;
use super::languages::LanguagesCard;
use super::look::LookCard;
use super::plan::PlanCard;
use super::sender::SenderCard;
use super::title::ComposerTitle;
use super::trial::TrialCard;
use super::work::{Saving, Work};
use super::*;
use crate::content::{InboxFields, Preview, PreviewCard, ProblemCard, SourceFields};
use crate::delivery::DeliveryCard;
use crate::templates::ConflictNotice;

/// Everything that the parts of the composer share.
#[derive(Clone, Copy)]
pub struct Parts {
    pub work: Work,
    pub preview: Preview,
    pub stock: Stock,
    /// Content, audience and tracking are fixed, since it began.
    pub is_fixed: bool,
    /// The person may only look.
    pub is_locked: bool,
    /// How it is delivered was changed here and not saved.
    pub delivery_dirty: RwSignal<bool>,
}

impl Parts {
    /// The sender that is chosen. Read it inside of a `Transition`.
    pub fn sender(self) -> Signal<Option<Sender>> {
        let (senders, chosen) = (self.stock.senders, self.work.sender);
        Signal::derive(move || {
            let id = chosen.get();
            senders.get().and_then(Result::ok).and_then(|all| all.into_iter().find(|s| s.id.to_string() == id))
        })
    }
}

/// The composer of one campaign.
#[component]
pub fn Composer(stored: Campaign, campaign: Resource<Result<Campaign, Fault>>, stock: Stock) -> impl IntoView {
    let viewer = Viewer::here();
    let work = Work::of(&stored);
    let is_locked = !viewer.may(Capability::CampaignsWrite);
    let is_fixed = stored.started.is_some() || stored.counts.total() > 0;
    let preview = Preview::of(work.desk, Some(work.id));
    let parts = Parts { work, preview, stock, is_fixed, is_locked, delivery_dirty: RwSignal::new(false) };
    if !is_locked {
        work.save_by_itself();
        use_shortcut("mod+s", "Save now", move || work.save_now());
    }
    let sender = parts.sender();
    let from = Signal::derive(move || {
        let own = Some(work.from_name.get()).filter(|name| !name.trim().is_empty());
        let its = || sender.get().map(|s| s.from_name).filter(|name| !name.is_empty());
        own.or_else(its).unwrap_or_else(|| viewer.0.with(|me| me.company.name.clone()))
    });
    let dirty = Signal::derive(move || !is_locked && (work.is_dirty() || parts.delivery_dirty.get()));
    view! {
        <ComposerTitle parts />
        <UnsavedGuard dirty text="The last words are not saved yet." />
        <Trouble work campaign />
        {is_fixed
            .then(|| {
                view! { <Notice>"It has begun: words, audience and tracking are fixed. Name, sender, From name and Reply-To can still change."</Notice> }
            })}
        <Split side=480>
            <Stack gap=Gap::Large>
                <Card>
                    <CardBody>
                        <Field label="Name" name="campaign-name" help="For your colleagues; no reader sees it." error=work.refused.of("name")>
                            <TextInput value=work.name disabled=is_locked />
                        </Field>
                    </CardBody>
                </Card>
                <AudienceCard parts />
                <Card title="2. What they read">
                    <CardBody>
                        <InboxFields desk=work.desk preview refused=work.refused disabled=is_locked || is_fixed />
                        <SourceFields desk=work.desk preview refused=work.refused disabled=is_locked || is_fixed />
                    </CardBody>
                </Card>
                <ProblemCard problems=preview.problems() />
                <FilesCard parts />
                <SenderCard parts />
                <PlanCard parts />
                <TrialCard parts />
                <LanguagesCard parts />
                <DeliveryCard id=work.id title="7. How fast it goes" dirty=parts.delivery_dirty open=true />
            </Stack>
            <Sticky>
                <PreviewCard preview from height=420 />
                <LookCard parts />
            </Sticky>
        </Split>
    }
    .into_any()
}

/// What stands between the words and the disk.
#[component]
fn Trouble(work: Work, campaign: Resource<Result<Campaign, Fault>>) -> impl IntoView {
    let keep = Callback::new(move |()| {
        leptos::task::spawn_local(async move {
            work.save(true).await;
        });
    });
    let confirm = use_confirm();
    let load = Callback::new(move |()| {
        confirm
            .ask(Question::danger("Load the other version?", "What you changed here is lost.", "Load it"), move || {
                campaign.refetch()
            });
    });
    move || match work.saving.get() {
        Saving::Conflict(text) => view! { <ConflictNotice text on_keep=keep on_load=load /> }.into_any(),
        _ => ().into_any(),
    }
}
