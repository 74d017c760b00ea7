//! The frame around everything for people who are signed in: rooms at the left, one of them open.

use leptos::prelude::*;

use super::{new_room::NewRoom, room::RoomPage};
use crate::{
    address::{Address, follow_link},
    components::{brand::Mark, dynamic::dynamic, page_title::PageTitle, room_list::RoomList},
    page::{RoomForm, Workspace},
    session::Session,
};

/// Rooms and the open one. Between rooms the browser goes without asking the server for a page.
#[component]
pub fn WorkspacePage(
    /// What the server rendered.
    workspace: Workspace,
    /// On `/new-room`: what was typed before.
    form: Option<RoomForm>,
) -> impl IntoView {
    let address = match (&form, &workspace.open) {
        (Some(_), _) => Address::NewRoom,
        (None, Some(open)) => Address::Room(open.room.slug.clone()),
        (None, None) => Address::Rooms,
    };
    let session = Session::new(workspace, address);
    provide_context(session);
    Effect::new(move |_| session.wake());
    view! {
        <main class="shell" data-view=view_name(session) on:click=move |click| follow_link(session.address, &click)>
            <h1 class="visually-hidden">{heading(session)}</h1>
            <div class="shell__nav">
                <RoomList/>
            </div>
            <Content form/>
        </main>
    }
}

/// What is beside the rooms.
#[component]
fn Content(form: Option<RoomForm>) -> impl IntoView {
    let session = expect_context::<Session>();
    let form = StoredValue::new(form);
    let kind = Memo::new(move |_| session.address.with(std::mem::discriminant));
    dynamic(move || {
        let _ = kind.get();
        match session.address.get_untracked() {
            Address::Rooms => view! { <NothingOpen/> }.into_any(),
            Address::Room(_) => view! { <RoomPage/> }.into_any(),
            Address::NewRoom => {
                let typed = form.try_update_value(Option::take).flatten().unwrap_or_default();
                view! { <NewRoom form=typed/> }.into_any()
            }
        }
    })
}

/// On a phone one view is to be seen at a time.
fn view_name(session: Session) -> Signal<&'static str> {
    Signal::derive(move || match session.address.get() {
        Address::Rooms => "rooms",
        Address::Room(_) if session.panel.get() => "panel",
        Address::Room(_) | Address::NewRoom => "room",
    })
}

fn heading(session: Session) -> Signal<String> {
    let place = session.place();
    Signal::derive(move || match session.address.get() {
        Address::Rooms => "Rooms".to_owned(),
        Address::Room(_) => place.get().map_or_else(|| "Not here".to_owned(), |place| place.name),
        Address::NewRoom => "New room".to_owned(),
    })
}

#[component]
fn NothingOpen() -> impl IntoView {
    let title = expect_context::<Session>().title("");
    view! {
        <PageTitle text=title/>
        <div class="shell__main">
            <div class="empty shell__all">
                <Mark class="empty__art"/>
                <h2 class="empty__title">"Nothing open"</h2>
                <p class="empty__text">"Pick a room on the left."</p>
            </div>
        </div>
    }
}
