//! The name, the address and the topic of a room.

use leptos::{ev, html, prelude::*, task::spawn_local};
use protocol::{
    Room, RoomId, RoomKind,
    http::UpdateRoom,
    limits::{MAX_ROOM_NAME_CHARS, MAX_SLUG_CHARS, MAX_TOPIC_CHARS},
};

use super::managers;
use crate::{
    browser::calls::call, session::Session, state::access::is_first, ui::dynamic::dynamic,
};

/// The form's fields, and what was said of them.
#[derive(Clone, Copy)]
struct Form {
    session: Session,
    room: RoomId,
    name: NodeRef<html::Input>,
    slug: NodeRef<html::Input>,
    topic: NodeRef<html::Input>,
    is_busy: RwSignal<bool>,
    said: RwSignal<Option<Result<(), String>>>,
}

impl Form {
    /// Saves what differs from the room.
    fn save(self) {
        let known = self.session.room(self.room).get_untracked();
        let (Some(room), false) = (known, self.is_busy.get_untracked()) else { return };
        let value = |input: NodeRef<html::Input>| input.get_untracked().map(|input| input.value());
        let changed = |input, before: &str| value(input).filter(|text| text.trim() != before);
        let slug = changed(self.slug, &room.slug).map(|slug| slug.trim().to_lowercase());
        let update = UpdateRoom {
            name: changed(self.name, &room.name),
            slug,
            topic: changed(self.topic, &room.topic),
            archived: None,
        };
        if update.name.is_none() && update.slug.is_none() && update.topic.is_none() {
            self.said.set(Some(Ok(())));
            return;
        }
        self.is_busy.set(true);
        spawn_local(async move {
            let path = format!("/api/rooms/{}", self.room);
            let said = match call::<Room>("PATCH", &path, &update).await {
                Ok(room) => {
                    self.session.apply_room(room);
                    Ok(())
                }
                Err(refusal) if refusal.status == 409 => {
                    Err("Another room has that address. Choose another.".to_owned())
                }
                Err(refusal) => Err(refusal.text),
            };
            self.is_busy.try_set(false);
            self.said.try_set(Some(said));
        });
    }
}

/// The form for the name, the address and the topic. Disabled for those who may not change them,
/// with the reason.
#[component]
pub fn Names(
    /// The room.
    room: RoomId,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let (name, slug, topic) = (NodeRef::new(), NodeRef::new(), NodeRef::new());
    let (is_busy, said) = (RwSignal::new(false), RwSignal::new(None));
    let form = Form { session, room, name, slug, topic, is_busy, said };
    let known = session.room(room);
    let text = move |text: fn(&Room) -> String| {
        // Memoized: what is being typed stays while the room's counts change.
        let value = move |_: Option<&String>| {
            known.with(|room| room.as_ref().map(text).unwrap_or_default())
        };
        Signal::from(Memo::new(value))
    };
    let present_name = text(|room| room.name.clone());
    let present_topic = text(|room| room.topic.clone());
    let manages = session.manages(room);
    let is_fixed = session.select(move |model| model.rooms.find(room).is_some_and(is_first));
    let is_archived =
        session.select(move |model| model.rooms.find(room).is_some_and(|room| room.archived));
    let is_private = session.select(move |model| {
        model.rooms.find(room).is_some_and(|room| room.kind == RoomKind::Private)
    });
    let lead = Signal::derive(move || match (manages.get(), is_archived.get()) {
        (true, true) => "Bring the room back to change these.".to_owned(),
        (true, false) => "Old links lead on for 90 days.".to_owned(),
        (false, _) => {
            let managers = known.with(|room| room.as_ref().map(|room| managers(session, room)));
            managers.unwrap_or_default()
        }
    });
    let disabled = Signal::derive(move || !manages.get() || is_archived.get());
    let submit: Box<dyn FnMut(ev::SubmitEvent)> = Box::new(move |event| {
        event.prevent_default();
        form.save();
    });
    let busy = Signal::derive(move || if is_busy.get() { "true" } else { "false" });
    let typed = move |_| said.set(None);
    view! {
        <section>
            <h3 class="section__title">"Name and topic"</h3>
            <p class="about__lead">{lead}</p>
            <form class="settings__form" on:submit=submit on:input=typed>
                <fieldset class="settings__form" disabled=disabled>
                    {field(("room-name", "Name"), MAX_ROOM_NAME_CHARS, name, present_name)}
                    <Address slug value=text(|room| room.slug.clone()) is_fixed is_private/>
                    {field(("room-topic", "Topic"), MAX_TOPIC_CHARS, topic, present_topic)}
                    <div class="about__save">
                        <button class="button button--primary" type="submit" aria-busy=busy>
                            "Save"
                        </button>
                        {dynamic(move || said.get().map(|said| match said {
                            Ok(()) => {
                                view! { <span class="field__hint" role="status">"Saved"</span> }
                                    .into_any()
                            }
                            Err(text) => {
                                view! { <span class="field__error" role="alert">{text}</span> }
                                    .into_any()
                            }
                        }))}
                    </div>
                </fieldset>
            </form>
        </section>
    }
}

fn field(
    (id, label): (&'static str, &'static str),
    max: usize,
    input: NodeRef<html::Input>,
    value: Signal<String>,
) -> AnyView {
    view! {
        <div class="field">
            <label class="field__label" for=id>{label}</label>
            <input
                class="input"
                id=id
                type="text"
                maxlength=max.to_string()
                autocomplete="off"
                dir="auto"
                prop:value=value
                node_ref=input
            />
        </div>
    }
    .into_any()
}

#[component]
fn Address(
    slug: NodeRef<html::Input>,
    value: Signal<String>,
    is_fixed: Memo<bool>,
    is_private: Memo<bool>,
) -> impl IntoView {
    let hint = Signal::derive(move || match (is_fixed.get(), is_private.get()) {
        (true, _) => "Everybody begins here, so the address stays.",
        (false, true) => {
            "Lowercase letters, digits and hyphens. Whoever guesses it learns that it is taken."
        }
        (false, false) => "Lowercase letters, digits and hyphens.",
    });
    view! {
        <div class="field">
            <label class="field__label" for="room-slug">"Address"</label>
            <span class="affix">
                <span class="affix__before" aria-hidden="true">"/rooms/"</span>
                <input
                    class="input affix__input"
                    id="room-slug"
                    type="text"
                    maxlength=MAX_SLUG_CHARS.to_string()
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    aria-describedby="room-slug-note"
                    disabled=is_fixed
                    prop:value=value
                    node_ref=slug
                />
            </span>
            <span class="field__hint" id="room-slug-note">{hint}</span>
        </div>
    }
}
