//! The notes below the user's own messages: the progress of a message or of its update.

use leptos::{attr, prelude::*};
use protocol::MessageId;

use crate::{
    browser::focus::focus_composer,
    session::{Scoped as _, Session},
    state::{
        connection::ConnectionState,
        timeline::MessageState,
        updates::{Effect, UpdateStatus},
    },
    ui::{
        button::small_button,
        dynamic::dynamic,
        icon::{Glyph, Icon},
    },
};

/// The note below a message that is not in the room log yet, or whose update is not.
#[component]
pub fn MessageNote(
    /// The message.
    id: MessageId,
    /// Its delivery state.
    state: MessageState,
    /// The progress of its update.
    update: Option<UpdateStatus>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    match state {
        MessageState::Sent | MessageState::Deleting | MessageState::Deleted => {
            let shown = update.filter(|status| !status.held);
            shown.map(|status| view! { <UpdateNote status/> }).into_any()
        }
        MessageState::Pending => view! { <PendingNote id/> }.into_any(),
        MessageState::Refused(reason) => {
            let is_unfit = session.has_unfit_file(id);
            let again = dynamic(move || match is_unfit.get() {
                // Without the file, the message can be sent.
                true => final_button("Move to composer", "", move || session.take_back(id)),
                false => final_button("Try again", "", move || session.retry(id)),
            });
            view! {
                <p class="message__note" role="alert">
                    <Icon glyph=Glyph::CircleAlert/>
                    {format!("Not sent. {reason}")}
                    {again}
                    {final_button("Discard", "button--quiet", move || session.discard(id))}
                </p>
            }
            .into_any()
        }
    }
}

#[component]
fn PendingNote(id: MessageId) -> impl IntoView {
    let session = expect_context::<Session>();
    let connection = session.connection();
    let is_held = session.is_held(id);
    let undo = move || {
        final_button("Undo", "", move || {
            session.undo_send(id);
        })
    };
    let may_take_back = Memo::new(move |_| {
        connection.get() == ConnectionState::Blocked && session.editing.scoped().get().is_none()
    });
    let is_uploading = session.is_uploading(id);
    let discard = move || final_button("Discard", "button--quiet", move || session.discard(id));
    let take_back = move || final_button("Move to composer", "", move || session.take_back(id));
    view! {
        <p class="message__note">
            {dynamic(move || match connection.get() {
                _ if is_held.get() => {
                    view! { <Icon glyph=Glyph::Clock/> "Not sent yet" }.into_any()
                }
                ConnectionState::Blocked => {
                    view! { <Icon glyph=Glyph::CloudOff/> "Not sent, as no WebSocket gets through" }
                        .into_any()
                }
                ConnectionState::Offline { .. } => {
                    view! { <Icon glyph=Glyph::CloudOff/> "Sent when you are back online" }
                        .into_any()
                }
                ConnectionState::Connecting
                | ConnectionState::CatchingUp { .. }
                | ConnectionState::Current => {
                    view! { <Icon glyph=Glyph::Clock/> "Sending" }.into_any()
                }
            })}
            {dynamic(move || match is_held.get() {
                true => Some(undo()),
                false => may_take_back.get().then(take_back),
            })}
            {dynamic(move || (is_uploading.get() && !is_held.get()).then(discard))}
        </p>
    }
}

/// The state of an edit, a deletion, a reaction or a pin that the user made.
#[component]
fn UpdateNote(status: UpdateStatus) -> impl IntoView {
    let session = expect_context::<Session>();
    let (op, effect) = (status.op, status.effect);
    let deletes = effect == Effect::Deletion;
    let is_away = session.select(|model| model.connection.is_away());
    match status.refused {
        None => view! {
            <p class="message__note">
                {dynamic(move || {
                    let (glyph, text) = match (is_away.get(), deletes) {
                        (true, true) => (Glyph::CloudOff, "Deleted when you are back online"),
                        (true, false) => (Glyph::CloudOff, "Saved when you are back online"),
                        (false, true) => (Glyph::Clock, "Deleting"),
                        (false, false) => (Glyph::Clock, "Saving"),
                    };
                    view! { <Icon glyph/> {text} }
                })}
            </p>
        }
        .into_any(),
        Some(reason) => {
            let outcome = match effect {
                Effect::Deletion => "Not deleted.",
                Effect::Change => "Not changed.",
                Effect::Pin => "Not pinned.",
                Effect::Unpin => "Still pinned.",
                Effect::RemovePreviews => "Previews not removed.",
            };
            view! {
                <p class="message__note message__note--failed" role="alert">
                    <Icon glyph=Glyph::CircleAlert/>
                    {format!("{outcome} {reason}")}
                    {final_button("Try again", "", move || session.retry_update(op))}
                    {final_button("Discard", "button--quiet", move || session.discard_update(op))}
                </p>
            }
            .into_any()
        }
    }
}

/// Returns a button that disappears when pressed. The focus then moves to the composer. Arrow keys
/// lead to it from its message.
fn final_button(label: &'static str, kind: &'static str, act: impl Fn() + 'static) -> AnyView {
    small_button(label, kind, move |_| {
        act();
        focus_composer();
    })
    .add_any_attr(attr::tabindex("-1"))
    .into_any()
}
