//! Invitations: making one, and ending those that are open.

use leptos::{html, prelude::*, task::spawn_local};
use protocol::{
    UserId,
    http::{Invite, Invites, NewInvite, OpenInvite},
    limits::MAX_INVITE_USES,
};

use crate::{
    browser::{calls, form::value_of},
    session::Session,
    state::bidi::isolate,
    ui::{
        copy_field::CopyField,
        dynamic::{click, dynamic, submit},
        icon::{Glyph, Icon},
        loaded::{Fault, Loaded, Outcome, Progress, load},
    },
};

/// The calls of this section.
const PATH: &str = "/api/invites";
/// How long an invitation may be valid: the days, and the words.
const DAYS: [(u64, &str); 4] = [(1, "1 day"), (7, "7 days"), (30, "30 days"), (365, "1 year")];

/// The open invitations, and a form for another one.
#[component]
pub fn InvitationSection() -> impl IntoView {
    let session = expect_context::<Session>();
    let invites = RwSignal::new(Loaded::<Invites>::Waiting);
    let progress = RwSignal::new(Progress::Idle);
    Effect::new(move |_| load(PATH.to_owned(), invites));
    let revoke = Callback::new(move |path: String| {
        progress.set(Progress::Sending);
        spawn_local(async move {
            let outcome = calls::send("DELETE", &path, None).await;
            progress.try_set(Progress::of(&outcome));
            load(PATH.to_owned(), invites);
        });
    });
    let me = session.model().with_untracked(|model| model.me.id);
    let form = if session.registration_closed {
        view! {
            <p class="field__hint">
                "Registration is closed on this server, so nobody can be invited. Whoever runs it \
                opens it with BANTER_REGISTRATION."
            </p>
        }
        .into_any()
    } else {
        view! { <NewInvitation invites/> }.into_any()
    };
    view! {
        <section id="invitations">
            <h3 class="settings__title">"Invitations"</h3>
            <p class="settings__lead">"A revoked link stops at once. Who joined by it stays."</p>
            {form}
            {dynamic(move || match invites.get() {
                Loaded::Waiting => view! { <p class="page__count">"Loading"</p> }.into_any(),
                Loaded::Failed(text) => view! { <Fault text/> }.into_any(),
                Loaded::Ready(Invites { invites }) if invites.is_empty() => {
                    view! { <p class="page__count">"There are no open invitations."</p> }.into_any()
                }
                Loaded::Ready(Invites { invites }) => {
                    let row = |invite| view! { <InvitationRow invite me revoke/> };
                    let rows = invites.into_iter().map(row).collect_view();
                    view! { <ul class="rows" role="list" aria-label="Invitations">{rows}</ul> }
                        .into_any()
                }
            })}
            <Outcome progress done="Revoked"/>
        </section>
    }
}

/// The form for another invitation, and its link, which is shown once.
#[component]
fn NewInvitation(invites: RwSignal<Loaded<Invites>>) -> impl IntoView {
    let form = NodeRef::<html::Form>::new();
    let progress = RwSignal::new(Progress::Idle);
    let link = RwSignal::new(None);
    let make = move || {
        let Some(form) = form.get_untracked() else { return };
        let days = value_of(&form, "days").parse::<u64>().ok();
        let new = NewInvite {
            uses: value_of(&form, "uses").parse().ok(),
            expires_in: days.map(|days| days * 24 * 60 * 60),
        };
        progress.set(Progress::Sending);
        spawn_local(async move {
            let outcome = calls::call::<Invite>("POST", PATH, &new).await;
            progress.try_set(Progress::of(&outcome));
            if let Ok(Invite { url, .. }) = outcome {
                link.try_set(Some(url));
                load(PATH.to_owned(), invites);
            }
        });
    };
    let days = DAYS.map(|(days, words)| {
        view! { <option value=days.to_string() selected={days == 7}>{words}</option> }
    });
    let busy = Signal::derive(move || (progress.get() == Progress::Sending).then_some("true"));
    view! {
        <form class="settings__form" node_ref=form on:submit=submit(make)>
            <div class="field-row">
                <div class="field field--narrow">
                    <label class="field__label" for="uses">"People"</label>
                    <input
                        class="input"
                        id="uses"
                        name="uses"
                        type="number"
                        min="1"
                        max=MAX_INVITE_USES.to_string()
                        value="1"
                        required=true
                    />
                </div>
                <div class="field field--narrow">
                    <label class="field__label" for="days">"Valid for"</label>
                    <select class="select select--wide" id="days" name="days">{days}</select>
                </div>
            </div>
            <div class="settings__buttons">
                <button class="button button--primary" type="submit" aria-busy=busy>
                    <Icon glyph=Glyph::Plus size="small"/>
                    "New invitation"
                </button>
                <Outcome progress done="Made. The link is shown only now."/>
            </div>
            {dynamic(move || {
                link.get().map(|text: String| {
                    view! { <CopyField id="invitation-link" label="Invitation link" text/> }
                })
            })}
        </form>
    }
}

#[component]
fn InvitationRow(invite: OpenInvite, me: UserId, revoke: Callback<String>) -> impl IntoView {
    let session = expect_context::<Session>();
    let OpenInvite { id, by, uses_left, expires_at } = invite;
    let by = if by.id == me { "you".to_owned() } else { by.name };
    let left = match uses_left {
        1 => "1 use left".to_owned(),
        uses => format!("{uses} uses left"),
    };
    let label = format!("Revoke the invitation by {}, {left}", isolate(&by));
    let about =
        Signal::derive(move || format!("{left}, ends {}", session.clock().moment(expires_at)));
    view! {
        <li class="row">
            <span class="row__mark"><Icon glyph=Glyph::Link/></span>
            <span class="row__text">
                <span class="row__name">{format!("By {}", isolate(&by))}</span>
                <span class="row__about">{about}</span>
            </span>
            <span class="row__actions">
                <button
                    class="button button--danger button--small"
                    type="button"
                    aria-label=label
                    on:click=click(move |_| revoke.run(format!("{PATH}/{id}")))
                >
                    "Revoke"
                </button>
            </span>
        </li>
    }
}
