//! A new password.

use leptos::{html, prelude::*, task::spawn_local};
use protocol::{
    http::ChangePassword,
    limits::{MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS},
};

use crate::{
    browser::{calls, form::value_of},
    session::Session,
    ui::{
        dynamic::submit,
        field::{FieldNote, PasswordField},
        loaded::{Outcome, Progress},
    },
};

/// The form for a new password.
#[component]
pub fn PasswordSection() -> impl IntoView {
    let username = expect_context::<Session>().model().with_untracked(|m| m.me.username.clone());
    let form = NodeRef::<html::Form>::new();
    let progress = RwSignal::new(Progress::Idle);
    let save = move || {
        let Some(form) = form.get_untracked() else { return };
        let change = ChangePassword {
            current: value_of(&form, "current-password"),
            new: value_of(&form, "new-password"),
        };
        progress.set(Progress::Sending);
        spawn_local(async move {
            let body = serde_json::to_string(&change).ok();
            let outcome = calls::send("POST", "/api/auth/password", body).await;
            if outcome.is_ok() {
                form.reset();
            }
            progress.try_set(Progress::of(&outcome));
        });
    };
    let busy = Signal::derive(move || (progress.get() == Progress::Sending).then_some("true"));
    view! {
        <section id="password">
            <h3 class="settings__title">"Password"</h3>
            <p class="settings__lead">"A new one signs you out everywhere else."</p>
            <form class="settings__form" node_ref=form on:submit=submit(save)>
                <input
                    class="visually-hidden"
                    name="username"
                    value=username
                    autocomplete="username"
                    tabindex="-1"
                    aria-hidden="true"
                    readonly=true
                />
                <PasswordField
                    name="current-password"
                    label="Current password"
                    autocomplete="current-password"
                    max=MAX_PASSWORD_CHARS
                />
                <PasswordField
                    name="new-password"
                    label="New password"
                    autocomplete="new-password"
                    min=MIN_PASSWORD_CHARS
                    max=MAX_PASSWORD_CHARS
                    note=FieldNote::Hint(
                        "At least 10 characters. A short sentence works well.".to_owned(),
                    )
                />
                <div class="settings__buttons">
                    <button class="button" type="submit" aria-busy=busy>"Change password"</button>
                    <Outcome progress done="Changed. You are signed out everywhere else."/>
                </div>
            </form>
        </section>
    }
}
