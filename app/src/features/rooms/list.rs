//! The navigation: the rooms, and the user whose page this is.

use leptos::prelude::*;
use protocol::Presence;

use super::{entries::Entries, section::Sections};
use crate::{
    page::address::View,
    session::Session,
    state::bidi::balance,
    ui::{
        avatar::Avatar,
        brand::Brand,
        dynamic::dynamic,
        icon::{Glyph, Icon},
        name::Handle,
    },
};

/// The navigation.
#[component]
pub fn Navigation() -> impl IntoView {
    let new_message = View::NewMessage.path();
    view! {
        <nav class="room-list" aria-label="Rooms and people">
            <header class="room-list__head">
                <Brand href="/rooms"/>
                <a
                    class="icon-button"
                    href=new_message
                    aria-label="New message"
                    title="New message"
                >
                    <Icon glyph=Glyph::SquarePen/>
                </a>
            </header>
            <div class="room-list__scroll" tabindex="0" role="group" aria-label="Rooms and people">
                <Entries/>
                <Sections/>
            </div>
            <AccountBar/>
        </nav>
    }
}

/// The user whose page this is, with the sign-out button.
#[component]
fn AccountBar() -> impl IntoView {
    let session = expect_context::<Session>();
    let me = session.select(|model| model.me.clone());
    let online = session.select(|model| !model.connection.is_away());
    let presence =
        Signal::derive(move || if online.get() { Presence::Online } else { Presence::Offline });
    let name = Signal::derive(move || balance(&me.get().name).into_owned());
    let user = me.with_untracked(|me| me.id.to_string());
    let handle = Signal::derive(move || Some(me.get()).filter(|me| me.alike).map(|me| me.username));
    let state = Signal::derive(move || if online.get() { "Here" } else { "Offline" });
    view! {
        <footer class="room-list__foot">
            {dynamic(move || {
                let me = me.get();
                view! { <Avatar hue=session.own_hue(me.id) user=me size="small" presence/> }
            })}
            <div class="room-list__me">
                <span class="room-list__me-name truncate">
                    <bdi>{name}</bdi> " " <Handle username=handle/>
                </span>
                <span class="room-list__me-state">{state}</span>
            </div>
            // `boot.js` asks first if the user would lose something unsent.
            <form method="post" action="/sign-out" data-user=user>
                <button class="icon-button" type="submit" aria-label="Sign out" title="Sign out">
                    <Icon glyph=Glyph::LogOut/>
                </button>
            </form>
        </footer>
    }
}
