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
/// The longest host that is shown.
const MAX_HOST_CHARS: usize = 40;

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
    // The name of the site is the stranger's own words.
    let host = host(&url);
    let site = (site != host).then(|| {
        view! { <span class="preview__name" dir="auto">{balance(&site).into_owned()}</span> }
    });
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
                    <bdi class="preview__host">{host}</bdi>
                    {site}
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

/// Returns the host of an address, without its port. Of a long one it returns the end, which says
/// whose it is.
fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    let host = match place.rsplit_once(':') {
        Some((host, port)) if is_port(port) => host,
        _ => place,
    };
    let length = host.chars().count();
    if length <= MAX_HOST_CHARS {
        return host.to_owned();
    }
    let end = host.chars().skip(length - MAX_HOST_CHARS + 1);
    std::iter::once('…').chain(end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_shown_and_of_a_long_one_its_end() {
        for (url, shown) in [
            ("https://news.example/a?b#c", "news.example"),
            ("https://news.example?https://other.example/", "news.example"),
            ("http://localhost:3000/x:1", "localhost"),
            ("http://[2001:db8::1]:8080/", "[2001:db8::1]"),
            ("http://[2001:db8::1]/", "[2001:db8::1]"),
        ] {
            assert_eq!(host(url), shown);
        }
        let long = format!("https://github.com.{}.evil.example/", "a".repeat(50));
        let shown = host(&long);
        assert_eq!(shown.chars().count(), MAX_HOST_CHARS);
        assert!(shown.starts_with('…') && shown.ends_with(".evil.example"), "{shown}");
    }
}
