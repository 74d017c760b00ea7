//! The form for a new room. It works without the program, except for adding people.

use leptos::prelude::*;
use protocol::{
    User,
    limits::{MAX_ROOM_NAME_CHARS, MAX_SLUG_CHARS, MAX_TOPIC_CHARS},
};

use super::address::{AddressPreview, watch};
use crate::{
    page::{RoomFault, RoomForm},
    session::Session,
    ui::{
        field::{AddressField, Field, FieldNote},
        icon::{Glyph, Icon},
        picker::PeoplePicker,
        view_header::PlainView,
    },
};

/// The most people who are added with a new room.
const MAX_ADDED: usize = 50;

/// The form for a new room.
#[component]
pub fn NewRoomForm(
    /// The form's previous values and error.
    form: RoomForm,
) -> impl IntoView {
    let RoomForm { name, slug, private, topic, fault } = form;
    let on_name = fault.filter(|fault| matches!(fault, RoomFault::Name | RoomFault::Unavailable));
    let on_topic = fault.filter(|fault| matches!(fault, RoomFault::Topic));
    let on_slug = fault.filter(|_| on_name.is_none() && on_topic.is_none()).map(fault_text);
    let focus_slug = on_slug.is_some();
    let preview = AddressPreview::new(&name, private);
    let session = expect_context::<Session>();
    let people = RwSignal::new(Vec::<User>::new());
    let ids = Signal::derive(move || {
        let id = |user: &User| user.id.to_string();
        people.with(|people| people.iter().map(id).collect::<Vec<_>>().join(" "))
    });
    let me = session.select(|model| vec![model.me.id]);
    view! {
        <PlainView heading="New room">
            <form
                class="page__column page__form"
                method="post"
                action="/new-room"
                on:input=watch(preview)
            >
                <fieldset>
                    <legend class="visually-hidden">"Who can see it"</legend>
                    <div class="choices">
                        {choice(false, !private)}
                        {choice(true, private)}
                    </div>
                </fieldset>
                <Field
                    name="name"
                    label="Name"
                    value=name
                    autocomplete="off"
                    max=MAX_ROOM_NAME_CHARS
                    note=FieldNote::new(
                        "Any alphabet, up to 80 characters.",
                        on_name.map(fault_text),
                    )
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
                <Field
                    name="topic"
                    label="Topic"
                    value=topic
                    autocomplete="off"
                    max=MAX_TOPIC_CHARS
                    note=FieldNote::new("What it is for. You may leave it empty.",
                        on_topic.map(fault_text))
                    optional=true
                />
                <PeoplePicker
                    id="people"
                    label="People"
                    hint="They are added at once. Others join a public room by themselves."
                    chosen=people
                    excluded=me
                    max=MAX_ADDED
                />
                <input type="hidden" name="people" value=ids prop:value=ids/>
                <div class="dialog__foot">
                    <a class="button button--quiet" href="/browse">"Cancel"</a>
                    <button class="button button--primary" type="submit">"Make room"</button>
                </div>
            </form>
        </PlainView>
    }
}

/// One of the two kinds of rooms.
fn choice(private: bool, checked: bool) -> AnyView {
    let (glyph, value, name, about) = if private {
        let about = "Only people who are added know that it exists. This cannot be changed later.";
        (Glyph::Lock, "true", "Private", about)
    } else {
        (Glyph::Hash, "false", "Public", "Everyone here can find it, read it and join.")
    };
    view! {
        <label class="choice">
            <input type="radio" name="private" value=value checked=checked/>
            <Icon glyph/>
            <span>
                <span class="choice__name">{name}</span>
                <span class="choice__about">{about}</span>
            </span>
        </label>
    }
    .into_any()
}

fn fault_text(fault: RoomFault) -> String {
    let text = match fault {
        RoomFault::Name => "Use 1 to 80 characters, and at least one that can be seen.",
        RoomFault::Slug => {
            "Use 1 to 64 characters: a to z and 0 to 9; after the first also hyphens."
        }
        RoomFault::Topic => "Use up to 250 characters that can be seen, on one line.",
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
