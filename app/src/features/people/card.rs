//! The card of a person: who they are, what they do, and a way to write to them. Everything with
//! `data-person` opens it.

use leptos::{ev, prelude::*, task::spawn_local};
use protocol::{Role, Room, User, UserId, http::NewDirect};
use uuid::Uuid;
use wasm_bindgen::JsCast as _;
use web_sys::Element;

use crate::{
    browser::{calls, window::place_popup},
    page::address::{Address, View},
    session::Session,
    state::{
        bidi::{balance, isolate},
        names::user_name,
        presences::dot_and_word,
    },
    ui::{
        avatar::Avatar,
        button::icon_button,
        dialog::Dialog,
        dynamic::{click, dynamic},
        icon::{Glyph, Icon},
        loaded::{Fault, Loaded, Progress, load},
    },
};

/// Opens the card of the person at whom a click was made.
pub fn open_card(session: Session, click: &ev::MouseEvent) {
    let target = click.target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some(Ok(Some(person))) = target.map(|target| target.closest("[data-person]")) else {
        return;
    };
    let id = person.get_attribute("data-person").and_then(|id| Uuid::try_parse(&id).ok());
    if let Some(id) = id {
        place_popup(&person);
        session.open_profile.set(Some(UserId(id)));
    }
}

/// The card of the person that the session names.
#[component]
pub fn ProfileCard() -> impl IntoView {
    let session = expect_context::<Session>();
    let open = RwSignal::new(false);
    Effect::new(move |_| open.set(session.open_profile.get().is_some()));
    Effect::new(move |was_open: Option<bool>| {
        let is_open = open.get();
        if was_open == Some(true) && !is_open {
            session.open_profile.set(None);
        }
        is_open
    });
    // Another view has other people.
    Effect::new(move |before: Option<()>| {
        session.address.track();
        if before.is_some() {
            open.set(false);
        }
    });
    let label = Memo::new(move |_| {
        let id = session.open_profile.get()?;
        session.model().with(|model| Some(isolate(&user_name(model.user(id)?))))
    });
    let label = Signal::derive(move || label.get().unwrap_or_else(|| "Person".to_owned()));
    view! {
        <Dialog open label kind="dialog--card" class="card">
            {match session.open_profile.get_untracked() {
                Some(id) => view! { <Card id open/> }.into_any(),
                None => ().into_any(),
            }}
        </Dialog>
    }
}

#[component]
fn Card(id: UserId, open: RwSignal<bool>) -> impl IntoView {
    let session = expect_context::<Session>();
    let known = session.user(id);
    let loaded = RwSignal::new(Loaded::<User>::Waiting);
    if known.with_untracked(Option::is_none) {
        load(format!("/api/users/{id}"), loaded);
    }
    let user =
        Memo::new(move |_| known.get().or_else(|| loaded.with(|loaded| loaded.ready().cloned())));
    let close = icon_button("Close", view! { <Icon glyph=Glyph::X/> }, move |_| open.set(false));
    view! {
        <div class="card__close">{close}</div>
        {dynamic(move || match (user.get(), loaded.get()) {
            (Some(user), _) => view! { <Person user open/> }.into_any(),
            (None, Loaded::Failed(text)) => view! { <Fault text/> }.into_any(),
            (None, _) => view! { <p class="page__count">"Loading"</p> }.into_any(),
        })}
    }
}

#[component]
fn Person(user: User, open: RwSignal<bool>) -> impl IntoView {
    let session = expect_context::<Session>();
    let id = user.id;
    let is_me = session.model().with_untracked(|model| model.me.id == id);
    let presence = session.presence(id);
    let state = Signal::derive(move || presence.get().unwrap_or_default());
    let is_quiet = user.quiet;
    let handle = {
        let username = user.username.clone();
        Signal::derive(move || {
            let word = presence.get().map(|presence| dot_and_word(presence, is_quiet).1);
            let word = word.map(|word| format!(", {word}")).unwrap_or_default();
            format!("@{username}{word}")
        })
    };
    let status = {
        let user = user.clone();
        dynamic(move || {
            let status = session.status_of(&user)?;
            let until =
                status.until.map(|until| format!("until {}", session.clock().moment(until)));
            Some(view! {
                <p class="card__status">
                    {status.emoji.map(|emoji| view! { <span aria-hidden="true">{emoji}</span> })}
                    <bdi>{status.text}</bdi>
                    {until.map(|until| view! { <span class="card__until">{until}</span> })}
                </p>
            })
        })
    };
    let name = isolate(&user.name);
    let facts = [
        (user.role != Role::Member).then(|| fact(Glyph::Key, role_fact(user.role).to_owned())),
        user.banned
            .then(|| fact(Glyph::Ban, "Banned. Cannot sign in; what they wrote stays.".to_owned())),
        (is_quiet && !is_me)
            .then(|| fact(Glyph::BellOff, format!("Quiet now. What you write waits for {name}."))),
    ];
    let facts: Vec<_> = facts.into_iter().flatten().collect();
    let about = user.about.clone();
    view! {
        <div class="card__head">
            <Avatar
                hue=session.hue(id)
                user=user.clone()
                presence=state
                quiet=Signal::stored(is_quiet)
            />
            <div>
                <h2 class="card__name"><bdi>{balance(&user_name(&user)).into_owned()}</bdi></h2>
                <p class="card__handle">{handle}</p>
            </div>
        </div>
        {status}
        {about.map(|about| view! { <p class="card__about" dir="auto">{about}</p> })}
        {(!facts.is_empty()).then(|| view! { <ul class="facts" role="list">{facts}</ul> })}
        {if is_me {
            view! { <OwnActions open/> }.into_any()
        } else {
            view! { <MessageButton user open/> }.into_any()
        }}
    }
}

fn role_fact(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner of this Banter",
        Role::Admin => "Admin",
        Role::Member => "",
    }
}

fn fact(glyph: Glyph, text: String) -> AnyView {
    view! {
        <li class="fact">
            <Icon glyph/>
            <span>{text}</span>
        </li>
    }
    .into_any()
}

/// What the user does on the own card.
#[component]
fn OwnActions(open: RwSignal<bool>) -> impl IntoView {
    let session = expect_context::<Session>();
    let set_status = move |_| {
        open.set(false);
        session.status_open.set(true);
    };
    view! {
        <div class="card__actions">
            <button
                class="button button--primary button--small"
                type="button"
                on:click=click(set_status)
            >
                <Icon glyph=Glyph::Smile size="small"/>
                "Set a status"
            </button>
            <a class="button button--small" href=View::Settings.path()>"Settings"</a>
        </div>
    }
}

/// Opens the direct room with a person. Disabled for those who are banned.
#[component]
fn MessageButton(user: User, open: RwSignal<bool>) -> impl IntoView {
    let session = expect_context::<Session>();
    let progress = RwSignal::new(Progress::Idle);
    let id = user.id;
    let write = move |_| {
        progress.set(Progress::Sending);
        spawn_local(async move {
            let people = NewDirect { users: vec![id.to_string()] };
            let outcome = calls::call::<Room>("POST", "/api/direct", &people).await;
            progress.try_set(Progress::of(&outcome));
            if let Ok(room) = outcome {
                let slug = room.slug.clone();
                session.apply_room(room);
                open.set(false);
                session.go(Address::Room(slug));
            }
        });
    };
    let busy = Signal::derive(move || (progress.get() == Progress::Sending).then_some("true"));
    let reason = user.banned.then(|| {
        view! {
            <p class="field__hint" id="card-reason">"Nobody can write to a banned person."</p>
        }
    });
    view! {
        <div class="card__actions">
            <button
                class="button button--primary button--small"
                type="button"
                disabled=user.banned
                aria-busy=busy
                aria-describedby=user.banned.then_some("card-reason")
                on:click=click(write)
            >
                <Icon glyph=Glyph::MessageSquare size="small"/>
                "Message"
            </button>
        </div>
        {reason}
        {dynamic(move || match progress.get() {
            Progress::Refused(text) => Some(view! { <Fault text/> }),
            _ => None,
        })}
    }
}
