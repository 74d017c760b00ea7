//! `/first-start`

use leptos::prelude::*;

use crate::{
    features::entry::{account::AccountFields, frame::EntryFrame},
    page::EntryForm,
};

/// The form for the first account, which becomes the owner.
#[component]
pub fn FirstStartPage(
    /// The form's previous values and error.
    form: EntryForm,
) -> impl IntoView {
    view! {
        <EntryFrame title="First start" host=form.host.clone()>
            <form class="entry__form" method="post" action="/first-start">
                <div>
                    <h1 class="entry__title">"Make it yours"</h1>
                    <p class="entry__lead">
                        "Nobody lives here yet. The first account owns this Banter and invites the \
                        others."
                    </p>
                </div>
                <AccountFields form/>
                <button class="button button--primary button--wide" type="submit">
                    "Create owner account"
                </button>
            </form>
        </EntryFrame>
    }
}
