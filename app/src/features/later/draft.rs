//! A draft in the list of all.

use leptos::{ev, html, prelude::*};
use protocol::RoomKind;

use crate::{
    browser::{
        address::is_plain_click,
        focus::{focus_element, focus_view},
        window::effect,
    },
    page::address::Address,
    session::{Begun, Session},
    state::{
        bidi::{balance, isolate},
        conversation::Conversation,
    },
    ui::{
        avatar::Avatar,
        dynamic::{click, dynamic},
        icon::{Glyph, Icon},
    },
};

/// A draft: where it is, its beginning, and a button that drops it.
#[component]
pub fn DraftRow(
    /// The draft.
    begun: Begun,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let Begun { place, room, text, files, at } = begun;
    let path = Address::Room(room.slug).path();
    let href = match place.thread {
        Some(thread) => format!("{path}?thread={}", thread.0),
        None => path,
    };
    let open = move |event: ev::MouseEvent| {
        if is_plain_click(&event) {
            event.prevent_default();
            session.open_conversation(place);
        }
    };
    let sign = match (place.thread, room.kind, room.person) {
        (Some(_), ..) => mark(Glyph::Messages),
        (None, RoomKind::Direct, Some(person)) => {
            view! { <Avatar hue=session.own_hue(person.id) user=person/> }.into_any()
        }
        (None, RoomKind::Direct, None) => mark(Glyph::Users),
        (None, kind, _) => mark(kind.into()),
    };
    let when = at.map(|at| {
        let when = Signal::derive(move || session.clock().moment(at));
        view! { <span class="row__when">{when}</span> }
    });
    let with_files = (!files.is_empty()).then(|| {
        let names = files.iter().map(|name| isolate(name)).collect::<Vec<_>>().join(", ");
        view! { <span class="row__about">"With " {names}</span> }
    });
    let about = match place.thread {
        Some(_) => format!("the draft in a thread of {}", isolate(&room.name)),
        None => format!("the draft in {}", isolate(&room.name)),
    };
    view! {
        <li class="row row--draft">
            {sign}
            <span class="row__text">
                <span class="row__name">
                    <a class="row__link" href=href on:click=click(open)>
                        <bdi>{balance(&room.name).into_owned()}</bdi>
                    </a>
                    {place.thread.map(|_| view! { <span class="row__when">"in a thread"</span> })}
                </span>
                <span class="row__about" dir="auto">{balance(&text).into_owned()}</span>
                {with_files}
            </span>
            <span class="row__actions">{when} {removal(session, place, &about)}</span>
        </li>
    }
}

fn mark(glyph: Glyph) -> AnyView {
    view! { <span class="row__mark"><Icon glyph/></span> }.into_any()
}

/// Returns the button that drops a draft. It asks first: there is no way back.
fn removal(session: Session, place: Conversation, about: &str) -> AnyView {
    let asks = RwSignal::new(false);
    let button = NodeRef::<html::Button>::new();
    let is_kept = StoredValue::new(false);
    effect(move || {
        if let Some(button) = button.get()
            && is_kept.get_value()
        {
            is_kept.set_value(false);
            focus_element(&button); // the answer that had the focus is gone
        }
    });
    let answer = NodeRef::<html::Button>::new();
    effect(move || {
        if let Some(answer) = answer.get() {
            focus_element(&answer); // the button that had the focus is gone
        }
    });
    let drop = move |_| {
        focus_view(); // the answer goes with the row
        session.drop_draft(place);
    };
    let keep = move |_| {
        is_kept.set_value(true);
        asks.set(false);
    };
    let label = format!("Drop {about}");
    let thread = place.thread.map(|thread| thread.0.to_string()).unwrap_or_default();
    let id = format!("drop-{}-{thread}", place.room);
    dynamic(move || {
        if !asks.get() {
            return view! {
                <button
                    class="icon-button"
                    type="button"
                    aria-label=label.clone()
                    title="Drop"
                    node_ref=button
                    on:click=click(move |_| asks.set(true))
                >
                    <Icon glyph=Glyph::Trash/>
                </button>
            }
            .into_any();
        }
        view! {
            <span class="row__question" id=id.clone()>"Its words are gone then."</span>
            <button
                class="button button--danger button--small"
                type="button"
                aria-label=label.clone()
                aria-describedby=id.clone()
                node_ref=answer
                on:click=click(drop)
            >
                "Drop it"
            </button>
            <button
                class="button button--quiet button--small"
                type="button"
                on:click=click(keep)
            >
                "Keep"
            </button>
        }
        .into_any()
    })
}
