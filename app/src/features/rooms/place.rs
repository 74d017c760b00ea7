//! The link to a room in the navigation.

use leptos::prelude::*;
use protocol::{RoomId, RoomKind, Sender};

use crate::{
    page::address::Address,
    session::Session,
    state::{bidi::balance, places::Place, presences::dot_and_word, rooms::format_count},
    ui::{
        avatar::Avatar,
        dynamic::{ShowErased, dynamic},
        icon::{Glyph, Icon},
    },
};

/// A link to a room, with what is unread in it.
#[component]
pub fn PlaceLink(
    /// The room.
    place: Place,
    /// The room in view.
    open: Memo<Option<RoomId>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let Place { id, slug, name, kind, person, muted } = place;
    let current = Signal::derive(move || (open.get() == Some(id)).then_some("page"));
    let counts = session.select(move |model| {
        let room = model.rooms.find(id).filter(|room| room.member);
        room.map_or((0, 0), |room| (room.unread, room.mentions))
    });
    let unread = Signal::derive(move || {
        let (unread, mentions) = counts.get();
        (unread > 0 || mentions > 0).then_some("")
    });
    let sign = match (kind, person) {
        (RoomKind::Direct, Some(person)) => view! { <Person room=id person/> }.into_any(),
        (RoomKind::Direct, None) => view! { <Icon glyph=Glyph::Users/> }.into_any(),
        (kind, _) => view! { <Icon glyph=kind.into()/> }.into_any(),
    };
    // That of the room in view stands in its composer.
    let has_draft = session.has_draft(id);
    let is_drafted = Memo::new(move |_| has_draft.get() && open.get() != Some(id));
    let label = (kind == RoomKind::Private).then_some("private");
    view! {
        <li>
            <a
                class="room-link"
                href=Address::Room(slug).path()
                aria-current=current
                data-unread=unread
                data-muted=muted.then_some("")
            >
                {sign}
                <bdi class="room-link__name">{balance(&name).into_owned()}</bdi>
                {label.map(|label| view! { <span class="visually-hidden">{label}</span> })}
                <ShowErased when=is_drafted>
                    <span class="room-link__draft">
                        <Icon glyph=Glyph::Pencil/>
                        <span class="visually-hidden">"draft"</span>
                    </span>
                </ShowErased>
                {muted.then(|| view! {
                    <span class="room-link__draft">
                        <Icon glyph=Glyph::BellOff/>
                        <span class="visually-hidden">"muted"</span>
                    </span>
                })}
                {dynamic(move || badge(kind, counts.get()))}
            </a>
        </li>
    }
}

/// The other person of a direct room: the avatar, and in words whether the person is here.
#[component]
fn Person(room: RoomId, person: Sender) -> impl IntoView {
    let session = expect_context::<Session>();
    let (hue, known) = (session.own_hue(person.id), session.presence_in_list(person.id));
    let presence = Signal::derive(move || known.get());
    let is_quiet = session.is_other_quiet(room);
    let word = Signal::derive(move || dot_and_word(known.get(), is_quiet.get()).1);
    view! {
        <Avatar user=person hue size="tiny" presence quiet=is_quiet/>
        <span class="visually-hidden">{word}</span>
    }
}

/// Returns what a room's link tells: a number of mentions or direct messages, else a dot.
fn badge(kind: RoomKind, (unread, mentions): (u64, u64)) -> Option<AnyView> {
    let label = match mentions {
        0 => format!("{} unread", format_count(unread)),
        1 => format!("{} unread, 1 mention", format_count(unread)),
        mentions => format!("{} unread, {mentions} mentions", format_count(unread)),
    };
    let (class, number) = match (unread, mentions) {
        (0, 0) => return None,
        (1.., _) if kind == RoomKind::Direct => ("badge--mention", unread),
        (_, 1..) => ("badge--mention", mentions),
        (_, 0) => {
            let badge = view! {
                <span class="badge badge--dot room-link__unread">
                    <span class="visually-hidden">{label}</span>
                </span>
            };
            return Some(badge.into_any());
        }
    };
    let class = format!("badge {class} room-link__unread");
    let number = format_count(number);
    let badge = view! {
        // The number is drawn by the style sheet: the words say it too, and more.
        <span class=class data-count=number>
            <span class="visually-hidden">{label}</span>
        </span>
    };
    Some(badge.into_any())
}

/// Returns a number with the word for it.
pub(super) fn count_badge(kind: &'static str, count: u64, word: String) -> AnyView {
    view! {
        <span class=format!("badge {kind}")>
            {format_count(count)}
            <span class="visually-hidden">{word}</span>
        </span>
    }
    .into_any()
}
