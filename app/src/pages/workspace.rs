//! `/rooms` and `/rooms/{slug}`: the frame for signed-in users, with the rooms at the left and the
//! room in view beside them.

pub mod room;
pub mod threads;

use leptos::prelude::*;
use protocol::http::OpenInvite;

use self::room::{RoomView, no_room_heading};
use super::rest::{Dialogs, Part, Rest, later_button, part, tray, writing_tools};
use crate::{
    boot,
    browser::{
        address::{follow_link, keep_current},
        badge, favicon,
        window::effect,
    },
    features::{
        composer::tools::{LaterView, ToolsView, TrayView},
        people::card::open_card,
        rooms::list::Navigation,
    },
    page::{
        RoomForm, Workspace,
        address::{Address, View},
    },
    session::{Panel, Session},
    state::bidi::isolate,
    ui::{
        brand::Mark,
        dynamic::{ShowErased, dynamic},
        page_title::PageTitle,
        view_header::{TitleMark, UnreadElsewhere},
    },
};

/// The rooms, and beside them the room in view or the form for a new one. The browser switches
/// between them without loading a page.
#[component]
pub fn WorkspacePage(
    /// The data that the server rendered.
    workspace: Workspace,
    /// The view at the address of the page.
    start: Start,
) -> impl IntoView {
    let address = match (&start, &workspace.open) {
        (Start::NewRoom(_), _) => Address::NewRoom,
        (Start::Invitations(_), _) => Address::Invitations,
        (Start::View(view), _) => Address::View(*view),
        (Start::Room, Some(open)) => Address::Room(open.room.slug.clone()),
        (Start::Room, None) => Address::Rooms,
    };
    let session = Session::new(workspace, address);
    provide_context(session);
    provide_context(UnreadElsewhere(session.unread_elsewhere()));
    provide_context(TitleMark(session.title_mark()));
    let rest = Rest::new(!matches!(start, Start::Room));
    provide_context(rest);
    provide_context(ToolsView(writing_tools));
    provide_context(TrayView(tray));
    provide_context(LaterView(later_button));
    Effect::new(move |_| {
        boot::start(session);
        rest.fetch();
    });
    let unread = session.unread();
    effect(move || {
        let (unread, to_user) = unread.get();
        favicon::show(unread, to_user);
        badge::show(unread, to_user);
    });
    let room = session.room_in_view();
    effect(move || {
        if let Some(slug) = room.with(|room| room.as_ref().map(|room| room.slug.clone())) {
            keep_current(session.address, &slug);
        }
    });
    let on_click = move |click| {
        open_card(session, &click);
        follow_link(session.address, &click, |next| session.knows(next));
    };
    view! {
        <main class="shell" data-view=view_name(session) on:click=on_click>
            <SkipLinks/>
            <h1 class="visually-hidden">{heading(session)}</h1>
            <div class="shell__nav">
                <Navigation/>
            </div>
            <Content start/>
            <Dialogs/>
            <p class="visually-hidden" aria-live="polite">{session.spoken}</p>
        </main>
    }
}

/// Links past the rooms, the first ones that Tab reaches. They show while they have the focus.
#[component]
fn SkipLinks() -> impl IntoView {
    let session = expect_context::<Session>();
    let room = session.room_in_view();
    let has_room = Signal::derive(move || room.with(Option::is_some));
    view! {
        <ShowErased when=has_room>
            <a class="skip-link" href="#messages">"Skip to messages"</a>
            <a class="skip-link" href="#composer">"Skip to composer"</a>
        </ShowErased>
        <ShowErased when=Signal::derive(move || !has_room.get())>
            <a class="skip-link" href="#content">"Skip to content"</a>
        </ShowErased>
    }
}

/// The view that the server rendered beside the rooms, with its data.
#[derive(Clone, Debug)]
pub enum Start {
    /// The open room, or none.
    Room,
    /// On `/new-room`: the form's previous values and error.
    NewRoom(RoomForm),
    /// On `/invitations`: the valid invitations.
    Invitations(Vec<OpenInvite>),
    /// Another view beside the rooms.
    View(View),
}

/// The view beside the rooms.
#[component]
fn Content(start: Start) -> impl IntoView {
    let session = expect_context::<Session>();
    let start = StoredValue::new(Some(start));
    // Another room does not replace the view.
    let kind = Memo::new(move |_| match session.address.get() {
        Address::Room(_) => Address::Room(String::new()),
        address => address,
    });
    dynamic(move || {
        let _ = kind.get();
        match session.address.get_untracked() {
            Address::Rooms => view! { <NothingOpen/> }.into_any(),
            Address::Room(_) => view! { <RoomView/> }.into_any(),
            Address::NewRoom => {
                let form = match start.try_update_value(Option::take).flatten() {
                    Some(Start::NewRoom(form)) => form,
                    _ => RoomForm::default(),
                };
                part(Part::NewRoom(form))
            }
            Address::Invitations => {
                let invitations = match start.try_update_value(Option::take).flatten() {
                    Some(Start::Invitations(invitations)) => invitations,
                    _ => Vec::new(),
                };
                part(Part::Invitations(invitations))
            }
            Address::View(view) => part(Part::View(view)),
        }
    })
}

/// Returns the name of the view that a phone shows.
fn view_name(session: Session) -> Signal<&'static str> {
    let room = session.room_in_view();
    // A room from which the user was removed has no panel any more.
    let has_panel = move || session.panel.get().is_some() && room.with(Option::is_some);
    Signal::derive(move || match session.address.get() {
        Address::Rooms => "rooms",
        Address::Room(_) if has_panel() => "panel",
        Address::View(View::Threads) if matches!(session.panel.get(), Some(Panel::Thread(_))) => {
            "panel"
        }
        Address::Room(_) | Address::NewRoom | Address::Invitations | Address::View(_) => "room",
    })
}

fn heading(session: Session) -> Signal<String> {
    let seen = session.seen_room();
    Signal::derive(move || match session.address.get() {
        Address::Rooms => "Rooms".to_owned(),
        Address::Room(_) => {
            let seen = seen.get();
            let here = seen.room.as_ref().filter(|_| seen.is_here);
            here.map_or_else(|| no_room_heading(seen.room.as_ref()), |room| isolate(&room.name))
        }
        Address::NewRoom => "New room".to_owned(),
        Address::Invitations => "Invitations".to_owned(),
        Address::View(view) => view.heading().to_owned(),
    })
}

#[component]
fn NothingOpen() -> impl IntoView {
    let title = expect_context::<Session>().title("");
    view! {
        <PageTitle text=title/>
        <div class="shell__main" id="content" tabindex="-1">
            <div class="empty shell__all">
                <Mark class="empty__art"/>
                <h2 class="empty__title">"Nothing open"</h2>
                <p class="empty__text">"Pick a room on the left."</p>
            </div>
        </div>
    }
}
