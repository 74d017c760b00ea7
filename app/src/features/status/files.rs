//! The notice that files have no place where they were dropped.

use std::time::Duration;

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};

use crate::{
    browser::{drop::watch_files, window::effect},
    ui::dynamic::ShowErased,
};

/// The time that the notice remains.
const SHOWN: Duration = Duration::from_secs(8);

/// The notice after a file was dropped or pasted where there is no composer. Also keeps the browser
/// from leaving the page to open the file.
#[component]
pub fn FileNotice() -> impl IntoView {
    let shown = RwSignal::new(false);
    let timeout = StoredValue::new(None::<TimeoutHandle>);
    let refuse = move || {
        shown.set(true);
        let hide = move || {
            shown.try_set(false);
        };
        let next = set_timeout_with_handle(hide, SHOWN).ok();
        let earlier = timeout.try_update_value(|timeout| std::mem::replace(timeout, next));
        if let Some(earlier) = earlier.flatten() {
            earlier.clear();
        }
    };
    effect(move || watch_files(refuse));
    view! {
        <div class="toasts">
            <ShowErased when=shown>
                <p class="toast" role="alert">"Open a room to send files there."</p>
            </ShowErased>
        </div>
    }
}
