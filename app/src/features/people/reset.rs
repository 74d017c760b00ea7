//! The dialog with a link by which a person sets a new password.

use leptos::prelude::*;
use protocol::Timestamp;

use crate::{
    session::Session,
    ui::{
        copy_field::CopyField,
        dialog::{Dialog, DialogHead},
        dynamic::click,
    },
};

/// A link for a new password. It is shown once.
#[derive(Clone, Debug, PartialEq)]
pub struct ResetLink {
    /// The person's name, as an isolate.
    pub name: String,
    /// The link.
    pub url: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Shows a link, which the user hands over.
#[component]
pub fn ResetDialog(
    /// The link, while the dialog is open.
    link: RwSignal<Option<ResetLink>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let open = RwSignal::new(false);
    Effect::new(move |_| {
        if link.with(Option::is_some) {
            open.set(true);
        }
    });
    Effect::new(move |was_open: Option<bool>| {
        let is_open = open.get();
        if was_open == Some(true) && !is_open {
            link.set(None);
        }
        is_open
    });
    let name = Signal::derive(move || {
        link.with(|link| link.as_ref().map(|link| link.name.clone())).unwrap_or_default()
    });
    let text = Signal::derive(move || {
        let (name, until) = (name.get(), link.with(|link| link.as_ref().map(|l| l.expires_at)));
        let until = until.map(|until| session.clock().moment(until)).unwrap_or_default();
        format!(
            "Give it to {name} yourself. It works once, until {until}, and ends their other \
             sessions. {name} is told at the next sign in."
        )
    });
    let url = Signal::derive(move || {
        link.with(|link| link.as_ref().map(|link| link.url.clone())).unwrap_or_default()
    });
    let title = Signal::derive(move || format!("New password link for {}", name.get()));
    view! {
        <Dialog open label=title>
            <DialogHead title open/>
            <p class="dialog__lead">{text}</p>
            <CopyField id="reset-link" label="Link" text=url.get_untracked()/>
            <footer class="dialog__foot">
                <button
                    class="button button--primary"
                    type="button"
                    on:click=click(move |_| open.set(false))
                >
                    "Done"
                </button>
            </footer>
        </Dialog>
    }
}
