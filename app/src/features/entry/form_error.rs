//! Error messages of entry forms.

use leptos::prelude::*;

use crate::{
    page::EntryFault,
    ui::icon::{Glyph, Icon},
};

/// An error message above a form.
#[component]
pub fn FormError(
    /// The message.
    text: String,
) -> impl IntoView {
    view! {
        <p class="notice" role="alert">
            <Icon glyph=Glyph::CircleAlert/>
            {text}
        </p>
    }
}

/// Returns the message for an error.
pub(crate) fn fault_text(fault: &EntryFault) -> String {
    let text = match fault {
        EntryFault::Taken(free) => return format!("That username is taken. Try {free}."),
        EntryFault::TooFast(1) => "Too many attempts. Try again in 1 second.",
        EntryFault::TooFast(seconds) => {
            return format!("Too many attempts. Try again in {seconds} seconds.");
        }
        EntryFault::Mismatch => "That name and password do not match.",
        EntryFault::Username => {
            "Use 1 to 32 characters: a to z and 0 to 9; after the first also . _ -"
        }
        EntryFault::Reserved => "This username is reserved. Choose another one.",
        EntryFault::Password => "Use 10 to 128 characters.",
        EntryFault::WeakPassword => {
            "This password is guessed easily. Use several words, and not just your name."
        }
        EntryFault::DisplayName => "Use 1 to 64 characters, none of them invisible.",
        EntryFault::Invite => {
            "This invitation is no longer valid. It was used up or has expired. Ask for a new one."
        }
        EntryFault::Banned => "This account was banned. Contact an administrator.",
        EntryFault::NotFirst => {
            "Someone else has already created the first account. Ask for an invitation."
        }
        EntryFault::SessionEnded => "You have been signed out. Sign in to continue.",
        EntryFault::Unavailable => "The server could not process the form. Try again in a moment.",
    };
    text.to_owned()
}
