//! Buttons.

use leptos::{ev, prelude::*};

use super::dynamic::click;

/// Returns a button that shows a symbol only. Screen readers and the tooltip give its label.
pub(crate) fn icon_button(
    label: impl Into<String>,
    symbol: impl IntoView + 'static,
    act: impl FnMut(ev::MouseEvent) + 'static,
) -> AnyView {
    let (label, symbol) = (label.into(), symbol.into_any());
    view! {
        <button
            class="icon-button"
            type="button"
            aria-label=label.clone()
            title=label
            on:click=click(act)
        >
            {symbol}
        </button>
    }
    .into_any()
}

/// Returns a small button with a label. `kind` is a further class, or empty.
pub(crate) fn small_button(
    label: &'static str,
    kind: &'static str,
    act: impl FnMut(ev::MouseEvent) + 'static,
) -> AnyView {
    let class = format!("button button--small {kind}");
    view! { <button class=class type="button" on:click=click(act)>{label}</button> }.into_any()
}

/// Returns a small button that looks like a link.
pub(crate) fn link_button(
    label: &'static str,
    act: impl FnMut(ev::MouseEvent) + 'static,
) -> AnyView {
    view! {
        <button
            class="button button--link button--small"
            type="button"
            tabindex="-1"
            on:click=click(act)
        >
            {label}
        </button>
    }
    .into_any()
}

/// Returns a large round button that shows an emoji only.
pub(crate) fn emoji_button(
    label: String,
    emoji: &'static str,
    act: impl FnMut(ev::MouseEvent) + 'static,
) -> AnyView {
    view! {
        <button class="menu__reaction" type="button" aria-label=label on:click=click(act)>
            <span aria-hidden="true">{emoji}</span>
        </button>
    }
    .into_any()
}

/// Returns an item of a menu: an icon with a label. `kind` is a further class, or empty.
pub(crate) fn menu_item(
    label: Signal<&'static str>,
    kind: &'static str,
    icon: impl IntoView + 'static,
    act: impl FnMut(ev::MouseEvent) + 'static,
) -> AnyView {
    let (class, icon) = (format!("menu__item {kind}"), icon.into_any());
    view! { <button class=class type="button" on:click=click(act)>{icon} {label}</button> }
        .into_any()
}
