//! Around a room's messages: its header and its member panel.

pub mod about;
pub mod closed;
pub mod files;
pub mod header;
pub mod members;
pub mod pins;

use leptos::prelude::*;

use crate::{
    session::{Panel, Session},
    ui::{
        dynamic::click,
        icon::{Glyph, Icon},
    },
};

/// The button that leads to where people are added to a room.
pub(crate) fn add_people() -> AnyView {
    let session = expect_context::<Session>();
    view! {
        <button
            class="button button--small only-scripted"
            type="button"
            on:click=click(move |_| session.panel.set(Some(Panel::About)))
        >
            <Icon glyph=Glyph::UserPlus size="small"/>
            "Add people"
        </button>
    }
    .into_any()
}
