//! The place in a thread: what of it counts as read.

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};

use super::{Place, READ_AFTER};
use crate::browser::window::effect;

impl Place {
    /// Starts to follow the user in a thread: renders and loads replies in advance, begins at the
    /// first new one, and records what is read.
    pub fn start_in_thread(self) {
        self.scroll.keep();
        self.render_around();
        self.open_thread();
        self.read_replies();
        self.follow_own_messages();
        self.follow_target();
    }

    /// Opens the thread at the reply of a permanent link, else at the first new one.
    fn open_thread(self) {
        let Self { session, scroll, arrived, .. } = self;
        let list = self.list();
        let opened = StoredValue::new(false);
        let is_loaded = session.select_thread(list, |thread| thread.is_loaded);
        effect(move || {
            scroll.rendered.track();
            let marked = session.model().with_untracked(|model| model.thread(list)?.marked);
            if opened.get_value() || !is_loaded.get() && marked.is_none() {
                return;
            }
            opened.set_value(true);
            if marked.is_some() {
                scroll.to_marked(); // what a permanent link leads to is not read by it
            } else {
                if scroll.has_new() && scroll.is_new_above() {
                    scroll.to_new();
                }
                arrived.set(true);
            }
        });
        // The reader of a marked reply reads on by scrolling.
        let start = scroll.at_end.get_untracked();
        effect(move || {
            scroll.moved.track();
            if opened.get_value() && scroll.at_end.get() != start {
                arrived.set(true);
            }
        });
    }

    /// Marks as read what stands in view for a moment, at the end of the thread all of it.
    fn read_replies(self) {
        let Self { session, scroll, arrived, .. } = self;
        let list = self.list();
        let timer = StoredValue::new(None::<TimeoutHandle>);
        let stop = move || {
            timer.try_update_value(|timer| timer.take().inspect(TimeoutHandle::clear));
        };
        let newest = session.select_thread(list, |thread| {
            thread.log.messages.last().filter(|_| thread.is_loaded).map(|message| message.seq)
        });
        let read = move || {
            let seen = scroll.last_in_view();
            let at_end = newest.get_untracked().filter(|_| scroll.at_end.get_untracked());
            if let Some(seq) = at_end.or(seen) {
                session.read_thread(list, seq);
            }
        };
        let unread = list.thread.map(|thread| session.unread_in_thread(thread));
        effect(move || {
            scroll.moved.track();
            scroll.rendered.track();
            stop();
            let _ = (unread.map(|unread| unread.get()), newest.get(), scroll.at_end.get());
            let is_watched = session.foreground.get();
            scroll.unwatched.set(!is_watched);
            if arrived.get() && is_watched {
                timer.set_value(set_timeout_with_handle(read, READ_AFTER).ok());
            }
            if scroll.at_end.get() {
                session.trim(list);
            }
        });
        on_cleanup(stop);
    }
}
