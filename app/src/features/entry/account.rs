//! The fields of a new account.

use leptos::prelude::*;
use protocol::limits::{
    MAX_DISPLAY_NAME_CHARS, MAX_PASSWORD_CHARS, MAX_USERNAME_CHARS, MIN_PASSWORD_CHARS,
};

use super::form_error::{FormError, fault_text};
use crate::{
    page::{EntryFault, EntryForm},
    state::bidi::isolate,
    ui::field::{Field, FieldNote, PasswordField},
};

/// What a username is for, and its characters.
const USERNAME_HINT: &str =
    "For signing in and for mentions: a to z and digits; after the first also dot, _ and hyphen.";

/// The name, username and password of a new account. An error is shown at its field, or above the
/// fields if it concerns none of them.
#[component]
pub fn AccountFields(
    /// The form's previous values and error.
    form: EntryForm,
) -> impl IntoView {
    let EntryForm { username, display_name, fault, .. } = form;
    let on_name =
        fault.as_ref().filter(|fault| matches!(fault, EntryFault::DisplayName)).map(fault_text);
    let on_username = fault
        .as_ref()
        .filter(|fault| {
            matches!(fault, EntryFault::Taken(_) | EntryFault::Username | EntryFault::Reserved)
        })
        .map(|fault| match fault {
            EntryFault::Taken(free) => {
                format!("“{}” is taken. Try {free}.", isolate(&username))
            }
            other => fault_text(other),
        });
    let on_password = fault
        .as_ref()
        .filter(|fault| matches!(fault, EntryFault::Password | EntryFault::WeakPassword))
        .map(fault_text);
    let is_elsewhere = on_name.is_none() && on_username.is_none() && on_password.is_none();
    let form_error = fault
        .as_ref()
        .filter(|_| is_elsewhere)
        .map(|fault| view! { <FormError text=fault_text(fault)/> });
    let focus = (on_username.is_some(), on_password.is_some());
    view! {
        {form_error}
        <Field
            name="display_name"
            label="Your name"
            value=display_name
            autocomplete="name"
            max=MAX_DISPLAY_NAME_CHARS
            note=on_name.map(FieldNote::Fault).unwrap_or_default()
            autofocus=focus == (false, false)
        />
        <Field
            name="username"
            label="Username"
            value=username
            autocomplete="username"
            max=MAX_USERNAME_CHARS
            note=FieldNote::new(USERNAME_HINT, on_username)
            plain=true
            autofocus=focus.0
        />
        <PasswordField
            autocomplete="new-password"
            min=MIN_PASSWORD_CHARS
            max=MAX_PASSWORD_CHARS
            note=FieldNote::new("At least 10 characters. A short sentence works well.", on_password)
            autofocus=focus.1
        />
    }
}
