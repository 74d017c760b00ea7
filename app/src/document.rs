//! The HTML document around the page: its head, its assets, and the script that hydrates it.

use leptos::{config::LeptosOptions, hydration::AutoReload, nonce::use_nonce, prelude::*};
use leptos_meta::MetaTags;

use crate::{
    page::{Assets, Page},
    pages::AppRoot,
};

/// The size of the page: keyboards on touch screens shrink it, so that the composer stays visible.
const VIEWPORT: &str = "width=device-width, initial-scale=1, interactive-widget=resizes-content";

/// What search results and shared links say of a page.
const DESCRIPTION: &str = "Team chat on a server of your own: rooms, mentions and reactions.";

/// Returns the document for `page`. The context must provide a nonce for the Content Security
/// Policy.
pub fn shell(page: Page, assets: &Assets) -> impl IntoView + use<> {
    provide_context(page);
    let Assets { build, path, reload_port } = assets.clone();
    let reload = reload_port.map(|port| {
        let options =
            LeptosOptions::builder().output_name("banter").reload_port(port.into()).build();
        view! { <AutoReload options/> }
    });
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
                <link rel="stylesheet" href=format!("{path}/banter.css")/>
                <link
                    rel="preload"
                    href="/fonts/figtree.4ba7d3d09669.woff2"
                    r#as="font"
                    r#type="font/woff2"
                    crossorigin="anonymous"
                />
                <link rel="modulepreload" href=format!("{path}/banter.js")/>
                <link
                    rel="preload"
                    href=format!("{path}/banter.wasm")
                    r#as="fetch"
                    r#type="application/wasm"
                    crossorigin="anonymous"
                />
                <link rel="icon" href="/icons/favicon.acae27b0341c.svg" r#type="image/svg+xml"/>
                <link rel="apple-touch-icon" href="/icons/app-192.cfc1848b120c.png"/>
                <link rel="manifest" href="/manifest.webmanifest"/>
                <script r#type="module" nonce=use_nonce()>
                    {hydration_script(&path)}
                </script>
                {reload}
                <MetaTags/>
            </head>
            <body>
                <AppRoot/>
            </body>
        </html>
    }
}

fn hydration_script(path: &str) -> String {
    let init = format!(r#"page.default({{ module_or_path: "{path}/banter.wasm" }})"#);
    format!(r#"import("{path}/banter.js").then((page) => {init}.then(() => page.hydrate()));"#)
}
