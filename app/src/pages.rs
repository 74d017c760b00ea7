//! The pages, one module for each variant of [`Page`].

pub mod first_start;
pub mod invitations;
pub mod join;
pub mod joined_already;
pub mod new_room;
pub mod not_found;
pub mod offline;
pub mod refused;
pub mod reset;
pub mod rest;
pub mod sign_in;
pub mod unavailable;
pub mod workspace;

use leptos::prelude::*;
use leptos_meta::provide_meta_context;

use self::{
    invitations::InvitationsPage,
    new_room::NewRoomPage,
    workspace::{Start, WorkspacePage},
};
#[cfg(feature = "hydrate")]
pub(crate) use self::{offline::read_copy, rest::load as load_rest};
use crate::{features::status::files::FileNotice, page::Page};

/// The page inside `<body>`, on both sides. The context must provide a [`Page`].
#[component]
pub fn AppRoot() -> impl IntoView {
    provide_meta_context();
    let page = match expect_context::<Page>() {
        Page::Workspace(workspace) => {
            view! { <WorkspacePage workspace=*workspace start=Start::Room/> }.into_any()
        }
        Page::NewRoom(workspace, form) => {
            view! { <NewRoomPage workspace=*workspace form/> }.into_any()
        }
        Page::Invitations(workspace, invitations) => {
            view! { <InvitationsPage workspace=*workspace invitations/> }.into_any()
        }
        Page::View(workspace, view) => {
            view! { <WorkspacePage workspace=*workspace start=Start::View(view)/> }.into_any()
        }
        page => plain(page),
    };
    view! {
        {page}
        <FileNotice/>
    }
}

/// Returns a page of plain forms.
#[cfg(feature = "ssr")]
fn plain(page: Page) -> AnyView {
    use self::{
        first_start::FirstStartPage,
        join::JoinPage,
        joined_already::JoinedAlreadyPage,
        not_found::NotFoundPage,
        offline::OfflinePage,
        refused::RefusedPage,
        reset::{PasswordWasResetPage, ResetPage},
        sign_in::SignInPage,
        unavailable::UnavailablePage,
    };

    match page {
        Page::FirstStart(form) => view! { <FirstStartPage form/> }.into_any(),
        Page::SignIn(form) => view! { <SignInPage form/> }.into_any(),
        Page::Join(invitation, form) => view! { <JoinPage invitation form/> }.into_any(),
        Page::JoinedAlready(invitation, viewer) => {
            view! { <JoinedAlreadyPage invitation viewer/> }.into_any()
        }
        Page::Reset(form) => view! { <ResetPage form/> }.into_any(),
        Page::PasswordWasReset(notice) => view! { <PasswordWasResetPage notice/> }.into_any(),
        Page::NotFound(missing) => view! { <NotFoundPage missing/> }.into_any(),
        Page::Offline => view! { <OfflinePage/> }.into_any(),
        Page::Unavailable => view! { <UnavailablePage/> }.into_any(),
        Page::Refused(refusal) => view! { <RefusedPage refusal/> }.into_any(),
        Page::Workspace(_) | Page::NewRoom(..) | Page::Invitations(..) | Page::View(..) => {
            ().into_any() // they need the program
        }
    }
}

/// Returns nothing: the program runs on no such page, so it does without them.
#[cfg(not(feature = "ssr"))]
fn plain(_page: Page) -> AnyView {
    ().into_any()
}
