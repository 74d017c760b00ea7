//! A person in the list of everybody.

use leptos::prelude::*;
use protocol::{Presence, Role, User, UserId, UserStatus};

use super::{manage::Manage, reset::ResetLink};
use crate::{
    session::Session,
    state::{
        bidi::{balance, isolate},
        names::user_name,
        presences::dot_and_word,
    },
    ui::{avatar::Avatar, dynamic::dynamic},
};

/// A person, with what the user may do.
#[component]
pub fn PersonRow(
    /// The person, as the list was loaded.
    user: User,
    /// The loaded part of the list.
    users: RwSignal<Vec<User>>,
    /// The link for a new password that is shown.
    reset: RwSignal<Option<ResetLink>>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let id = user.id;
    let inviter = user.invited_by.map(|by| inviter(session, by, users));
    let user = session.present(user);
    let me = session.select(|model| model.me.clone());
    let presence = session.presence(id);
    let is_me = Memo::new(move |_| me.with(|me| me.id) == id);
    let state = Signal::derive(move || user.with(|user| user.banned.then_some("banned")));
    let name = Signal::derive(move || balance(&user.with(user_name)).into_owned());
    let about = Signal::derive(move || {
        let inviter = inviter.and_then(|by| by.get());
        user.with(|user| about(user, presence.get(), inviter.as_ref()))
    });
    let badge = dynamic(move || {
        let badge = |kind: &'static str, text: &'static str| {
            view! { <span class=format!("badge {kind}")>{text}</span> }
        };
        if is_me.get() {
            Some(badge("badge--plain", "you"))
        } else if user.with(|user| user.banned) {
            Some(badge("badge--danger", "banned"))
        } else {
            None
        }
    });
    let mark = dynamic(move || {
        let UserStatus { emoji, text, .. } = user.with(|user| session.status_of(user))?;
        let (emoji, text) = (emoji?, text.unwrap_or_else(|| "Status".to_owned()));
        Some(view! {
            <span class="message__state" role="img" aria-label=text.clone() title=text>
                {emoji}
            </span>
        })
    });
    view! {
        <li class="row row--tall" data-state=state>
            {dynamic(move || {
                let user = user.get();
                let presence = Signal::derive(move || presence.get().unwrap_or_default());
                let quiet = Signal::stored(user.quiet);
                view! { <Avatar hue=session.own_hue(user.id) user presence quiet/> }
            })}
            <span class="row__text">
                <span class="row__name">
                    <button
                        class="row__link"
                        type="button"
                        aria-haspopup="dialog"
                        data-person=id.to_string()
                    >
                        <bdi>{name}</bdi>
                    </button>
                    {mark}
                    {badge}
                </span>
                <span class="row__about">{about}</span>
            </span>
            <span class="row__actions">
                {dynamic(move || {
                    if me.with(|me| me.role.may_invite()) {
                        view! { <Manage user reset/> }.into_any()
                    } else {
                        let role = user.with(|user| role_name(user.role));
                        view! { <span class="row__when">{role}</span> }.into_any()
                    }
                })}
            </span>
        </li>
    }
}

/// Returns who invited a person, if the page knows.
fn inviter(session: Session, by: UserId, users: RwSignal<Vec<User>>) -> Memo<Option<User>> {
    let known = session.user(by);
    Memo::new(move |_| {
        let listed = || users.with(|users| users.iter().find(|user| user.id == by).cloned());
        known.get().or_else(listed)
    })
}

/// Returns what is said of a person below the name.
fn about(user: &User, presence: Option<Presence>, inviter: Option<&User>) -> String {
    let mut parts = vec![format!("@{}", user.username)];
    if user.banned {
        parts.push("cannot sign in; what they wrote stays".to_owned());
    } else if let Some(presence) = presence {
        parts.push(dot_and_word(presence, user.quiet).1.to_owned());
    }
    if let Some(inviter) = inviter {
        parts.push(format!("invited by {}", isolate(&inviter.name)));
    }
    parts.join(", ")
}

/// Returns the name of a role.
pub(super) fn role_name(role: Role) -> &'static str {
    match role {
        Role::Owner => "Owner",
        Role::Admin => "Admin",
        Role::Member => "Member",
    }
}
