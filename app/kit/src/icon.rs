//! The icons: one enum, one sprite. Drawn for Lux on a 24 grid with 1.5 strokes.

use leptos::prelude::*;

mod sprite;

/// Names of the drawings in the sprite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IconName {
    /// `#i-home`
    Home,
    /// `#i-mail`
    Mail,
    /// `#i-text`
    Text,
    /// `#i-social`
    Social,
    /// `#i-campaign`
    Campaign,
    /// `#i-chart`
    Chart,
    /// `#i-calendar`
    Calendar,
    /// `#i-flow`
    Flow,
    /// `#i-agent`
    Agent,
    /// `#i-people`
    People,
    /// `#i-person`
    Person,
    /// `#i-deal`
    Deal,
    /// `#i-rings`
    Rings,
    /// `#i-target`
    Target,
    /// `#i-plug`
    Plug,
    /// `#i-sliders`
    Sliders,
    /// `#i-search`
    Search,
    /// `#i-bell`
    Bell,
    /// `#i-stop`
    Stop,
    /// `#i-check`
    Check,
    /// `#i-x`
    X,
    /// `#i-plus`
    Plus,
    /// `#i-down`
    Down,
    /// `#i-right`
    Right,
    /// `#i-left`
    Left,
    /// `#i-sort`
    Sort,
    /// `#i-dots`
    Dots,
    /// `#i-grip`
    Grip,
    /// `#i-pause`
    Pause,
    /// `#i-play`
    Play,
    /// `#i-retry`
    Retry,
    /// `#i-clock`
    Clock,
    /// `#i-alert`
    Alert,
    /// `#i-info`
    Info,
    /// `#i-query`
    Query,
    /// `#i-link`
    Link,
    /// `#i-filter`
    Filter,
    /// `#i-columns`
    Columns,
    /// `#i-download`
    Download,
    /// `#i-upload`
    Upload,
    /// `#i-eye`
    Eye,
    /// `#i-phone`
    Phone,
    /// `#i-desk`
    Desk,
    /// `#i-call`
    Call,
    /// `#i-note`
    Note,
    /// `#i-pencil`
    Pencil,
    /// `#i-copy`
    Copy,
    /// `#i-trash`
    Trash,
    /// `#i-image`
    Image,
    /// `#i-heading`
    Heading,
    /// `#i-lines`
    Lines,
    /// `#i-button`
    Button,
    /// `#i-box`
    Box,
    /// `#i-lock`
    Lock,
    /// `#i-shield`
    Shield,
    /// `#i-sun`
    Sun,
    /// `#i-tag`
    Tag,
    /// `#i-cart`
    Cart,
    /// `#i-out`
    Out,
    /// `#i-more`
    More,
    /// `#i-click`
    Click,
    /// `#i-reply`
    Reply,
    /// `#i-up`
    Up,
    /// `#i-moon`
    Moon,
    /// `#i-contrast`
    Contrast,
    /// `#i-send`
    Send,
    /// `#i-hide`
    Hide,
    /// `#i-undo`
    Undo,
    /// `#i-key`
    Key,
    /// `#i-globe`
    Globe,
    /// `#i-code`
    Code,
    /// `#i-keyboard`
    Keyboard,
    /// `#i-wider`
    Wider,
    /// `#i-cut`
    Cut,
    /// `#i-folder`
    Folder,
    /// `#i-home-firm`
    HomeFirm,
    /// `#i-gear`
    Gear,
    /// `#i-bolt`
    Bolt,
    /// `#i-history`
    History,
    /// `#i-print`
    Print,
}

impl IconName {
    /// Every icon, for the gallery and the tests.
    pub const ALL: &[Self] = &[
        Self::Home,
        Self::Mail,
        Self::Text,
        Self::Social,
        Self::Campaign,
        Self::Chart,
        Self::Calendar,
        Self::Flow,
        Self::Agent,
        Self::People,
        Self::Person,
        Self::Deal,
        Self::Rings,
        Self::Target,
        Self::Plug,
        Self::Sliders,
        Self::Search,
        Self::Bell,
        Self::Stop,
        Self::Check,
        Self::X,
        Self::Plus,
        Self::Down,
        Self::Right,
        Self::Left,
        Self::Sort,
        Self::Dots,
        Self::Grip,
        Self::Pause,
        Self::Play,
        Self::Retry,
        Self::Clock,
        Self::Alert,
        Self::Info,
        Self::Query,
        Self::Link,
        Self::Filter,
        Self::Columns,
        Self::Download,
        Self::Upload,
        Self::Eye,
        Self::Phone,
        Self::Desk,
        Self::Call,
        Self::Note,
        Self::Pencil,
        Self::Copy,
        Self::Trash,
        Self::Image,
        Self::Heading,
        Self::Lines,
        Self::Button,
        Self::Box,
        Self::Lock,
        Self::Shield,
        Self::Sun,
        Self::Tag,
        Self::Cart,
        Self::Out,
        Self::More,
        Self::Click,
        Self::Reply,
        Self::Up,
        Self::Moon,
        Self::Contrast,
        Self::Send,
        Self::Hide,
        Self::Undo,
        Self::Key,
        Self::Globe,
        Self::Code,
        Self::Keyboard,
        Self::Wider,
        Self::Cut,
        Self::Folder,
        Self::HomeFirm,
        Self::Gear,
        Self::Bolt,
        Self::History,
        Self::Print,
    ];

    /// The address of the drawing inside the sprite.
    #[must_use]
    pub const fn href(self) -> &'static str {
        match self {
            Self::Home => "#i-home",
            Self::Mail => "#i-mail",
            Self::Text => "#i-text",
            Self::Social => "#i-social",
            Self::Campaign => "#i-campaign",
            Self::Chart => "#i-chart",
            Self::Calendar => "#i-calendar",
            Self::Flow => "#i-flow",
            Self::Agent => "#i-agent",
            Self::People => "#i-people",
            Self::Person => "#i-person",
            Self::Deal => "#i-deal",
            Self::Rings => "#i-rings",
            Self::Target => "#i-target",
            Self::Plug => "#i-plug",
            Self::Sliders => "#i-sliders",
            Self::Search => "#i-search",
            Self::Bell => "#i-bell",
            Self::Stop => "#i-stop",
            Self::Check => "#i-check",
            Self::X => "#i-x",
            Self::Plus => "#i-plus",
            Self::Down => "#i-down",
            Self::Right => "#i-right",
            Self::Left => "#i-left",
            Self::Sort => "#i-sort",
            Self::Dots => "#i-dots",
            Self::Grip => "#i-grip",
            Self::Pause => "#i-pause",
            Self::Play => "#i-play",
            Self::Retry => "#i-retry",
            Self::Clock => "#i-clock",
            Self::Alert => "#i-alert",
            Self::Info => "#i-info",
            Self::Query => "#i-query",
            Self::Link => "#i-link",
            Self::Filter => "#i-filter",
            Self::Columns => "#i-columns",
            Self::Download => "#i-download",
            Self::Upload => "#i-upload",
            Self::Eye => "#i-eye",
            Self::Phone => "#i-phone",
            Self::Desk => "#i-desk",
            Self::Call => "#i-call",
            Self::Note => "#i-note",
            Self::Pencil => "#i-pencil",
            Self::Copy => "#i-copy",
            Self::Trash => "#i-trash",
            Self::Image => "#i-image",
            Self::Heading => "#i-heading",
            Self::Lines => "#i-lines",
            Self::Button => "#i-button",
            Self::Box => "#i-box",
            Self::Lock => "#i-lock",
            Self::Shield => "#i-shield",
            Self::Sun => "#i-sun",
            Self::Tag => "#i-tag",
            Self::Cart => "#i-cart",
            Self::Out => "#i-out",
            Self::More => "#i-more",
            Self::Click => "#i-click",
            Self::Reply => "#i-reply",
            Self::Up => "#i-up",
            Self::Moon => "#i-moon",
            Self::Contrast => "#i-contrast",
            Self::Send => "#i-send",
            Self::Hide => "#i-hide",
            Self::Undo => "#i-undo",
            Self::Key => "#i-key",
            Self::Globe => "#i-globe",
            Self::Code => "#i-code",
            Self::Keyboard => "#i-keyboard",
            Self::Wider => "#i-wider",
            Self::Cut => "#i-cut",
            Self::Folder => "#i-folder",
            Self::HomeFirm => "#i-home-firm",
            Self::Gear => "#i-gear",
            Self::Bolt => "#i-bolt",
            Self::History => "#i-history",
            Self::Print => "#i-print",
        }
    }
}

/// One icon. It is decoration: the words beside it, or the label of its button, carry the meaning.
#[component]
pub fn Icon(
    /// Which drawing.
    #[prop(into)]
    name: Signal<IconName>,
    /// 20 px in place of 16 px.
    #[prop(optional)]
    big: bool,
    /// A further class for colour: `good`, `warn`, `bad`, `note`, `faint`, `spin`.
    #[prop(optional)]
    tint: &'static str,
) -> impl IntoView {
    let class = match (big, tint) {
        (false, "") => "icon".to_owned(),
        (true, "") => "icon big".to_owned(),
        (false, tint) => format!("icon {tint}"),
        (true, tint) => format!("icon big {tint}"),
    };
    view! {
        <svg class=class aria-hidden="true">
            <use href=move || name.get().href() />
        </svg>
    }
}

/// The sprite itself. Place it once, in the document shell that only the server renders, so that the drawings are not
/// part of the WASM.
#[component]
pub fn IconSprite() -> impl IntoView {
    view! { <svg class="sprite" width="0" height="0" aria-hidden="true" inner_html=sprite::SPRITE></svg> }
}

/// The mark of Lux with its three colours.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="mark-lux" viewBox="0 0 24 24" aria-hidden="true">
            <use href="#lux-mark" />
        </svg>
    }
}
