//! `/rooms` and `/rooms/{slug}`: the frame for signed-in users, with the rooms at the left and the
//! room in view beside them.

pub mod room;

use leptos::prelude::*;

use self::room::RoomView;
use crate::{
    boot,
    browser::{
        address::{Address, follow_link},
        favicon,
        window::effect,
    },
    features::rooms::{list::Navigation, new::NewRoomForm},
    page::{RoomForm, Workspace},
    session::Session,
    ui::{brand::Mark, dynamic::dynamic, page_title::PageTitle},
};

/// The rooms, and beside them the room in view or the form for a new one. The browser switches
/// between them without loading a page.
#[component]
pub fn WorkspacePage(
    /// The data that the server rendered.
    workspace: Workspace,
    /// On `/new-room`: the form's previous values and error.
    form: Option<RoomForm>,
) -> impl IntoView {
    let address = match (&form, &workspace.open) {
        (Some(_), _) => Address::NewRoom,
        (None, Some(open)) => Address::Room(open.room.slug.clone()),
        (None, None) => Address::Rooms,
    };
    let session = Session::new(workspace, address);
    provide_context(session);
    Effect::new(move |_| boot::start(session));
    let unread = session.unread();
    effect(move || {
        let (unread, mentions) = unread.get();
        favicon::show(unread, mentions);
    });
    let on_click = move |click| follow_link(session.address, &click);
    view! {
        <main class="shell" data-view=view_name(session) on:click=on_click>
            <h1 class="visually-hidden">{heading(session)}</h1>
            <div class="shell__nav">
                <Navigation/>
            </div>
            <Content form/>
        </main>
    }
}

/// The view beside the rooms.
#[component]
fn Content(form: Option<RoomForm>) -> impl IntoView {
    let session = expect_context::<Session>();
    let form = StoredValue::new(form);
    let kind = Memo::new(move |_| session.address.with(std::mem::discriminant));
    dynamic(move || {
        let _ = kind.get();
        match session.address.get_untracked() {
            Address::Rooms => view! { <NothingOpen/> }.into_any(),
            Address::Room(_) => view! { <RoomView/> }.into_any(),
            Address::NewRoom => {
                let form = form.try_update_value(Option::take).flatten().unwrap_or_default();
                view! { <NewRoomForm form/> }.into_any()
            }
        }
    })
}

/// Returns the name of the view that a phone shows.
fn view_name(session: Session) -> Signal<&'static str> {
    Signal::derive(move || match session.address.get() {
        Address::Rooms => "rooms",
        Address::Room(_) if session.panel_open.get() => "panel",
        Address::Room(_) | Address::NewRoom => "room",
    })
}

fn heading(session: Session) -> Signal<String> {
    let room = session.room_in_view();
    Signal::derive(move || match session.address.get() {
        Address::Rooms => "Rooms".to_owned(),
        Address::Room(_) => {
            room.get().map_or_else(|| "Room not found".to_owned(), |room| room.name)
        }
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
