//! Administration, for the owner and admins: health, invitations, all rooms.

pub mod health;
pub mod invitations;
pub mod rooms;

use leptos::prelude::*;

use self::{health::HealthSection, invitations::InvitationSection, rooms::RoomSection};
use crate::{
    page::address::View,
    session::Session,
    ui::{
        dynamic::dynamic,
        icon::{Glyph, Icon},
        view_header::PlainView,
    },
};

/// The sections: the id, the name and the icon of each.
const SECTIONS: [(&str, &str, Glyph); 3] = [
    ("health", "Health", Glyph::Activity),
    ("invitations", "Invitations", Glyph::UserPlus),
    ("rooms", "Rooms", Glyph::Hash),
];

/// Invitations, rooms and health.
#[component]
pub fn Administration() -> impl IntoView {
    let session = expect_context::<Session>();
    // The role may end while the page is open.
    let may_manage = session.select(|model| model.me.role.may_invite());
    let links = SECTIONS.map(|(id, name, glyph)| {
        view! {
            <a class="settings__link" href=format!("#{id}")>
                <Icon glyph/>
                {name}
            </a>
        }
    });
    view! {
        <PlainView heading="Administration">
            <div class="page__column settings">
                <nav class="settings__nav" aria-label="Administration">
                    {links}
                    <a class="settings__link" href=View::People.path()>
                        <Icon glyph=Glyph::Users/>
                        "People"
                    </a>
                    <a class="settings__link" href=View::Emoji.path()>
                        <Icon glyph=Glyph::Smile/>
                        "Emoji"
                    </a>
                </nav>
                {dynamic(move || {
                    if may_manage.get() {
                        view! {
                            <div class="settings__sections">
                                <HealthSection/>
                                <InvitationSection/>
                                <RoomSection/>
                            </div>
                        }
                        .into_any()
                    } else {
                        view! {
                            <p class="page__lead" role="status">
                                "This page is for the owner and admins."
                            </p>
                        }
                        .into_any()
                    }
                })}
            </div>
        </PlainView>
    }
}
