//! The entries above the rooms: views over all of them.

use leptos::prelude::*;

use super::{drafts::DraftsEntry, place::count_badge};
use crate::{
    page::address::{Address, View},
    session::Session,
    ui::{
        dynamic::dynamic,
        icon::{Glyph, Icon},
    },
};

/// The entries that are always there.
#[component]
pub fn Entries() -> impl IntoView {
    let session = expect_context::<Session>();
    let unread = session.unread();
    let unread = Signal::derive(move || unread.get().0);
    let in_threads = session.unread_threads();
    let in_threads = Signal::derive(move || in_threads.get().0);
    view! {
        <section class="room-list__section" aria-label="Yours">
            <ul role="list">
                <Entry view=View::Search glyph=Glyph::Search unread=Signal::stored(0)/>
                <Entry view=View::Unread glyph=Glyph::Inbox unread/>
                <Entry view=View::Threads glyph=Glyph::Messages unread=in_threads/>
                <DraftsEntry/>
            </ul>
        </section>
    }
}

/// A link to a view, with the number of what is unread there.
#[component]
pub fn Entry(
    /// The view.
    view: View,
    /// The icon.
    glyph: Glyph,
    /// The number.
    unread: Signal<u64>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let address = session.address;
    let current = Signal::derive(move || {
        address.with(|address| *address == Address::View(view)).then_some("page")
    });
    let is_unread = Signal::derive(move || (unread.get() > 0).then_some(""));
    view! {
        <li>
            <a class="room-link" href=view.path() aria-current=current data-unread=is_unread>
                <Icon glyph=glyph/>
                <span class="room-link__name">{view.heading()}</span>
                {dynamic(move || {
                    let unread = unread.get();
                    (unread > 0).then(|| count_badge("badge--plain", unread, " unread".to_owned()))
                })}
            </a>
        </li>
    }
}
