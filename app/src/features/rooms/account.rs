//! The user whose page this is: the own status, the settings, and the way out.

use leptos::prelude::*;
use protocol::Presence;

use crate::{
    page::address::{Address, View},
    session::Session,
    state::bidi::balance,
    ui::{
        avatar::Avatar,
        dynamic::{click, dynamic},
        icon::{Glyph, Icon},
        name::Handle,
    },
};

/// The bar below the rooms.
#[component]
pub fn AccountBar() -> impl IntoView {
    let session = expect_context::<Session>();
    let me = session.select(|model| model.me.clone());
    let online = session.select(|model| !model.connection.is_away());
    let presence =
        Signal::derive(move || if online.get() { Presence::Online } else { Presence::Offline });
    let name = Signal::derive(move || balance(&me.get().name).into_owned());
    let user = me.with_untracked(|me| me.id.to_string());
    let handle = Signal::derive(move || Some(me.get()).filter(|me| me.alike).map(|me| me.username));
    let in_settings = Signal::derive(move || {
        let is_open = session.address.with(|at| *at == Address::View(View::Settings));
        is_open.then_some("page")
    });
    let open_status = move |_| session.status_open.set(true);
    view! {
        <footer class="room-list__foot">
            {dynamic(move || {
                let me = me.get();
                let quiet = Signal::stored(me.quiet);
                view! {
                    <Avatar hue=session.own_hue(me.id) user=me size="small" presence quiet/>
                }
            })}
            <button
                class="room-list__me"
                type="button"
                aria-haspopup="dialog"
                title="Set a status"
                on:click=click(open_status)
            >
                <span class="room-list__me-name truncate">
                    <bdi>{name}</bdi> " " <Handle username=handle/>
                </span>
                <span class="room-list__me-state truncate">
                    {dynamic(move || state(session, online.get()))}
                </span>
            </button>
            <a
                class="icon-button"
                href=View::Settings.path()
                aria-label="Settings"
                title="Settings"
                aria-current=in_settings
            >
                <Icon glyph=Glyph::Settings/>
            </a>
            // `boot.js` asks first if the user would lose something unsent.
            <form method="post" action="/sign-out" data-user=user>
                <button class="icon-button" type="submit" aria-label="Sign out" title="Sign out">
                    <Icon glyph=Glyph::LogOut/>
                </button>
            </form>
        </footer>
    }
}

/// Returns the status of the user, or else whether the page is connected, in words.
fn state(session: Session, online: bool) -> String {
    let me = session.me();
    let status = session.status_of(&me).filter(|_| online);
    match status {
        Some(status) => {
            let parts = [status.emoji, status.text];
            parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
        None if !online => "Offline".to_owned(),
        None if me.quiet => "Quiet".to_owned(),
        None => "Here".to_owned(),
    }
}
