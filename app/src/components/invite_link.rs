//! The link that brings others in, for those who may invite.

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen_futures::JsFuture;

use super::dynamic::dynamic;
use super::icon::{Glyph, Icon};
use crate::{address::Address, session::Session};

/// An open invitation's link to copy, and a form for another one. Nothing for people who may not invite.
#[component]
pub fn InviteLink(
    /// Tells apart the inputs of several of them.
    id: &'static str,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let may_invite = session.select(|model| model.me.role.may_invite());
    let back = Signal::derive(move || session.address.with(Address::path));
    dynamic(move || {
        let url = session.invite_url.get_value();
        let label = if url.is_some() { "New link" } else { "Make an invitation link" };
        may_invite.get().then(|| {
            view! {
                <div class="invite">
                    {url.map(|url| view! { <LinkBox id url/> })}
                    <form method="post" action="/invites">
                        <input type="hidden" name="back" value=back/>
                        <button class="button button--small" type="submit">{label}</button>
                    </form>
                </div>
            }
        })
    })
}

#[component]
fn LinkBox(id: &'static str, url: String) -> impl IntoView {
    let copied = RwSignal::new(None);
    let input = NodeRef::<leptos::html::Input>::new();
    let to_copy = url.clone();
    let copy = move |_| {
        if let Some(input) = input.get() {
            input.select();
        }
        let text = to_copy.clone();
        spawn_local(async move {
            copied.try_set(Some(copy_text(&text).await));
        });
    };
    let word = Signal::derive(move || if copied.get() == Some(true) { "Copied" } else { "Copy" });
    let hint = Signal::derive(move || match copied.get() {
        Some(false) => {
            "This browser does not let the page copy it. It is selected: copy it yourself."
        }
        Some(true) | None => "For the people you want here: up to 25 of them, within seven days.",
    });
    view! {
        <div class="field">
            <label class="field__label" for=id>"Invitation link"</label>
            <span class="invite__box">
                <input class="input" id=id type="text" readonly=true value=url node_ref=input/>
                <button class="button only-scripted" type="button" on:click=copy>
                    <Icon glyph=Glyph::Copy size="small"/>
                    {word}
                </button>
            </span>
            <span class="field__hint" role="status">{hint}</span>
        </div>
    }
}

/// Whether the clipboard took it. Without HTTPS there is none, and the person may have closed it.
async fn copy_text(text: &str) -> bool {
    window().is_secure_context()
        && JsFuture::from(window().navigator().clipboard().write_text(text)).await.is_ok()
}
