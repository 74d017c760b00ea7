//! The form for another emoji: a picture and a name.

use leptos::{ev, html, prelude::*, task::spawn_local};
use protocol::{
    limits::{MAX_EMOJI_BYTES, MAX_EMOJI_NAME_CHARS},
    text::is_emoji_name,
};

use super::PATH;
use crate::{
    browser::calls,
    state::custom_emoji::name_of_file,
    ui::{
        dynamic::{change, dynamic, input, submit},
        icon::{Glyph, Icon},
        loaded::{Fault, Outcome, Progress},
    },
};

/// The formats that the server accepts.
const FORMATS: &str = "image/png,image/jpeg,image/gif,image/webp";

/// What is wrong, beside the field that it is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Faults {
    picture: Option<&'static str>,
    name: Option<&'static str>,
}

/// The form.
#[component]
pub fn NewEmoji() -> impl IntoView {
    let (picture, name) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let chosen = RwSignal::new(None::<String>);
    let faults = RwSignal::new(Faults::default());
    let progress = RwSignal::new(Progress::Idle);
    let file = move || picture.get_untracked()?.files()?.get(0);
    let forget_outcome = move || {
        if progress.get_untracked() != Progress::Sending {
            progress.set(Progress::Idle);
        }
    };
    let choose = move |_: ev::Event| {
        forget_outcome();
        let file = file();
        chosen.set(file.as_ref().map(web_sys::File::name));
        faults.update(|faults| faults.picture = fault_of(file.as_ref()));
        let Some(field) = name.get_untracked().filter(|field| field.value().is_empty()) else {
            return;
        };
        if let Some(file) = file {
            field.set_value(&name_of_file(&file.name()));
        }
    };
    let add = move || {
        if progress.get_untracked() == Progress::Sending {
            return;
        }
        let (Some(field), file) = (name.get_untracked(), file()) else { return };
        let typed = field.value();
        let written = typed.trim().trim_matches(':').to_lowercase();
        let found = Faults {
            picture: fault_of(file.as_ref()),
            name: (!is_emoji_name(&written)).then_some(NAME_RULE),
        };
        faults.set(found.clone());
        progress.set(Progress::Idle);
        let Some(file) = file.filter(|_| found == Faults::default()) else {
            let first = if found.picture.is_some() { picture } else { name };
            if let Some(field) = first.get_untracked() {
                let _ = field.focus();
            }
            return;
        };
        progress.set(Progress::Sending);
        spawn_local(async move {
            let outcome = calls::put_file(&format!("{PATH}{written}"), file.clone()).await;
            // What was written or chosen meanwhile is for the next one.
            let fields =
                picture.try_get_untracked().flatten().zip(name.try_get_untracked().flatten());
            if let Some((picture, name)) = fields.filter(|_| outcome.is_ok()) {
                if name.value() == typed {
                    name.set_value("");
                }
                if picture.files().and_then(|files| files.get(0)) == Some(file) {
                    picture.set_value("");
                    chosen.try_set(None);
                }
            }
            progress.try_set(Progress::of(&outcome));
        });
    };
    let forget = move |_: ev::Event| {
        faults.update(|faults| faults.name = None);
        forget_outcome();
    };
    let busy = Signal::derive(move || (progress.get() == Progress::Sending).then_some("true"));
    let label = Signal::derive(move || match chosen.get() {
        Some(_) => "Choose another picture",
        None => "Choose picture",
    });
    let is_wrong = move |fault: fn(&Faults) -> Option<&'static str>| {
        Signal::derive(move || faults.with(fault).map(|_| "true"))
    };
    view! {
        <form class="settings__form" aria-label="New emoji" novalidate on:submit=submit(add)>
            <div class="field">
                <span class="settings__buttons">
                    <input
                        class="visually-hidden"
                        id="emoji-picture"
                        type="file"
                        accept=FORMATS
                        aria-invalid=is_wrong(|faults| faults.picture)
                        aria-describedby="emoji-picture-note"
                        node_ref=picture
                        on:change=change(choose)
                    />
                    <label class="button" for="emoji-picture">{label}</label>
                    <bdi>{chosen}</bdi>
                </span>
                {note("emoji-picture-note", PICTURE_RULE, Memo::new(move |_| {
                    faults.with(|faults| faults.picture)
                }))}
            </div>
            <div class="field">
                <label class="field__label" for="emoji-name">"Name"</label>
                <input
                    class="input"
                    id="emoji-name"
                    type="text"
                    maxlength=(MAX_EMOJI_NAME_CHARS + 2).to_string()
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    aria-invalid=is_wrong(|faults| faults.name)
                    aria-describedby="emoji-name-note"
                    node_ref=name
                    on:input=input(forget)
                />
                {note("emoji-name-note", NAME_RULE, Memo::new(move |_| {
                    faults.with(|faults| faults.name)
                }))}
            </div>
            <div class="settings__buttons">
                <button class="button button--primary" type="submit" aria-busy=busy>
                    <Icon glyph=Glyph::Plus size="small"/>
                    "Add emoji"
                </button>
                <Outcome progress done="Added"/>
            </div>
        </form>
    }
}

const PICTURE_RULE: &str = "A PNG, JPEG, GIF or WebP file of at most 64 KiB and 512 by 512 pixels. \
    Of a moving one, the first picture is taken.";
const NAME_RULE: &str =
    "2 to 32 characters: a to z, 0 to 9, _ and -. It begins with a letter or a digit.";

/// Returns what keeps a file from being sent.
fn fault_of(file: Option<&web_sys::File>) -> Option<&'static str> {
    match file {
        None => Some("Choose a picture."),
        Some(file) if file.size() > MAX_EMOJI_BYTES as f64 => {
            Some("Larger than 64 KiB. Choose a smaller picture.")
        }
        Some(_) => None,
    }
}

/// Returns the note below a field: the rule, or what is wrong.
fn note(id: &'static str, rule: &'static str, fault: Memo<Option<&'static str>>) -> AnyView {
    let content = dynamic(move || match fault.get() {
        Some(text) => view! { <Fault text=text.to_owned()/> }.into_any(),
        None => rule.into_any(),
    });
    view! { <span class="field__hint" id=id>{content}</span> }.into_any()
}
