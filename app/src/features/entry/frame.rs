//! The frame around entry forms.

use leptos::prelude::*;

use super::art::EntryArt;
use crate::ui::{brand::Brand, page_title::PageTitle};

/// The frame of an entry page.
#[component]
pub fn EntryFrame(
    /// The document title.
    title: &'static str,
    /// The host name, shown below the form.
    host: String,
    /// The form.
    children: Children,
) -> impl IntoView {
    view! {
        <PageTitle text=format!("{title} · Banter")/>
        <div class="entry">
            <main class="entry__main">
                <Brand/>
                {children()}
                <footer class="entry__foot">{host}</footer>
            </main>
            <EntryArt/>
        </div>
    }
}
