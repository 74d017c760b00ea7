//! Leaving a room, archiving it and bringing it back.

use leptos::{prelude::*, task::spawn_local};
use protocol::{Room, RoomId, RoomKind, http::UpdateRoom};

use super::managers;
use crate::{
    browser::calls::call,
    session::Session,
    state::access::is_first,
    ui::{
        button::small_button,
        dynamic::{click, dynamic},
    },
};

/// What is said before the last member leaves a private room.
const LAST: &str = "You are the last one here. Nobody will be able to read this room again.";

/// The ways to end something here.
#[component]
pub fn End(
    /// The room.
    room: RoomId,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let known = session.room(room);
    // Counts of unread messages are no reason to render it again.
    let shown = Memo::new(move |_| {
        known.with(|room| {
            let Room { kind, archived, member, created_by, .. } = room.as_ref()?;
            Some((*kind, *archived, *member, *created_by))
        })
    });
    let manages = session.manages(room);
    let fault = RwSignal::new(None::<String>);
    view! {
        <section>
            {dynamic(move || {
                let (kind, archived, member, _) = shown.get()?;
                let room = known.get_untracked()?;
                let manages = manages.get();
                let leave =
                    member.then(|| view! { <Leave room=room.clone() manages fault/> });
                let is_direct = kind == RoomKind::Direct;
                let archive = (!is_direct)
                    .then(|| view! { <Archive room=room.clone() archived manages fault/> });
                Some(view! { {leave} {archive} })
            })}
            {dynamic(move || {
                let fault = fault.get()?;
                Some(view! { <p class="field__error" role="alert">{fault}</p> })
            })}
        </section>
    }
}

#[component]
fn Leave(room: Room, manages: bool, fault: RwSignal<Option<String>>) -> impl IntoView {
    let session = expect_context::<Session>();
    let (name, about, label) = match room.kind {
        RoomKind::Direct => (
            "Hide this conversation",
            "It goes from your list until the next message. Nothing is deleted.",
            "Hide",
        ),
        RoomKind::Public => {
            ("Leave this room", "It goes from your list. You can come back: it is public.", "Leave")
        }
        RoomKind::Private => {
            ("Leave this room", "You cannot come back by yourself: it is private.", "Leave")
        }
    };
    let id = room.id;
    let leave = move |_| {
        spawn_local(async move {
            if let Err(refusal) = session.leave(id).await {
                fault.try_set(Some(refusal.text));
            }
        });
    };
    if is_first(&room) {
        let reason = "Everybody is in this room. You can mute it.";
        return setting(name, reason, disabled_button(label, ""));
    }
    // A private room is not left by one click.
    let asks = room.kind == RoomKind::Private;
    let is_asked = RwSignal::new(false);
    let is_last = session.select_room(id, |room| room.members.is_loaded && room.members.total <= 1);
    let warns = Memo::new(move |_| is_asked.get() && is_last.get());
    let about = dynamic(move || {
        if warns.get() {
            view! { <span role="alert">{LAST}</span> }.into_any()
        } else {
            about.into_any()
        }
    });
    let can_archive = manages && !room.archived;
    let instead = move || {
        let archive = move |_| archive(session, id, true, fault);
        let is_offered = can_archive && is_last.get();
        is_offered.then(|| small_button("Archive instead", "", archive)).into_any()
    };
    setting(name, about, confirmed(asks.then_some(is_asked), label, "", instead, leave))
}

/// Archives a room, or brings it back.
fn archive(session: Session, room: RoomId, on: bool, fault: RwSignal<Option<String>>) {
    let update = UpdateRoom { archived: Some(on), ..UpdateRoom::default() };
    spawn_local(async move {
        match call::<Room>("PATCH", &format!("/api/rooms/{room}"), &update).await {
            Ok(room) => session.apply_room(room),
            Err(refusal) => {
                fault.try_set(Some(refusal.text));
            }
        }
    });
}

#[component]
fn Archive(
    room: Room,
    archived: bool,
    manages: bool,
    fault: RwSignal<Option<String>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let reason = if is_first(&room) {
        Some("Everybody begins here, so it cannot be archived.".to_owned())
    } else {
        (!manages).then(|| managers(session, &room))
    };
    let (name, about, label, kind) = if archived {
        let about = "Everybody in it can write again.";
        ("Bring it back", about, "Bring back", "")
    } else {
        let about = "Nobody can write here any more. Everyone can still read it, and \
                     you can bring it back.";
        ("Archive", about, "Archive", "button--danger")
    };
    let button = if reason.is_some() {
        disabled_button(label, kind)
    } else {
        let asks = (!archived).then(|| RwSignal::new(false));
        let act = move |()| archive(session, room.id, !archived, fault);
        confirmed(asks, label, kind, || ().into_any(), act)
    };
    setting(name, reason.unwrap_or_else(|| about.to_owned()), button)
}

fn setting(name: &'static str, about: impl IntoView + 'static, button: AnyView) -> AnyView {
    view! {
        <div class="setting">
            <span class="setting__text">
                <span class="setting__name">{name}</span>
                <span class="setting__about">{about.into_any()}</span>
            </span>
            {button}
        </div>
    }
    .into_any()
}

fn disabled_button(label: &'static str, kind: &'static str) -> AnyView {
    let class = format!("button button--small {kind}");
    view! { <button class=class type="button" disabled=true>{label}</button> }.into_any()
}

/// Returns a button. If it `asks`, it becomes two at the first press, and `instead`.
fn confirmed(
    asks: Option<RwSignal<bool>>,
    label: &'static str,
    kind: &'static str,
    instead: impl Fn() -> AnyView + Clone + Send + 'static,
    act: impl Fn(()) + Clone + Send + 'static,
) -> AnyView {
    dynamic(move || {
        let act = act.clone();
        if let Some(is_asked) = asks.filter(|is_asked| is_asked.get()) {
            let stop = move |_| is_asked.set(false);
            view! {
                <span class="row__actions">
                    {small_button("Cancel", "button--quiet", stop)}
                    {instead()}
                    {small_button(label, "button--danger", move |_| act(()))}
                </span>
            }
            .into_any()
        } else {
            let class = format!("button button--small {kind}");
            let press = move |_| match asks {
                Some(is_asked) => is_asked.set(true),
                None => act(()),
            };
            view! { <button class=class type="button" on:click=click(press)>{label}</button> }
                .into_any()
        }
    })
}
