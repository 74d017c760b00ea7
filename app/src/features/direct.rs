//! A new direct message: to whom, and what is there already.

use leptos::{prelude::*, task::spawn_local};
use protocol::{Room, RoomKind, User, UserId, http::NewDirect, limits::MAX_DIRECT_OTHERS};

use crate::{
    browser::calls::call,
    session::Session,
    state::{
        bidi::{balance, isolate},
        hues::Hue,
        places::{NOTES, list_names},
    },
    ui::{
        avatar::Avatar,
        dynamic::{ShowErased, click, dynamic},
        picker::PeoplePicker,
        view_header::PlainView,
    },
};

/// The state of the view.
#[derive(Clone, Copy)]
struct Form {
    session: Session,
    chosen: RwSignal<Vec<User>>,
    is_busy: RwSignal<bool>,
    fault: RwSignal<Option<String>>,
}

impl Form {
    /// Goes to the room of these people. Makes it if there is none.
    fn open(self, people: Vec<UserId>) {
        if self.is_busy.get_untracked() {
            return;
        }
        self.is_busy.set(true);
        self.fault.set(None);
        spawn_local(async move {
            let users = people.iter().map(ToString::to_string).collect();
            match call::<Room>("POST", "/api/direct", &NewDirect { users }).await {
                Ok(room) => {
                    self.session.apply_room(room.clone());
                    self.session.go_to_room(&room);
                }
                Err(refusal) => {
                    self.is_busy.try_set(false);
                    self.fault.try_set(Some(refusal.text));
                }
            }
        });
    }

    fn open_chosen(self) {
        let people =
            self.chosen.with_untracked(|people| people.iter().map(|user| user.id).collect());
        self.open(people);
    }
}

/// The form for a new direct message.
#[component]
pub fn NewMessage() -> impl IntoView {
    let session = expect_context::<Session>();
    let form = Form {
        session,
        chosen: RwSignal::new(Vec::new()),
        is_busy: RwSignal::new(false),
        fault: RwSignal::new(None),
    };
    let Form { chosen, is_busy, fault, .. } = form;
    let me = session.select(|model| vec![model.me.id]);
    let has_people = Signal::derive(move || chosen.with(|people| !people.is_empty()));
    let done = Callback::new(move |()| {
        if has_people.get_untracked() {
            form.open_chosen();
        }
    });
    let is_idle = Signal::derive(move || !has_people.get());
    let busy = Signal::derive(move || if is_busy.get() { "true" } else { "false" });
    let who = Signal::derive(move || match chosen.with(Vec::len) {
        0 | 1 => "Only the two of you see it.".to_owned(),
        others => format!("Only the {} of you see it.", others + 1),
    });
    view! {
        <PlainView heading="New message">
            <div class="page__column page__column--list">
                <PeoplePicker
                    id="to"
                    label="To"
                    lead="To"
                    chosen
                    excluded=me
                    max=MAX_DIRECT_OTHERS
                    autofocus=true
                    done
                />
                {dynamic(move || {
                    let fault = fault.get()?;
                    Some(view! { <p class="field__error" role="alert">{fault}</p> })
                })}
                <ShowErased when=has_people>
                    <div class="dialog__foot dialog__foot--lead">
                        <span class="page__count">{who}</span>
                        <button
                            class="button button--primary"
                            type="button"
                            aria-busy=busy
                            on:click=click(move |_| form.open_chosen())
                        >
                            {Signal::derive(move || open_label(chosen))}
                        </button>
                    </div>
                </ShowErased>
                <Known form/>
                <ShowErased when=is_idle>
                    <h3 class="rows__title">"Or"</h3>
                    <ul class="rows" role="list"><Notes form/></ul>
                </ShowErased>
            </div>
        </PlainView>
    }
}

fn open_label(chosen: RwSignal<Vec<User>>) -> String {
    chosen.with(|people| format!("Write to {}", isolate(&list_names(people))))
}

/// The conversations with all chosen people, that of these very people first; without any, the
/// present ones.
#[component]
fn Known(form: Form) -> impl IntoView {
    const MOST: usize = 8;
    let Form { session, chosen, .. } = form;
    let known = session.select(move |model| {
        let chosen = chosen.with(|people| people.iter().map(|user| user.id).collect::<Vec<_>>());
        let is_with = |room: &&Room| {
            let people = room.people.as_deref().unwrap_or_default();
            room.kind == RoomKind::Direct
                && !people.is_empty()
                && chosen.iter().all(|id| people.iter().any(|user| user.id == *id))
        };
        let mut rooms: Vec<_> = model.rooms.iter().filter(is_with).collect();
        rooms.sort_by_cached_key(|room| {
            (room.people.as_ref().map(Vec::len), room.name.to_ascii_lowercase())
        });
        let rooms = rooms.into_iter().take(MOST);
        rooms.map(|room| (room.slug.clone(), room.people.clone())).collect::<Vec<_>>()
    });
    let has_any = Signal::derive(move || known.with(|rooms| !rooms.is_empty()));
    view! {
        <ShowErased when=has_any>
            <h3 class="rows__title">"Already there"</h3>
            <ul class="rows" role="list">
                <For
                    each=move || known.get()
                    key=|(slug, people)| {
                        let names = people.as_deref().unwrap_or_default();
                        (slug.clone(), list_names(names))
                    }
                    let:room
                >
                    {conversation(session, &room.0, room.1.unwrap_or_default())}
                </For>
            </ul>
        </ShowErased>
    }
}

fn conversation(session: Session, slug: &str, people: Vec<User>) -> AnyView {
    let name = balance(&list_names(&people)).into_owned();
    let about = match people.as_slice() {
        [user] => format!("@{}", user.username),
        people => format!("{} people", people.len() + 1),
    };
    let is_one = people.len() == 1;
    let faces = people.into_iter().take(3).map(|user| {
        let hue = Signal::stored(Hue::of(user.id).into());
        if is_one {
            let known = session.presence_in_list(user.id);
            let presence = Signal::derive(move || known.get());
            let quiet = Signal::stored(user.quiet);
            view! { <Avatar user hue presence quiet/> }.into_any()
        } else {
            view! { <Avatar user hue/> }.into_any()
        }
    });
    let stack = if is_one { "row__face" } else { "avatar-stack" };
    view! {
        <li class="row">
            <span class=stack aria-hidden="true">{faces.collect_view()}</span>
            <span class="row__text">
                <span class="row__name">
                    <a class="row__link" href=format!("/rooms/{slug}")><bdi>{name}</bdi></a>
                </span>
                <span class="row__about">{about}</span>
            </span>
        </li>
    }
    .into_any()
}

#[component]
fn Notes(form: Form) -> impl IntoView {
    let session = form.session;
    let me = session.me();
    let hue = session.own_hue(me.id);
    view! {
        <li class="row">
            <Avatar user=me hue/>
            <span class="row__text">
                <span class="row__name">
                    <button
                        class="row__link only-scripted"
                        type="button"
                        on:click=click(move |_| form.open(Vec::new()))
                    >
                        {NOTES}
                    </button>
                </span>
                <span class="row__about">"Nobody else sees them, not even the owner"</span>
            </span>
        </li>
    }
}
