//! When there is nothing to show.

use leptos::prelude::*;

use crate::components::{
    brand::{Brand, Mark},
    page_title::PageTitle,
};

/// There is no such page, or not for the one who asks.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <ErrorPage
            title="This page is not here"
            text="The address may be wrong, or it leads to a private room and you are not in it. No message was lost."
            note="404"
        >
            <a class="button button--primary" href="/">"Back to your rooms"</a>
        </ErrorPage>
    }
}

/// The server could not make the page.
#[component]
pub fn Unavailable() -> impl IntoView {
    view! {
        <ErrorPage
            title="Not available just now"
            text="The server could not make this page. No message was lost. Try again in a moment."
            note="503"
        >
            <a class="button button--primary" href="">"Try again"</a>
        </ErrorPage>
    }
}

#[component]
fn ErrorPage(
    title: &'static str,
    text: &'static str,
    note: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <PageTitle text=format!("{title} · Banter")/>
        <div class="entry entry--plain">
            <main class="entry__main">
                <Brand/>
                <div class="empty">
                    <Mark class="empty__art" broken=true/>
                    <h1 class="empty__title">{title}</h1>
                    <p class="empty__text">{text}</p>
                    <p class="empty__actions">{children()}</p>
                    <p class="empty__note">{note}</p>
                </div>
            </main>
        </div>
    }
}
