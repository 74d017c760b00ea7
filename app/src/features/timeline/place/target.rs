//! Scrolling to a message of a thread that the user asked for, such as a quoted one.

use leptos::prelude::*;

use super::Place;
use crate::{browser::window::effect, session::Target, state::timeline::window::Window};

impl Place {
    /// Scrolls to the message that the user asked for, once it is loaded and rendered.
    pub(super) fn follow_target(self) {
        let (session, scroll, list) = (self.session, self.scroll, self.list());
        let requested = StoredValue::new(None::<Target>);
        let log = session
            .select(move |model| model.log(list).map(|log| (log.version(), log.wants_around)));
        effect(move || {
            scroll.rendered.track();
            let is_loading =
                log.with(|log| log.as_ref().is_some_and(|(_, wanted)| wanted.is_some()));
            let Some(target) = session.target.get().filter(|target| target.place == list) else {
                return;
            };
            if scroll.to_row(target.seq) {
                session.target.set(None);
                session.mark_in_thread(target);
                return;
            }
            let is_loaded = session.read_timeline(list, |timeline| {
                timeline.messages.iter().any(|message| message.seq == target.seq)
            });
            if is_loaded {
                // Once its row is rendered, this is called again.
                self.change_window(|window, timeline| {
                    *window = Window::around(timeline.messages, target.seq);
                });
            } else if requested.get_value() != Some(target) {
                requested.set_value(Some(target));
                session.load_around(list, target.seq);
            } else if !is_loading {
                session.target.set(None);
            }
        });
    }
}
