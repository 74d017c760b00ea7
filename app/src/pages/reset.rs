//! `/reset/{token}`, and the page that tells of a password that was set by such a link.

use leptos::{either::Either, prelude::*};
use protocol::limits::{MAX_PASSWORD_CHARS, MIN_PASSWORD_CHARS};

use crate::{
    features::entry::{
        form_error::{FormError, fault_text},
        frame::EntryFrame,
    },
    page::{EntryFault, ResetForm, ResetNotice},
    state::bidi::isolate,
    ui::{
        error_page::ErrorPage,
        field::{FieldNote, PasswordField},
    },
};

/// The form that sets a new password.
#[component]
pub fn ResetPage(
    /// The link, and the form's error.
    form: ResetForm,
) -> impl IntoView {
    let ResetForm { host, token, user, fault } = form;
    let of_password =
        |fault: &&EntryFault| matches!(fault, EntryFault::Password | EntryFault::WeakPassword);
    let on_password = fault.as_ref().filter(of_password).map(fault_text);
    let form_error = fault
        .as_ref()
        .filter(|fault| !of_password(fault))
        .map(|fault| view! { <FormError text=fault_text(fault)/> });
    let body = match user {
        Some(user) => Either::Left(view! {
            <form class="entry__form" method="post" action=format!("/reset/{token}")>
                <div>
                    <h1 class="entry__title">"Choose a new password"</h1>
                    <p class="entry__lead">
                        {format!(
                            "For {} (@{}). You will be signed out everywhere else.",
                            isolate(&user.name), user.username,
                        )}
                    </p>
                </div>
                {form_error}
                <input
                    type="hidden" name="username" value=user.username autocomplete="username"
                />
                <PasswordField
                    autocomplete="new-password"
                    min=MIN_PASSWORD_CHARS
                    max=MAX_PASSWORD_CHARS
                    note=FieldNote::new(
                        "At least 10 characters. A short sentence works well.",
                        on_password,
                    )
                    autofocus=true
                />
                <button class="button button--primary button--wide" type="submit">
                    "Save and sign in"
                </button>
            </form>
        }),
        None => Either::Right(view! {
            <div class="entry__form">
                <div>
                    <h1 class="entry__title">"This link is no longer valid"</h1>
                    <p class="entry__lead">
                        "It was used, replaced by a newer one, or has expired. Ask for a new one."
                    </p>
                </div>
                <a class="button button--wide" href="/sign-in">"Sign in"</a>
            </div>
        }),
    };
    view! { <EntryFrame title="New password" host>{body}</EntryFrame> }
}

/// Tells a user who has signed in that the password was set by a link.
#[component]
pub fn PasswordWasResetPage(
    /// When, by whom, and the way on.
    notice: ResetNotice,
) -> impl IntoView {
    let ResetNotice { reset, next } = notice;
    let by = match &reset.by {
        Some(user) => format!("{} (@{})", isolate(&user.name), user.username),
        None => "whoever runs this server".to_owned(),
    };
    let at = reset.at.to_string();
    let (day, time) = at.split_once('T').unwrap_or_default();
    let minute = time.get(..5).unwrap_or_default();
    let text = format!(
        "That was on {day} at {minute} UTC, with a link that {by} made. If it was not you who \
         used the link, change your password, and ask them."
    );
    view! {
        <ErrorPage title="Your password was set by a link".to_owned() text note=String::new()>
            <a class="button button--primary" href=next>"Go on"</a>
        </ErrorPage>
    }
}
