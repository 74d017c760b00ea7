//! Invitation links, for users who may invite.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    browser::clipboard,
    page::OwnInvitation,
    page::address::Address,
    session::Session,
    ui::{
        copy_field::local_note,
        dynamic::dynamic,
        icon::{Glyph, Icon},
    },
};

/// The link of an open invitation, and a form for another one. Renders nothing for users who may
/// not invite.
#[component]
pub fn InviteLink(
    /// The id of the link's input. A page may contain several.
    id: &'static str,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let may_invite = session.select(|model| model.me.role.may_invite());
    let back = Signal::derive(move || session.address.with(Address::path));
    dynamic(move || {
        may_invite.get().then(|| {
            let content = if session.registration_closed {
                view! { <ClosedNote/> }.into_any()
            } else {
                view! { <NewLink id back/> }.into_any()
            };
            view! { <div class="invite">{content}</div> }
        })
    })
}

/// The link of the newest invitation, and the form for another one.
#[component]
fn NewLink(id: &'static str, back: Signal<String>) -> impl IntoView {
    let session = expect_context::<Session>();
    let invitation = session.invite.get_value();
    // The page with all invitations does not link to itself.
    let has_link = session.address.with_untracked(|address| *address != Address::Invitations);
    let label = if invitation.is_some() { "New link" } else { "Create an invitation link" };
    view! {
        {invitation.map(|invitation| view! { <LinkBox id invitation/> })}
        <form class="invite__actions" method="post" action="/invites">
            <input type="hidden" name="back" value=back/>
            <button class="button button--small" type="submit">{label}</button>
            {has_link.then(|| view! { <a href="/invitations">"All invitations"</a> })}
        </form>
    }
}

/// The reason why there is no form.
#[component]
fn ClosedNote() -> impl IntoView {
    view! {
        <p class="field__hint">
            "Registration is closed on this server, so nobody can be invited. Whoever runs it \
            opens it with BANTER_REGISTRATION."
        </p>
    }
}

#[component]
fn LinkBox(id: &'static str, invitation: OwnInvitation) -> impl IntoView {
    let session = expect_context::<Session>();
    let OwnInvitation { url, uses_left, expires_at } = invitation;
    let people = if uses_left == 1 { "person" } else { "people" };
    let warning = local_note(&url);
    let copied = RwSignal::new(None);
    let input = NodeRef::<leptos::html::Input>::new();
    let to_copy = url.clone();
    let copy = move |_| {
        if let Some(input) = input.get() {
            input.select();
        }
        let text = to_copy.clone();
        spawn_local(async move {
            copied.try_set(Some(clipboard::copy(&text).await));
        });
    };
    let label = Signal::derive(move || if copied.get() == Some(true) { "Copied" } else { "Copy" });
    let hint = Signal::derive(move || match copied.get() {
        Some(false) => {
            "The browser did not allow copying. The link is selected; copy it yourself.".to_owned()
        }
        Some(true) | None => {
            let clock = session.clock();
            let (day, time) = (clock.day_name(clock.day(expires_at)), clock.time(expires_at));
            format!("{uses_left} {people} can still join with this link. It ends {day}, {time}.")
        }
    });
    view! {
        <div class="field">
            <label class="field__label" for=id>"Invitation link"</label>
            <span class="invite__box">
                <input class="input" id=id type="text" readonly=true value=url node_ref=input/>
                <button class="button only-scripted" type="button" on:click=copy>
                    <Icon glyph=Glyph::Copy size="small"/>
                    {label}
                </button>
            </span>
            <span class="field__hint" role="status">{hint}</span>
            {warning}
        </div>
    }
}
