//! The rest of the page: what a room does not need. It arrives after the first load, in a file of
//! its own. docs/decisions/0026-split-page.md gives the reasons.
//!
//! `bin/build` moves to that file what only `view_of` uses. Whatever anything else names stays
//! in the first load.

use leptos::{prelude::*, task::spawn_local};
use protocol::http::OpenInvite;

use super::workspace::threads::ThreadsPage;
use crate::{
    boot::keep_focus,
    browser::window::{effect, is_online, reload},
    features::{
        admin::Administration,
        attachments::{engine::Attachments, tray::Tray},
        browse::Browse,
        composer::{
            later::{KeptNote, LaterButton},
            stray::StrayName,
            tools::ComposerTools,
            writing::WritingTools,
        },
        custom_emoji::CustomEmojiPage,
        direct::NewMessage,
        emoji::EmojiPicker,
        invitations::InvitationList,
        later::{DraftsAndLater, dialog::WhenDialog, notes::LaterNotes},
        notifications::Notifications,
        offline::OfflineCopies,
        people::{People, card::ProfileCard, status::StatusDialog},
        room::{about::AboutPanel, files::FilesPanel, members::MemberPanel, pins::PinsPanel},
        rooms::new::NewRoomForm,
        search::SearchPage,
        settings::Settings,
        share::Share,
        shortcuts::Shortcuts,
        switcher::Switcher,
        timeline::{copy::Copying, history::EditHistoryDialog},
        unread::UnreadView,
    },
    page::{RoomForm, address::View},
    session::{RoomSummary, Session},
    ui::{button::small_button, dynamic::dynamic, panel::PanelFrame, view_header::PlainView},
};

/// A part of the page that is not in the first load.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// A view beside the rooms.
    View(View),
    /// The form for a new room.
    NewRoom(RoomForm),
    /// The valid invitations.
    Invitations(Vec<OpenInvite>),
    /// The panel with the members of a room.
    Members(RoomSummary),
    /// The panel with the settings of a room.
    About(RoomSummary),
    /// The panel with the pinned messages of a room.
    Pins(RoomSummary),
    /// The panel with the files of a room.
    Files(RoomSummary),
    /// The dialogs that all views have.
    Dialogs,
    /// The dialog with the earlier texts of a message.
    EditHistory,
    /// The tools of a composer.
    Writing(Box<ComposerTools>),
    /// The files that are added in a composer, and what is said about its last text.
    Tray(Box<ComposerTools>),
    /// The button of a composer that sends later.
    Later(Box<ComposerTools>),
}

fn view_of(part: Part) -> AnyView {
    match part {
        Part::View(View::Browse) => view! { <Browse/> }.into_any(),
        Part::View(View::Unread) => view! { <UnreadView/> }.into_any(),
        Part::View(View::Search) => view! { <SearchPage/> }.into_any(),
        Part::View(View::Threads) => view! { <ThreadsPage/> }.into_any(),
        Part::View(View::Drafts) => view! { <DraftsAndLater/> }.into_any(),
        Part::View(View::NewMessage) => view! { <NewMessage/> }.into_any(),
        Part::View(View::Settings) => view! { <Settings/> }.into_any(),
        Part::View(View::People) => view! { <People/> }.into_any(),
        Part::View(View::Emoji) => view! { <CustomEmojiPage/> }.into_any(),
        Part::View(View::Share) => view! { <Share/> }.into_any(),
        Part::View(View::Admin) => view! { <Administration/> }.into_any(),
        Part::NewRoom(form) => view! { <NewRoomForm form/> }.into_any(),
        Part::Invitations(invitations) => view! { <InvitationList invitations/> }.into_any(),
        Part::Members(room) => view! { <MemberPanel room/> }.into_any(),
        Part::About(room) => view! { <AboutPanel id=room.id kind=room.kind/> }.into_any(),
        Part::Pins(room) => view! { <PinsPanel room/> }.into_any(),
        Part::Files(room) => view! { <FilesPanel id=room.id/> }.into_any(),
        Part::Dialogs => {
            // Here and not at the start, so that the first load does without the code.
            expect_context::<Session>().load_wanted_emoji();
            view! {
                <Attachments/>
                <ProfileCard/>
                <StatusDialog/>
                <Switcher/>
                <Shortcuts/>
                <EmojiPicker/>
                <Copying/>
                <WhenDialog/>
                <LaterNotes/>
                <Notifications/>
                <OfflineCopies/>
            }
            .into_any()
        }
        Part::EditHistory => view! { <EditHistoryDialog/> }.into_any(),
        Part::Writing(tools) => view! { <WritingTools tools=*tools/> }.into_any(),
        Part::Tray(tools) => view! {
            <KeptNote tools=*tools/>
            <StrayName tools=*tools/>
            <Tray tools=*tools/>
        }
        .into_any(),
        Part::Later(tools) => view! { <LaterButton tools=*tools/> }.into_any(),
    }
}

/// The two sides of the split, as `bin/build` needs them.
#[cfg(feature = "split")]
mod split {
    use std::{
        future::Future as _,
        pin::pin,
        task::{Context, Poll, Waker},
    };

    use leptos::{
        prelude::AnyView,
        wasm_split::{self, SplitLoaderError, wasm_split},
    };

    use super::{Part, view_of};

    #[wasm_split(rest, wasm_split_path = wasm_split, preload(load_rest), fallible)]
    fn view_of_rest(part: Part) -> Result<AnyView, SplitLoaderError> {
        Ok(view_of(part))
    }

    /// Fetches the rest, unless it is here. Returns whether it is here.
    pub(super) async fn load() -> bool {
        load_rest().await.is_ok()
    }

    /// Returns the view of a part, if the rest is here.
    pub(super) fn view_now(part: Part) -> Option<AnyView> {
        match pin!(view_of_rest(part)).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(view) => view.ok(),
            Poll::Pending => None,
        }
    }
}

/// The page in one piece.
#[cfg(not(feature = "split"))]
mod split {
    use leptos::prelude::AnyView;

    use super::{Part, view_of};

    /// Does nothing: the rest is always here.
    #[expect(clippy::unused_async, reason = "a page that is split waits here")]
    pub(super) async fn load() -> bool {
        true
    }

    /// Returns the view of a part.
    #[expect(clippy::unnecessary_wraps, reason = "a page that is split may have none")]
    pub(super) fn view_now(part: Part) -> Option<AnyView> {
        Some(view_of(part))
    }
}

/// Fetches the rest, unless it is here. Returns whether it is here.
#[cfg(feature = "hydrate")]
pub(crate) async fn load() -> bool {
    split::load().await
}

/// Where the rest of the page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// On its way, or to be fetched after hydration.
    Coming,
    Here,
    /// The last attempt to fetch it has failed.
    Missing,
}

/// The rest of the page. Provided as context.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rest(RwSignal<State>);

impl Rest {
    /// Creates the state of a page. A page that begins with a part of the rest hydrates only once
    /// the rest is here; all others fetch it after hydration.
    pub(super) fn new(is_needed: bool) -> Self {
        Self(RwSignal::new(if is_needed { State::Here } else { State::Coming }))
    }

    /// Fetches the rest, unless it is here.
    pub(super) fn fetch(self) {
        if self.0.get_untracked() == State::Here {
            return;
        }
        self.0.set(State::Coming);
        spawn_local(async move {
            let is_here = split::load().await;
            self.0.try_set(if is_here { State::Here } else { State::Missing });
        });
    }

    /// Fetches the rest again if it is missing.
    fn ask(self) {
        if self.0.get_untracked() == State::Missing {
            self.fetch();
        }
    }

    /// Fetches the rest again, because the user asks for it. After an update of the server this
    /// page has no rest any more: it is loaded again.
    fn fetch_or_reload(self) {
        self.0.set(State::Coming);
        spawn_local(async move {
            if split::load().await {
                self.0.try_set(State::Here);
            } else if is_online() {
                reload();
            } else {
                self.0.try_set(State::Missing);
            }
        });
    }

    /// Returns what is said in place of a part that is missing.
    fn missing(self) -> AnyView {
        view! {
            "This part of the page did not arrive. "
            {small_button("Load again", "", move |_| self.fetch_or_reload())}
        }
        .into_any()
    }
}

/// Returns a view or a panel of the rest, or a frame that says that it is on its way.
pub(super) fn part(part: Part) -> AnyView {
    let rest = expect_context::<Rest>();
    Effect::new(move |_| rest.ask());
    let has_waited = std::cell::Cell::new(false);
    dynamic(move || {
        let content = match rest.0.get() {
            State::Here => {
                if has_waited.replace(false) {
                    // The frame may have had the focus.
                    request_animation_frame(keep_focus);
                }
                return split::view_now(part.clone());
            }
            State::Coming => {
                view! { <p class="panel__hint" role="status">"Loading"</p> }.into_any()
            }
            State::Missing => {
                view! { <p class="panel__hint" role="alert">{rest.missing()}</p> }.into_any()
            }
        };
        has_waited.set(true);
        Some(frame(&part, content))
    })
}

/// Returns the frame around what stands in place of a part.
fn frame(part: &Part, content: AnyView) -> AnyView {
    let (heading, room) = match part {
        Part::View(view) => (view.heading(), None),
        Part::NewRoom(_) => ("New room", None),
        Part::Invitations(_) => ("Invitations", None),
        Part::Members(room) => ("People", Some(room)),
        Part::About(room) => ("About", Some(room)),
        Part::Pins(room) => ("Pinned", Some(room)),
        Part::Files(room) => ("Files", Some(room)),
        Part::Dialogs | Part::EditHistory | Part::Writing(_) | Part::Tray(_) | Part::Later(_) => {
            return content;
        }
    };
    let Some(room) = room else {
        return view! { <PlainView heading>{content}</PlainView> }.into_any();
    };
    let panel = expect_context::<Session>().panel;
    let close = Callback::new(move |()| panel.set(None));
    let place = room.name.clone();
    view! { <PanelFrame title=heading place close>{content}</PanelFrame> }.into_any()
}

/// The dialogs that all views have.
#[component]
pub fn Dialogs() -> impl IntoView {
    let session = expect_context::<Session>();
    let asked = Memo::new(move |_| {
        session.switcher.get()
            || session.shortcuts.get()
            || session.status_open.get()
            || session.open_profile.with(Option::is_some)
            || session.scheduling.with(Option::is_some)
            || session.later_note.with(Option::is_some)
            || session.picking_emoji.with(Option::is_some)
            || session.viewer.with(Option::is_some)
    });
    dialogs(Part::Dialogs, asked)
}

/// The dialog with the earlier texts of a message.
#[component]
pub fn EditHistory() -> impl IntoView {
    let asked = expect_context::<Session>().select(|model| model.edit_history.is_some());
    dialogs(Part::EditHistory, asked)
}

/// Returns the tools of a composer, once the rest is here.
pub(super) fn writing_tools(tools: ComposerTools) -> AnyView {
    let rest = expect_context::<Rest>();
    dynamic(move || match rest.0.get() {
        State::Here => split::view_now(Part::Writing(Box::new(tools))),
        State::Coming | State::Missing => None,
    })
}

/// Returns the files that are added in a composer, once the rest is here.
pub(super) fn tray(tools: ComposerTools) -> AnyView {
    let rest = expect_context::<Rest>();
    dynamic(move || match rest.0.get() {
        State::Here => split::view_now(Part::Tray(Box::new(tools))),
        State::Coming | State::Missing => None,
    })
}

/// Returns the button of a composer that sends later, once the rest is here.
pub(super) fn later_button(tools: ComposerTools) -> AnyView {
    let rest = expect_context::<Rest>();
    dynamic(move || match rest.0.get() {
        State::Here => split::view_now(Part::Later(Box::new(tools))),
        State::Coming | State::Missing => None,
    })
}

/// Returns dialogs of the rest. While the rest is missing, a notice says so as soon as one of them
/// is asked for.
fn dialogs(part: Part, asked: Memo<bool>) -> AnyView {
    let rest = expect_context::<Rest>();
    effect(move || {
        if asked.get() {
            rest.ask();
        }
    });
    dynamic(move || match rest.0.get() {
        State::Here => split::view_now(part.clone()),
        State::Missing if asked.get() => {
            let notice = view! {
                <div class="toasts">
                    <p class="toast" role="alert">{rest.missing()}</p>
                </div>
            };
            Some(notice.into_any())
        }
        State::Coming | State::Missing => None,
    })
}
