//! The pages, one module for each variant of [`Page`].

pub mod first_start;
pub mod join;
pub mod joined_already;
pub mod new_room;
pub mod not_found;
pub mod refused;
pub mod sign_in;
pub mod unavailable;
pub mod workspace;

use leptos::prelude::*;
use leptos_meta::provide_meta_context;

use self::{
    first_start::FirstStartPage, join::JoinPage, joined_already::JoinedAlreadyPage,
    new_room::NewRoomPage, not_found::NotFoundPage, refused::RefusedPage, sign_in::SignInPage,
    unavailable::UnavailablePage, workspace::WorkspacePage,
};
use crate::{features::status::files::FileNotice, page::Page};

/// The page inside `<body>`, on both sides. The server must provide a [`Page`] as context.
#[component]
pub fn AppRoot() -> impl IntoView {
    provide_meta_context();
    let page = SharedValue::new(expect_context::<Page>).into_inner();
    Effect::new(|_| mark_hydrated());
    let page = match page {
        Page::FirstStart(form) => view! { <FirstStartPage form/> }.into_any(),
        Page::SignIn(form) => view! { <SignInPage form/> }.into_any(),
        Page::Join(invitation, form) => view! { <JoinPage invitation form/> }.into_any(),
        Page::JoinedAlready(invitation, viewer) => {
            view! { <JoinedAlreadyPage invitation viewer/> }.into_any()
        }
        Page::Workspace(workspace) => {
            view! { <WorkspacePage workspace=*workspace form=None/> }.into_any()
        }
        Page::NewRoom(workspace, form) => {
            view! { <NewRoomPage workspace=*workspace form/> }.into_any()
        }
        Page::NotFound => view! { <NotFoundPage/> }.into_any(),
        Page::Unavailable => view! { <UnavailablePage/> }.into_any(),
        Page::Refused(refusal) => view! { <RefusedPage refusal/> }.into_any(),
    };
    view! {
        {page}
        <FileNotice/>
    }
}

/// Marks the document as interactive: `<html data-hydrated>`.
fn mark_hydrated() {
    if let Some(html) = document().document_element() {
        let _ = html.set_attribute("data-hydrated", "");
    }
}
