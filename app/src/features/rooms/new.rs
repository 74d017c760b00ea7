//! The form for a new room.

use leptos::prelude::*;
use protocol::limits::MAX_ROOM_NAME_CHARS;

use crate::{
    page::{RoomFault, RoomForm},
    ui::{
        field::{Field, FieldNote},
        icon::{Glyph, Icon},
        page_title::PageTitle,
    },
};

/// The form for a new room.
#[component]
pub fn NewRoomForm(
    /// The form's previous values and error.
    form: RoomForm,
) -> impl IntoView {
    let fault = form.fault.map(fault_text);
    view! {
        <PageTitle text="New room · Banter"/>
        <div class="shell__main" id="content" tabindex="-1">
            <header class="room-header">
                <a
                    class="icon-button room-header__back only-phone"
                    href="/rooms"
                    aria-label="Back to rooms"
                >
                    <Icon glyph=Glyph::ChevronLeft size="large"/>
                </a>
                <div class="room-header__title">
                    <h2 class="room-header__name" tabindex="-1">"New room"</h2>
                </div>
            </header>
            <div class="page">
                <form class="page__column page__form" method="post" action="/new-room">
                    <Field
                        name="name"
                        label="Name"
                        value=form.name
                        autocomplete="off"
                        max=MAX_ROOM_NAME_CHARS
                        note=FieldNote::new("Everyone here can find it, read it and join.", fault)
                        autofocus=true
                    />
                    <div>
                        <button class="button button--primary" type="submit">"Create room"</button>
                    </div>
                </form>
            </div>
        </div>
    }
}

fn fault_text(fault: RoomFault) -> String {
    let text = match fault {
        RoomFault::Name => "Use 1 to 80 characters, with at least one letter or digit.",
        RoomFault::Taken => "A room with that name already exists.",
        RoomFault::TooFast(1) => "You are creating rooms too quickly. Try again in 1 second.",
        RoomFault::TooFast(seconds) => {
            return format!("You are creating rooms too quickly. Try again in {seconds} seconds.");
        }
        RoomFault::Unavailable => "The server could not process the form. Try again in a moment.",
    };
    text.to_owned()
}
