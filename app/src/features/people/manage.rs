//! What the owner and admins may do to a person: the role, a ban, a link for a new password. What
//! is not possible is disabled, and says why.

use leptos::{ev, html, prelude::*, task::spawn_local};
use protocol::{
    Role, User, UserId,
    http::{NewRole, PasswordReset},
};

use super::{reset::ResetLink, row::role_name};
use crate::{
    browser::{calls, focus::focus_element, form::changed_value, window::effect},
    session::Session,
    state::{
        bidi::isolate,
        people::{ban_refusal, reset_refusal, role_refusal},
    },
    ui::{
        dynamic::{change, click, dynamic},
        icon::{Glyph, Icon},
        loaded::{Fault, Progress},
        more_menu::MoreMenu,
    },
};

/// The role, and a menu with the rest.
#[component]
pub fn Manage(
    /// The person.
    user: Memo<User>,
    /// The link for a new password that is shown.
    reset: RwSignal<Option<ResetLink>>,
) -> impl IntoView {
    let progress = RwSignal::new(Progress::Idle);
    let is_banned = Memo::new(move |_| user.with(|user| user.banned));
    let refused = dynamic(move || match progress.get() {
        Progress::Refused(text) => Some(view! { <Fault text/> }),
        _ => None,
    });
    view! {
        {dynamic(move || {
            if is_banned.get() {
                view! { <LetBackIn user progress/> }.into_any()
            } else {
                view! {
                    <RoleSelect user progress/>
                    <Menu user reset progress/>
                }
                .into_any()
            }
        })}
        {refused}
    }
}

/// Sends a call about a person. The event that follows changes what the page shows.
fn send(progress: RwSignal<Progress>, method: &'static str, path: String, body: Option<String>) {
    progress.set(Progress::Sending);
    spawn_local(async move {
        let outcome = calls::send(method, &path, body).await;
        progress.try_set(Progress::of(&outcome));
    });
}

#[component]
fn LetBackIn(user: Memo<User>, progress: RwSignal<Progress>) -> impl IntoView {
    let id = user.with_untracked(|user| user.id);
    let label =
        Signal::derive(move || user.with(|user| format!("Let {} back in", isolate(&user.name))));
    let lift = move |_| send(progress, "DELETE", format!("/api/users/{id}/ban"), None);
    view! {
        <button class="button button--small" type="button" aria-label=label on:click=click(lift)>
            "Let back in"
        </button>
    }
}

#[component]
fn RoleSelect(user: Memo<User>, progress: RwSignal<Progress>) -> impl IntoView {
    let session = expect_context::<Session>();
    let id = user.with_untracked(|user| user.id);
    let refusal = refusal(session, user, role_refusal);
    let label = Signal::derive(move || {
        user.with(|user| {
            let why = refusal.get().map(|why| format!(". {why}")).unwrap_or_default();
            format!("Role of {}{why}", isolate(&user.name))
        })
    });
    let choose = move |event: ev::Event| {
        let role = if changed_value(&event) == "admin" { Role::Admin } else { Role::Member };
        let body = serde_json::to_string(&NewRole { role }).ok();
        send(progress, "POST", format!("/api/users/{id}/role"), body);
    };
    let option = move |role: Role| {
        let selected = Signal::derive(move || user.with(|user| user.role == role));
        view! { <option value=role.as_str() prop:selected=selected>{role_name(role)}</option> }
    };
    let is_owner = Memo::new(move |_| user.with(|user| user.role == Role::Owner));
    // A refused choice is not shown any more.
    let is_refused = Memo::new(move |_| matches!(progress.get(), Progress::Refused(_)));
    dynamic(move || {
        let _ = is_refused.get();
        if is_owner.get() {
            return view! { <span class="row__when">{role_name(Role::Owner)}</span> }.into_any();
        }
        view! {
            <select
                class="select"
                aria-label=label
                title=Signal::derive(move || refusal.get())
                disabled=Signal::derive(move || refusal.get().is_some())
                on:change=change(choose)
            >
                {option(Role::Admin)}
                {option(Role::Member)}
            </select>
        }
        .into_any()
    })
}

/// Returns why the user cannot do something to a person, as a signal.
fn refusal(
    session: Session,
    user: Memo<User>,
    of: fn(&User, &User) -> Option<&'static str>,
) -> Memo<Option<&'static str>> {
    let me = session.select(|model| model.me.clone());
    Memo::new(move |_| me.with(|me| user.with(|user| of(me, user))))
}

#[component]
fn Menu(
    user: Memo<User>,
    reset: RwSignal<Option<ResetLink>>,
    progress: RwSignal<Progress>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let (open, is_confirming) = (RwSignal::new(false), RwSignal::new(false));
    Effect::new(move |_| {
        if !open.get() {
            is_confirming.set(false);
        }
    });
    let name = Signal::derive(move || user.with(|user| isolate(&user.name)));
    let id = user.with_untracked(|user| user.id);
    let (no_reset, no_ban) =
        (refusal(session, user, reset_refusal), refusal(session, user, ban_refusal));
    view! {
        <MoreMenu name open>
            {dynamic(move || {
                if is_confirming.get() {
                    return view! { <ConfirmBan user progress open/> }.into_any();
                }
                let make = move |_| {
                    open.set(false);
                    make_reset(id, name.get_untracked(), reset, progress);
                };
                let ask = move |_| is_confirming.set(true);
                view! {
                    {item("New password link", "", Glyph::Key, no_reset, make)}
                    {item("Ban", "menu__item--danger", Glyph::Ban, no_ban, ask)}
                }
                .into_any()
            })}
        </MoreMenu>
    }
}

/// Returns an item of the menu. One that is not possible says why below its name.
fn item(
    name: &'static str,
    kind: &'static str,
    glyph: Glyph,
    refusal: Memo<Option<&'static str>>,
    act: impl FnMut(ev::MouseEvent) + 'static,
) -> AnyView {
    let class = format!("menu__item {kind}");
    let reason =
        dynamic(move || refusal.get().map(|why| view! { <span class="menu__reason">{why}</span> }));
    view! {
        <button
            class=class
            type="button"
            disabled=Signal::derive(move || refusal.get().is_some())
            on:click=click(act)
        >
            <Icon glyph/>
            <span>{name} {reason}</span>
        </button>
    }
    .into_any()
}

/// The question before a ban.
#[component]
fn ConfirmBan(
    user: Memo<User>,
    progress: RwSignal<Progress>,
    open: RwSignal<bool>,
) -> impl IntoView {
    let id = user.with_untracked(|user| user.id);
    let question = Signal::derive(move || {
        let name = user.with(|user| isolate(&user.name));
        format!("Ban {name}? They are signed out at once. What they wrote stays.")
    });
    let ban = move |_| {
        open.set(false);
        send(progress, "POST", format!("/api/users/{id}/ban"), None);
    };
    let answer = NodeRef::<html::Button>::new();
    effect(move || {
        if let Some(answer) = answer.get() {
            focus_element(&answer); // the item that had the focus is gone
        }
    });
    view! {
        <p class="menu__question" id="ban-question">{question}</p>
        <span class="menu__answers">
            <button
                class="button button--danger button--small"
                type="button"
                aria-describedby="ban-question"
                node_ref=answer
                on:click=click(ban)
            >
                "Ban"
            </button>
            <button
                class="button button--quiet button--small"
                type="button"
                on:click=click(move |_| open.set(false))
            >
                "Keep"
            </button>
        </span>
    }
}

fn make_reset(
    id: UserId,
    name: String,
    reset: RwSignal<Option<ResetLink>>,
    progress: RwSignal<Progress>,
) {
    progress.set(Progress::Sending);
    spawn_local(async move {
        let path = format!("/api/users/{id}/reset");
        let outcome = calls::call::<PasswordReset>("POST", &path, &()).await;
        progress.try_set(Progress::of(&outcome));
        if let Ok(PasswordReset { url, expires_at }) = outcome {
            reset.try_set(Some(ResetLink { name, url, expires_at }));
        }
    });
}
