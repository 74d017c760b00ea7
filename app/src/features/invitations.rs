//! The list of invitations, for users who may invite.

use leptos::prelude::*;
use protocol::{UserId, http::OpenInvite};

use crate::{
    features::invite::InviteLink,
    session::Session,
    ui::{
        icon::{Glyph, Icon},
        page_title::PageTitle,
    },
};

/// The valid invitations, each with a button that ends it.
#[component]
pub fn InvitationList(
    /// The invitations, the newest first.
    invitations: Vec<OpenInvite>,
) -> impl IntoView {
    let me = expect_context::<Session>().me().id;
    let is_empty = invitations.is_empty();
    let rows = invitations.into_iter().map(|invite| view! { <Invitation invite me/> });
    view! {
        <PageTitle text="Invitations · Banter"/>
        <div class="shell__main">
            <header class="room-header">
                <a
                    class="icon-button room-header__back only-phone"
                    href="/rooms"
                    aria-label="Back to rooms"
                >
                    <Icon glyph=Glyph::ChevronLeft size="large"/>
                </a>
                <div class="room-header__title">
                    <h2 class="room-header__name" tabindex="-1">"Invitations"</h2>
                </div>
            </header>
            <div class="page" tabindex="0" role="group" aria-label="Invitations">
                <div class="page__column">
                    <p class="page__lead">
                        "A revoked link stops at once. Whoever has joined with it stays."
                    </p>
                    <ul class="rows" role="list">{rows.collect_view()}</ul>
                    {is_empty.then(|| view! { <p>"There are no open invitations."</p> })}
                    <InviteLink id="page-invite"/>
                </div>
            </div>
        </div>
    }
}

#[component]
fn Invitation(invite: OpenInvite, me: UserId) -> impl IntoView {
    let session = expect_context::<Session>();
    let OpenInvite { id, by, uses_left, expires_at } = invite;
    let by = if by.id == me { "you".to_owned() } else { by.name };
    let left = match uses_left {
        1 => "1 person can still join".to_owned(),
        uses => format!("{uses} people can still join"),
    };
    let ends = Signal::derive(move || {
        let clock = session.clock();
        format!("Ends {}, {}", clock.day_name(clock.day(expires_at)), clock.time(expires_at))
    });
    let label = format!("Revoke the invitation by {by}, {left}");
    view! {
        <li class="row">
            <span class="row__text">
                <span class="row__name">"By "<bdi>{by}</bdi></span>
                <span class="row__about">{left}". "{ends}</span>
            </span>
            <form class="row__actions" method="post" action=format!("/invitations/{id}/revoke")>
                <button class="button button--small" type="submit" aria-label=label>
                    "Revoke"
                </button>
            </form>
        </li>
    }
}
