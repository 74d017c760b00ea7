//! The people of a room: adding somebody, and removing somebody.

use leptos::{prelude::*, task::spawn_local};
use protocol::{RoomId, User, UserId, http::NewMember};

use super::managers;
use crate::{
    browser::calls::send,
    session::{Panel, Session},
    state::{
        bidi::{balance, isolate},
        names::user_name,
    },
    ui::{
        avatar::Avatar,
        button::small_button,
        dynamic::{ShowErased, click, dynamic},
        icon::{Glyph, Icon},
        picker::PeoplePicker,
    },
};

/// The people that the panel lists. The list of people has all.
const LISTED: usize = 8;
/// The most people who are added at once.
const MAX_ADDED: usize = 20;

/// The state of the section.
#[derive(Clone, Copy)]
struct Section {
    session: Session,
    room: RoomId,
    /// True while the field for people is shown.
    is_adding: RwSignal<bool>,
    chosen: RwSignal<Vec<User>>,
    /// The member who is about to be removed.
    removing: RwSignal<Option<UserId>>,
    is_busy: RwSignal<bool>,
    /// What the last call did, or why it was refused.
    said: RwSignal<Option<Result<String, String>>>,
}

impl Section {
    fn add(self) {
        let people = self.chosen.get_untracked();
        if !people.is_empty() && !self.is_busy.get_untracked() {
            self.is_busy.set(true);
            spawn_local(self.add_all(people));
        }
    }

    async fn add_all(self, people: Vec<User>) {
        let mut result = Ok(String::new());
        let mut added = Vec::new();
        for user in people {
            let body = serde_json::to_string(&NewMember { user: user.id.to_string() }).ok();
            match send("POST", &format!("/api/rooms/{}/members", self.room), body).await {
                Ok(()) => added.push(user),
                Err(refusal) => {
                    let name = isolate(&user_name(&user));
                    result = Err(format!("{name} was not added. {}", refusal.text));
                    break;
                }
            }
        }
        if !added.is_empty() {
            self.session.reload_members(self.room);
        }
        if self.is_busy.try_get_untracked().is_none() {
            return; // the panel is closed
        }
        let is_added = |user: &User| added.iter().any(|known| known.id == user.id);
        self.chosen.update(|chosen| chosen.retain(|user| !is_added(user)));
        self.is_busy.set(false);
        if result.is_ok() {
            self.is_adding.set(false);
            result = Ok(match added.as_slice() {
                [user] => format!("{} is in.", isolate(&user_name(user))),
                people => format!("{} people are in.", people.len()),
            });
        }
        self.said.set(Some(result));
    }

    async fn remove(self, user: User) {
        let path = format!("/api/rooms/{}/members/{}", self.room, user.id);
        let name = isolate(&user_name(&user));
        let said = match send("DELETE", &path, None).await {
            Ok(()) => Ok(format!("{name} is no longer in this room.")),
            Err(refusal) => Err(format!("{name} was not removed. {}", refusal.text)),
        };
        self.session.reload_members(self.room);
        self.removing.try_set(None);
        self.said.try_set(Some(said));
    }
}

/// The people of a room.
#[component]
pub fn People(
    /// The room.
    room: RoomId,
    /// True for a direct room, whose people stay.
    is_direct: bool,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let section = Section {
        session,
        room,
        is_adding: RwSignal::new(false),
        chosen: RwSignal::new(Vec::new()),
        removing: RwSignal::new(None),
        is_busy: RwSignal::new(false),
        said: RwSignal::new(None),
    };
    let (is_adding, said) = (section.is_adding, section.said);
    let may_add = session.select(move |model| {
        model.rooms.find(room).is_some_and(|room| !is_direct && room.member && !room.archived)
    });
    let offers = Signal::derive(move || may_add.get() && !is_adding.get());
    let adds = Signal::derive(move || may_add.get() && is_adding.get());
    let members = session.select_room(room, |room| {
        room.members.list.iter().map(|member| member.user.clone()).collect::<Vec<_>>()
    });
    let ids = Signal::derive(move || {
        members.with(|users| users.iter().map(|user| user.id).collect::<Vec<_>>())
    });
    let known = session.room(room);
    let manages = session.manages(room);
    let note = Signal::derive(move || {
        if known.with(|room| room.as_ref().is_some_and(|room| room.archived)) {
            return Some("Nobody is added or removed while the room is archived.".to_owned());
        }
        let is_shown = !is_direct && !manages.get();
        let managers = known.with(|room| room.as_ref().map(|room| managers(session, room)));
        let managers = managers.filter(|_| is_shown)?;
        Some(managers.replace("can change this", "can remove people"))
    });
    let start = move |_| {
        said.set(None);
        is_adding.set(true);
    };
    view! {
        <section>
            <div class="section__head">
                <h3 class="section__title">"People"</h3>
                <ShowErased when=offers>
                    <button class="button button--small" type="button" on:click=click(start)>
                        <Icon glyph=Glyph::UserPlus size="small"/>
                        "Add people"
                    </button>
                </ShowErased>
            </div>
            <ShowErased when=adds><AddForm section ids/></ShowErased>
            {dynamic(move || said.get().map(|said| match said {
                Ok(text) => view! { <p class="field__hint" role="status">{text}</p> }.into_any(),
                Err(text) => view! { <p class="field__error" role="alert">{text}</p> }.into_any(),
            }))}
            <Listed section members/>
            {dynamic(move || note.get().map(|note| view! { <p class="field__hint">{note}</p> }))}
        </section>
    }
}

#[component]
fn AddForm(section: Section, ids: Signal<Vec<UserId>>) -> impl IntoView {
    let Section { chosen, is_adding, is_busy, .. } = section;
    let add = Callback::new(move |()| section.add());
    let disabled = Signal::derive(move || chosen.with(Vec::is_empty) || is_busy.get());
    let cancel = move |_| {
        chosen.set(Vec::new());
        is_adding.set(false);
    };
    view! {
        <div class="about__add">
            <PeoplePicker
                id="add-people"
                label="Add people"
                hint="They see what was written before, too."
                chosen
                excluded=ids
                max=MAX_ADDED
                autofocus=true
                done=add
            />
            <div class="dialog__foot">
                {small_button("Cancel", "button--quiet", cancel)}
                <button
                    class="button button--primary button--small"
                    type="button"
                    disabled=disabled
                    on:click=click(move |_| section.add())
                >
                    "Add"
                </button>
            </div>
        </div>
    }
}

/// The first members, and a way to all of them.
#[component]
fn Listed(section: Section, members: Memo<Vec<User>>) -> impl IntoView {
    let Section { session, room, .. } = section;
    let total = session.select_room(room, |room| room.members.total);
    let has_more =
        Signal::derive(move || usize::try_from(total.get()).is_ok_and(|total| total > LISTED));
    let listed = Memo::new(move |_| {
        members.with(|users| users.iter().take(LISTED).cloned().collect::<Vec<_>>())
    });
    let all = Signal::derive(move || format!("All {} people", total.get()));
    view! {
        <ul class="rows" role="list">
            <For each=move || listed.get() key=|user| (user.id, user.name.clone()) let:user>
                <PersonRow section user/>
            </For>
        </ul>
        <ShowErased when=has_more>
            <button
                class="button button--quiet button--small"
                type="button"
                on:click=click(move |_| session.panel.set(Some(Panel::Members)))
            >
                {all}
            </button>
        </ShowErased>
    }
}

#[component]
fn PersonRow(section: Section, user: User) -> impl IntoView {
    let Section { session, room, removing, .. } = section;
    let (id, name) = (user.id, user_name(&user));
    let hue = session.hue(id);
    let known = session.presence_in_list(id);
    let presence = Signal::derive(move || known.get());
    let is_me = session.me().id == id;
    let is_creator = session.select(move |model| {
        model.rooms.find(room).is_some_and(|room| room.created_by == Some(id))
    });
    let manages = session.manages(room);
    let is_archived =
        session.select(move |model| model.rooms.find(room).is_some_and(|room| room.archived));
    let may_remove = Signal::derive(move || manages.get() && !is_me && !is_archived.get());
    let is_asked = Signal::derive(move || removing.get() == Some(id));
    let label = isolate(&name);
    let stored = StoredValue::new(user.clone());
    let actions = dynamic(move || {
        if is_me {
            view! { <span class="row__when">"you"</span> }.into_any()
        } else if is_asked.get() {
            let remove = move |_| spawn_local(section.remove(stored.get_value()));
            let keep = move |_| removing.set(None);
            view! {
                {small_button("Keep", "button--quiet", keep)}
                {small_button("Remove", "button--danger", remove)}
            }
            .into_any()
        } else if may_remove.get() {
            let label = format!("Remove {label} from this room");
            view! {
                <button
                    class="icon-button"
                    type="button"
                    aria-label=label.clone()
                    title=label
                    on:click=click(move |_| removing.set(Some(id)))
                >
                    <Icon glyph=Glyph::X/>
                </button>
            }
            .into_any()
        } else {
            ().into_any()
        }
    });
    let about = format!("@{}", user.username);
    view! {
        <li class="row">
            <Avatar user hue presence/>
            <span class="row__text">
                <span class="row__name">
                    <button
                        class="row__link"
                        type="button"
                        aria-haspopup="dialog"
                        data-person=id.to_string()
                    >
                        <bdi>{balance(&name).into_owned()}</bdi>
                    </button>
                    <ShowErased when=is_creator>
                        <span class="badge badge--plain">"made it"</span>
                    </ShowErased>
                </span>
                <span class="row__about">{about}</span>
            </span>
            <span class="row__actions">{actions}</span>
        </li>
    }
}
