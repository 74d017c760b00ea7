//! Type-erased views and handlers.
//!
//! Each closure in a view is a type of its own, for which the compiler generates separate code for
//! rendering and hydration. Boxed closures share that code, as do `Signal`s in place of closures.
//! This reduces the size of the page by a third.

use std::cell::Cell;

use leptos::{either::Either, ev, prelude::*};

/// Returns a view that is rendered again whenever a signal that it reads changes.
pub(crate) fn dynamic<V: IntoView + 'static>(view: impl Fn() -> V + Send + 'static) -> AnyView {
    let view: Box<dyn Fn() -> AnyView + Send> = Box::new(move || view().into_any());
    (move || view()).into_any()
}

/// Returns a view that is replaced, not updated, whenever a signal that it reads changes. Text,
/// selection and scroll position of the previous elements are lost with them.
pub(crate) fn remount<V: IntoView + 'static>(view: impl Fn() -> V + Send + 'static) -> AnyView {
    let is_odd = Cell::new(false);
    dynamic(move || {
        is_odd.set(!is_odd.get());
        let view = view().into_any();
        // Leptos replaces the elements only if the type of the view differs.
        if is_odd.get() { Either::Left(view) } else { Either::Right(view) }
    })
}

/// Returns a type-erased click handler.
pub(crate) fn click(act: impl FnMut(ev::MouseEvent) + 'static) -> Box<dyn FnMut(ev::MouseEvent)> {
    Box::new(act)
}

/// Renders its children while `when` is true. Unlike Leptos' `Show`, it is type-erased.
#[component]
pub fn ShowErased(
    /// True while the children are rendered.
    #[prop(into)]
    when: Signal<bool>,
    /// The view.
    children: ChildrenFn,
) -> impl IntoView {
    let when = Memo::new(move |_| when.get());
    dynamic(move || when.get().then(|| children()))
}

/// Returns a type-erased handler of `change`.
pub(crate) fn change(act: impl FnMut(ev::Event) + 'static) -> Box<dyn FnMut(ev::Event)> {
    Box::new(act)
}

/// Returns a type-erased handler of `input`.
pub(crate) fn input(act: impl FnMut(ev::Event) + 'static) -> Box<dyn FnMut(ev::Event)> {
    Box::new(act)
}

/// Returns a type-erased handler of `submit`, which keeps the browser from sending the form.
pub(crate) fn submit(mut act: impl FnMut() + 'static) -> Box<dyn FnMut(ev::SubmitEvent)> {
    Box::new(move |event| {
        event.prevent_default();
        act();
    })
}
