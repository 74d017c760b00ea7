//! `/join` and `/join/{invite}` for a user who is signed in.

use leptos::prelude::*;

use crate::{
    features::entry::frame::EntryFrame,
    page::{Invitation, JoinedAlready},
    state::bidi::balance,
};

/// Says who is signed in. The invitation is for somebody else, or for another account.
#[component]
pub fn JoinedAlreadyPage(
    /// The invitation.
    invitation: Invitation,
    /// The viewer.
    viewer: JoinedAlready,
) -> impl IntoView {
    let Invitation { invite, from } = invitation;
    let JoinedAlready { user, host } = viewer;
    let here = if invite.is_empty() { "/join".to_owned() } else { format!("/join/{invite}") };
    let lead = match (&from, invite.is_empty()) {
        (None, _) => "This invitation is no longer valid. You do not need one.",
        (Some(_), true) => "You do not need another account.",
        (Some(_), false) => "You do not need this invitation. Opening it has not used it up.",
    };
    // Without JavaScript too: the form leads back to the same invitation.
    let id = user.id.to_string();
    let sign_out = from.map(|_| {
        view! {
            <form method="post" action="/sign-out" data-user=id>
                <input type="hidden" name="next" value=here/>
                <button class="button button--wide" type="submit">
                    "Sign out and create another account"
                </button>
            </form>
        }
    });
    view! {
        <EntryFrame title="Join" host>
            <div class="entry__form">
                <div>
                    <h1 class="entry__title">
                        "You are signed in as " <bdi>{balance(&user.name).into_owned()}</bdi>
                    </h1>
                    <p class="entry__lead">
                        "Your username is " <bdi>{user.username}</bdi> ". " {lead}
                    </p>
                </div>
                <a class="button button--primary button--wide" href="/">"Go to your rooms"</a>
                {sign_out}
            </div>
        </EntryFrame>
    }
}
