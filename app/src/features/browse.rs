//! All rooms that the user may see: to find one, and to join it without leaving the page.

mod list;
pub mod row;

use leptos::prelude::*;

use self::{
    list::{Found, Which, find},
    row::RoomRow,
};
use crate::{
    browser::{calls::escape, window::effect},
    session::Session,
    state::bidi::isolate,
    ui::{
        brand::Mark,
        dynamic::{ShowErased, click, dynamic},
        icon::{Glyph, Icon},
        search_bar::SearchBar,
        segment::Segment,
        view_header::PlainView,
    },
};

/// The rooms that are shown at first, and those that are added by a press.
const PAGE: usize = 50;
const WHICH: [Which; 3] = [Which::All, Which::Own, Which::Archived];

/// The list of all rooms.
#[component]
pub fn Browse() -> impl IntoView {
    let session = expect_context::<Session>();
    let (query, which) = (RwSignal::new(String::new()), RwSignal::new(Which::All));
    let most = RwSignal::new(PAGE);
    // The order in which the page found the rooms: nothing moves while it is read.
    let order = StoredValue::new(session.room_order());
    let found = session.select(move |model| {
        order.with_value(|order| query.with(|query| find(&model.rooms, order, query, which.get())))
    });
    let narrow = move |text: String| {
        most.set(PAGE);
        query.set(text);
    };
    let chosen = Signal::derive(move || {
        WHICH.iter().position(|known| *known == which.get()).unwrap_or_default()
    });
    let choose = Callback::new(move |index: usize| {
        most.set(PAGE);
        which.set(WHICH.get(index).copied().unwrap_or_default());
    });
    let count = Signal::derive(move || found.with(Found::count));
    let open = Signal::derive(move || found.with(|found| shown(&found.open, most.get())));
    let archived = Signal::derive(move || {
        let left = most.get().saturating_sub(open.with(Vec::len));
        found.with(|found| shown(&found.archived, left))
    });
    let wanted = Memo::new(move |_| {
        let rooms = open.get().into_iter().chain(archived.get());
        rooms.collect::<Vec<_>>()
    });
    effect(move || session.want_people(wanted.get()));
    on_cleanup(move || session.want_people(Vec::new()));
    let has_archived = Signal::derive(move || {
        which.get() == Which::All && archived.with(|rooms| !rooms.is_empty())
    });
    let left = Signal::derive(move || found.with(Found::len).saturating_sub(most.get()));
    let is_empty = Signal::derive(move || found.with(Found::len) == 0);
    let new_room = view! {
        <a class="button button--primary button--small" href="/new-room">
            <Icon glyph=Glyph::Plus size="small"/>
            "New room"
        </a>
    };
    view! {
        <PlainView heading="All rooms" actions=new_room.into_any()>
            <div class="page__column page__column--list">
                <SearchBar
                    label="Find a room"
                    placeholder="Find a room by name or topic"
                    query
                    search=Callback::new(narrow)
                />
                <div class="page__bar">
                    <span class="page__filter only-scripted">
                        <Segment
                            label="Which rooms"
                            name="which"
                            options=vec!["All", "Yours", "Archived"]
                            value=chosen
                            set=choose
                        />
                    </span>
                    <span class="page__count" role="status">{count}</span>
                </div>
                <ul class="rows" role="list">
                    <For each=move || open.get() key=|room| *room let:room>
                        <RoomRow room/>
                    </For>
                </ul>
                <ShowErased when=has_archived>
                    <h3 class="rows__title">"Archived"</h3>
                </ShowErased>
                <ul class="rows" role="list">
                    <For each=move || archived.get() key=|room| *room let:room>
                        <RoomRow room/>
                    </For>
                </ul>
                {dynamic(move || {
                    let left = left.get();
                    let more = move |_| most.update(|most| *most += PAGE);
                    (left > 0).then(|| view! {
                        <p class="page__more">
                            <button class="button" type="button" on:click=click(more)>
                                {format!("Show {} more", left.min(PAGE))}
                            </button>
                        </p>
                    })
                })}
                <ShowErased when=is_empty><NothingFound query which/></ShowErased>
            </div>
        </PlainView>
    }
}

fn shown<T: Clone>(rooms: &[T], most: usize) -> Vec<T> {
    rooms.iter().take(most).cloned().collect()
}

/// Says that no room fits, and offers to make it.
#[component]
fn NothingFound(query: RwSignal<String>, which: RwSignal<Which>) -> impl IntoView {
    dynamic(move || {
        let name = query.with(|query| query.trim().to_owned());
        let (title, text) = match (name.as_str(), which.get()) {
            ("", Which::Archived) => {
                ("No archived room".to_owned(), "A room that is archived stands here.")
            }
            ("", _) => ("No room".to_owned(), "Public rooms, and yours, stand here."),
            (name, _) => (
                format!("No room named “{}”", isolate(name)),
                "Private rooms show here only when you are in them.",
            ),
        };
        let make = (!name.is_empty() && which.get() != Which::Archived).then(|| {
            let path = format!("/new-room?name={}", escape(&name));
            // Loads the page: only the server puts the name into the form.
            view! {
                <div class="empty__actions">
                    <a class="button" href=path target="_self">
                        <Icon glyph=Glyph::Plus size="small"/>
                        {format!("Make “{}”", isolate(&name))}
                    </a>
                </div>
            }
        });
        view! {
            <div class="empty">
                <Mark class="empty__art"/>
                <h3 class="empty__title">{title}</h3>
                <p class="empty__text">{text}</p>
                {make}
            </div>
        }
    })
}
