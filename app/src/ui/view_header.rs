//! The views beside the rooms: a header, and below it the content.

use leptos::prelude::*;

use super::{
    dynamic::dynamic,
    icon::{Glyph, Icon},
    page_title::PageTitle,
};
use crate::state::rooms::format_count;

/// The number of unread messages outside the view, which the way back tells. Provided as context.
#[derive(Clone, Copy, Debug)]
pub struct UnreadElsewhere(pub Memo<u64>);

/// What precedes the title of the document: whether something is unread. Provided as context.
#[derive(Clone, Copy, Debug)]
pub struct TitleMark(pub Signal<String>);

/// The header of a view. On phones it leads back to the rooms.
#[component]
pub fn ViewHeader(
    /// The content of the heading.
    #[prop(into)]
    heading: AnyView,
    /// Stands beside the heading, on wide screens.
    #[prop(optional)]
    beside: Option<AnyView>,
    /// The line below the heading, on phones.
    #[prop(optional)]
    summary: Option<Signal<String>>,
    /// The buttons after the heading.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let unread = expect_context::<UnreadElsewhere>().0;
    let back = Signal::derive(move || match unread.get() {
        0 => "Back to rooms".to_owned(),
        unread => format!("{} unread, back to rooms", format_count(unread)),
    });
    view! {
        <header class="room-header">
            <a
                class="icon-button room-header__back only-phone"
                href="/rooms"
                aria-label=back
            >
                <Icon glyph=Glyph::ChevronLeft size="large"/>
                {dynamic(move || {
                    let unread = unread.get();
                    (unread > 0).then(|| view! {
                        <span class="badge" aria-hidden="true">{format_count(unread)}</span>
                    })
                })}
            </a>
            <div class="room-header__title">
                <h2 class="room-header__name" tabindex="-1">{heading}</h2>
                {beside}
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
    let mark = expect_context::<TitleMark>().0;
    let title = Signal::derive(move || format!("{}{heading} · Banter", mark.get()));
    view! {
        <PageTitle text=title/>
        <div class="shell__main" id="content" tabindex="-1">
            <ViewHeader heading=heading.into_any()>{actions}</ViewHeader>
            <div class="page">{children()}</div>
        </div>
    }
}
