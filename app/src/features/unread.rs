//! Everything unread, in rooms and threads. The keys of the view work it off.

mod keys;
pub mod section;
pub mod why;

use leptos::prelude::*;
use protocol::Message;

use self::{keys::listen, section::Section};
use crate::{
    browser::window::effect,
    session::Session,
    state::{
        bidi::balance,
        conversation::Conversation,
        model::{Model, Unread},
        names::sender_name,
        rooms::format_count,
        unread::Cleared,
    },
    ui::{
        brand::Mark,
        dynamic::{ShowErased, click, dynamic},
        icon::{Glyph, Icon},
        page_title::PageTitle,
        view_header::ViewHeader,
    },
};

/// The largest number of rooms and threads that are shown. The next ones follow as these are read.
const MAX_SECTIONS: usize = 50;

/// Which unread messages are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Filter {
    /// All of them.
    #[default]
    All,
    /// Those with mentions, and direct rooms.
    ToYou,
    /// Replies in threads.
    Threads,
}

impl Filter {
    fn shows(self, unread: &Unread) -> bool {
        match self {
            Self::All => true,
            Self::ToYou => unread.to_user > 0,
            Self::Threads => unread.place.thread.is_some(),
        }
    }
}

/// The state of the view.
#[derive(Clone, Copy, Debug)]
pub struct View {
    filter: RwSignal<Filter>,
    /// The rooms and threads, in the order in which they are shown.
    places: Memo<Vec<Conversation>>,
    /// The one on which the keys act.
    chosen: RwSignal<Option<Conversation>>,
    /// The one to which the keys moved the focus last.
    focused: RwSignal<Option<Conversation>>,
}

impl View {
    fn new(session: Session) -> Self {
        let filter = RwSignal::new(Filter::All);
        let unread = session.select(move |model| unread_places(model, filter.get()));
        // Each keeps its place while it is shown, so that nothing moves under the reader.
        let places = Memo::new(move |before: Option<&Vec<Conversation>>| {
            let mut unread = unread.get();
            let mut kept = before.cloned().unwrap_or_default();
            kept.retain(|place| unread.contains(place));
            unread.retain(|place| !kept.contains(place));
            kept.extend(unread);
            kept
        });
        Self { filter, places, chosen: RwSignal::new(None), focused: RwSignal::new(None) }
    }

    /// Chooses a room or a thread and moves the focus there.
    fn choose(self, place: Option<Conversation>) {
        self.chosen.set(place);
        self.focused.set(place);
    }

    /// Returns what the keys act on: the chosen one, at first the first one.
    fn current(self) -> Option<Conversation> {
        let chosen = self.chosen.get();
        self.places.with(|places| {
            chosen.filter(|chosen| places.contains(chosen)).or_else(|| places.first().copied())
        })
    }
}

/// Returns the rooms and threads with unread messages: those for the user come first, muted ones
/// last.
fn unread_places(model: &Model, filter: Filter) -> Vec<Conversation> {
    let mut places = model.unread_places();
    places.retain(|unread| filter.shows(unread));
    places.sort_by_key(|unread| (unread.to_user == 0, unread.muted));
    places.into_iter().map(|unread| unread.place).collect()
}

/// Everything unread.
#[component]
pub fn UnreadView() -> impl IntoView {
    let session = expect_context::<Session>();
    let view = View::new(session);
    effect(move || session.open_unread(true));
    on_cleanup(move || session.open_unread(false));
    effect(move || listen(session, view));
    let total = session.select(|model| {
        let unread = model.unread_places();
        (unread.iter().map(|unread| unread.count).sum::<u64>(), unread.len())
    });
    let summary = Signal::derive(move || match total.get() {
        (0, _) => String::new(),
        (unread, 1) => format!("{} in 1 place", format_count(unread)),
        (unread, places) => format!("{} in {places} places", format_count(unread)),
    });
    let has_any = Signal::derive(move || total.get().0 > 0);
    let shown = Memo::new(move |_| {
        view.places.with(|places| places.iter().copied().take(MAX_SECTIONS).collect::<Vec<_>>())
    });
    let clear_all = move |_| {
        session.clear_unread(&view.places.get_untracked());
    };
    view! {
        <PageTitle text=session.title("Unread")/>
        <div class="shell__main" id="content" tabindex="-1">
            <ViewHeader heading="Unread".into_any() summary>
                <p class="room-header__count only-wide" role="status">{summary}</p>
                <ShowErased when=has_any>
                    <button
                        class="button button--quiet button--small only-scripted"
                        type="button"
                        on:click=click(clear_all)
                    >
                        <Icon glyph=Glyph::Check/>
                        "Mark all read"
                    </button>
                </ShowErased>
            </ViewHeader>
            <div class="page" tabindex="0" role="group" aria-label="Unread">
                <div class="page__column">
                    <ShowErased when=has_any><Bar filter=view.filter/></ShowErased>
                    <For each=move || shown.get() key=|place| *place let:place>
                        <Section place view/>
                    </For>
                    {dynamic(move || {
                        let filter = view.filter.get();
                        let is_empty = shown.with(Vec::is_empty);
                        is_empty.then(|| view! { <NothingUnread filter=filter has_any/> })
                    })}
                </div>
            </div>
        </div>
    }
}

/// The choice of what is shown, and the keys.
#[component]
fn Bar(filter: RwSignal<Filter>) -> impl IntoView {
    let option = |value: Filter, label: &'static str| {
        let checked = Signal::derive(move || filter.get() == value);
        view! {
            <label class="segment__option">
                <input
                    type="radio"
                    name="unread-filter"
                    prop:checked=checked
                    checked=value == Filter::All
                    on:change=move |_| filter.set(value)
                />
                {label}
            </label>
        }
    };
    let keys = [("N", "next"), ("M", "mark read"), ("Enter", "open"), ("Z", "put back")];
    let keys = keys.map(|(key, label)| view! { <span><kbd>{key}</kbd>{label}</span> });
    view! {
        <div class="page__bar only-scripted">
            <span class="segment" role="radiogroup" aria-label="Which unread messages">
                {option(Filter::All, "All")} {option(Filter::ToYou, "To you")}
                {option(Filter::Threads, "Threads")}
            </span>
            <div class="keys">{keys.into_iter().collect_view()}</div>
        </div>
    }
}

/// What is added while the server does not answer.
const AWAY: &str = "You are offline: what is new shows once you are back online.";

/// What stands in place of the rooms and threads if none is shown.
#[component]
fn NothingUnread(filter: Filter, has_any: Signal<bool>) -> impl IntoView {
    let session = expect_context::<Session>();
    let last = session.select(|model| model.unread.last_cleared().cloned());
    let title = move || match filter {
        Filter::ToYou if has_any.get() => "Nothing to you",
        Filter::Threads if has_any.get() => "Nothing in threads",
        Filter::All | Filter::ToYou | Filter::Threads => "All read",
    };
    let is_away = session.select(|model| model.connection.is_away());
    let can_restore = Signal::derive(move || last.with(Option::is_some));
    let restore = move |_| {
        session.restore_unread();
    };
    view! {
        <div class="empty" role="status">
            <Mark class="empty__art"/>
            <h3 class="empty__title">{title}</h3>
            {dynamic(move || last.get().map(|cleared| last_read(session, &cleared)))}
            {dynamic(move || {
                is_away.get().then(|| view! { <p class="empty__text">{AWAY}</p> })
            })}
        </div>
        <ShowErased when=can_restore>
            <p class="empty__actions unread__back">
                <button
                    class="button"
                    type="button"
                    aria-keyshortcuts="Z"
                    on:click=click(restore)
                >
                    <Icon glyph=Glyph::Undo/>
                    "Put back the last one"
                </button>
            </p>
        </ShowErased>
    }
}

fn last_read(session: Session, Cleared { room, last, .. }: &Cleared) -> AnyView {
    let room = balance(&room.name).into_owned();
    let Some(Message { sender, sent_at, .. }) = last else {
        return view! { <p class="empty__text">"The last one was " <bdi>{room}</bdi> "."</p> }
            .into_any();
    };
    let (name, time) = (balance(&sender_name(sender)).into_owned(), session.clock().time(*sent_at));
    view! {
        <p class="empty__text">
            "The last one was " <bdi>{name}</bdi> " in " <bdi>{room}</bdi>
            {format!(", at {time}.")}
        </p>
    }
    .into_any()
}
