//! `/offline`: what the service worker shows while the server does not answer. The program opens
//! the workspace from this device's copy in its place; if there is none, the page says so.

use leptos::prelude::*;

use crate::ui::{
    brand::{Brand, Mark},
    page_title::PageTitle,
};
#[cfg(feature = "hydrate")]
use crate::{
    browser::room_copies,
    page::{Page, RoomForm, Workspace, address::Address},
    session::recent::recent_rooms,
};

/// The page that says that the server does not answer. `public/offline.js` shows it and keeps
/// trying.
#[component]
pub fn OfflinePage() -> impl IntoView {
    view! {
        <PageTitle text="No connection · Banter"/>
        <div class="entry entry--plain offline">
            <main class="entry__main">
                <Brand/>
                <div class="empty">
                    <Mark class="empty__art" broken=true/>
                    <h1 class="empty__title">"No connection"</h1>
                    <p class="empty__text">
                        "Banter opens by itself when the connection is back. "
                        <span data-offline="kept"></span>
                    </p>
                    <div class="empty__actions">
                        <button class="button button--primary" type="button" data-offline="try">
                            "Try now"
                        </button>
                    </div>
                    <p class="empty__note">
                        <span role="status" data-offline="since"></span>
                        <span aria-hidden="true" data-offline="next"></span>
                    </p>
                </div>
            </main>
        </div>
    }
}

/// Returns the page at the present address as far as this device has it. None if it has nothing, or
/// only the server can render the address.
#[cfg(feature = "hydrate")]
pub(crate) async fn read_copy() -> Option<Page> {
    let user = room_copies::owner()?;
    let path = window().location().pathname().ok()?;
    let workspace = room_copies::page(user).await.filter(|page| page.user.id == user)?;
    let address = if path == "/" { last_room(&workspace) } else { Address::parse(&path)? };
    let page = match address {
        Address::Rooms => Page::Workspace(Box::new(workspace)),
        Address::Room(name) => Page::Workspace(Box::new(open_room(workspace, &name).await)),
        Address::NewRoom => Page::NewRoom(Box::new(workspace), RoomForm::default()),
        Address::View(view) => Page::View(Box::new(workspace), view),
        Address::Invitations => return None,
    };
    let is_here = !page.needs_rest() || super::load_rest().await;
    is_here.then_some(page)
}

/// Returns the address of the room that was open last.
#[cfg(feature = "hydrate")]
fn last_room(workspace: &Workspace) -> Address {
    let last = recent_rooms(workspace.user.id).into_iter().next();
    let room = workspace.rooms.iter().find(|room| Some(room.id) == last);
    room.map_or(Address::Rooms, |room| Address::Room(room.slug.clone()))
}

/// Opens a room, if this device has it.
#[cfg(feature = "hydrate")]
async fn open_room(workspace: Workspace, name: &str) -> Workspace {
    let is_named = |id: &str, slug: &str| slug == name || id == name;
    let mut rooms = workspace.rooms.iter();
    let room = rooms.find(|room| is_named(&room.id.to_string(), &room.slug)).map(|room| room.id);
    let copy = match room {
        Some(room) => room_copies::room(workspace.user.id, room).await,
        None => None,
    };
    match copy {
        Some(copy) => Workspace { open: Some(copy.open), epoch: copy.epoch, ..workspace },
        None => workspace,
    }
}
