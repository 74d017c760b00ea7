//! The reactions below a message.

use leptos::prelude::*;
use protocol::text::custom_emoji_name;

use super::actions::MessageTarget;
use crate::{
    session::{Scoped, Session},
    state::{reactions::ReactionSummary, updates::UpdateKind},
    ui::{
        dynamic::{ShowErased, click, dynamic},
        emoji_picture::emoji_picture,
    },
};

/// The reactions to a message. A click adds or removes the user's own.
#[component]
pub fn Reactions(
    /// The message.
    target: MessageTarget,
    /// Its reactions.
    reactions: Memo<Vec<ReactionSummary>>,
) -> impl IntoView {
    let emojis = Memo::new(move |_| {
        reactions.with(|reactions| {
            reactions.iter().map(|reaction| reaction.emoji.clone()).collect::<Vec<_>>()
        })
    });
    let has_any = Signal::derive(move || emojis.with(|emojis| !emojis.is_empty()));
    view! {
        <ShowErased when=has_any>
            <ul class="reactions" role="list" aria-label="Reactions">
                <For each=move || emojis.get() key=Clone::clone let:emoji>
                    <ReactionButton target emoji reactions/>
                </For>
            </ul>
        </ShowErased>
    }
}

#[component]
fn ReactionButton(
    target: MessageTarget,
    emoji: String,
    reactions: Memo<Vec<ReactionSummary>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let symbol = reaction_symbol(session, &emoji);
    let summary = Memo::new(move |_| {
        reactions.with(|reactions| {
            reactions.iter().find(|reaction| reaction.emoji == emoji).cloned().unwrap_or_default()
        })
    });
    let label = Signal::derive(move || {
        summary.with(|ReactionSummary { emoji, count, names, .. }| {
            let emoji = custom_emoji_name(emoji).unwrap_or(emoji);
            format!("{emoji} {count}: {names}")
        })
    });
    let names = Signal::derive(move || summary.with(|summary| summary.names.clone()));
    let count = Signal::derive(move || summary.with(|summary| summary.count.to_string()));
    let pressed = Signal::derive(move || if summary.get().mine { "true" } else { "false" });
    let toggle = move |_| {
        let ReactionSummary { emoji, mine, .. } = summary.get_untracked();
        session.update_message(target.room, target.id, UpdateKind::React { emoji, on: !mine });
    };
    view! {
        <li>
            <button
                class="reaction"
                type="button"
                tabindex="-1"
                aria-pressed=pressed
                aria-label=label
                title=names
                on:click=click(toggle)
            >
                <span class="reaction__emoji" aria-hidden="true">{symbol}</span>
                {count}
            </button>
        </li>
    }
}

/// Returns the emoji of a reaction: itself, or the picture of a custom one, if it exists.
fn reaction_symbol(session: Session, emoji: &str) -> AnyView {
    let Some(name) = custom_emoji_name(emoji) else { return emoji.to_owned().into_any() };
    let urls = session.emoji_urls(vec![name.to_owned()]);
    let (emoji, name) = (emoji.to_owned(), name.to_owned());
    dynamic(move || match urls.scoped().get().pop().flatten() {
        Some(url) => emoji_picture(&name, url),
        None => emoji.clone().into_any(),
    })
}
