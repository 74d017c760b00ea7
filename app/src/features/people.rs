//! People: everybody, their cards, and the user's own status.

pub mod card;
pub mod list;
pub mod manage;
pub mod reset;
pub mod row;
pub mod status;

use leptos::prelude::*;

use self::list::PeopleList;
use crate::ui::view_header::PlainView;

/// The list of everybody, with what the owner and admins may do.
#[component]
pub fn People() -> impl IntoView {
    view! {
        <PlainView heading="People">
            <div class="page__column people">
                <PeopleList/>
            </div>
        </PlainView>
    }
}
