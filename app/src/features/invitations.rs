//! The list of invitations, for users who may invite.

use leptos::prelude::*;
use protocol::{UserId, http::OpenInvite};

use crate::{
    features::invite::InviteLink, session::Session, state::bidi::isolate,
    ui::view_header::PlainView,
};

/// The valid invitations, each with a button that ends it.
#[component]
pub fn InvitationList(
    /// The invitations, the newest first.
    invitations: Vec<OpenInvite>,
) -> impl IntoView {
    let me = expect_context::<Session>().me().id;
    let is_empty = invitations.is_empty();
    let rows = invitations.into_iter().map(move |invite| view! { <Invitation invite me/> });
    view! {
        <PlainView heading="Invitations">
            <div class="page__column">
                <p class="page__lead">
                    "A revoked link stops at once. Whoever has joined with it stays."
                </p>
                <ul class="rows" role="list">{rows.collect_view()}</ul>
                {is_empty.then(|| view! { <p>"There are no open invitations."</p> })}
                <InviteLink id="page-invite"/>
            </div>
        </PlainView>
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
    let label = format!("Revoke the invitation by {}, {left}", isolate(&by));
    view! {
        <li class="row">
            <span class="row__text">
                <span class="row__name">{format!("By {}", isolate(&by))}</span>
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
