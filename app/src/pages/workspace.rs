//! The frame around everything for people who are signed in: rooms at the left, one of them open.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{
    components::{FlatRoutes, Route, Router},
    hooks::use_location,
    path,
};

use super::{new_room::NewRoom, room::RoomPage};
use crate::{
    components::{brand::Mark, room_list::RoomList},
    page::{RoomForm, Workspace},
    session::Session,
};

/// Rooms and the open one. Between rooms the browser goes without asking the server for a page.
#[component]
pub fn WorkspacePage(
    /// What the server rendered.
    workspace: Workspace,
    /// What was typed on `/new-room` before.
    form: RoomForm,
) -> impl IntoView {
    let session = Session::new(workspace);
    provide_context(session);
    Effect::new(move |_| session.wake());
    view! {
        <Router>
            <Shell form/>
        </Router>
    }
}

#[component]
fn Shell(form: RoomForm) -> impl IntoView {
    let session = expect_context::<Session>();
    let path = use_location().pathname;
    let view_name = Signal::derive(move || match path.get().as_str() {
        "/rooms" => "rooms",
        "/new-room" => "room",
        _ if session.panel.get() => "panel",
        _ => "room",
    });
    let place = session.place_at(move || path.with(|path| path.trim_start_matches("/rooms/").to_owned()));
    let heading = Signal::derive(move || match path.get().as_str() {
        "/rooms" => "Rooms".to_owned(),
        "/new-room" => "New room".to_owned(),
        _ => place.get().map_or_else(|| "Not here".to_owned(), |place| place.name),
    });
    view! {
        <main class="shell" data-view=view_name>
            <h1 class="visually-hidden">{heading}</h1>
            <div class="shell__nav">
                <RoomList/>
            </div>
            <FlatRoutes fallback=NothingOpen>
                <Route path=path!("/rooms") view=NothingOpen/>
                <Route path=path!("/rooms/:slug") view=RoomPage/>
                <Route path=path!("/new-room") view=move || view! { <NewRoom form=form.clone()/> }/>
            </FlatRoutes>
        </main>
    }
}

#[component]
fn NothingOpen() -> impl IntoView {
    view! {
        <Title text="Banter"/>
        <div class="shell__main">
            <div class="empty shell__all">
                <Mark class="empty__art"/>
                <h2 class="empty__title">"Nothing open"</h2>
                <p class="empty__text">"Pick a room on the left."</p>
            </div>
        </div>
    }
}
