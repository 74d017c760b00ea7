//! Modal dialogs. The browser keeps the focus inside, closes a dialog with Esc and the back button,
//! and returns the focus.

use leptos::{ev, html, prelude::*};

use super::dynamic::dynamic;
use crate::browser::window::effect;

/// A modal dialog, rendered while `open` is true. A click beside it closes it.
#[component]
pub fn Dialog(
    /// True while the dialog is shown.
    open: RwSignal<bool>,
    /// The dialog's name.
    #[prop(into)]
    label: Signal<String>,
    /// Further classes of the dialog.
    #[prop(optional)]
    kind: &'static str,
    /// Further classes of the body.
    #[prop(optional)]
    class: &'static str,
    /// The content.
    children: ChildrenFn,
) -> impl IntoView {
    let children = StoredValue::new(children);
    let shown = Memo::new(move |_| open.get());
    dynamic(move || {
        shown.get().then(|| {
            let dialog = NodeRef::<html::Dialog>::new();
            effect(move || {
                if let Some(dialog) = dialog.get().filter(|dialog| !dialog.open()) {
                    let _ = dialog.show_modal();
                }
            });
            // Only a click beside the content has the dialog itself as its target.
            let close_beside = move |event: ev::MouseEvent| {
                let target = event.target();
                if target.is_some()
                    && target == event.current_target()
                    && let Some(dialog) = dialog.get_untracked()
                {
                    dialog.close();
                }
            };
            // If it is not the browser that closes it, the browser still gives the focus back.
            on_cleanup(move || {
                let dialog = dialog.try_get_untracked().flatten();
                if let Some(dialog) = dialog.filter(|dialog| dialog.open()) {
                    dialog.close();
                }
            });
            view! {
                <dialog
                    class=format!("dialog {kind}")
                    aria-label=label
                    node_ref=dialog
                    on:close=move |_| open.set(false)
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
