//! A room in the list of all rooms.

use leptos::{html, prelude::*, task::spawn_local};
use protocol::{Room, RoomId, RoomKind};

use crate::{
    browser::{focus::focus_if_lost, window::effect},
    page::address::Address,
    session::Session,
    state::{
        access::is_first,
        bidi::{balance, isolate},
    },
    ui::{
        avatar::Avatar,
        dynamic::{click, dynamic},
        icon::{Glyph, Icon},
    },
};

/// A room: what it is, who is in it, and what can be done.
#[component]
pub fn RoomRow(
    /// The room.
    room: RoomId,
) -> impl IntoView {
    let session = expect_context::<Session>();
    // Without its counts, so that a message renders nothing again.
    let shown = session.select(move |model| {
        let room = model.rooms.find(room)?;
        Some(Room { seq: 0, read_seq: 0, unread: 0, mentions: 0, ..room.clone() })
    });
    let (joined, fault) = (RwSignal::new(false), RwSignal::new(None::<String>));
    view! {
        {dynamic(move || {
            let known = shown.get()?;
            let state = known.archived.then_some("archived");
            let glyph = if known.archived { Glyph::Archive } else { known.kind.into() };
            let path = Address::Room(known.slug.clone()).path();
            let about = about(&known);
            Some(view! {
                <li class="row" data-state=state>
                    <span class="row__mark"><Icon glyph/></span>
                    <span class="row__text">
                        <span class="row__name">
                            <a class="row__link" href=path>
                                <bdi>{balance(&known.name).into_owned()}</bdi>
                            </a>
                        </span>
                        <span class="row__about"><bdi>{about}</bdi></span>
                        {dynamic(move || fault.get().map(|fault| view! {
                            <span class="field__error" role="alert">{fault}</span>
                        }))}
                    </span>
                    <span class="row__actions row__actions--people">
                        <Faces room/>
                        <Action known joined fault/>
                    </span>
                </li>
            })
        })}
    }
}

fn about(room: &Room) -> String {
    match (room.topic.as_str(), room.kind) {
        ("", RoomKind::Private) => "Private. You are one of its people".to_owned(),
        ("", _) if room.archived => "Can be read".to_owned(),
        (topic, _) => balance(topic).into_owned(),
    }
}

/// The number of people, and some of their faces.
#[component]
fn Faces(room: RoomId) -> impl IntoView {
    let session = expect_context::<Session>();
    let people = session.select(move |model| {
        let open = model.opened_rooms.get(&room).filter(|open| open.members.is_loaded);
        let total = open.map(|open| open.members.total);
        let known = model.room_people.of(room).cloned()?;
        Some((total.unwrap_or(known.total), known.faces))
    });
    dynamic(move || {
        let (total, faces) = people.get()?;
        let words = if total == 1 { "1 person".to_owned() } else { format!("{total} people") };
        let faces = faces.into_iter().map(|face| {
            let hue = session.own_hue(face.id);
            view! { <Avatar user=face hue/> }
        });
        Some(view! {
            <span class="row__when only-wide">{words}</span>
            <span class="avatar-stack only-wide" aria-hidden="true">{faces.collect_view()}</span>
        })
    })
}

/// What can be done with a room: join it, open it once it was joined here, read it.
#[component]
fn Action(known: Room, joined: RwSignal<bool>, fault: RwSignal<Option<String>>) -> impl IntoView {
    let session = expect_context::<Session>();
    let name = isolate(&known.name);
    let id = known.id;
    let join = move |_| {
        fault.set(None);
        joined.set(true);
        spawn_local(async move {
            if let Err(refusal) = session.join(id).await {
                joined.try_set(false);
                fault.try_set(Some(refusal.text));
            }
        });
    };
    let (word, is_link) = match (known.archived, known.member, joined.get_untracked()) {
        (true, ..) => ("Read", true),
        (false, false, _) if is_first(&known) => ("Open", true), // opening it joins it
        (false, true, true) => ("Open", true),
        (false, true, false) => {
            return view! {
                <span class="row__in">
                    <Icon glyph=Glyph::Check/>
                    "Joined"
                </span>
            }
            .into_any();
        }
        (false, false, _) => ("Join", false),
    };
    let label = format!("{word} {name}");
    if is_link {
        let path = Address::Room(known.slug).path();
        let class = if known.archived {
            "button button--quiet button--small"
        } else {
            "button button--small"
        };
        let link = NodeRef::<html::A>::new();
        let was_joined = joined.get_untracked();
        effect(move || {
            // In place of the button that joined the room.
            if let Some(link) = link.get().filter(|_| was_joined) {
                focus_if_lost(&link);
            }
        });
        view! { <a class=class href=path aria-label=label node_ref=link>{word}</a> }.into_any()
    } else {
        view! {
            <button
                class="button button--small only-scripted"
                type="button"
                aria-label=label
                on:click=click(join)
            >
                {word}
            </button>
        }
        .into_any()
    }
}
