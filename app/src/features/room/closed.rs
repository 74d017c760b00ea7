//! What stands in place of the composer where the user cannot write.

use leptos::{ev, prelude::*, task::spawn_local};
use protocol::RoomId;

use crate::{
    browser::focus::focus_composer,
    session::{RoomSummary, Session},
    state::{access::Access, bidi::isolate},
    ui::icon::{Glyph, Icon},
};

/// Why the user cannot write to a room, and what to do.
#[component]
pub fn ClosedComposer(
    /// The room.
    room: RoomSummary,
    /// What the user may do there.
    access: Access,
) -> impl IntoView {
    let content = match access {
        Access::Preview | Access::Write => view! { <Join room/> }.into_any(),
        Access::Archived => {
            let text = "This room is archived. Nobody can write here any more.";
            view! { <Icon glyph=Glyph::Archive/> <p class="closed__text">{text}</p> }.into_any()
        }
        Access::Alone => {
            let text = "Nobody else of this conversation can sign in any more.";
            view! { <Icon glyph=Glyph::Ban/> <p class="closed__text">{text}</p> }.into_any()
        }
    };
    view! {
        <div class="composer" id="composer" tabindex="-1">
            <div class="closed">{content}</div>
        </div>
    }
}

/// The form that joins a public room. It works without the program too.
#[component]
fn Join(room: RoomSummary) -> impl IntoView {
    let session = expect_context::<Session>();
    let RoomSummary { id, slug, .. } = room;
    let (is_busy, fault) = (RwSignal::new(false), RwSignal::new(None));
    let name = session.room_name(id);
    let text = Signal::derive(move || match fault.get() {
        Some(fault) => fault,
        None => {
            format!("You are not in {}. Join to write and to follow it.", isolate(&name.get()))
        }
    });
    let role = Signal::derive(move || if fault.with(Option::is_some) { "alert" } else { "status" });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if !is_busy.get_untracked() {
            is_busy.set(true);
            spawn_local(join(session, id, is_busy, fault));
        }
    };
    let submit: Box<dyn FnMut(ev::SubmitEvent)> = Box::new(submit);
    let busy = Signal::derive(move || if is_busy.get() { "true" } else { "false" });
    view! {
        <p class="closed__text" role=role>{text}</p>
        <form method="post" action=format!("/rooms/{slug}/join") on:submit=submit>
            <button class="button button--primary" type="submit" aria-busy=busy>"Join"</button>
        </form>
    }
}

async fn join(
    session: Session,
    room: RoomId,
    is_busy: RwSignal<bool>,
    fault: RwSignal<Option<String>>,
) {
    match session.join(room).await {
        Ok(()) => request_animation_frame(focus_composer), // once the composer is there
        Err(refusal) => {
            fault.try_set(Some(refusal.text));
            is_busy.try_set(false);
        }
    }
}
