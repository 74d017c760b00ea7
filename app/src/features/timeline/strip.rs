//! The strip between the messages and the composer. It is always there, so that nothing moves.

use std::time::Duration;

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};

use crate::{
    browser::window::effect,
    features::composer::typing::TypingLine,
    session::{Panel, Scoped as _, Session},
    state::conversation::Conversation,
    ui::dynamic::dynamic,
};

/// The time for which a notice is shown.
const NOTICE: Duration = Duration::from_millis(2_500);

/// Who is typing, and after it what has just happened and the buttons that scroll the list.
#[component]
pub fn Strip(
    /// The room or the thread.
    #[prop(into)]
    place: Conversation,
    /// The buttons.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="strip">
            <TypingLine place/>
            <div class="strip__end">
                <Notice place/>
                {children.map(|children| children())}
            </div>
        </div>
    }
}

/// What has just happened, for some seconds. While a thread is open, its room leaves that to it.
#[component]
fn Notice(place: Conversation) -> impl IntoView {
    let session = expect_context::<Session>();
    let panel = session.panel.scoped();
    let open = session.select(|model| model.thread_in_view);
    let is_here = Memo::new(move |_| {
        let is_shown =
            |(room, thread)| room == place.room && panel.get() == Some(Panel::Thread(thread));
        place.thread.is_some() || !open.get().is_some_and(is_shown)
    });
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        timer.try_update_value(|timer| timer.take().inspect(TimeoutHandle::clear));
    };
    effect(move || {
        stop();
        if session.notice.get().is_some() {
            let end = move || {
                session.notice.try_set(None);
            };
            timer.set_value(set_timeout_with_handle(end, NOTICE).ok());
        }
    });
    on_cleanup(stop);
    view! {
        <div role="status">
            {dynamic(move || {
                let notice = session.notice.get().filter(|_| is_here.get());
                notice.map(|text| view! { <span class="toast">{text}</span> })
            })}
        </div>
    }
}
