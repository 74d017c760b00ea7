//! Why a room or a thread is unread: who wrote first after what was read, and the way to that
//! place.

use leptos::prelude::*;
use protocol::Message;

use crate::{
    session::Session,
    state::{bidi::isolate, conversation::Conversation, names::sender_name},
    ui::{button::small_button, dynamic::dynamic},
};

/// The reason why a room or a thread is unread, once the user asks.
#[component]
pub fn Why(
    /// The room or the thread.
    place: Conversation,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let known = session.select(move |model| {
        let after = model.unread_in(place)?.after;
        let preview = model.unread.previews.get(&place)?;
        let preview = Some(preview).filter(|preview| preview.after == after)?;
        let first = preview.messages.as_ref()?.first().cloned()?;
        Some((first, preview.last_read.clone()))
    });
    let is_away = session.select(|model| model.connection.is_away());
    let asked = RwSignal::new(false);
    let ask = move |_| {
        asked.set(true);
        session.ask_why(place);
    };
    let text = dynamic(move || {
        if !asked.get() {
            return ().into_any();
        }
        match known.get() {
            Some((first, Some(last_read))) => reason(session, place, &first, last_read.as_ref()),
            Some((_, None)) | None if is_away.get() => {
                view! { <p>"Shown when you are back online."</p> }.into_any()
            }
            Some((_, None)) | None => view! { <p role="status">"Loading"</p> }.into_any(),
        }
    });
    view! {
        <details class="why only-scripted" on:toggle=ask>
            <summary>"Why is this unread?"</summary>
            <div class="why__text">{text}</div>
        </details>
    }
}

fn reason(
    session: Session,
    place: Conversation,
    first: &Message,
    last_read: Option<&Message>,
) -> AnyView {
    let clock = session.clock();
    let when = |message: &Message| {
        let at = message.sent_at;
        let day = clock.day_name(clock.day(at));
        if day == "Today" { clock.time(at) } else { format!("{day}, {}", clock.time(at)) }
    };
    let username = untrack(|| session.me().username);
    let name = isolate(&sender_name(&first.sender));
    let who = if first.reminder {
        format!("You wanted to be reminded: {}.", when(first))
    } else if first.mentions(&username) {
        format!("{name} named you: {}.", when(first))
    } else {
        format!("{name} wrote this: {}.", when(first))
    };
    let read = match last_read {
        Some(last) => {
            let name = isolate(&sender_name(&last.sender));
            format!("You read up to {name}, {}. Nothing after it has been in view.", when(last))
        }
        None => "You have read nothing here before.".to_owned(),
    };
    let (id, seq) = (first.id, first.seq);
    let show = move |_| session.show_message(place, id, seq);
    view! {
        <p>{who}</p>
        <p>{read}</p>
        <p>{small_button("Show in room", "", show)}</p>
    }
    .into_any()
}
