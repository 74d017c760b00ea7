//! The HTML document around the page: its head, its assets, and the data of the page.

use leptos::{config::LeptosOptions, hydration::AutoReload, nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use crate::{
    browser::favicon::FAVICON,
    page::{Assets, Page},
    pages::AppRoot,
    ui::escape::escape_json,
};

/// The size of the page: keyboards on touch screens shrink it, so that the composer stays visible.
const VIEWPORT: &str = "width=device-width, initial-scale=1, interactive-widget=resizes-content";
/// The id of the element with the data of the page.
const DATA_ID: &str = "page";

/// What search results and shared links say of a page.
const DESCRIPTION: &str = "Team chat on a server of your own: rooms, mentions and reactions.";

/// Returns the document for `page`. The context must provide a nonce for the Content Security
/// Policy.
///
/// Only pages that need the program load it. `boot.js` starts the program, and `appearance.js`
/// applies the theme of this device; other pages have no further script. The data of the page is in
/// an element that is not executed, so that it arrives under any policy.
pub fn shell(page: Page, assets: &Assets) -> impl IntoView + use<> {
    let Assets { build, path, rest, reload_port } = assets.clone();
    let rest_path = rest.filter(|_| page.needs_rest());
    let is_offline = matches!(page, Page::Offline).then_some("");
    let data = page
        .needs_program()
        .then(|| escape_json(&serde_json::to_string(&page).unwrap_or_default()));
    let program_path = data.is_some().then(|| path.clone());
    provide_context(page);
    let reload = reload_port.map(|port| {
        let options =
            LeptosOptions::builder().output_name("banter").reload_port(port.into()).build();
        view! { <AutoReload options/> }
    });
    // Their paths do not name the build, since the scripts must arrive after an update as well.
    let script = |name: &str| format!("/{name}.js?{build}");
    let (appearance, boot, translated) =
        (script("appearance"), script("boot"), script("translated"));
    let offline = is_offline.map(|_| script("offline"));
    view! {
        <!DOCTYPE html>
        <html lang="en" data-build=build>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content=VIEWPORT/>
                <meta name="description" content=DESCRIPTION/>
                // Beats the header, which a proxy may have replaced: without a referrer, browsers
                // leave out the origin of our forms.
                <meta name="referrer" content="same-origin"/>
                <meta name="color-scheme" content="light dark"/>
                <meta name="theme-color" content="#f5f2ee" media="(prefers-color-scheme: light)"/>
                <meta name="theme-color" content="#14120f" media="(prefers-color-scheme: dark)"/>
                // Not deferred: it must run before the first paint.
                <script src=appearance nonce=use_nonce()></script>
                <link rel="stylesheet" href=format!("{path}/banter.css")/>
                <link
                    rel="preload"
                    href="/fonts/figtree.4ba7d3d09669.woff2"
                    r#as="font"
                    r#type="font/woff2"
                    crossorigin="anonymous"
                />
                {program_path.clone().map(|path| preloads(&path, rest_path.clone()))}
                <link rel="icon" href=FAVICON r#type="image/svg+xml"/>
                <link rel="apple-touch-icon" href="/icons/app-192.cfc1848b120c.png"/>
                <link rel="manifest" href="/manifest.webmanifest"/>
                {program_path.is_some().then(|| {
                    view! { <script src=translated defer=true nonce=use_nonce()></script> }
                })}
                <script
                    src=boot
                    defer=true
                    nonce=use_nonce()
                    data-path=program_path
                    data-rest=rest_path
                    data-offline=is_offline
                ></script>
                {offline.map(|src| {
                    view! { <script src=src defer=true nonce=use_nonce()></script> }
                })}
                {reload}
                <MetaTags/>
            </head>
            <body>
                <AppRoot/>
                {data.map(|data| {
                    view! { <script id=DATA_ID r#type="application/json">{data}</script> }
                })}
            </body>
        </html>
    }
}

/// Returns the links that load the program, and its rest if the page needs it at once, while the
/// page is parsed.
fn preloads(path: &str, rest: Option<String>) -> impl IntoView + use<> {
    let programs = [Some(format!("{path}/banter.wasm")), rest].into_iter().flatten();
    let programs = programs.map(|href| {
        view! {
            <link
                rel="preload"
                href=href
                r#as="fetch"
                r#type="application/wasm"
                crossorigin="anonymous"
            />
        }
    });
    view! {
        <link rel="modulepreload" href=format!("{path}/banter.js")/>
        {programs.collect_view()}
    }
}

/// Reads the data of the page from the document.
#[cfg(feature = "hydrate")]
pub(crate) fn read_page() -> Option<Page> {
    let data = document().get_element_by_id(DATA_ID)?.text_content()?;
    serde_json::from_str(&data).ok()
}
