//! The frame of error pages.

use leptos::prelude::*;

use super::{
    brand::{Brand, Mark},
    page_title::PageTitle,
};

/// A page that reports an error.
#[component]
pub fn ErrorPage(
    /// The heading and document title.
    #[prop(into)]
    title: String,
    /// The explanation.
    #[prop(into)]
    text: String,
    /// The HTTP status.
    #[prop(into)]
    note: String,
    /// Links to other pages.
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
                    <div class="empty__actions">{children()}</div>
                    <p class="empty__note">{note}</p>
                </div>
            </main>
        </div>
    }
}
