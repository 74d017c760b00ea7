//! The field that describes a picture of the next message, for those who do not see it.

use leptos::{ev, html, prelude::*};
use protocol::limits::MAX_DESCRIPTION_CHARS;
use uuid::Uuid;

use crate::{
    browser::{focus::focus, window::effect},
    session::Session,
    state::{
        bidi::isolate,
        conversation::Conversation,
        tray::{PendingFile, one_line},
    },
    ui::{
        button::small_button,
        dynamic::{change, input, remount},
    },
};

/// Returns the field of the file that is open, or nothing.
pub(super) fn describe_field(
    session: Session,
    place: Conversation,
    open: RwSignal<Option<Uuid>>,
) -> AnyView {
    let id = Memo::new(move |_| {
        let id = open.get()?;
        session.tray.with(|tray| tray.of(place).iter().any(|file| file.id == id)).then_some(id)
    });
    remount(move || id.get().map(|id| field(session, place, open, id)))
}

fn field(session: Session, place: Conversation, open: RwSignal<Option<Uuid>>, id: Uuid) -> AnyView {
    let find = |file: &&PendingFile| file.id == id;
    let file = session.tray.with_untracked(|tray| tray.of(place).iter().find(find).cloned());
    let PendingFile { name, description, .. } = file.unwrap_or_default();
    let text = RwSignal::new(description.clone());
    let has_fault = Memo::new(move |_| text.with(|text| one_line(text).is_none()));
    // Also keeps one that does not fit. The message is not sent then.
    let keep = move || text.with_untracked(|text| session.describe(id, text));
    let close = move || {
        open.set(None);
        focus(&format!("[data-file=\"{id}\"]"));
    };
    let done = move || {
        keep();
        if !has_fault.get_untracked() {
            close();
        }
    };
    let on_key: Box<dyn FnMut(ev::KeyboardEvent)> = Box::new(move |event| {
        if event.is_composing() {
            return;
        }
        match event.key().as_str() {
            "Enter" => done(),
            "Escape" => close(),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation(); // the panel stays open
    });
    let count = Memo::new(move |_| text.with(|text| text.chars().count()));
    let left = move || match (has_fault.get(), count.get()) {
        (false, count) => match MAX_DESCRIPTION_CHARS.saturating_sub(count) {
            1 => "1 character left".to_owned(),
            left => format!("{left} characters left"),
        },
        (true, count) => match count.saturating_sub(MAX_DESCRIPTION_CHARS) {
            0 => "Remove the characters that cannot be seen".to_owned(),
            1 => "1 character too long".to_owned(),
            excess => format!("{excess} characters too long"),
        },
    };
    let role = move || has_fault.get().then_some("alert");
    let area = NodeRef::<html::Textarea>::new();
    effect(move || {
        if let Some(area) = area.get() {
            let _ = area.focus();
        }
    });
    let url = Memo::new(move |_| session.file_urls.with(|urls| urls.get(&id).cloned()));
    let invalid = Signal::derive(move || has_fault.get().then_some("true"));
    let field_id = format!("describe-{id}");
    let foot_id = format!("describe-{id}-foot");
    view! {
        <div class="describe">
            <img src=url alt="" width="88" height="88"/>
            <div>
                <label class="visually-hidden" for=field_id.clone()>
                    "Description of " {isolate(&name)}
                </label>
                <textarea
                    class="input"
                    id=field_id
                    rows="2"
                    placeholder="What is to be seen, for those who do not see it"
                    aria-describedby=foot_id.clone()
                    aria-invalid=invalid
                    node_ref=area
                    prop:value=description
                    on:input=input(move |event| text.set(event_target_value(&event)))
                    on:change=change(move |_| {
                        if open.get_untracked() == Some(id) {
                            keep();
                        }
                    })
                    on:keydown=on_key
                ></textarea>
                <div class="describe__foot">
                    <span id=foot_id role=role data-fault=invalid>{left}</span>
                    {small_button("Done", "", move |_| done())}
                </div>
            </div>
        </div>
    }
    .into_any()
}
