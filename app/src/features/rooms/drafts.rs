//! The entry of what is begun, and of what waits for its time.

use leptos::prelude::*;

use super::place::count_badge;
use crate::{
    page::address::{Address, View},
    session::Session,
    ui::{
        dynamic::dynamic,
        icon::{Glyph, Icon},
    },
};

/// A link to the drafts and to what waits for its time, with their number.
#[component]
pub fn DraftsEntry() -> impl IntoView {
    let session = expect_context::<Session>();
    let (later, begun) = (session.later_counts(), session.begun_count());
    let current = Signal::derive(move || {
        let is_here = |address: &Address| *address == Address::View(View::Drafts);
        session.address.with(is_here).then_some("page")
    });
    let badge = move || match (later.get(), begun.get()) {
        ((0, 0), 0) => None,
        ((waiting, 0), begun) => {
            Some(count_badge("badge--plain", waiting + begun, " begun or waiting".to_owned()))
        }
        ((_, failed), _) => Some(count_badge("badge--mention", failed, " not sent".to_owned())),
    };
    view! {
        <li>
            <a class="room-link" href=View::Drafts.path() aria-current=current>
                <Icon glyph=Glyph::PencilLine/>
                <span class="room-link__name">{View::Drafts.heading()}</span>
                {dynamic(badge)}
            </a>
        </li>
    }
}
