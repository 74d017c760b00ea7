//! The frame of a panel beside a room.

use leptos::{html, prelude::*};

use super::{
    dynamic::click,
    icon::{Glyph, Icon},
};
use crate::{
    browser::window::effect,
    state::bidi::{balance, isolate},
};

/// A panel beside a room: a heading, which takes the focus, and a content that scrolls.
#[component]
pub fn PanelFrame(
    /// The heading.
    #[prop(into)]
    title: String,
    /// The name of the room.
    #[prop(into)]
    place: Signal<String>,
    /// Closes the panel.
    close: Callback<()>,
    /// What stands below the content and does not scroll.
    #[prop(optional)]
    foot: Option<AnyView>,
    /// The content.
    children: Children,
) -> impl IntoView {
    let heading = NodeRef::<html::H2>::new();
    effect(move || {
        if let Some(heading) = heading.get() {
            let _ = heading.focus();
        }
    });
    let label = {
        let title = title.clone();
        Signal::derive(move || format!("{title}, {}", isolate(&place.get())))
    };
    let back = Signal::derive(move || format!("Back to {}", isolate(&place.get())));
    let shown_place = Signal::derive(move || balance(&place.get()).into_owned());
    view! {
        <aside class="panel" aria-label=label>
            <header class="panel__head">
                <button
                    class="icon-button only-phone"
                    type="button"
                    aria-label=back
                    on:click=click(move |_| close.run(()))
                >
                    <Icon glyph=Glyph::ChevronLeft size="large"/>
                </button>
                <h2 class="panel__title" tabindex="-1" node_ref=heading>
                    {title.clone()}
                    <span class="panel__place"><bdi>{shown_place}</bdi></span>
                </h2>
                <button
                    class="icon-button only-wide"
                    type="button"
                    aria-label="Close"
                    title="Close"
                    on:click=click(move |_| close.run(()))
                >
                    <Icon glyph=Glyph::X/>
                </button>
            </header>
            <div class="panel__scroll" tabindex="0" role="group" aria-label=title>
                {children()}
            </div>
            {foot}
        </aside>
    }
}
