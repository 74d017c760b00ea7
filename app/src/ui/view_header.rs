//! The views beside the rooms: a header, and below it the content.

use leptos::prelude::*;

use super::{
    icon::{Glyph, Icon},
    page_title::PageTitle,
};

/// The header of a view. On phones it leads back to the rooms.
#[component]
pub fn ViewHeader(
    /// The content of the heading.
    #[prop(into)]
    heading: AnyView,
    /// The line below the heading, on phones.
    #[prop(optional)]
    summary: Option<Signal<String>>,
    /// The buttons after the heading.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <header class="room-header">
            <a
                class="icon-button room-header__back only-phone"
                href="/rooms"
                aria-label="Back to rooms"
            >
                <Icon glyph=Glyph::ChevronLeft size="large"/>
            </a>
            <div class="room-header__title">
                <h2 class="room-header__name" tabindex="-1">{heading}</h2>
                {summary.map(|summary| {
                    view! { <p class="room-header__topic truncate only-phone">{summary}</p> }
                })}
            </div>
            {children.map(|children| children())}
        </header>
    }
}

/// A view that is no room: a heading and a page that scrolls.
#[component]
pub fn PlainView(
    /// The heading, and the title of the document.
    heading: &'static str,
    /// The buttons after the heading.
    #[prop(optional)]
    actions: Option<AnyView>,
    /// The page.
    children: Children,
) -> impl IntoView {
    view! {
        <PageTitle text=format!("{heading} · Banter")/>
        <div class="shell__main" id="content" tabindex="-1">
            <ViewHeader heading=heading.into_any()>{actions}</ViewHeader>
            <div class="page">{children()}</div>
        </div>
    }
}
