//! A message that was found.

use leptos::{ev, prelude::*};
use protocol::{FoundMessage, Message, MessageId};
use uuid::Uuid;

use super::View;
use crate::{
    browser::{address::is_plain_click, case::fold},
    state::{
        bidi::balance,
        names::sender_name,
        search::{
            excerpt::{Piece, excerpt, file_names},
            plain::plain,
        },
    },
    ui::{
        avatar::Avatar,
        dynamic::{click, dynamic},
        icon::{Glyph, Icon},
    },
};

/// Returns the result of a number. Tab reaches the one at `stop`.
pub(super) fn result(view: View, stop: Memo<Option<MessageId>>, version: Uuid) -> AnyView {
    let session = view.session;
    let found = session.model().with_untracked(|model| {
        let found = model.search.found.as_ref()?;
        let mut hits = found.hits.iter();
        let hit = hits.find(|hit| u128::from(hit.version) == version.as_u128())?;
        Some((hit.found.clone(), found.by.query.clone()))
    });
    let Some((FoundMessage { message, ranges, room }, query)) = found else {
        return ().into_any();
    };
    let names = file_names(&message, &query, fold);
    let Message { id, text, blocks, sender, sent_at, thread, in_room, .. } = message;
    let text = text.unwrap_or_default();
    let (text, ranges) = plain(&text, &blocks, &ranges).unwrap_or((text, ranges));
    let author = balance(&sender_name(&sender)).into_owned();
    let room_name = session.room_name(room);
    let in_thread = thread.is_some() && !in_room;
    let when = Signal::derive(move || {
        let clock = session.clock();
        let time = clock.time(sent_at);
        match clock.day_name(clock.day(sent_at)) {
            day if day == "Today" => time,
            day => format!("{day} {time}"),
        }
    });
    let is_chosen = move || view.chosen.get() == Some(id);
    let active = Signal::derive(move || is_chosen().then_some(""));
    let tab = Signal::derive(move || if stop.get() == Some(id) { "0" } else { "-1" });
    let choose = move |_: ev::FocusEvent| {
        session.search_place.update_value(|place| place.chosen = Some(id));
        if view.chosen.get_untracked() != Some(id) {
            view.chosen.set(Some(id));
        }
    };
    let open = move |event: ev::MouseEvent| {
        view.remember();
        session.search_place.update_value(|place| place.chosen = Some(id));
        if is_plain_click(&event) && session.open_found(id) {
            event.prevent_default();
        }
    };
    let (place_id, text_id) = (format!("result-{}-place", id.0), format!("result-{}-text", id.0));
    let label = format!("{place_id} {text_id}");
    let files = names.into_iter().map(|name| {
        view! {
            <span class="result__file">
                <Icon glyph=Glyph::Paperclip/>
                <bdi>{marked(name)}</bdi>
            </span>
        }
    });
    let has_text = !text.is_empty();
    view! {
        <li class="result" data-active=active>
            <Avatar hue=session.own_hue(sender.id) user=sender/>
            <div class="result__body">
                <p class="result__place">
                    <span id=place_id>
                        <bdi class="result__author">{author}</bdi>
                        " "
                        <span>
                            "in "
                            <bdi>{dynamic(move || balance(&room_name.get()).into_owned())}</bdi>
                            {in_thread.then_some(", in a thread")}
                        </span>
                        " "
                        <time datetime=sent_at.to_string()>{when}</time>
                    </span>
                    <span class="result__jump only-wide" aria-hidden="true">"Jump to message"</span>
                </p>
                <a
                    class="result__link"
                    href=format!("/m/{}", id.0)
                    tabindex=tab
                    aria-labelledby=label
                    data-result=id.0.to_string()
                    on:focus=choose
                    on:click=click(open)
                >
                    <span id=text_id>
                        {has_text.then(|| view! {
                            <span class="result__text" dir="auto">
                                {marked(excerpt(&text, &ranges))}
                            </span>
                        })}
                        {files.collect_view()}
                    </span>
                </a>
            </div>
        </li>
    }
    .into_any()
}

/// Returns a text with its matches marked.
fn marked(pieces: Vec<Piece>) -> Vec<AnyView> {
    let piece = |(text, is_match): Piece| match is_match {
        true => view! { <mark>{text}</mark> }.into_any(),
        false => text.into_any(),
    };
    pieces.into_iter().map(piece).collect()
}
