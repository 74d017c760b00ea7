//! The form for a new room.

use leptos::prelude::*;
use protocol::limits::{MAX_ROOM_NAME_CHARS, MAX_SLUG_CHARS};

use super::address::{AddressPreview, watch_name};
use crate::{
    page::{RoomFault, RoomForm},
    ui::{
        field::{AddressField, Field, FieldNote},
        view_header::PlainView,
    },
};

/// The form for a new room.
#[component]
pub fn NewRoomForm(
    /// The form's previous values and error.
    form: RoomForm,
) -> impl IntoView {
    let RoomForm { name, slug, fault } = form;
    let is_on_name = matches!(fault, Some(RoomFault::Name | RoomFault::Unavailable));
    let on_name = fault.filter(|_| is_on_name).map(fault_text);
    let on_slug = fault.filter(|_| !is_on_name).map(fault_text);
    let focus_slug = on_slug.is_some();
    let preview = AddressPreview::new(&name);
    view! {
        <PlainView heading="New room">
            <form
                class="page__column page__form"
                method="post"
                action="/new-room"
                on:input=watch_name(preview)
            >
                <Field
                    name="name"
                    label="Name"
                    value=name
                    autocomplete="off"
                    max=MAX_ROOM_NAME_CHARS
                    note=FieldNote::new("Everyone here can find it, read it and join.", on_name)
                    autofocus=!focus_slug
                />
                <AddressField
                    name="slug"
                    label="Address"
                    prefix="/rooms/"
                    value=slug
                    max=MAX_SLUG_CHARS
                    placeholder=preview.slug()
                    hint=preview.hint()
                    fault=on_slug
                    autofocus=focus_slug
                />
                <div>
                    <button class="button button--primary" type="submit">"Create room"</button>
                </div>
            </form>
        </PlainView>
    }
}

fn fault_text(fault: RoomFault) -> String {
    let text = match fault {
        RoomFault::Name => "Use 1 to 80 characters, and at least one that can be seen.",
        RoomFault::Slug => {
            "Use 1 to 64 characters: a to z and 0 to 9; after the first also hyphens."
        }
        RoomFault::Taken => "Another room has that address. Choose another, or leave it empty.",
        RoomFault::Reserved => "Banter uses that address itself. Choose another.",
        RoomFault::TooFast(1) => "You are creating rooms too quickly. Try again in 1 second.",
        RoomFault::TooFast(seconds) => {
            return format!("You are creating rooms too quickly. Try again in {seconds} seconds.");
        }
        RoomFault::Unavailable => "The server could not process the form. Try again in a moment.",
    };
    text.to_owned()
}
