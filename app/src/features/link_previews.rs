//! What the pages say that a message links to. The browser fetches nothing from them: the server
//! did, once, and keeps their pictures.

use leptos::prelude::*;
use protocol::LinkPreview;

use crate::{
    state::bidi::balance,
    ui::{
        dynamic::click,
        icon::{Glyph, Icon},
    },
};

/// Width and height of a picture, in CSS pixels, so that nothing moves when it arrives.
const PICTURE: (&str, &str) = ("112", "76");

/// Returns the previews of a message. `remove` takes all of them away, for its author.
pub(crate) fn link_previews(
    previews: Vec<LinkPreview>,
    remove: Option<impl Fn(leptos::ev::MouseEvent) + 'static>,
) -> Option<AnyView> {
    if previews.is_empty() {
        return None;
    }
    let label = if previews.len() == 1 { "Remove this preview" } else { "Remove these previews" };
    let mut remove = remove.map(|remove| {
        view! {
            <button
                class="icon-button preview__remove"
                type="button"
                tabindex="-1"
                aria-label=label
                title=label
                on:click=click(remove)
            >
                <Icon glyph=Glyph::X/>
            </button>
        }
        .into_any()
    });
    // One button is for all of them.
    let cards = previews.into_iter().map(|preview| card(preview, remove.take()));
    Some(cards.collect_view().into_any())
}

fn card(preview: LinkPreview, remove: Option<AnyView>) -> AnyView {
    let LinkPreview { url, site, title, text, picture } = preview;
    let picture = picture.map(|picture| {
        view! {
            <img
                class="preview__picture"
                src=picture.url
                alt=""
                width=PICTURE.0
                height=PICTURE.1
                loading="lazy"
            />
        }
    });
    let text = text.map(|text| {
        view! { <span class="preview__text" dir="auto">{balance(&text).into_owned()}</span> }
    });
    view! {
        <div class="preview">
            <span class="row__text">
                <span class="preview__site">
                    <Icon glyph=Glyph::Globe/>
                    <bdi>{balance(&site).into_owned()}</bdi>
                </span>
                <a
                    class="preview__title"
                    href=url
                    rel="noopener noreferrer nofollow"
                    target="_blank"
                    dir="auto"
                >
                    {balance(&title).into_owned()}
                </a>
                {text}
            </span>
            {picture}
            {remove}
        </div>
    }
    .into_any()
}
