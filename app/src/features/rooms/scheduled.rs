//! The entry of what waits for its time.

use leptos::prelude::*;

use super::place::count_badge;
use crate::{
    page::address::{Address, View},
    session::Session,
    ui::{
        dynamic::dynamic,
        icon::{Glyph, Icon},
    },
};

/// A link to what waits for its time, while there is something.
#[component]
pub fn ScheduledEntry() -> impl IntoView {
    let session = expect_context::<Session>();
    let counts = session.later_counts();
    let current = Signal::derive(move || {
        let is_here = |address: &Address| *address == Address::View(View::Scheduled);
        session.address.with(is_here).then_some("page")
    });
    let has_some = Memo::new(move |_| counts.get() != (0, 0));
    let badge = move || match counts.get() {
        (waiting, 0) => count_badge("badge--plain", waiting, " waiting".to_owned()),
        (_, failed) => count_badge("badge--mention", failed, " not sent".to_owned()),
    };
    dynamic(move || {
        has_some.get().then(|| {
            view! {
                <li>
                    <a class="room-link" href=View::Scheduled.path() aria-current=current>
                        <Icon glyph=Glyph::CalendarClock/>
                        <span class="room-link__name">{View::Scheduled.heading()}</span>
                        {dynamic(badge)}
                    </a>
                </li>
            }
        })
    })
}
