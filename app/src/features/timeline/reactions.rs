//! The reactions below a message.

use leptos::prelude::*;
use protocol::MessageId;

use super::actions::MessageTarget;
use crate::{
    session::Session,
    state::{reactions::ReactionSummary, updates::UpdateKind},
    ui::dynamic::{click, dynamic},
};

/// The reactions to a message. A click adds or removes the user's own.
#[component]
pub fn Reactions(
    /// The message.
    target: MessageTarget,
    /// The reactions to the messages of its room.
    summaries: Memo<Vec<(MessageId, Vec<ReactionSummary>)>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    dynamic(move || {
        let reactions = summaries.with(|summaries| {
            summaries.iter().find(|(id, _)| *id == target.id).map(|(_, found)| found.clone())
        })?;
        let reactions = reactions.into_iter();
        let buttons =
            reactions.map(|reaction| reaction_button(session, target, reaction)).collect_view();
        Some(view! {
            <ul class="reactions" role="list" aria-label="Reactions">
                {buttons}
            </ul>
        })
    })
}

fn reaction_button(
    session: Session,
    target: MessageTarget,
    reaction: ReactionSummary,
) -> impl IntoView + use<> {
    let ReactionSummary { emoji, count, mine, names } = reaction;
    let label = format!("{emoji} {count}: {names}");
    let symbol = emoji.clone();
    let toggle = move |_| {
        let kind = UpdateKind::React { emoji: emoji.clone(), on: !mine };
        session.update_message(target.room, target.id, kind);
    };
    let pressed = if mine { "true" } else { "false" };
    view! {
        <li>
            <button
                class="reaction"
                type="button"
                aria-pressed=pressed
                aria-label=label
                title=names
                on:click=click(toggle)
            >
                <span class="reaction__emoji" aria-hidden="true">{symbol}</span>
                {count.to_string()}
            </button>
        </li>
    }
}
