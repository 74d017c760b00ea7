//! The panel with the settings of a room: the user's own, its people, its name, its end.

pub mod choices;
pub mod end;
pub mod names;
pub mod people;

use leptos::prelude::*;
use protocol::{Room, RoomId, RoomKind, UserId};

use self::{choices::Choices, end::End, names::Names, people::People};
use crate::{
    session::{Panel, Session},
    state::{access::is_first, bidi::balance, names::user_name},
    ui::{
        button::small_button,
        dynamic::{ShowErased, dynamic},
        panel::PanelFrame,
    },
};

/// The panel with the settings of a room.
#[component]
pub fn AboutPanel(
    /// The room.
    id: RoomId,
    /// Who can see it.
    kind: RoomKind,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let close = Callback::new(move |()| session.panel.set(None));
    let is_direct = kind == RoomKind::Direct;
    let known = session.room(id);
    let is_member =
        session.select(move |model| model.rooms.find(id).is_some_and(|room| room.member));
    let topic = session.select(move |model| {
        let room = model.rooms.find(id);
        room.map(|room| balance(&room.topic).into_owned()).unwrap_or_default()
    });
    let has_topic = Signal::derive(move || !topic.with(String::is_empty));
    let title = if is_direct { "About this conversation" } else { "About this room" };
    view! {
        <PanelFrame title=title place=session.room_name(id) close>
            <div class="about">
                <section>
                    <ShowErased when=has_topic>
                        <p class="panel__topic"><bdi>{topic}</bdi></p>
                    </ShowErased>
                    <p class="about__lead">
                        {dynamic(move || known.with(|room| Some(lead(session, room.as_ref()?))))}
                    </p>
                    <ShowErased when=is_member><Choices room=id/></ShowErased>
                    <p class="about__files">
                        {small_button("Files in this room", "", move |_| {
                            session.panel.set(Some(Panel::Files));
                        })}
                        {small_button("Search in this room", "", move |_| {
                            session.search_room(id);
                        })}
                    </p>
                </section>
                <People room=id is_direct/>
                {(!is_direct).then(|| view! { <Names room=id/> })}
                <End room=id/>
            </div>
        </PanelFrame>
    }
}

/// Returns what a room is, in one or two sentences.
fn lead(session: Session, room: &Room) -> String {
    let state = if room.archived { " Archived: it can be read." } else { "" };
    match room.kind {
        RoomKind::Direct => match room.people.as_deref().unwrap_or_default() {
            [] => "Nobody else sees what you write here, not even the owner.".to_owned(),
            [_] => "Only the two of you see it.".to_owned(),
            people => format!("Only the {} of you see it.", people.len() + 1),
        },
        RoomKind::Public if is_first(room) => {
            "Public. Everybody begins here, so it stays and keeps its address.".to_owned()
        }
        RoomKind::Public => format!("Public. {}{state}", made_by(session, room)),
        RoomKind::Private => {
            format!("Private: only its people know of it. {}{state}", made_by(session, room))
        }
    }
}

fn made_by(session: Session, room: &Room) -> String {
    let Some(creator) = room.created_by else { return String::new() };
    match name_in(session, room, creator) {
        Some(name) => format!("{name} made it."),
        None => "Whoever made it has left.".to_owned(),
    }
}

/// Returns the name of a member of a room; "You" for the user of the page.
fn name_in(session: Session, room: &Room, user: UserId) -> Option<String> {
    if session.me().id == user {
        return Some("You".to_owned());
    }
    let name = session.select_room_now(room.id, |state| {
        let mut members = state.members.list.iter().map(|member| &member.user);
        members.find(|member| member.id == user).map(user_name)
    });
    name.flatten()
}

/// Returns who may change a room, as a sentence for those who may not.
fn managers(session: Session, room: &Room) -> String {
    let creator = room.created_by.and_then(|creator| name_in(session, room, creator));
    match creator {
        Some(name) => format!("{name}, the owner and admins can change this."),
        None => "The owner and admins can change this.".to_owned(),
    }
}
