//! Parts of a view that change, all of one kind.
//!
//! Each closure in a view is a type of its own, for which the compiler writes the whole machinery of rendering and
//! hydration anew. Behind a box they share it, and so do `Signal`s in place of closures: a third of the page's size.

use std::cell::Cell;

use leptos::{either::Either, ev, prelude::*};
use wasm_bindgen::{JsCast as _, closure::Closure};

/// A part that is rendered anew when what it reads changes.
pub(crate) fn dynamic<V: IntoView + 'static>(view: impl Fn() -> V + Send + 'static) -> AnyView {
    let view: Box<dyn Fn() -> AnyView + Send> = Box::new(move || view().into_any());
    (move || view()).into_any()
}

/// A part that is put in place anew when what it reads changes, not altered: what a person typed, chose or scrolled in
/// it belonged to what was there before.
pub(crate) fn anew<V: IntoView + 'static>(view: impl Fn() -> V + Send + 'static) -> AnyView {
    let turn = Cell::new(false);
    dynamic(move || {
        turn.set(!turn.get());
        let view = view().into_any();
        // Only another kind of view replaces the elements of the one before.
        if turn.get() { Either::Left(view) } else { Either::Right(view) }
    })
}

/// What a click does.
pub(crate) fn click(act: impl FnMut(ev::MouseEvent) + 'static) -> Box<dyn FnMut(ev::MouseEvent)> {
    Box::new(act)
}

/// Runs in the browser, and again when what it reads changes.
pub(crate) fn effect(run: impl Fn() + 'static) {
    let run: Box<dyn Fn()> = Box::new(run);
    Effect::new(move |_| run());
}

/// Hears events of these names that reach the window, for as long as there is a page.
pub(crate) fn on_window(
    names: &'static [&'static str],
    hear: impl Fn(&web_sys::Event) + Clone + 'static,
) {
    for name in names {
        let hear = hear.clone();
        let hear: Box<dyn Fn(web_sys::Event)> = Box::new(move |event| hear(&event));
        let hear = Closure::wrap(hear).into_js_value();
        // That one does not rise from the document to the window, but passes it on its way down. So do the others, from
        // each element that gets the focus: those are not meant.
        let on_its_way_down = *name == "resume";
        let _ = window().add_event_listener_with_callback_and_bool(
            name,
            hear.unchecked_ref(),
            on_its_way_down,
        );
    }
}

/// A button with a sign on it.
pub(crate) fn icon_button(
    label: impl Into<String>,
    sign: impl IntoView + 'static,
    act: impl FnMut(ev::MouseEvent) + 'static,
) -> AnyView {
    let (label, sign) = (label.into(), sign.into_any());
    view! {
        <button class="icon-button" type="button" aria-label=label.clone() title=label on:click=click(act)>
            {sign}
        </button>
    }
    .into_any()
}

/// A small button with a word on it.
pub(crate) fn small_button(
    word: &'static str,
    kind: &'static str,
    act: impl FnMut(ev::MouseEvent) + 'static,
) -> AnyView {
    let class = format!("button button--small {kind}");
    view! { <button class=class type="button" on:click=click(act)>{word}</button> }.into_any()
}

/// Its children while `is` holds.
#[component]
pub fn When(
    /// Whether they are there.
    #[prop(into)]
    is: Signal<bool>,
    /// What is there then.
    children: ChildrenFn,
) -> impl IntoView {
    let is = Memo::new(move |_| is.get());
    dynamic(move || is.get().then(|| children()))
}
