//! Modal dialogs. The browser keeps the focus inside, closes a dialog with Esc and the back button,
//! and returns the focus.

use leptos::{ev, html, prelude::*};

use super::{
    dynamic::{click, dynamic},
    icon::{Glyph, Icon},
};
use crate::browser::window::effect;

/// A modal dialog, rendered while `open` is true. A click beside it closes it.
#[component]
pub fn Dialog(
    /// True while the dialog is shown.
    open: RwSignal<bool>,
    /// The dialog's name.
    #[prop(into)]
    label: Signal<String>,
    /// Further classes of the body.
    #[prop(optional)]
    class: &'static str,
    /// Further classes of the dialog.
    #[prop(optional)]
    kind: &'static str,
    /// The content.
    children: ChildrenFn,
) -> impl IntoView {
    let children = StoredValue::new(children);
    let dialog = NodeRef::<html::Dialog>::new();
    // The dialog is closed before it is removed, so that the browser returns the focus.
    let shown = RwSignal::new(false);
    // The event of a close comes later. The dialog may have been opened again by then.
    let is_closing = StoredValue::new(false);
    effect(move || {
        if open.get() {
            shown.set(true);
        } else if let Some(dialog) = dialog.get_untracked().filter(|dialog| dialog.open()) {
            is_closing.set_value(true);
            dialog.close();
        }
    });
    effect(move || {
        if let Some(dialog) = dialog.get().filter(|dialog| !dialog.open()) {
            let _ = dialog.show_modal();
        }
    });
    let shown_now = Memo::new(move |_| shown.get());
    dynamic(move || {
        shown_now.get().then(|| {
            // Only a click beside the content has the dialog itself as its target.
            let close_beside = move |event: ev::MouseEvent| {
                let target = event.target();
                if target.is_some() && target == event.current_target() {
                    open.set(false);
                }
            };
            let closed = move |_| {
                shown.set(false);
                let is_ours = is_closing.try_update_value(std::mem::take) == Some(true);
                if is_ours && open.get_untracked() {
                    request_animation_frame(move || {
                        shown.try_set(open.try_get_untracked().unwrap_or_default());
                    });
                } else {
                    open.set(false);
                }
            };
            view! {
                <dialog
                    class=format!("dialog {kind}")
                    aria-label=label
                    node_ref=dialog
                    on:close=closed
                    on:click=close_beside
                >
                    <div class=format!("dialog__body {class}")>
                        {children.with_value(|children| children())}
                    </div>
                </dialog>
            }
        })
    })
}

/// The heading of a dialog, with a button that closes it.
#[component]
pub fn DialogHead(
    /// The heading.
    #[prop(into)]
    title: Signal<String>,
    /// True while the dialog is shown.
    open: RwSignal<bool>,
) -> impl IntoView {
    view! {
        <header class="dialog__head">
            <h2 class="dialog__title">{title}</h2>
            <button
                class="icon-button"
                type="button"
                aria-label="Close"
                title="Close"
                on:click=click(move |_| open.set(false))
            >
                <Icon glyph=Glyph::X/>
            </button>
        </header>
    }
}
