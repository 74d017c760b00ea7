//! The user's picture, name and text about themselves.

use leptos::{ev, html, prelude::*, task::spawn_local};
use protocol::{
    http::{Profile, UpdateProfile},
    limits::{MAX_ABOUT_CHARS, MAX_DISPLAY_NAME_CHARS, MAX_PICTURE_BYTES},
};

use crate::{
    browser::calls,
    session::Session,
    ui::{
        avatar::Avatar,
        button::small_button,
        dynamic::{ShowErased, change, dynamic, submit},
        escape::escape_text,
        loaded::{Outcome, Progress},
    },
};

/// The formats that the server accepts.
const FORMATS: &str = "image/png,image/jpeg,image/gif,image/webp";

/// How others see the user.
#[component]
pub fn ProfileSection() -> impl IntoView {
    view! {
        <section id="profile">
            <h3 class="settings__title">"Profile"</h3>
            <p class="settings__lead">"How others see you in every room."</p>
            <div class="settings__form">
                <Picture/>
                <Texts/>
            </div>
        </section>
    }
}

#[component]
fn Picture() -> impl IntoView {
    let session = expect_context::<Session>();
    let me = session.select(|model| model.me.clone());
    let has_picture = Signal::derive(move || me.with(|me| me.picture.is_some()));
    let progress = RwSignal::new(Progress::Idle);
    let input = NodeRef::<html::Input>::new();
    let upload = move |_: ev::Event| {
        let Some(input) = input.get_untracked() else { return };
        let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
        input.set_value(""); // the same file may be chosen again
        if file.size() > MAX_PICTURE_BYTES as f64 {
            let text = "Larger than 5 MB. Choose a smaller picture.".to_owned();
            progress.set(Progress::Refused(text));
            return;
        }
        progress.set(Progress::Sending);
        spawn_local(async move {
            let outcome = calls::put_file("/api/me/picture", file).await;
            progress.try_set(Progress::of(&outcome));
        });
    };
    let remove = move |_| {
        progress.set(Progress::Sending);
        spawn_local(async move {
            let outcome = calls::send("DELETE", "/api/me/picture", None).await;
            progress.try_set(Progress::of(&outcome));
        });
    };
    let label = Signal::derive(move || match progress.get() {
        Progress::Sending => "Sending",
        _ if has_picture.get() => "Change picture",
        _ => "Choose picture",
    });
    view! {
        <div class="settings__avatar">
            {dynamic(move || {
                let me = me.get();
                view! { <Avatar hue=session.own_hue(me.id) user=me size="large"/> }
            })}
            <div class="settings__picture">
                <span class="settings__buttons">
                    <input
                        class="visually-hidden"
                        id="picture"
                        type="file"
                        accept=FORMATS
                        aria-describedby="picture-hint"
                        node_ref=input
                        on:change=change(upload)
                    />
                    <label class="button" for="picture">{label}</label>
                    <ShowErased when=has_picture>
                        {small_button("Remove", "button--quiet", remove)}
                    </ShowErased>
                </span>
                <span class="field__hint" id="picture-hint">
                    "Square, at least 256 px, at most 5 MB. Without one we use your first letter."
                </span>
                <Outcome progress done="Saved"/>
            </div>
        </div>
    }
}

#[component]
fn Texts() -> impl IntoView {
    let session = expect_context::<Session>();
    let first = session.model().with_untracked(|model| model.me.clone());
    let (name, about) = (NodeRef::<html::Input>::new(), NodeRef::<html::Textarea>::new());
    let progress = RwSignal::new(Progress::Idle);
    let save = move || {
        let (Some(name), Some(about)) = (name.get_untracked(), about.get_untracked()) else {
            return;
        };
        let update = UpdateProfile {
            display_name: Some(name.value()),
            about: Some(about.value()),
            ..UpdateProfile::default()
        };
        progress.set(Progress::Sending);
        spawn_local(async move {
            let outcome = calls::call::<Profile>("PATCH", "/api/me", &update).await;
            if let Ok(profile) = &outcome {
                session.learn(&profile.user);
            }
            progress.try_set(Progress::of(&outcome));
        });
    };
    let busy = Signal::derive(move || (progress.get() == Progress::Sending).then_some("true"));
    let forget = move |_| {
        if progress.get_untracked() != Progress::Sending {
            progress.set(Progress::Idle);
        }
    };
    view! {
        <form class="settings__form" on:submit=submit(save) on:input=forget>
            <div class="field">
                <label class="field__label" for="name">"Name"</label>
                <input
                    class="input"
                    id="name"
                    value=first.name
                    required=true
                    maxlength=MAX_DISPLAY_NAME_CHARS.to_string()
                    autocomplete="name"
                    aria-describedby="name-hint"
                    node_ref=name
                />
                <span class="field__hint" id="name-hint">
                    {format!("Your username @{} cannot be changed.", first.username)}
                </span>
            </div>
            <div class="field">
                <label class="field__label" for="about">"About"</label>
                <textarea
                    class="input input--area"
                    id="about"
                    rows="2"
                    maxlength=MAX_ABOUT_CHARS.to_string()
                    aria-describedby="about-hint"
                    node_ref=about
                    inner_html=escape_text(&first.about.unwrap_or_default())
                ></textarea>
                <span class="field__hint" id="about-hint">
                    "A few words, shown on your card."
                </span>
            </div>
            <div class="settings__buttons">
                <button class="button button--primary" type="submit" aria-busy=busy>"Save"</button>
                <Outcome progress done="Saved"/>
            </div>
        </form>
    }
}
