//! The user's own choices for a room: notifications, favourite.

use leptos::prelude::*;
use protocol::{NotifyLevel, RoomId};

use crate::{
    session::Session,
    ui::{dynamic::dynamic, segment::Segment},
};

const LEVELS: [NotifyLevel; 3] = [NotifyLevel::All, NotifyLevel::Mentions, NotifyLevel::Nothing];

/// The user's own choices for a room. They take effect at once.
#[component]
pub fn Choices(
    /// The room.
    room: RoomId,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let level = session.select(move |model| {
        let room = model.rooms.find(room);
        room.map(|room| model.choices.notify(room)).unwrap_or_default()
    });
    let is_favourite = session.select(move |model| {
        model.rooms.find(room).is_some_and(|room| model.choices.favourite(room))
    });
    let refusal = session.select(move |model| model.choices.refusal(room).map(str::to_owned));
    let chosen =
        Signal::derive(move || LEVELS.iter().position(|known| *known == level.get()).unwrap_or(1));
    let choose = Callback::new(move |index: usize| {
        if let Some(level) = LEVELS.get(index) {
            session.set_notify(room, *level);
        }
    });
    let about = Signal::derive(move || match level.get() {
        NotifyLevel::All => "Every message here counts.",
        NotifyLevel::Mentions => "Only messages that mention you or everybody.",
        NotifyLevel::Nothing => "Muted. Only your own name still counts.",
    });
    view! {
        <div class="setting setting--tall">
            <span class="setting__text">
                <span class="setting__name">"Notify me about"</span>
                <span class="setting__about">{about}</span>
            </span>
            <Segment
                label="Notify me about"
                name="notify"
                options=vec!["Everything", "Mentions", "Nothing"]
                value=chosen
                set=choose
            />
        </div>
        <div class="setting">
            <span class="setting__text">
                <span class="setting__name">"Favourite"</span>
                <span class="setting__about">"Stands first in your list."</span>
            </span>
            <input
                class="switch"
                type="checkbox"
                role="switch"
                aria-label="Favourite"
                checked=is_favourite
                prop:checked=is_favourite
                on:change=move |event| {
                    session.set_favourite(room, event_target_checked(&event));
                }
            />
        </div>
        {dynamic(move || {
            let refusal = refusal.get()?;
            Some(view! { <p class="field__error" role="alert">{refusal}</p> })
        })}
    }
}
