//! The panel with the members of a room: those here first, then those away and offline. The
//! heading of each group has the state in words.

use leptos::prelude::*;
use protocol::{Member, Presence, Role, RoomKind, User, UserId};

use crate::{
    browser::window::effect,
    features::invite::InviteLink,
    session::{RoomSummary, Session},
    state::bidi::{balance, isolate},
    ui::{
        avatar::Avatar,
        dynamic::{ShowErased, click},
        icon::{Glyph, Icon},
    },
};

/// The panel beside a room: its members, those online first.
#[component]
pub fn MemberPanel(
    /// The room.
    room: RoomSummary,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let close = move |_| session.panel.set(None);
    let RoomSummary { id, name, kind, .. } = room;
    let name = isolate(&name);
    let members = session.select_room(id, |room| room.members.list.clone());
    let counts = session.select_room(id, |room| {
        let members = &room.members;
        members.is_loaded.then_some((members.total, members.total_online))
    });
    let heading = NodeRef::<leptos::html::H2>::new();
    effect(move || {
        if let Some(heading) = heading.get() {
            let _ = heading.focus();
        }
    });
    let (label, back) = (format!("People in {name}"), format!("Back to {name}"));
    let summary = Signal::derive(move || match counts.get() {
        None => String::new(),
        Some((total, online)) => format!("{total} in {name}, {online} here"),
    });
    let is_alone = Signal::derive(move || counts.get().is_some_and(|(total, _)| total == 1));
    view! {
        <aside class="panel" aria-label=label>
            <header class="panel__head">
                <button
                    class="icon-button only-phone"
                    type="button"
                    aria-label=back
                    on:click=click(close)
                >
                    <Icon glyph=Glyph::ChevronLeft size="large"/>
                </button>
                <h2 class="panel__title" tabindex="-1" node_ref=heading>
                    "People"
                    <span class="panel__place">{summary}</span>
                </h2>
                <button
                    class="icon-button only-wide"
                    type="button"
                    aria-label="Close"
                    title="Close"
                    on:click=click(close)
                >
                    <Icon glyph=Glyph::X/>
                </button>
            </header>
            <div class="panel__scroll" tabindex="0" role="group" aria-label="People">
                <MemberGroup members presence=Presence::Online/>
                <MemberGroup members presence=Presence::Away/>
                <MemberGroup members presence=Presence::Offline/>
                <ShowErased when=is_alone>
                    <p class="panel__hint">"Only you so far."</p>
                </ShowErased>
                {match kind {
                    RoomKind::Public => view! { <InviteLink id="panel-invite"/> }.into_any(),
                    // An invitation leads to this Banter, not into the room.
                    RoomKind::Private => super::add_people(),
                    RoomKind::Direct => ().into_any(),
                }}
            </div>
        </aside>
    }
}

#[component]
fn MemberGroup(members: Memo<Vec<Member>>, presence: Presence) -> impl IntoView {
    let session = expect_context::<Session>();
    let group = Memo::new(move |_| {
        let me = session.me().id;
        let members = members.get().into_iter();
        members.filter(|member| shown_presence(member, me) == presence).collect::<Vec<_>>()
    });
    let (title, state) = match presence {
        Presence::Online => ("Here", "online"),
        Presence::Away => ("Away", "away"),
        Presence::Offline => ("Offline", "offline"),
    };
    let has_members = Signal::derive(move || !group.get().is_empty());
    let heading = Signal::derive(move || format!("{title}, {}", group.get().len()));
    let key = |member: &Member| {
        let User { id, name, role, picture, quiet, .. } = &member.user;
        (*id, name.clone(), *role, picture.clone(), *quiet)
    };
    view! {
        <ShowErased when=has_members>
            <section class="member-group" data-presence=state>
                <h3 class="member-group__title">{heading}</h3>
                <ul role="list">
                    <For each=move || group.get() key let:member>
                        <MemberRow member presence/>
                    </For>
                </ul>
            </section>
        </ShowErased>
    }
}

/// Returns the presence of a member, as far as it concerns the room. The user of the page looks at
/// it, and is not told of their own.
fn shown_presence(member: &Member, me: UserId) -> Presence {
    match (member.online, member.presence) {
        (false, _) => Presence::Offline,
        (true, Presence::Away) if member.user.id != me => Presence::Away,
        (true, _) => Presence::Online,
    }
}

#[component]
fn MemberRow(member: Member, presence: Presence) -> impl IntoView {
    let Member { user, .. } = member;
    let hue = expect_context::<Session>().hue(user.id);
    let about = match user.role {
        Role::Owner => format!("@{}, owner", user.username),
        Role::Admin => format!("@{}, admin", user.username),
        Role::Member => format!("@{}", user.username),
    };
    view! {
        <li class="member">
            <Avatar
                user=user.clone()
                hue
                presence=Signal::stored(presence)
                quiet=Signal::stored(user.quiet)
            />
            <span class="member__who">
                <button
                    class="member__name truncate"
                    type="button"
                    aria-haspopup="dialog"
                    data-person=user.id.to_string()
                >
                    <bdi>{balance(&user.name).into_owned()}</bdi>
                </button>
                <span class="member__about">{about}</span>
            </span>
        </li>
    }
}
