//! The navigation: the rooms, and the user whose page this is.

use leptos::prelude::*;

use super::{account::AccountBar, entries::Entries, section::Sections, unsent::UnsentMessages};
use crate::{
    features::jump::JumpButton,
    page::address::View,
    ui::{
        brand::Brand,
        icon::{Glyph, Icon},
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
            <JumpButton/>
            <div class="room-list__scroll" tabindex="0" role="group" aria-label="Rooms and people">
                <UnsentMessages/>
                <Entries/>
                <Sections/>
            </div>
            <AccountBar/>
        </nav>
    }
}
