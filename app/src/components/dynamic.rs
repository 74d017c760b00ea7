//! Parts of a view that change, all of one kind.
//!
//! Each closure in a view is a type of its own, for which the compiler writes the whole machinery of rendering and
//! hydration anew. Behind a box they share it, and so do `Signal`s in place of closures: a third of the page's size.

use std::cell::Cell;

use leptos::{either::Either, prelude::*};

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
