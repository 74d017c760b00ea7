//! `/sign-in`

use leptos::{either::Either, prelude::*};
use protocol::limits::{MAX_PASSWORD_CHARS, MAX_USERNAME_CHARS};

use crate::{
    features::entry::{
        form_error::{FormError, fault_text},
        frame::EntryFrame,
    },
    page::EntryForm,
    ui::field::{Field, PasswordField},
};

/// The sign-in form.
#[component]
pub fn SignInPage(
    /// The form's previous values and error.
    form: EntryForm,
) -> impl IntoView {
    let has_name = !form.username.is_empty();
    let hint = if form.open {
        Either::Left(view! {
            <p class="field__hint"><a href="/join">"Create an account"</a></p>
        })
    } else {
        let text = if form.closed {
            "No account yet? Registration is closed here."
        } else {
            "No account yet? Ask for an invitation link."
        };
        Either::Right(view! { <p class="field__hint">{text}</p> })
    };
    view! {
        <EntryFrame title="Sign in" host=form.host>
            <form class="entry__form" method="post" action="/sign-in">
                <h1 class="entry__title">"Welcome back"</h1>
                {form.fault.as_ref().map(|fault| view! { <FormError text=fault_text(fault)/> })}
                <Field
                    name="username"
                    label="Username"
                    value=form.username
                    autocomplete="username"
                    max=MAX_USERNAME_CHARS
                    plain=true
                    autofocus=!has_name
                />
                <PasswordField
                    autocomplete="current-password"
                    max=MAX_PASSWORD_CHARS
                    autofocus=has_name
                />
                {form.next.map(|next| view! { <input type="hidden" name="next" value=next/> })}
                <button class="button button--primary button--wide" type="submit">"Sign in"</button>
                {hint}
            </form>
        </EntryFrame>
    }
}
