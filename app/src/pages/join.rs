//! `/join/{invite}`, and `/join` where no invitation is needed.

use leptos::{either::Either, prelude::*};

use crate::{
    features::entry::{account::AccountFields, frame::EntryFrame},
    page::{EntryForm, Invitation},
    state::bidi::isolate,
};

/// The form for a new account.
#[component]
pub fn JoinPage(
    /// The invitation.
    invitation: Invitation,
    /// The form's previous values and error.
    form: EntryForm,
) -> impl IntoView {
    let Invitation { invite, from } = invitation;
    let (host, closed) = (form.host.clone(), form.closed);
    let (refusal, advice) = refusal(&invite, closed);
    let action = if invite.is_empty() { "/join".to_owned() } else { format!("/join/{invite}") };
    let body = match from {
        Some(from) => Either::Left(view! {
            <form class="entry__form" method="post" action=action>
                <div>
                    <h1 class="entry__title">
                        {format!("{} invites you to Banter", isolate(&from))}
                    </h1>
                    <p class="entry__lead">
                        "This is where your team talks. Choose a name that the others will see."
                    </p>
                </div>
                <AccountFields form/>
                <button class="button button--primary button--wide" type="submit">"Join"</button>
                <p class="field__hint"><a href="/sign-in">"I have an account"</a></p>
            </form>
        }),
        None => Either::Right(view! {
            <div class="entry__form">
                <div>
                    <h1 class="entry__title">{refusal}</h1>
                    <p class="entry__lead">{advice}</p>
                </div>
                <a class="button button--wide" href="/sign-in">"I have an account"</a>
            </div>
        }),
    };
    view! { <EntryFrame title="Join" host>{body}</EntryFrame> }
}

/// Returns the heading and the advice for somebody who cannot register.
fn refusal(invite: &str, closed: bool) -> (&'static str, &'static str) {
    if closed {
        ("Registration is closed", "Nobody can create an account here at the moment.")
    } else if invite.is_empty() {
        (
            "You need an invitation",
            "An account here is created with an invitation link. Ask someone of your team for one.",
        )
    } else {
        (
            "This invitation is no longer valid",
            "It was used up, revoked, or has expired. Ask for a new one.",
        )
    }
}
